"""Files of members: private, never over a device or an older file, and CSV that no spreadsheet runs, tears or changes."""

from __future__ import annotations

import csv
import io
import os
import stat
from pathlib import Path

import forged_store
import pyarrow.parquet as pq
import pytest

from audiences.cli import main
from audiences.published.spreadsheet import defused

PHONES = ("+49170001034", "+491700010 35", "-17", "+1 (800) 555-0199", "-1.5e3")
FORMULAS = ("=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-1+cmd", "\r=1+1", "\u00a0=1+1", "\u200b=1", "\x00=1", "\x0b=1", "\x0c=1",
            "\x85=1", "\uff1d1+1", "  @x", "\t=1", "\ufeff+a")  # fmt: skip


def export(root: Path, *arguments: str) -> int:
    return main(["export", "High-value", "--set", f"store.root={root}", *arguments])


def members(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert defused(text) == "'" + text


@pytest.mark.parametrize(
    "text", [*PHONES, "+1", "-1", "a=1", "", "17850", "O'Neil", "e@mail.org", "a - b", " x", -1.5, None]
)
def test_numbers_telephone_numbers_and_plain_text_stay(text):
    assert defused(text) == text


def test_phone_like_ids_arrive_as_they_are(tmp_path, capsys):
    root = forged_store.shop(tmp_path, [id_ for phone in PHONES for id_ in (phone, f"other {phone}")])
    assert export(root) == 0
    said = capsys.readouterr()
    assert [row["customer_id"] for row in members(said.out)] == list(PHONES)
    assert "apostrophe" not in said.err


def test_ids_that_would_be_run_are_changed_with_a_word_and_a_switch(tmp_path, capsys):
    ids = [id_ for formula in FORMULAS for id_ in (formula, f"other{formula}")]
    root = forged_store.shop(tmp_path, ids, country="=HYPERLINK(A1)")
    assert export(root) == 0
    said = capsys.readouterr()
    rows = members(said.out)
    assert [row["customer_id"] for row in rows] == [f"'{formula}" for formula in FORMULAS]
    assert f"customer_id: {len(FORMULAS)}, country: {len(FORMULAS)}" in said.err
    assert "--formulas keep" in said.err
    for line in said.out.replace("\r", "\n").splitlines():
        assert not line.lstrip('"').startswith(("=", "@", "\uff1d")) or "\r" in said.out
    assert export(root, "--formulas", "keep") == 0
    said = capsys.readouterr()
    assert [row["customer_id"] for row in members(said.out)] == list(FORMULAS)
    assert "apostrophe" not in said.err
    assert export(root, "--format", "parquet", "--out", str(tmp_path / "m.parquet")) == 0
    assert pq.read_table(tmp_path / "m.parquet")["customer_id"].to_pylist() == list(FORMULAS)
    assert "apostrophe" not in capsys.readouterr().err


def test_a_carriage_return_tears_no_row(tmp_path, capsys):
    root = forged_store.shop(tmp_path, ["\r=1+1", "x", "a\rb", "y", "a\nb", "z"])
    assert export(root) == 0
    out = capsys.readouterr().out
    assert '"\'\r=1+1"' in out
    assert '"a\rb"' in out
    assert out.endswith("\n")
    assert "\r\n" not in out
    assert [row["customer_id"] for row in members(out)] == ["'\r=1+1", "a\rb", "a\nb"]


@pytest.mark.parametrize("style", ["csv", "parquet"])
def test_files_are_private_and_older_ones_are_replaced_on_demand(tmp_path, capsys, style):
    root, out = forged_store.shop(tmp_path / "tables"), tmp_path / f"members.{style}"
    before = os.umask(0)
    try:
        assert export(root, "--format", style, "--out", str(out)) == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    first = out.read_bytes()
    out.write_text("older")
    assert export(root, "--format", style, "--out", str(out)) == 2
    told = capsys.readouterr().err
    assert "the file exists already" in told
    assert "--force" in told
    assert out.read_text() == "older"
    assert export(root, "--format", style, "--out", str(out), "--force") == 0
    assert out.read_bytes() == first
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == [out.name, "tables"]


def test_what_is_no_plain_file_is_never_replaced(tmp_path, capsys):
    root = forged_store.shop(tmp_path / "tables")
    fifo, link, target, folder = tmp_path / "fifo", tmp_path / "link", tmp_path / "target", tmp_path / "folder"
    os.mkfifo(fifo)
    target.write_text("of another")
    link.symlink_to(target)
    folder.mkdir()
    for out in (fifo, link, folder):
        for force in ((), ("--force",)):
            assert export(root, "--format", "parquet", "--out", str(out), *force) == 2
            assert "--force replaces it" not in capsys.readouterr().err
    assert stat.S_ISFIFO(fifo.lstat().st_mode)
    assert link.is_symlink()
    assert target.read_text() == "of another"
    assert folder.is_dir()
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]
