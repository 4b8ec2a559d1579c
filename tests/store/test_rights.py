"""Rights of what a run leaves: nothing for others, and the report for its owner alone."""

from __future__ import annotations

import stat

from audiences.api import open_store
from audiences.config import Settings, load


def test_the_mask_holds_for_what_spark_writes(small_shop_root):
    rights = {path: stat.S_IMODE(path.lstat().st_mode) for path in small_shop_root.rglob("*")}
    assert len(rights) > 100
    assert not [path for path, mode in rights.items() if mode & 0o007]
    assert {mode for path, mode in rights.items() if path.is_dir()} == {0o750}
    assert {mode for path, mode in rights.items() if path.suffix == ".parquet"} == {0o640}
    assert {mode for path, mode in rights.items() if path.suffix == ".html"} == {0o600}


def test_the_store_is_opened_with_the_mask_of_the_settings(spark, tmp_path):
    import os

    settings = load([], [f"store.root={tmp_path}", "store.umask='077'"], {})
    before = os.umask(0o022)
    try:
        open_store(settings)
        assert os.umask(0o022) == 0o077
    finally:
        os.umask(before)
    assert Settings().store.umask == "027"
