"""Anomalies in the real files beside known ones: the density score, scikit-learn's IsolationForest, most events first.

    python benchmarks/anomalies.py FOLDER [wiki] [shill] [vendor] [demo]

FOLDER holds wiki_edits.csv.gz, shill_bidding.csv.gz and vendor_ratings.csv.gz. The stages' own functions run one after
the other on what `conf/*.yaml` says. The known flags never enter a feature; but the default features and
personas.reference_share were chosen with the figures of wiki_edits in view, so those are not a blind test.
"""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

from audiences.config import Session, Settings, load
from audiences.config.sources import Source
from audiences.datasets.activity import activity as generated
from audiences.datasets.customers import truth
from audiences.features.activity import activity_features, activity_scaled, fit_activity_scaling
from audiences.segments.density.eps_selection import eps_selection
from audiences.segments.density.fit import fit_density
from audiences.segments.density.members import density_segments
from audiences.segments.density.points import CHOSEN, chosen_features, points
from audiences.segments.density.validation import density_validation
from audiences.sources.activity import activity
from audiences.sources.users import known_anomalies, user_measures
from audiences.spark.session import get_spark

CONF = Path(__file__).resolve().parent.parent / "conf"
SEEDS = range(10)


def landed(spark: SparkSession, path: Path, source: Source) -> DataFrame:
    """The file as the landing leaves it."""
    raw = spark.read.option("header", True).option("escape", '"').csv(str(path))
    named = {name: next((one for one in given if one in raw.columns), None)
             for name, given in source.columns.candidates().items()}  # type: ignore[attr-defined]  # fmt: skip
    rest = [f"`{name}`" for name in raw.columns if name not in named.values()]
    return raw.select(
        F.lit(path.name).alias("file"), F.monotonically_increasing_id().alias("position"),
        *((F.col(f"`{one}`") if one else F.lit(None).cast("string")).alias(name) for name, one in named.items()),
        F.to_json(F.struct(*rest)).alias("extras"), F.lit(None).cast("string").alias("corrupt_record"),
    )  # fmt: skip


def events(spark: SparkSession, path: Path, settings: Settings) -> DataFrame:
    """The clean events of a file."""
    return activity(
        landed(spark, path, settings.sources.activity), source=settings.sources.activity,
        cleaning=settings.activity.cleaning, rules=settings.cleaning, time_zone=settings.time_zone,
    )  # fmt: skip


def known(spark: SparkSession, path: Path, settings: Settings) -> DataFrame:
    """The known anomalies of a file."""
    rows = landed(spark, path, settings.sources.known)
    return known_anomalies(rows, rules=settings.cleaning).cache()


def compared(
    title: str, settings: Settings, *, features: DataFrame | None, measures: DataFrame | None, flags: DataFrame | None
) -> None:
    """Runs the density stages and prints what they find."""
    started = time.monotonic()
    given = {"user_measures": measures, "scaling": settings.activity.scaling, "measures": settings.user_measures}
    model, _ = fit_activity_scaling(features, **given)
    scaled = activity_scaled(features, model=model, **given).cache()
    users, density = scaled.count(), settings.density
    print(f"\n{title}: {users:,} users; features and scaling {time.monotonic() - started:.0f} s", flush=True)
    started = time.monotonic()
    selection = eps_selection(scaled, density=density).cache()
    print(selection.where("is_chosen").first()["reason"], flush=True)
    fitted, table = fit_density(scaled, eps_selection=selection, density=density)
    figures = {row["figure"]: row["value"] for row in table.collect()}
    segments = density_segments(scaled, model=fitted, density=density, personas=settings.personas).cache()
    personas = {row["persona"]: row["count"] for row in segments.groupBy("persona").count().collect()}
    print(f"eps {figures['eps']:g}, {figures['clusters']:.0f} clusters ({figures['large_clusters']:.0f} large), "
          f"noise {figures['noise_rows']:,.0f}; {personas}; {time.monotonic() - started:.0f} s", flush=True)  # fmt: skip
    for row in segments.orderBy(F.desc("anomaly_score"), "user_id").limit(5).collect():
        print(f"  {row['user_id']}  {row['anomaly_score']:.2f}  {row['reason']}")
    if flags is None:
        return
    for row in density_validation(segments, known_anomalies=flags, personas=settings.personas).collect():
        interval = "" if row["low"] is None else f" [{row['low']:.3f}, {row['high']:.3f}]"
        print(
            f"  {row['name']:<24} {row['found'] if row['found'] is None else round(row['found'], 4)}{interval}  {row['detail']}"
        )
    _beside(scaled, segments, flags, features, settings)


