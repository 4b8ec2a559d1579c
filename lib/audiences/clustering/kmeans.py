"""KMeans with Spark's own estimator, as a clustering method."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from pyspark.ml.clustering import KMeans, KMeansModel
from pyspark.sql import DataFrame

from audiences.clustering.method import Criteria
from audiences.clustering.points import VECTOR
from audiences.config import ValueSegments


class KMeansMethod:
    """Hard clusters around centres: least sum of squared distances."""

    model_type = KMeansModel

    def prepared(self, points: DataFrame, *, settings: ValueSegments) -> DataFrame:
        """The points as they are."""
        return points

    def fits(self, rows: DataFrame, *, k: int, seeds: Sequence[int], settings: ValueSegments) -> list[KMeansModel]:
        """One fit per seed, in order; `fits_at_once` of them side by side, as a fit on few rows keeps one core busy."""

        def fit(seed: int) -> KMeansModel:
            return KMeans(
                k=k, seed=seed, maxIter=settings.max_iterations, tol=settings.tolerance, featuresCol=VECTOR,
            ).fit(rows)  # fmt: skip

        with ThreadPoolExecutor(settings.fits_at_once) as pool:
            return list(pool.map(fit, seeds))

    def cost(self, model: KMeansModel) -> float:
        """The inertia: the sum of squared distances to the centres."""
        return float(model.summary.trainingCost)

    def inertia(self, model: KMeansModel) -> float:
        return self.cost(model)

    def criteria(self, model: KMeansModel, *, features: int, rows: int) -> Criteria | None:
        """None: there is no likelihood."""
        return None

    def centres(self, model: KMeansModel) -> list[list[float]]:
        """The centre of each cluster, in the model's own order."""
        return [np.asarray(centre).tolist() for centre in model.clusterCenters()]

    def with_memberships(self, rows: DataFrame, *, model: KMeansModel) -> DataFrame | None:
        """None: a customer is in one cluster or not."""
        return None
