"""Writes the generated data sets as files, once."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Literal

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from audiences.datasets.activity import activity
from audiences.datasets.customers import attributes, truth
from audiences.datasets.reviews import reviews
from audiences.datasets.transactions import transactions
from audiences.errors import ConfigError

NAMES = ("transactions", "activity", "reviews", "customers", "truth")
Format = Literal["parquet", "csv"]
REVISION = 2  # raised when the same arguments give other rows
ACTIVITY_DAYS = 28  # an activity log is kept for weeks, not years
_CSV = {"header": "true", "escape": '"', "timeZone": "UTC"}
_SECONDS, _MILLISECONDS = "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.SSS"


def generate(
    spark: SparkSession,
    *,
    customers: int,
    days: int,
    seed: int,
    target: str,
    format: Format = "parquet",  # noqa: A002 - the word that Spark and the configuration use
    start: date = date(2024, 1, 1),
) -> dict[str, str]:
    """Writes <target>/transactions, /activity, /reviews, /customers and /truth and returns their paths by name.

    The activity log covers the last 28 days, the others all of them; the natural as_of is start + days.

    Files: up to four for small data, then about one per two million rows. CSV has a header, '"' escaped by '"', nulls
    as nothing and timestamps as `yyyy-MM-dd HH:mm:ss` in UTC, in the activity log with milliseconds.

    The arguments are kept in <target>/settings (one line of JSON), as open before the data and as finished after it. A
    target finished with the same arguments is left as it is, so that its files are not landed twice; one that a crash
    left open is written anew; nothing else is ever overwritten.

    Raises:
        ConfigError: the target holds other data, or the format is unknown.
    """
    if format not in ("parquet", "csv"):
        raise ConfigError("Unknown format.", where="format", found=format, allowed="parquet, csv")
    root = target.rstrip("/")
    asked = {"customers": customers, "days": days, "seed": seed, "start": start.isoformat(), "format": format}
    settings = {state: json.dumps({**asked, "revision": REVISION, "state": state}) for state in ("open", "finished")}
    paths = {name: f"{root}/{name}" for name in NAMES}
    found = _line(spark, f"{root}/settings")
    if found == settings["finished"]:
        return paths
    if found != settings["open"]:
        _check_is_free(spark, root, found=found, asked=settings["finished"])
    frames = _frames(spark, customers=customers, days=days, seed=seed, start=start)
    _record(spark, f"{root}/settings", settings["open"])
    for name, path in paths.items():
        timestamps = _MILLISECONDS if name == "activity" else _SECONDS
        options = {**_CSV, "timestampFormat": timestamps} if format == "csv" else {}
        frames[name].write.mode("overwrite").format(format).options(**options).save(path)
    _record(spark, f"{root}/settings", settings["finished"])
    return paths


def _frames(spark: SparkSession, *, customers: int, days: int, seed: int, start: date) -> dict[str, DataFrame]:
    log_days = min(days, ACTIVITY_DAYS)
    log_start = start + timedelta(days=days - log_days)
    return {
        "transactions": transactions(spark, customers=customers, days=days, seed=seed, start=start),
        "activity": activity(spark, customers=customers, days=log_days, seed=seed, start=log_start),
        "reviews": reviews(spark, customers=customers, days=days, seed=seed, start=start),
        "customers": attributes(spark, customers=customers, seed=seed),
        "truth": truth(spark, customers=customers, seed=seed),
    }


def _check_is_free(spark: SparkSession, root: str, *, found: str | None, asked: str) -> None:
    """Refuses a target that holds anything of these names that this call did not begin."""
    taken = [name for name in NAMES if _exists(spark, f"{root}/{name}")]
    if found is not None or taken:
        raise ConfigError(
            "The target holds other data.",
            where=root,
            found=found or ", ".join(taken),
            allowed=f"an empty target, or one that holds {asked}",
            advice="name another target, or delete this one",
        )


def _record(spark: SparkSession, path: str, line: str) -> None:
    spark.range(0, 1, 1, 1).select(F.lit(line)).write.mode("overwrite").text(path)


def _line(spark: SparkSession, path: str) -> str | None:
    """The first line of a text that `_record` wrote; None where there is none."""
    lines = spark.read.text(path).take(1) if _exists(spark, path) else []
    return str(lines[0][0]) if lines else None


def _exists(spark: SparkSession, path: str) -> bool:
    try:
        spark.read.text(path).schema  # noqa: B018 - analysis looks for the path
    except AnalysisException as error:
        condition = error.getCondition if hasattr(error, "getCondition") else error.getErrorClass  # 4.x, 3.5
        if condition() == "PATH_NOT_FOUND":
            return False
        raise
    return True
