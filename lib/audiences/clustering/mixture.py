"""Gaussian mixtures with Spark's own estimator, as a clustering method: several starts, criteria, memberships."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.ml.clustering import GaussianMixture, GaussianMixtureModel
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.clustering.lapack import warm_up
from audiences.clustering.method import Criteria, DegenerateFitError
from audiences.clustering.points import distance
from audiences.config import ValueSegments

_FLAT = 1e-8  # a variance that is none, features being scaled


def blurred(rows: DataFrame, *, settings: ValueSegments) -> DataFrame:
    """The rows with normal noise of variance `covariance_floor` added to `vector`; `features` stay as they are.

    Customers with equal values (all who ordered once) have no likelihood maximum: a component shrinks onto them without
    end, and Spark's estimator has no regularisation. With the noise a component's covariance is the sample's plus
    the floor's on its diagonal, as scikit-learn's `reg_covar` has it. Drawn by hash of customer and seed (Box & Muller
    1958), so that a repeat gives the same.

    Args:
        rows: customer_id, features, vector; the other columns are kept.
        settings: covariance_floor and seed.
    """
    if not settings.covariance_floor:
        return rows

    def uniform(place: Column, salt: int) -> Column:
        """Over (0, 1): of 2^53 steps the middles."""
        drawn = F.xxhash64("customer_id", place, F.lit(settings.seed), F.lit(salt))
        return (F.shiftrightunsigned(drawn, 11) + 0.5) / F.lit(2.0**53)

    def noisy(value: Column, place: Column) -> Column:
        normal = F.sqrt(-2 * F.log(uniform(place, 1))) * F.cos(2 * math.pi * uniform(place, 2))
        return value + math.sqrt(settings.covariance_floor) * normal

    return rows.withColumn("vector", array_to_vector(F.transform("features", noisy)))


def fits(rows: DataFrame, *, k: int, seeds: Sequence[int], settings: ValueSegments) -> list[GaussianMixtureModel]:
    """One fit per seed, in order, degenerate ones left out.

    Spark's starts are weak and cannot be given: several are needed. The first fit of a JVM is made safe by `warm_up`.

    Args:
        rows: vector, as `blurred` gives it.
        k: components.
        seeds: of the starts.
        settings: how to fit.

    Raises:
        DegenerateFitError: every start ended in a degenerate covariance.
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
        if not is_degenerate(model, floor=settings.covariance_floor):
            found.append(model)
    if not found:
        raise DegenerateFitError(
            "every start of the Gaussian mixture ends in a component without volume", where="value_segments",
            found=f"k = {k}, features {', '.join(settings.features)}",
            advice="take fewer components, leave out constant or dependent features, or set "
            "value_segments.method=kmeans",
        )  # fmt: skip
    return found


def is_degenerate(model: GaussianMixtureModel, *, floor: float) -> bool:
    """Whether a component stands on too few customers, or all customers lie on a plane but for the floor's noise."""
    shares = np.array(model.weights)
    parts = model.gaussiansDF.collect()  # k rows
    means = np.array([row["mean"].toArray() for row in parts])
    covariances = np.array([row["cov"].toArray() for row in parts])
    apart = means - shares @ means
    whole = np.einsum("k,kij->ij", shares, covariances) + (apart.T * shares) @ apart
    return bool(
        np.linalg.eigvalsh(covariances).min() <= _FLAT or np.linalg.eigvalsh(whole).min() <= _FLAT + 1.5 * floor
    )


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


class MixtureMethod:
    """Soft clusters: a mixture of normal distributions with full covariances, greatest likelihood."""

    model_type = GaussianMixtureModel

    def prepared(self, points: DataFrame, *, settings: ValueSegments) -> DataFrame:
        """The points with the noise that keeps a component's volume above a floor."""
        return blurred(points, settings=settings)

    def fits(
        self, rows: DataFrame, *, k: int, seeds: Sequence[int], settings: ValueSegments
    ) -> list[GaussianMixtureModel]:  # fmt: skip
        return fits(rows, k=k, seeds=seeds, settings=settings)

    def cost(self, model: GaussianMixtureModel) -> float:
        """Minus the log-likelihood."""
        return -float(model.summary.logLikelihood)

    def inertia(self, model: GaussianMixtureModel) -> float:
        """Sum of squared distances to the mean of the likeliest component."""
        means = F.array(*(F.array(*(F.lit(x) for x in centre)) for centre in self.centres(model)))
        away = distance(F.col("features"), F.get(means, F.col("prediction")))
        return float(model.summary.predictions.agg(F.sum(away * away)).collect()[0][0])

    def criteria(self, model: GaussianMixtureModel, *, features: int, rows: int) -> Criteria | None:
        likelihood = -self.cost(model)
        bic, aic = criteria(likelihood, k=len(model.weights), features=features, rows=rows)
        return Criteria(likelihood, bic, aic)

    def centres(self, model: GaussianMixtureModel) -> list[list[float]]:
        """The mean of each component, in the model's own order."""
        return [row["mean"].toArray().tolist() for row in model.gaussiansDF.collect()]

    def with_memberships(self, rows: DataFrame, *, model: GaussianMixtureModel) -> DataFrame | None:
        warm_up(rows)  # the densities take the same LAPACK as the fit, which was perhaps another process's
        placed = model.transform(rows)
        return placed.withColumn("probabilities", vector_to_array(F.col(model.getProbabilityCol())))
