"""Published runs of a small shop, written as tables without running the pipeline; what happens is stated here."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences import schema
from audiences.config import load
from audiences.pipeline.final import CUSTOMERS, SEGMENTS
from audiences.pipeline.purchases import DAYS
from audiences.schema.root_format import FORMAT_KEY, ROOT_FORMAT
from audiences.store.delta import Store

SECRET = "a secret that only this shop's owner knows"
BEFORE, START, DAY_12, OVER = date(2024, 2, 2), date(2024, 3, 1), date(2024, 3, 13), date(2024, 4, 12)
END = date(2024, 3, 29)
PEOPLE = [(str(10_000 + n), ("Loyal", "At risk", "New")[n % 3] if n < 1200 else "Tiny") for n in range(1212)]
"""Customer and segment: 400 each, and 12 of a tiny one."""

Line = tuple[str, date, int, float, float]
"""Customer, day, orders, gross, returned."""


def past(customer: str) -> list[Line]:
    """What was bought before the start; a third was there more than a year before."""
    number = int(customer)
    lines = [(customer, date(2024, 1, 15), 1, 20.0 + number % 50, 0.0)]
    if number % 4 == 0:
        lines.append((customer, date(2023, 1, 10), 1, 500.0, 0.0))
    if number % 5 == 0:
        lines.append((customer, date(2024, 2, 10), 2, 15.0, -4.0))
    if number % 60 == 0:
        lines.append((customer, START, 1, 10.0, 0.0))  # on the day itself: not before the start
    return lines


def period(customer: str, segment: str, arm: str) -> list[Line]:
    """What follows: every second customer buys, the treated among the loyal for 30 more."""
    number = int(customer)
    more = 30.0 if arm == "mail" and segment == "Loyal" else 0.0
    lines = [(customer, date(2024, 4, 1), 1, 77.0, 0.0)]  # after the end: never counts
    if number % 2:
        lines.append((customer, date(2024, 3, 10), 1, 30.0 + number % 7 + more, 0.0))
    if number % 10 == 1:
        lines.append((customer, date(2024, 4, 5), 0, 0.0, -5.0))  # a return in time
        lines.append((customer, OVER, 0, 0.0, -11.0))  # and one too late
    return lines


def store_of(spark, root: Path) -> Store:
    return Store(spark, load([], [f"store.root={root}"], {}).store)


def publish(store: Store, as_of: date, people: list[tuple[str, str]], lines: list[Line]) -> None:
    """One run at as_of with the three tables that experiments read."""
    spark = store.spark
    days = spark.createDataFrame(
        lines, "customer_id string, day date, orders bigint, gross double, returned double"
    ).groupBy("customer_id", "day").agg(
        F.sum("orders").alias("orders"), F.sum("gross").cast("decimal(18,4)").alias("gross"),
        F.sum("returned").cast("decimal(18,4)").alias("returned"),
    )  # fmt: skip
    named = spark.createDataFrame(people, "customer_id string, name string")
    segmented = named.withColumns({"segment_id": F.lit(0), "segmentation": F.lit("value")})
    frames = {
        DAYS: (days, {}),
        SEGMENTS: (segmented, {"as_of": as_of}),
        CUSTOMERS: (segmented.withColumnRenamed("name", "segment"), {"as_of": as_of}),
    }
    rows = []
    for stage, (frame, part) in frames.items():
        version = store.write(
            stage.makes, filled(frame, stage.makes), fingerprint=f"{stage.name} {as_of}", part=part, metadata={},
            mode="overwrite" if stage.only_newest else "replace",
        )  # fmt: skip
        rows.append((f"run {as_of}", 1, as_of, stage.name, stage.makes.zone, stage.makes.name, "written",
                     version.version, "", json.dumps(part, default=str), version.rows, 0.0, None, "{}"))  # fmt: skip
    manifest = spark.createDataFrame(rows, schema.run_manifest.schema)
    store.write(
        schema.run_manifest, manifest, fingerprint=f"run {as_of}", metadata={FORMAT_KEY: ROOT_FORMAT}, mode="append"
    )


def filled(frame, table):
    """The frame with every own column of the table: 0, empty or null where it has none."""
    kinds = {T.LongType: 0, T.DoubleType: 0.0, T.DecimalType: 0, T.TimestampType: "2024-01-01 00:00:00"}

    def column(declared):
        if declared.name in frame.columns:
            return F.col(declared.name).cast(declared.type).alias(declared.name)
        if isinstance(declared.type, T.ArrayType):
            return F.array().cast(declared.type).alias(declared.name)
        value = None if declared.nullable else kinds[type(declared.type)]
        return F.lit(value).cast(declared.type).alias(declared.name)

    return frame.select(*(column(declared) for declared in table.body))
