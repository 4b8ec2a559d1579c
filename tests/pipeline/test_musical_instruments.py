"""Real reviews of musical instruments, from the raw file to hybrid segments and the report."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from deltalake import DeltaTable

from audiences.cli import main

CONFIG = Path(__file__).resolve().parents[2] / "conf" / "musical_instruments.yaml"


@pytest.mark.slow
def test_from_the_raw_file_to_hybrid_segments_and_a_report(spark, tmp_path, shared_data, capsys):
    file, tables = shared_data("musical_instruments_reviews.csv.gz"), tmp_path / "tables"
    arguments = ["--config", str(CONFIG), "--set", f"store.root={tables}"]
    source = ["--set", f"sources.reviews.path={file}"]
    assert main(["run", "--as-of", "2014-08-01", "--json", *arguments, *source]) == 0
    told = json.loads(capsys.readouterr().out)[0]
    rows = {stage["stage"]: stage["rows"] for stage in told["stages"]}
    raw = pd.read_csv(file)
    assert rows["landed_reviews"] == len(raw) == rows["reviews"] + rows["rejected_reviews"]

    def read(name: str) -> pd.DataFrame:
        return DeltaTable(str(tables / name)).to_pyarrow_table().to_pandas()

    reviews, published = read("clean/reviews"), read("published/customers")
    assert set(published["customer_id"]) == set(reviews["customer_id"]) <= set(raw["reviewerID"])
    assert published["segment"].notna().all()
    assert set(published["segmentation"]) == {"hybrid"}
    topics = read("models/topics")
    assert {"strings", "pedals", "cables"} <= set(topics["theme"].dropna())
    assert topics["share"].sum() == pytest.approx(1, abs=1e-6)
    # stars are never looked at by the dictionary: that they agree is a test of it
    felt = reviews.merge(read("features/review_sentiment"), on="review_id")
    stars = felt.groupby(pd.cut(felt["score"], [-99, -1, 0, 99]), observed=True)["rating"].mean()
    assert stars.is_monotonic_increasing
    segments = read("segments/hybrid_segments")
    plays = read("segments/segment_playbook").set_index("segment_id")
    assert set(plays.index) == set(segments["segment_id"])
    assert sum(plays["customers"]) == len(segments) == len(published)
    with capsys.disabled():
        print(f"\nmean stars by sentiment, negative to positive: {', '.join(f'{one:.2f}' for one in stars)}")
        for row in plays.itertuples():
            print(f"{row.customers:>5} {row.name}: {row.sets_apart}")
    assert main(["report", *arguments]) == 0
    page = (tables / "report-2014-08-01.html").read_text()
    assert page.count("<blockquote>") >= len(plays)
