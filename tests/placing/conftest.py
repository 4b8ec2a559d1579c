"""What the tests of placing share."""

from __future__ import annotations

import shutil

import pytest


@pytest.fixture
def shop(newcomers_root, tmp_path):
    """A copy of the newcomers' shop that a test may write to, with its tables and its raw file."""
    shutil.copytree(newcomers_root, tmp_path / "tables")
    shutil.copytree(newcomers_root.parent / "raw", tmp_path / "raw")
    return tmp_path
