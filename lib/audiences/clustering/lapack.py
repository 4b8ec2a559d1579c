"""The Java LAPACK under Spark's mixtures and principal components, made safe for many tasks at once."""

from __future__ import annotations

from threading import Lock

from pyspark.ml.clustering import GaussianMixture
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

_ALONE = Lock()


def warm_up(rows: DataFrame) -> None:
    """A tiny mixture in one task, to be fitted before many tasks, or stages side by side, take LAPACK at once.

    It sets up its machine constants without a lock: two tasks that get there first together leave one of
    them in an endless loop (SPARK-59618). One task alone sets them up for the whole JVM; it takes two features, for
    DSYEV returns at once for one. On a cluster this is the driver's and one executor's; executors with a single core
    are safe by themselves.

    Args:
        rows: a frame of the session that is going to compute.
    """
    few = [(0.0, 1.0), (1.0, 3.0), (2.0, 0.0), (7.0, 8.0), (8.0, 6.0), (9.0, 9.0)]
    alone = rows.sparkSession.createDataFrame(few, "x double, y double").coalesce(1)
    points = alone.select(array_to_vector(F.array("x", "y")).alias("vector"))
    with _ALONE:
        GaussianMixture(k=2, seed=1, maxIter=1, featuresCol="vector").fit(points)
