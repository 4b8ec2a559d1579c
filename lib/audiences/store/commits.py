"""Commits as look-ups see them: what each wrote, and what a commit that only made the same content anew stands for.

OPTIMIZE, an update in place and an erasure write files again whose rows another commit computed. Such a commit carries
the records of the commits that it stands for, so that a look-up by fingerprint or by stage returns the newest version
with that content: the one whose files stay when older ones are removed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_STANDS_FOR = "stands_for"
_SLICE = ("stage", "as_of", "slice", "model")
"""What tells the slices of a table apart, in the metadata of the commits that wrote them."""


@dataclass(frozen=True)
class Version:
    """One commit of a table, or what a later commit stands for.

    Args:
        version: its Delta version.
        rows: the rows that it wrote.
        metadata: what it carries; `fingerprint` always.
        is_whole: it replaced everything that was in the table before it.
    """

    version: int
    rows: int | None
    metadata: Mapping[str, Any]
    is_whole: bool = False


def commit_text(fingerprint: str, metadata: Mapping[str, Any]) -> str:
    """What a commit of rows that a fingerprint names carries as its userMetadata."""
    return json.dumps({"fingerprint": fingerprint, **metadata}, default=str, sort_keys=True)


def rewrite_text(commits: Sequence[Version], *, reason: str) -> str:
    """What a commit carries that makes the present content anew.

    Args:
        commits: those of the table, newest first.
        reason: why the content is made anew, such as OPTIMIZE.
    """
    records = [{"rows": commit.rows, "metadata": dict(commit.metadata)} for commit in _present(commits)]
    return json.dumps({"reason": reason, _STANDS_FOR: records}, default=str, sort_keys=True)


def as_seen(version: int, rows: int | None, text: str, *, is_whole: bool) -> list[Version]:
    """The commit of that userMetadata as look-ups see it: itself, or each commit that it stands for."""
    metadata = json.loads(text)
    if _STANDS_FOR in metadata:
        return [Version(version, record["rows"], record["metadata"]) for record in metadata[_STANDS_FOR]]
    return [Version(version, rows, metadata, is_whole)]


def _present(commits: Iterable[Version]) -> list[Version]:
    """The newest commit of each slice, newest first; nothing from before the table was last replaced whole."""
    newest: dict[tuple[Any, ...], Version] = {}
    for commit in commits:
        newest.setdefault(tuple(commit.metadata.get(name) for name in _SLICE), commit)
        if commit.is_whole:
            break
    return list(newest.values())
