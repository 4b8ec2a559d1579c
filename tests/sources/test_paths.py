"""Names of files, without Spark."""

from __future__ import annotations

from pathlib import Path

import pytest

from audiences.errors import InputError
from audiences.sources.connectors.paths import escaped, folder_columns, is_pattern, readable, same_file, skipped_files


def test_a_name_with_special_characters_is_escaped_and_others_are_left_alone():
    assert escaped("in/orders[1].csv") == r"in/orders\[1\].csv"
    assert escaped("in/plain 100%.csv") == "in/plain 100%.csv"
    assert [is_pattern(path) for path in ("a*.csv", "a?.csv", "a[1].csv", "{a,b}.csv", "a.csv")] == [True] * 4 + [False]


def test_a_compressed_file_in_capitals_is_read_through_a_link_here_and_refused_elsewhere(tmp_path):
    file = tmp_path / "UPPER.CSV.GZ"
    file.write_bytes(b"x")
    link = Path(readable(f"file:{file}"))
    assert (link.suffix, link.read_bytes()) == (".gz", b"x")
    assert readable(f"file:{tmp_path}/plain.csv.gz") == f"file:{tmp_path}/plain.csv.gz"
    with pytest.raises(InputError, match="small letters"):
        readable("s3a://bucket/UPPER.CSV.GZ")


@pytest.mark.parametrize(
    ("path", "roots", "expected"),
    [
        ("file:/data/in/country=UK/a.parquet", ["/data/in"], ("country",)),
        ("file:/data/in/year=2023/month=1/a.parquet", ["/data/in/"], ("year", "month")),
        ("file:/data/in/year=2023/month=1/a.parquet", ["/data/in/year=2023"], ("month",)),
        ("file:/data/in/year=2023/a.parquet", ["/data/*/year=*/*.parquet"], ("year",)),
        ("file:/data/run=5/in/a.csv", ["/data/run=5/in"], ()),
        ("s3a://bucket/in/country=UK/a.parquet", ["s3a://bucket/in"], ("country",)),
        ("file:/data/in/a.csv", ["/data/in/a.csv"], ()),
    ],
)
def test_folders_beneath_the_source_s_path_are_columns(path, roots, expected):
    assert folder_columns(path, roots) == expected


def test_hidden_and_empty_files_are_told(tmp_path):
    for name in ("a.csv", "_hidden.csv", ".b.csv", "_temporary/c.csv", "empty.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("" if name == "empty.csv" else "x")
    found = {Path(one.path).name: one.why.split(":")[0] for one in skipped_files([str(tmp_path), "s3a://bucket/in"])}
    assert found == {"_hidden.csv": "hidden", ".b.csv": "hidden", "c.csv": "hidden", "empty.csv": "empty"}


def test_one_path_in_all_its_spellings():
    assert set(same_file("/in/b 1.csv")) >= {"file:/in/b 1.csv", "file:///in/b%201.csv", "file:///in/b 1.csv"}
    assert same_file("s3a://bucket/in/b.csv") == ("s3a://bucket/in/b.csv",)
