"""A Delta table as a source: appended rows between two of its versions, anything else refused."""

from __future__ import annotations

from functools import reduce

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from audiences.config import Source
from audiences.errors import InputError
from audiences.sources.connectors.files import landed, pick_columns, pick_time_column
from audiences.sources.connectors.listing import SourceFile

# Commits that leave the rows as they are (OPTIMIZE rewrites files: rows are taken before and after it).
_SAME_ROWS = {
    "CREATE TABLE", "SET TBLPROPERTIES", "UNSET TBLPROPERTIES", "ADD CONSTRAINT", "DROP CONSTRAINT", "ADD COLUMNS",
    "CHANGE COLUMN", "UPGRADE PROTOCOL", "VACUUM START", "VACUUM END", "CLUSTER BY", "COMPUTE STATS", "SET COMMENT",
}  # fmt: skip
_REWRITE = "OPTIMIZE"
_FILE = "_audiences_source_file"


def list_versions(spark: SparkSession, path: str, *, reader: str, last_taken: int | None) -> SourceFile | None:
    """The range of versions not yet taken, as one "file" (size: first, modified: last version); None: nothing new.

    Raises:
        InputError: there is no Delta table, or rows were changed or removed since the last version taken.
    """
    history = _history(spark, path)
    newest = max(history)
    if last_taken is None:
        return SourceFile(path, 0, str(newest), reader)
    if newest <= last_taken:
        return None
    for version in range(last_taken + 1, newest + 1):
        operation, mode = history.get(version, ("unknown: the log no longer holds it", ""))
        if operation in _SAME_ROWS or operation == _REWRITE or mode == "Append":
            continue
        raise InputError(
            "the Delta source has changed rows that were landed already",
            where=f"{path}, version {version}",
            found=f"{operation} {mode}".strip(),
            allowed="appends only",
            advice="land it into a fresh store.root, or deliver changes as appended rows",
        )
    return SourceFile(path, last_taken + 1, str(newest), reader)


def _history(spark: SparkSession, path: str) -> dict[int, tuple[str, str]]:
    from delta.tables import DeltaTable

    try:
        rows = (
            DeltaTable.forPath(spark, path)
            .history()
            .select(
                "version",
                "operation",
                F.coalesce(
                    F.try_element_at("operationParameters", F.lit("mode")),
                    F.try_element_at("operationParameters", F.lit("outputMode")),
                    F.lit(""),
                ).alias("mode"),
            )
            .collect()
        )
    except AnalysisException as fault:
        raise InputError("the Delta source cannot be read", where=path, found=str(fault).splitlines()[0]) from None
    return {row["version"]: (row["operation"], row["mode"]) for row in rows}


def appended_rows(spark: SparkSession, file: SourceFile, source: Source, *, setting: str) -> DataFrame:
    """The rows that the versions of `file` appended, as a landed table's body."""
    first, last = file.size, int(file.modified)
    rows = _between(spark, file.path, first, last)
    picked = pick_columns(rows.columns, source.columns, where=file.path, setting=setting)
    return landed(
        rows, source.columns, picked, file=F.lit(file.path), corrupt=F.lit(None).cast("string"),
        time_column=pick_time_column(rows.columns, source, where=file.path, setting=setting),
        first_filled=source.first_filled,
    )  # fmt: skip


def _between(spark: SparkSession, path: str, first: int, last: int) -> DataFrame:
    """Rows in files that one version has and an earlier one lacks, OPTIMIZE commits stepped over."""
    if first == 0:
        return _at(spark, path, last)
    rewrites = [v for v, (operation, _) in sorted(_history(spark, path).items()) if operation == _REWRITE]
    frames = []
    before = first - 1
    for stop in [*(v - 1 for v in rewrites if first <= v <= last), last]:
        if stop > before:
            old_files = _at(spark, path, before).select(F.col("_metadata.file_path").alias(_FILE)).distinct()
            new_rows = _at(spark, path, stop).withColumn(_FILE, F.col("_metadata.file_path"))
            frames.append(new_rows.join(old_files, _FILE, "left_anti").drop(_FILE))
        before = stop + 1 if stop + 1 in rewrites else stop
    return reduce(lambda one, two: one.unionByName(two, allowMissingColumns=True), frames)


def _at(spark: SparkSession, path: str, version: int) -> DataFrame:
    return spark.read.format("delta").option("versionAsOf", version).load(path)
