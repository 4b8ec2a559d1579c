"""Readers with Spark do not take a damaged log for an empty table either."""

from __future__ import annotations

import shutil

import pytest

from audiences import schema
from audiences.cli import main
from audiences.config import Store as StoreSettings
from audiences.errors import InputError
from audiences.store.delta import Store


def test_a_blank_entry_of_a_pinned_table_is_named_by_reads_and_by_the_report(spark, small_shop_root, tmp_path, capsys):
    root = tmp_path / "tables"
    shutil.copytree(small_shop_root, root)
    store = Store(spark, StoreSettings(root=str(root)))
    version = store.head(schema.rfm).version
    assert store.read(schema.rfm, version).count() > 0
    entry = root / "features" / "rfm" / "_delta_log" / f"{version:020d}.json"
    entry.write_text("\n")
    for crc in entry.parent.glob("*.crc"):
        crc.unlink()
    with pytest.raises(InputError, match="a file of the store is damaged"):
        store.read(schema.rfm, version)
    assert main(["report", "--set", f"store.root={root}"]) == 1
    said = capsys.readouterr().err
    assert str(entry) in said
    assert "Traceback" not in said
