"""Writes the generated data sets as files, once."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Literal

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from audiences.datasets.activity import activity
from audiences.datasets.customers import truth
from audiences.datasets.reviews import reviews
from audiences.datasets.transactions import transactions
from audiences.errors import ConfigError

Format = Literal["parquet", "csv"]
REVISION = 1  # raised when the same arguments give other rows
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
    """Writes <target>/transactions, /activity, /reviews and /truth and returns their paths by name.

    The activity log covers the last 28 days, the others all of them; the natural as_of is start + days.

    Files: up to four for small data, then about one per two million rows. CSV has a header, '"' escaped by '"', nulls
    as nothing and timestamps as `yyyy-MM-dd HH:mm:ss` in UTC, in the activity log with milliseconds.

    The arguments are written last, to <target>/settings (one line of JSON): a target that holds the same is left as it
    is, so that its files are not landed twice; a half-written one is written anew.

    Raises:
        ConfigError: the target holds data made with other arguments, or the format is unknown.
    """
    if format not in ("parquet", "csv"):
        raise ConfigError("Unknown format.", where="format", found=format, allowed="parquet, csv")
    root = target.rstrip("/")
    settings = json.dumps(
        {
            "customers": customers, "days": days, "seed": seed, "start": start.isoformat(), "format": format,
            "revision": REVISION,
        }
    )  # fmt: skip
    log_days = min(days, ACTIVITY_DAYS)
    frames = {
        "transactions": transactions(spark, customers=customers, days=days, seed=seed, start=start),
        "activity": activity(
            spark, customers=customers, days=log_days, seed=seed, start=start + timedelta(days=days - log_days)
        ),
        "reviews": reviews(spark, customers=customers, days=days, seed=seed, start=start),
        "truth": truth(spark, customers=customers, seed=seed),
    }
    paths = {name: f"{root}/{name}" for name in frames}
    found = _settings_at(spark, f"{root}/settings")
    if found == settings:
        return paths
    if found is not None:
        raise ConfigError(
            "The target holds data that was generated with other arguments.",
            where=root,
            found=found,
            allowed=settings,
            advice="name another target, or delete this one",
        )
    for name, frame in frames.items():
        timestamps = _MILLISECONDS if name == "activity" else _SECONDS
        options = {**_CSV, "timestampFormat": timestamps} if format == "csv" else {}
        frame.write.mode("overwrite").format(format).options(**options).save(paths[name])
    spark.range(0, 1, 1, 1).select(F.lit(settings)).write.mode("overwrite").text(f"{root}/settings")
    return paths


def _settings_at(spark: SparkSession, path: str) -> str | None:
    """The arguments that finished data was made with; None where there is none."""
    try:
        lines = spark.read.text(path).take(1)
    except AnalysisException as error:
        condition = error.getCondition if hasattr(error, "getCondition") else error.getErrorClass  # 4.x, 3.5
        if condition() == "PATH_NOT_FOUND":
            return None
        raise
    return str(lines[0][0]) if lines else None
