"""One hash of all files of a folder: which there are, and what is in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class SavedFile:
    """A file of a saved model: its path below the model's folder, its bytes and their SHA-256."""

    path: str
    size: int
    sha256: str


def content_hash(files: Iterable[SavedFile]) -> str:
    """The hash; the order of the files does not matter."""
    lines = sorted(f"{file.path}\t{file.size}\t{file.sha256}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
