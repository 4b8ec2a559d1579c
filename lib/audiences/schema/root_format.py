"""The format of a root: which tables, columns and commits a version of this package expects to find under store.root.

Every commit of the run manifest carries the number. A root without one has format 1. A later format reads what earlier
ones wrote: columns that came since are null there, types have only been widened, nothing was renamed.

1. Fingerprints hold whole sections of the settings and no columns; ids of persons have statistics in the log.
2. Fingerprints hold declared columns and only the settings that reach a stage; ids of persons have no statistics in
   the log of tables made since; readers are known by the digest of settings that differ from their defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audiences.errors import InputError

ROOT_FORMAT = 2
FORMAT_KEY = "format"
"""The name under which a manifest's commit carries the number."""


def check_root_format(metadata: Mapping[str, Any], root: str) -> None:
    """Raises InputError where the newest commit of a root's manifest says a later format than this package knows."""
    number = int(metadata.get(FORMAT_KEY, 1))
    if number > ROOT_FORMAT:
        raise InputError(
            "the tables were written by a later version of this package", where=root, found=f"format {number}",
            allowed=f"formats up to {ROOT_FORMAT}", advice="install the version that wrote them, or a later one",
        )  # fmt: skip
