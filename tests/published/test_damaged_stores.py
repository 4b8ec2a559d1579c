"""A damaged store is one message with the file, what is lost and the way out; never a traceback, never a wrong answer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import forged_store
import pyarrow.parquet as pq
import pytest

from audiences.cli import main
from audiences.published.verify import verify

COMMANDS = (
    ("query", "SELECT count(*) FROM published_customers"),
    ("export", "High-value"),
    ("explain", "c1"),
    ("verify",),
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    return forged_store.shop(tmp_path_factory.mktemp("sound") / "tables")


@pytest.fixture
def root(sound, tmp_path) -> Path:
    shutil.copytree(sound, tmp_path / "tables")
    return tmp_path / "tables"


def calls(capsys, root: Path) -> dict[str, tuple[int, str, str]]:
    done = {}
    for command in COMMANDS:
        code = main([*command, "--set", f"store.root={root}"])
        said = capsys.readouterr()
        done[command[0]] = (code, said.out, said.err)
    return done


def data_file(root: Path, table: str = "published/customers") -> Path:
    return max((root / table).glob("*.parquet"), key=lambda path: path.stat().st_size)


def entry(root: Path, version: int, table: str = "published/customers") -> Path:
    return root / table / "_delta_log" / f"{version:020d}.json"


def cut_at_a_line(path: Path) -> None:
    """Leaves the entry's commitInfo, and takes the line that adds the file."""
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if '"add"' not in line))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "blank-entry": lambda root: entry(root, 1).write_text("\n"),
    "empty-entry": lambda root: entry(root, 1).write_text(""),
    "half-an-entry": lambda root: entry(root, 1).write_text(entry(root, 1).read_text()[:-60]),
    "entry-without-its-file": lambda root: cut_at_a_line(entry(root, 1)),
    "missing-entry": lambda root: entry(root, 0).unlink(),
    "missing-newest-entry": lambda root: entry(root, 1).unlink(),
    "entry-of-bytes": lambda root: entry(root, 1).write_bytes(b"\xff\xfe\x00"),
    "missing-parquet": lambda root: data_file(root).unlink(),
    "cut-parquet": lambda root: data_file(root).write_bytes(data_file(root).read_bytes()[:200]),
    "empty-parquet": lambda root: data_file(root).write_bytes(b""),
    "missing-table": lambda root: shutil.rmtree(root / "published" / "customers"),
    "missing-log": lambda root: shutil.rmtree(root / "published" / "customers" / "_delta_log"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damage_of_a_table_is_named_by_each_command(root, capsys, damage):
    DAMAGES[damage](root)
    for command, (code, out, err) in calls(capsys, root).items():
        assert code == 1, (command, out, err)
        assert "Traceback" not in err, command
        assert "published/customers" in err, command
        assert "copy of the store" in err, command
        if command != "verify":
            assert out == "", command


def test_garbage_in_a_data_page_is_told_where_it_is_read(root, capsys):
    """The same size and footer: only reading tells."""
    path = data_file(root)
    content = bytearray(path.read_bytes())
    column = pq.ParquetFile(path).metadata.row_group(0).column(1)
    start = column.dictionary_page_offset or column.data_page_offset
    content[start : start + 20] = b"\xff" * 20
    path.write_bytes(bytes(content))
    for command in (("query", "SELECT max(customer_id) FROM published_customers"), ("export", "High-value"), ("explain", "c1"),
                    ("verify", "--deep")):  # fmt: skip
        code = main([*command, "--set", f"store.root={root}"])
        said = capsys.readouterr()
        assert code == 1, (command, said)
        assert "published/customers" in said.err, command
        assert "Traceback" not in said.err
    assert main(["verify", "--set", f"store.root={root}"]) == 0  # sizes and rows are right: that is what --deep is for


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda root: entry(root, 0, "control/run_manifest").write_text(" \n"), id="blank"),
        pytest.param(lambda root: entry(root, 0, "control/run_manifest").write_text("{garbage"), id="garbage"),
        pytest.param(lambda root: cut_at_a_line(entry(root, 0, "control/run_manifest")), id="cut"),
        pytest.param(lambda root: data_file(root, "control/run_manifest").unlink(), id="missing-parquet"),
        pytest.param(lambda root: data_file(root, "control/run_manifest").write_bytes(b"PAR1"), id="cut-parquet"),
    ],
)
def test_a_damaged_manifest_is_named_by_each_command(root, capsys, damage):
    damage(root)
    for command, (code, out, err) in calls(capsys, root).items():
        assert (code, out) == (1, ""), (command, err)
        assert "Traceback" not in err
        assert "control/run_manifest" in err


def test_a_sound_store_is_verified_with_its_figures(sound, capsys):
    assert main(["verify", "--deep", "--set", f"store.root={sound}"]) == 0
    rows = list(verify(str(sound)))
    assert [(row.what, row.version, row.runs, row.rows, row.fault) for row in rows] == [
        ("features/rfm", 1, 1, 5, None),
        ("published/customers", 1, 1, 5, None),
    ]
    assert "published/customers" in capsys.readouterr().out


def test_every_pin_is_looked_at_not_only_the_first_damaged_one(root, capsys):
    data_file(root).unlink()
    data_file(root, "features/rfm").unlink()
    assert main(["verify", "--set", f"store.root={root}"]) == 1
    assert "2 of 2 tables" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["a%20b", "%41", "a\\b"])
def test_a_folder_whose_name_is_decoded_is_refused_by_name(sound, tmp_path, capsys, name):
    shutil.copytree(sound, tmp_path / name)
    for _, (code, out, err) in calls(capsys, tmp_path / name).items():
        assert (code, out) == (1, "")
        assert "a name that Delta's readers decode" in err
        assert "rename the folder" in err


@pytest.mark.parametrize("name", ["a b", "100%", "50% off", "#1?*[x]{y}", "'quoted' \"too\"", "ü日本", "a+b&c:d~"])
def test_other_names_of_folders_hold(sound, tmp_path, capsys, name):
    shutil.copytree(sound, tmp_path / name)
    done = calls(capsys, tmp_path / name)
    assert {command: code for command, (code, _, _) in done.items()} == {
        "query": 0,
        "export": 0,
        "explain": 0,
        "verify": 0,
    }
    assert "5" in done["query"][1]
