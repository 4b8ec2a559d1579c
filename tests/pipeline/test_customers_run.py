"""A run with attributes of customers: landed, judged, in the features, the segments, the profiles and the explanation."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from deltalake import DeltaTable

from audiences.cli import main

AS_OF = "2011-12-10"
REGIONS = ("North", "South")


@pytest.fixture(scope="module")
def arguments(tmp_path_factory, small_shop_root) -> list[str]:
    """The small shop's tables, copied, with a customers file: region goes with the kind of customer, some are unknown."""
    folder = tmp_path_factory.mktemp("customers")
    shutil.copytree(small_shop_root, folder / "tables")
    rows = [(f"{10_000 + n}.0", REGIONS[n % 3 == 0], "" if n % 10 == 0 else "18-24") for n in range(55)]
    rows += [("", "North", ""), ("10003", "South", "65+"), ("99999", "East", "65+")]
    with (folder / "customers.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("CustomerID", "Region", "Age band"), *rows])
    settings = [
        f"store.root={folder / 'tables'}", f"sources.transactions.path={small_shop_root.parent / 'raw.csv'}",
        f"sources.customers.path={folder / 'customers.csv'}", "value_segments.k_max=4", "value_segments.starts=2",
        "customer_attributes.columns={region: Region, age_band: Age band}", "scaling.attributes=region",
        "value_segments.features=[recency_days, monetary, region]",
    ]  # fmt: skip
    given = [part for one in settings for part in ("--set", one)]
    assert main(["run", "--as-of", AS_OF, *given]) == 0
    return given


@pytest.fixture
def root(arguments) -> Path:
    return Path(arguments[1].removeprefix("store.root="))


def read(root: Path, table: str, **part: str) -> pd.DataFrame:
    frame = DeltaTable(root / table).to_pandas()
    for name, value in part.items():
        frame = frame[frame[name] == value]
    return frame


@pytest.mark.contract
def test_rows_in_are_rows_kept_and_rejected(root):
    refused = read(root, "clean/rejected_rows", source="customers")
    assert sorted(reason for reasons in refused.reasons for reason in reasons) == [
        "missing_customer",
        "repeated_customer",
    ]
    kept = read(root, "clean/customer_attributes")
    assert len(kept) == 2 * 56
    assert kept[kept.attribute == "age_band"]["value"].isna().sum() == 6


@pytest.mark.contract
def test_published_profiles_are_the_crosstab_of_the_members(root):
    profiles = read(root, "published/segment_profiles", segmentation="value").set_index(["name", "feature"])
    newest = read(root, "published/customers").set_index("customer_id").value_segment
    known = read(root, "clean/customer_attributes")
    for attribute in ("region", "age_band"):
        values = (
            known[known.attribute == attribute]
            .set_index("customer_id")["value"]
            .reindex(newest.index)
            .fillna("unknown")
        )
        shares = pd.crosstab(newest, values, normalize="index")
        for name, row in shares.iterrows():
            for value, share in row.items():
                one = profiles.loc[(name, f"{attribute}={value}")]
                assert (one["mean"], one.unit) == (pytest.approx(share), "share")
                assert one.lift == pytest.approx(share / (values == value).mean())
    assert profiles.loc[profiles.index.get_level_values("feature") == "monetary", "lift"].isna().all()
    ranks = profiles.reset_index().groupby("name")["rank"].apply(sorted)
    assert all(one == list(range(1, len(one) + 1)) for one in ranks)


@pytest.mark.contract
def test_segments_are_made_from_the_levels(root):
    run = read(root, "control/run_manifest").query("sequence == 2").set_index("stage")
    centres = DeltaTable(root / "segments/segment_names", version=int(run.version["segment_names"])).to_pandas()
    centres = centres[centres.segmentation == "value"].set_index("segment_id")
    names = list(centres.feature_names.iloc[0])
    assert names == ["recency_days", "monetary", "region=North", "region=South", "region=unknown"]
    scaled = DeltaTable(root / "features/features_scaled", version=int(run.version["features_scaled"])).to_pandas()
    place = {name: n for n, name in enumerate(scaled.feature_names.iloc[0])}
    points = {row.customer_id: row.features[[place[name] for name in names]] for row in scaled.itertuples()}
    members = DeltaTable(root / "segments/value_segments", version=int(run.version["value_segments"])).to_pandas()
    assert len(members) == 60
    for row in members.itertuples():
        away = {one: np.linalg.norm(points[row.customer_id] - centre) for one, centre in centres.centre.items()}
        assert min(away, key=away.get) == row.segment_id
        assert row.distance == pytest.approx(away[row.segment_id])


def test_explain_tells_the_level_of_a_customer(arguments, capsys):
    assert main(["explain", "10003", *arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    told = told[0] if isinstance(told, list) else told
    values = {row["feature"]: row["value"] for row in told["features"]}
    assert (values["region=South"], values["region=North"], values["region=unknown"]) == (1.0, 0.0, 0.0)


def test_a_second_run_makes_nothing(arguments, capsys):
    assert main(["run", "--as-of", AS_OF, *arguments, "--json"]) == 0
    stages = json.loads(capsys.readouterr().out)[0]["stages"]
    assert {stage["status"] for stage in stages} <= {"reused", "absent"}
    assert {stage["stage"]: stage["status"] for stage in stages}["customer_attributes"] == "reused"


def test_scoring_by_the_centres_takes_the_attributes_that_the_run_pinned(root, tmp_path):
    shutil.copytree(root, tmp_path / "tables")
    arguments = ["--method", "centres", "--as-of", AS_OF, "--set", f"store.root={tmp_path / 'tables'}"]
    assert main(["score", *arguments]) == 0
    scored = read(tmp_path / "tables", "scores/scores").set_index("customer_id").segment
    members = read(root, "segments/segments").set_index("customer_id")
    expected = members[members.as_of.astype(str) == AS_OF].name
    assert scored.sort_index().to_dict() == expected.sort_index().to_dict()