def _beside(
    scaled: DataFrame, segments: DataFrame, flags: DataFrame, features: DataFrame | None, settings: Settings
) -> None:
    """The same users ranked by others; small data, so pandas."""
    chosen = points(scaled, features=chosen_features(scaled, settings.density)).select("user_id", CHOSEN)
    table = (
        scaled.select("user_id", F.col("features").alias("all"))
        .join(chosen, "user_id").join(segments.select("user_id", "anomaly_score"), "user_id")
        .join(flags.select("user_id", "is_anomaly"), "user_id", "left").toPandas()
    )  # fmt: skip
    is_known = table["is_anomaly"].fillna(False).to_numpy(bool)
    _print("density score", [table["anomaly_score"].to_numpy()], is_known)
    for name, column in (("IsolationForest, same features", CHOSEN), ("IsolationForest, all scaled features", "all")):
        values = np.vstack(table[column].to_numpy())
        forests = [-IsolationForest(random_state=seed).fit(values).score_samples(values) for seed in SEEDS]
        _print(name, forests, is_known)
    if features is not None:
        counts = features.select("user_id", "events").toPandas().set_index("user_id")["events"]
        _print("most events first", [counts.loc[table["user_id"]].to_numpy(float)], is_known)
    print(
        f"  95 % interval of density AUC (bootstrap over users): {_interval(table['anomaly_score'].to_numpy(), is_known)}"
    )


def _print(name: str, scores: list[np.ndarray], is_known: np.ndarray) -> None:
    auc = [roc_auc_score(is_known, one) for one in scores]
    top = [_precision(one, is_known) for one in scores]
    spread = f" (seeds {min(auc):.3f} to {max(auc):.3f}; {min(top):.3f} to {max(top):.3f})" if len(scores) > 1 else ""
    print(
        f"  {name:<38} AUC {np.mean(auc):.3f}, precision among the first {is_known.sum()} {np.mean(top):.3f}{spread}",
        flush=True,
    )


def _precision(score: np.ndarray, is_known: np.ndarray) -> float:
    """Among as many as are known, ties by their expectation."""
    n = int(is_known.sum())
    limit = np.sort(score)[::-1][n - 1]
    above, tied = score > limit, score == limit
    return float((is_known[above].sum() + (n - above.sum()) * is_known[tied].mean()) / n)


def _interval(score: np.ndarray, is_known: np.ndarray) -> str:
    draw = np.random.default_rng(1)
    found = []
    for _ in range(200):
        picked = draw.integers(0, len(score), len(score))
        if 0 < is_known[picked].sum() < len(score):
            found.append(roc_auc_score(is_known[picked], score[picked]))
    return "{:.3f} to {:.3f}".format(*np.percentile(found, [2.5, 97.5]))


def main(folder: str, *names: str, spark: SparkSession | None = None) -> None:
    """Prints the figures of the named files, of all without a name."""
    asked = set(names) or {"wiki", "shill", "vendor", "demo"}
    spark = spark or get_spark(Session(driver_memory="3g", shuffle_partitions=4, is_short=True))
    data = Path(folder)
    if "demo" in asked:
        settings = load([CONF / "demo.yaml"], environment={})
        log = generated(spark, customers=2000, days=28, seed=7, start=date(2024, 12, 3))
        log = log.withColumn("day", F.to_date("ts")).withColumn("hour", F.hour("ts"))
        features = activity_features(log, as_of=date(2024, 12, 31), settings=settings.activity.features).cache()
        bots = truth(spark, customers=2000, seed=7).select(
            F.col("customer_id").alias("user_id"), F.col("is_bot").alias("is_anomaly")
        )
        compared("demo", settings, features=features, measures=None, flags=bots.cache())
    if "wiki" in asked:
        settings = load([CONF / "wiki_edits.yaml"], environment={})
        path = data / "wiki_edits.csv.gz"
        features = activity_features(
            events(spark, path, settings), as_of=date(2015, 11, 2), settings=settings.activity.features
        ).cache()
        compared("wiki_edits", settings, features=features, measures=None, flags=known(spark, path, settings))
    if "shill" in asked:
        settings = load([CONF / "shill_bidding.yaml"], environment={})
        path = data / "shill_bidding.csv.gz"
        rows = landed(spark, path, settings.sources.users)
        measures = user_measures(rows, measures=settings.user_measures, rules=settings.cleaning).cache()
        compared("shill_bidding", settings, features=None, measures=measures, flags=known(spark, path, settings))
    if "vendor" in asked:
        settings = load([CONF / "vendor_ratings.yaml"], environment={})
        features = activity_features(
            events(spark, data / "vendor_ratings.csv.gz", settings), as_of=date(2030, 1, 1),
            settings=settings.activity.features,
        ).cache()  # fmt: skip
        compared("vendor_ratings", settings, features=features, measures=None, flags=None)


if __name__ == "__main__":
    pd.set_option("future.no_silent_downcasting", True)
    main(*sys.argv[1:])
