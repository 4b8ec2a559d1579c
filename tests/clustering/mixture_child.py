"""The first Gaussian mixture of a fresh JVM, by many tasks at once: `python mixture_child.py fit|place MODEL`."""

import sys

import numpy as np
from pyspark.ml import PipelineModel
from pyspark.ml.functions import array_to_vector

from audiences.clustering.mixture import fits
from audiences.config import Session, ValueSegments
from audiences.segments.value.members import value_segments
from audiences.spark.session import get_spark

SETTINGS = ValueSegments(
    method="gaussian_mixture", choose="fixed", k=2, features=["recency_days", "frequency", "monetary"]
)


def scaled(spark):
    draw = np.random.default_rng(1)
    points = np.concatenate([draw.normal(0, 1, (400, 3)), draw.normal(6, 1, (400, 3))]).tolist()
    rows = [(str(number), list(SETTINGS.features), point) for number, point in enumerate(points)]
    schema = "customer_id string, feature_names array<string>, features array<double>"
    return spark.createDataFrame(rows, schema).repartition(16)


def fit(spark, path):
    rows = scaled(spark).select(array_to_vector("features").alias("vector")).cache()
    found = fits(rows, k=2, seeds=[1, 2], settings=SETTINGS)
    PipelineModel(stages=[found[0]]).write().overwrite().save(path)
    return len(found)


def place(spark, path):
    names = spark.createDataFrame(
        [(1, 0, "low", [0.0, 0.0, 0.0]), (2, 1, "high", [6.0, 6.0, 6.0])],
        "segment_id int, cluster_id int, name string, centre array<double>",
    )
    placed = value_segments(scaled(spark), names=names, model=PipelineModel.load(path), segments=SETTINGS)
    return placed.groupBy("name").count().count()


if __name__ == "__main__":
    session = get_spark(Session(master="local[4]", driver_memory="1g", shuffle_partitions=4, is_short=True))
    print("found", {"fit": fit, "place": place}[sys.argv[1]](session, sys.argv[2]))
    session.stop()
