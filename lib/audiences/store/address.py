"""Where the tables are: a folder of this machine, or an address such as s3a://bucket/tables; can it be used?"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from py4j.protocol import Py4JError
from pyspark.errors import AnalysisException, PySparkException

from audiences.errors import MachineError, java_cause

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:")
"""How an address begins, and no path of a local file system."""


_DECODED = re.compile(r"%[0-9A-Fa-f]{2}|\\")


def check_reachable(spark: SparkSession, root: str) -> None:
    """Raises MachineError when the file system of an address does not answer.

    Asks for a file that is not there, for Delta takes a root that does not answer for an empty one.
    """
    try:
        spark.read.text(f"{root}/_reachable").schema  # noqa: B018 - analysis asks the file system
    except (PySparkException, Py4JError) as fault:
        if isinstance(fault, AnalysisException) and fault.getErrorClass() == "PATH_NOT_FOUND":
            return
        raise MachineError(
            "the table root cannot be reached", where=f"store.root: {root}", found=java_cause(fault),
            advice="check the address, the network and the credentials",
        ) from None  # fmt: skip


def is_elsewhere(root: str) -> bool:
    """Whether a root is an address such as s3a://bucket/tables, not a folder of this machine."""
    return SCHEME.match(root) is not None and not root.startswith("file:")


def local_folder(root: str) -> str:
    """The absolute folder of a root on this machine; file:/x, file:///x and /x are one."""
    return os.path.abspath(re.sub(r"^file:/*", "/", root))


def plain_path(path: str) -> str:
    """A path without what only some spellings have: file:/x, file:///x, /x/ and x in the folder / are one."""
    if not is_elsewhere(path):
        return local_folder(unquote(path) if path.startswith("file:") else path)
    parts = urlparse(path)
    return f"{parts.scheme}://{parts.netloc}{unquote(parts.path).rstrip('/')}"


def check_folder_name(folder: str) -> None:
    """Raises MachineError for a local root whose name the Delta readers without Spark take for another one's."""
    if _DECODED.search(folder):
        raise MachineError(
            "the table root has a name that Delta's readers decode: they would look in another folder",
            where=f"store.root: {folder}", found=", ".join(sorted(set(_DECODED.findall(folder)))),
            allowed="a path without \\ and without % before two hexadecimal digits",
            advice="rename the folder; the tables in it stay as they are",
        )  # fmt: skip


def check_local_root(root: str) -> None:
    """Raises MachineError when the root is a local path that cannot be written; other file systems tell themselves."""
    if is_elsewhere(root):
        return
    check_folder_name(local_folder(root))
    existing = folder = local_folder(root)
    while not os.path.lexists(existing):
        existing = os.path.dirname(existing)
    if not os.path.isdir(existing):
        raise MachineError(
            "the table root cannot be written: a file is in its place", where=existing, allowed="a folder"
        )
    if not os.access(existing, os.W_OK):
        raise MachineError(
            "the table root cannot be written", where=folder, found=f"no write access to {existing}",
            advice="choose another with --set store.root=FOLDER",
        )  # fmt: skip
