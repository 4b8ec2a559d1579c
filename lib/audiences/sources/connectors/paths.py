"""Names of files: a listed path is read as that file and no other, and its folders may say what its rows are.

Spark reads a path as a pattern, knows a compressed file by the small letters of its ending, and takes folders such as
country=UK for columns only where it lists them itself. A file of one's own is read by its name here, whatever it is.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from pyspark.sql import Column
from pyspark.sql import functions as F

from audiences.errors import InputError

_SPECIAL = re.compile(r"([\\*?\[\]{}])")
_COMPRESSED = re.compile(r"\.(gz|bz2|zst|lz4|snappy|deflate)$", re.IGNORECASE)
_ELSEWHERE = re.compile(r"(?!file:)[a-z][a-z0-9+.-]*:")
_KEY = re.compile(r"([^=/]+)=([^/]*)")
_BESIDE = re.compile(r"_SUCCESS|_(committed|started)_.*|\..*\.crc")
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


def is_pattern(path: str) -> bool:
    """Whether Spark takes the path for a pattern."""
    return _SPECIAL.search(path) is not None


def escaped(path: str) -> str:
    """The pattern that stands for this very path."""
    return _SPECIAL.sub(r"\\\1", path)


def plain(path: str) -> str:
    """A path as the listing writes it: of local files with one slash after the scheme, without percent signs."""
    return re.sub(r"^file:/+", "file:/", path)


def local(path: str) -> str | None:
    """The path on this machine; None where it is elsewhere."""
    return None if _ELSEWHERE.match(path) else os.path.abspath(re.sub(r"^file:/*", "/", path))


def read_file_path() -> Column:
    """The path of the file that a row is read from, as it is written: Spark gives it with percent signs."""
    return resolved(F.col("_metadata.file_path"))


def readable(path: str) -> str:
    """The name under which Spark reads the file: the path, escaped; for a compressed file in capitals a link to it.

    Raises:
        InputError: the file is compressed, named in capitals, and not on this machine.
    """
    ending = _COMPRESSED.search(path)
    if ending is None or ending[0] == ending[0].lower():
        return escaped(path)
    here = local(path)
    if here is None:
        raise InputError(
            "a compressed file is known by the small letters of its ending", where=path, found=ending[0],
            allowed=ending[0].lower(), advice="rename the file",
        )  # fmt: skip
    folder = tempfile.mkdtemp(prefix="audiences-links-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    link = Path(folder) / f"file{ending[0].lower()}"
    link.symlink_to(here)
    return str(link)


def folder_columns(path: str, roots: Sequence[str]) -> tuple[str, ...]:
    """The names of folders such as country=UK between the source's own path and the file, outermost first."""
    file = local(path) or path
    for root in roots:
        beneath = _before_pattern(local(root) or root)
        if file.startswith(beneath.rstrip("/") + "/"):
            folders = file[len(beneath) :].strip("/").split("/")[:-1]
            return tuple(match[1] for folder in folders if (match := _KEY.fullmatch(folder)))
    return ()


def folder_value(name: str, file: Column) -> Column:
    """What the folder name=VALUE of a row's file says; null where it says that there is no value."""
    value = F.regexp_extract(file, rf"/\Q{name}\E=([^/]*)/", 1)
    is_encoded = value.rlike("^([^%]|%[0-9A-Fa-f]{2})*$")
    plain_value = F.when(is_encoded, resolved(value)).otherwise(value)
    return F.when(plain_value != _NO_VALUE, F.nullif(plain_value, F.lit("")))


@dataclass(frozen=True)
class SkippedFile:
    """A file that lies beneath a source's path and is not read."""

    path: str
    why: str


def skipped_files(paths: Sequence[str]) -> list[SkippedFile]:
    """Hidden and empty files beneath folders of this machine, by path; elsewhere they cannot be seen.

    What Spark and Hadoop write beside their files, such as _SUCCESS and checksums, is not among them.
    """
    found = []
    for path in paths:
        here = local(path)
        if here is None or not os.path.isdir(here):
            continue
        for folder, _, names in os.walk(here):
            beneath = os.path.relpath(folder, here).split(os.sep)
            is_hidden_folder = any(part[0] in "._" and part != "." for part in beneath)
            for name in names:
                file = os.path.join(folder, name)
                if _BESIDE.fullmatch(name):
                    continue
                if is_hidden_folder or name[0] in "._":
                    found.append(SkippedFile(file, "hidden: its name, or its folder's, begins with . or _"))
                elif os.path.getsize(file) == 0:
                    found.append(SkippedFile(file, "empty"))
    return sorted(found, key=lambda one: one.path)


def same_file(path: str) -> tuple[str, ...]:
    """The ways in which one path stands in landed rows: with one or three slashes, with percent signs or without."""
    here = local(path)
    if here is None:
        return (path,)
    names = {here, unquote(here)}
    return tuple(sorted({form for name in names for form in (f"file:{name}", f"file://{name}", Path(name).as_uri())}))


def _before_pattern(path: str) -> str:
    """The folders before the first part of a path that is a pattern."""
    parts = path.split("/")
    first = next((place for place, part in enumerate(parts) if is_pattern(part)), len(parts))
    return "/".join(parts[:first])


def resolved(text: Column) -> Column:
    """Percent signs resolved; a plus is a plus."""
    return F.url_decode(F.replace(text, F.lit("+"), F.lit("%2B")))
