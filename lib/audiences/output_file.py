"""Files that hand something to people: readable by their owner alone, whole or not at all, and never over a device."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o600
"""Mode of exports and reports: customers' ids and figures are in them."""


def why_not_written(path: Path, *, may_replace: bool) -> str | None:
    """Why a file must not be put there; None where it may.

    Only a plain file is ever replaced: a rename over a device, a pipe or a link would destroy it.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return None
    except OSError as fault:
        return fault.strerror or str(fault)
    if stat.S_ISDIR(mode):
        return "a folder has this name"
    if not stat.S_ISREG(mode):
        return "this is no plain file (a device, a pipe or a link)"
    return None if may_replace else "the file exists already"


@contextmanager
def private_draft(path: Path) -> Iterator[Path]:
    """An empty private file beside `path`, which takes its place at the end and is removed when anything fails.

    Raises:
        OSError: the folder or the file cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    draft.unlink(missing_ok=True)  # of an earlier process of the same number
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
