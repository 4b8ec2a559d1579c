"""GaussianMixture with Spark's own estimator: several starts, information criteria, soft memberships."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.ml.clustering import GaussianMixture, GaussianMixtureModel
from pyspark.ml.functions import array_to_vector
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.config import ValueSegments
from audiences.errors import InputError

_FLOOR = 1e-8  # smallest eigenvalue of a covariance, features being scaled


def fits(rows: DataFrame, *, k: int, seeds: Sequence[int], settings: ValueSegments) -> list[GaussianMixtureModel]:
    """One fit per seed, in order, degenerate ones left out.

    Spark's starts are weak and cannot be given: several are needed. The first fit of a JVM is made safe by `warm_up`.

    Raises:
        InputError: every start ended in a degenerate covariance.
    """
    warm_up(rows)
    found = []
    for seed in seeds:
        mixture = GaussianMixture(
            k=k, seed=seed, maxIter=settings.max_iterations, tol=settings.tolerance, featuresCol="vector",
        )  # fmt: skip
        try:
            model = mixture.fit(rows)
        except (PySparkException, Py4JJavaError):  # LAPACK gives up on such a covariance
            continue
        if smallest_eigenvalue(model) > _FLOOR:
            found.append(model)
    if not found:
        raise InputError(
            "every start of the Gaussian mixture ends in a component without volume", where="value_segments",
            found=f"k = {k}, features {', '.join(settings.features)}",
            advice="take fewer components, leave out constant or dependent features, or set "
            "value_segments.method=kmeans",
        )  # fmt: skip
    return found


def warm_up(rows: DataFrame) -> None:
    """A tiny fit in one task, before many tasks do the same at once.

    The Java LAPACK sets up its machine constants without a lock: two tasks that get there first together leave one of
    them in an endless loop (SPARK-59618). One task alone sets them up for the whole JVM; it takes two features, for
    DSYEV returns at once for one. On a cluster this is the driver's and one executor's; executors with a single core
    are safe by themselves.
    """
    few = [(0.0, 1.0), (1.0, 3.0), (2.0, 0.0), (7.0, 8.0), (8.0, 6.0), (9.0, 9.0)]
    rows = rows.sparkSession.createDataFrame(few, "x double, y double").coalesce(1)
    points = rows.select(array_to_vector(F.array("x", "y")).alias("vector"))
    GaussianMixture(k=2, seed=1, maxIter=1, featuresCol="vector").fit(points)


def smallest_eigenvalue(model: GaussianMixtureModel) -> float:
    """Of all covariances: near 0, a component is flat or stands on a single point."""
    return min(float(np.linalg.eigvalsh(row["cov"].toArray())[0]) for row in model.gaussiansDF.collect())


def criteria(log_likelihood: float, *, k: int, features: int, rows: int) -> tuple[float, float]:
    """(BIC, AIC); free parameters: k - 1 weights, k means, k full covariances; lower is better."""
    free = k - 1 + k * features + k * features * (features + 1) // 2
    return free * math.log(rows) - 2 * log_likelihood, 2 * free - 2 * log_likelihood


def entropy(memberships: Column) -> Column:
    """Of membership probabilities, divided by its largest value log k: 0 (certain) to 1 (no idea); 0 where k = 1."""
    parts = F.transform(memberships, lambda p: F.when(p > 0, -p * F.log(p)).otherwise(0.0))
    total = F.aggregate(parts, F.lit(0.0), lambda total, part: total + part)
    most = F.log(F.size(memberships).cast("double"))
    return F.when(most > 0, F.least(total / most, F.lit(1.0))).otherwise(0.0)
