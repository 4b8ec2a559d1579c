"""Which files a source consists of, listed through Spark so that any Hadoop path serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from py4j.protocol import Py4JError
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from audiences.errors import InputError, java_cause
from audiences.fingerprint import digest
from audiences.sources.connectors.paths import escaped, is_pattern


@dataclass(frozen=True)
class SourceFile:
    """One file as it lies in storage; of a Delta source one range of versions (size: first, modified: last)."""

    path: str
    size: int
    modified: str
    reader: str

    @property
    def file_id(self) -> str:
        return digest(self.path, self.size, self.modified, self.reader)


def list_files(spark: SparkSession, paths: Sequence[str], *, reader: str, setting: str) -> list[SourceFile]:
    """The files under `paths` (files, folders, globs), by path; their contents are not read.

    Raises:
        InputError: no path is set, a path does not exist, there is no file with content.
    """
    if not paths:
        raise InputError("no input is set", where=setting, advice=f"--set {setting}=FILE")
    try:
        rows = _listed(spark, [_as_meant(spark, path) for path in paths])
    except (PySparkException, Py4JError) as fault:
        raise _unreadable(paths, setting, fault) from None
    if not rows:  # Spark lists no file of 0 bytes
        raise InputError(
            "there is no file with content", where=setting, found=", ".join(paths), advice="was it delivered empty?"
        )
    return sorted(
        (SourceFile(row["path"], row["length"], row["modified"], reader) for row in rows), key=lambda file: file.path
    )


def _listed(spark: SparkSession, paths: Sequence[str]) -> list[Row]:
    """Path, length and modification time of each file."""
    return (
        spark.read.format("binaryFile")
        .option("recursiveFileLookup", True)
        .load(list(paths))
        .select("path", "length", F.col("modificationTime").cast("string").alias("modified"))
        .collect()  # one row per file
    )


def _as_meant(spark: SparkSession, path: str) -> str:
    """A path with *, ?, [ or { in it is the file or folder of that name where there is one, else a pattern."""
    if not is_pattern(path):
        return path
    try:
        spark.read.format("binaryFile").load(escaped(path))
    except AnalysisException as fault:
        if fault.getErrorClass() != "PATH_NOT_FOUND":
            raise
        return path
    return escaped(path)


def _unreadable(paths: Sequence[str], setting: str, fault: Exception) -> InputError:
    if not isinstance(fault, AnalysisException):  # the file system itself did not answer
        return InputError(
            "the input cannot be reached", where=f"{setting}: {', '.join(paths)}", found=java_cause(fault),
            advice="check the address, the network and the credentials",
        )  # fmt: skip
    if fault.getErrorClass() == "PATH_NOT_FOUND":
        return InputError("the input does not exist", where=setting, found=", ".join(paths))
    return InputError("the input cannot be listed", where=setting, found=str(fault).splitlines()[0])
