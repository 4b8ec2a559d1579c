"""GridDBSCAN: exact DBSCAN of data that no single machine holds, as numbered steps."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from pyspark import StorageLevel, keyword_only
from pyspark.ml import Estimator
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame

from audiences.clustering.dbscan import columns as c
from audiences.clustering.dbscan import kernel as kernels
from audiences.clustering.dbscan import labels, leaf_jobs, lone_leaf, route
from audiences.clustering.dbscan.check import refuse_duplicate_ids, refuse_identical, sized
from audiences.clustering.dbscan.collapse import collapse, keyed_rows
from audiences.clustering.dbscan.model import GridDBSCANModel
from audiences.clustering.dbscan.params import GridDBSCANParams
from audiences.clustering.dbscan.plan import Plan, plan
from audiences.errors import InputError

Cache = Callable[[DataFrame], DataFrame]
_log = logging.getLogger(__name__)


class GridDBSCAN(
    Estimator["GridDBSCANModel"], GridDBSCANParams, DefaultParamsReadable["GridDBSCAN"], DefaultParamsWritable
):
    """Exact DBSCAN (Ester et al. 1996), distributed: the labels that one machine would give, array-equal.

    Rows are neighbours if the sum of squared differences, in float64 and column order, is at most eps * eps; a row is
    its own neighbour. A row with weight >= minPoints within eps is core; clusters are connected core rows, numbered by
    their smallest id; a border row takes the smallest label it can reach; noise is -1. With ids in input order that is
    scikit-learn's `DBSCAN(algorithm="kd_tree")`. It does not depend on partitioning, task order or cluster size.

    Params: `featuresCol` (vector or array of numbers), `idCol` (unique, integer or string), `weightCol` (whole numbers
    >= 1), `eps`, `minPoints` (default 2 * features), `predictionCol`, `kernel`, `leafRows`, `maxDimensions`,
    `maxShuffleGb`, `maxCoreHours`.

    Raises, on fit and plan:
        InputError: null or repeated ids, null, NaN or infinite features, weights below 1, fewer than two distinct rows,
            more features than maxDimensions.
        ConfigError: no eps, or a plan above its budget.

    Cost: rows are shipped once per leaf within eps of them (`plan` says how often); n log n in a leaf, whatever a ball
    holds; memory per Python worker is bounded by leafRows, whatever eps is.

    Example:
        >>> points = [(i, [float(i // 3 * 10 + i % 3)]) for i in range(9)]
        >>> rows = spark.createDataFrame(points, "id int, features array<double>")
        >>> model = GridDBSCAN(eps=1.0, minPoints=2).fit(rows)
        >>> [row.prediction for row in model.labels.orderBy("id").collect()]
        [0, 0, 0, 1, 1, 1, 2, 2, 2]
    """

    _input_kwargs: dict[str, Any]  # set by keyword_only

    @keyword_only
    def __init__(
        self,
        *,
        featuresCol: str = "features",
        idCol: str = "id",
        weightCol: str | None = None,
        eps: float | None = None,
        minPoints: int | None = None,
        predictionCol: str = "prediction",
        kernel: str = "auto",
        leafRows: int = 262_144,
        maxDimensions: int = 12,
        maxShuffleGb: float = 500.0,
        maxCoreHours: float = 100.0,
    ) -> None:
        super().__init__()
        self._set(**self._input_kwargs)

    def plan(self, dataset: DataFrame) -> Plan:
        """What `fit` will do: leaves, rows shipped, bytes, seconds, memory; raises what `fit` would before it starts.

        Ids are not checked for repeats; up to leafRows rows, all count as distinct.
        """
        with _caching() as cache:
            return self._planned(self._rows(dataset), cache)[1]

    def _fit(self, dataset: DataFrame) -> GridDBSCANModel:
        kernels.choose(self.kernel_name()).warm_up()  # compiled here, workers find it in the cache
        rows = self._rows(dataset)
        with _caching() as cache:
            # S0 check and collapse equal rows, S1 plan the leaves
            unique, planned = self._planned(rows, cache)
            if unique is None:
                return self._alone(dataset, rows, planned)
            refuse_duplicate_ids(rows)
            # S2 to S6
            labelled = self._clustered(unique, planned, cache).persist(StorageLevel.MEMORY_AND_DISK)
            found = _found(labelled)
        if planned.size.unique < planned.size.rows:  # equal rows find their common label by their features
            every = rows.select(c.KEY, c.FEATURES).join(labelled.drop(c.KEY), c.FEATURES)
        else:
            every = labelled
        return self._model(dataset, planned, labelled, every, found)

    def _alone(self, dataset: DataFrame, rows: DataFrame, planned: Plan) -> GridDBSCANModel:
        """S0 to S6 in one worker, for rows that fit into one leaf before any are collapsed."""
        every = lone_leaf.labelled(
            rows, rows.schema[c.KEY].dataType.simpleString(), dimensions=planned.size.dimensions, eps=planned.eps,
            min_points=planned.min_points, kernel=self.kernel_name(),
        ).persist(StorageLevel.MEMORY_AND_DISK)  # fmt: skip
        labelled = every.where(c.IS_FIRST)
        found = _found(labelled)
        refuse_identical(planned.size.rows, int(found["unique_rows"]))
        if not every.where(c.IS_REPEATED).isEmpty():
            refuse_duplicate_ids(rows)
        return self._model(dataset, planned, labelled.drop(c.IS_FIRST, c.IS_REPEATED), every, found, cached=every)

    def _clustered(self, unique: DataFrame, planned: Plan, cache: Cache) -> DataFrame:
        """S2 to S6: (key, features, label, is_core) of the distinct rows."""
        key_type = unique.schema[c.KEY].dataType.simpleString()
        job = leaf_jobs.Job(planned.boxes, planned.eps, planned.min_points, self.kernel_name(), planned.block_rows)
        partitions = route.partitions(unique.sparkSession, planned.leaves)
        bin_keys = route.bins(planned.home + 0.3 * planned.halo, partitions)
        # S2 route every row home and to the leaves within eps
        routed = route.route(
            unique.select(c.KEY, c.WEIGHT, c.FEATURES), c.routed_rows(key_type),
            boxes=planned.boxes, bin_keys=bin_keys, eps=planned.eps,
        )  # fmt: skip
        gathered = route.gathered(routed, partitions)
        # S3 phase A: core flags and components within each leaf
        solved = cache(leaf_jobs.solved(gathered, job, key_type))
        # S4 phase B: components that touch across cuts, names that border rows reach there
        boundary = leaf_jobs.boundary(solved, bin_keys)
        crossed = cache(leaf_jobs.crossed(route.gathered(boundary, partitions), job, key_type))
        # S5 merge the names, S6 label the rows
        names = labels.merged_names(solved, crossed, key_type)
        return labels.labelled(solved, crossed, names)

    def _rows(self, dataset: DataFrame) -> DataFrame:
        return keyed_rows(
            dataset, id_col=self.getIdCol(), features_col=self.getFeaturesCol(), weight_col=self._given_weight_col()
        )

    def _planned(self, rows: DataFrame, cache: Cache) -> tuple[DataFrame | None, Plan]:
        """The collapsed rows, None where all rows fit into one leaf as they are, and the plan."""
        size, unique = sized(rows), None
        most = self.getOrDefault(self.maxDimensions)
        if size.dimensions > most:
            raise InputError(
                "density loses its meaning, and a run its price, in so many dimensions", where=self.getFeaturesCol(),
                found=f"{size.dimensions} features", allowed=f"at most {most} (maxDimensions)",
                advice="fewer features, or a PCA of them as a modelling choice",
            )  # fmt: skip
        if size.rows > self.getLeafRows():
            unique = cache(collapse(rows))
            size = replace(size, unique=unique.count())
            refuse_identical(size.rows, size.unique)
        planned = plan(
            rows if unique is None else unique, size, eps=self.getEps(), min_points=self.getMinPoints(size.dimensions),
            leaf_rows=self.getLeafRows(),
        )  # fmt: skip
        for line in planned.lines():
            _log.info("%s", line)
        planned.refuse_above(
            shuffle_gb=self.getOrDefault(self.maxShuffleGb), core_hours=self.getOrDefault(self.maxCoreHours)
        )
        return unique, planned

    def _model(
        self,
        dataset: DataFrame,
        planned: Plan,
        labelled: DataFrame,
        every: DataFrame,
        found: dict[str, float],
        cached: DataFrame | None = None,
    ) -> GridDBSCANModel:
        from pyspark.sql import functions as F

        id_type = dataset.schema[self.getIdCol()].dataType
        labels = every.select(
            F.col(c.KEY).cast(id_type).alias(self.getIdCol()), F.col(c.LABEL).alias(self.getPredictionCol()), c.IS_CORE
        )
        model = GridDBSCANModel.of(
            labelled=labelled, labels=labels, boxes=planned.boxes, figures=planned.figures() | found,
            cached=labelled if cached is None else cached,
        )  # fmt: skip
        return self._copyValues(model)


def _found(labelled: DataFrame) -> dict[str, float]:
    """Distinct rows and core rows, and clusters, by the pass that fills the cache."""
    from pyspark.sql import functions as F

    totals = labelled.agg(
        F.count(F.lit(1)).alias("unique_rows"), F.count_if(c.IS_CORE).alias("core_rows"),
        F.coalesce(F.max(c.LABEL), F.lit(-1)).alias("last"),
    ).first()  # fmt: skip
    assert totals is not None  # an aggregate without groups has one row
    return {
        "unique_rows": totals["unique_rows"], "core_rows": totals["core_rows"], "clusters": totals["last"] + 1,
    }  # fmt: skip


@contextmanager
def _caching() -> Iterator[Cache]:
    """A function that persists frames which are given up on leaving."""
    with ExitStack() as stack:

        def cache(frame: DataFrame) -> DataFrame:
            kept = frame.persist(StorageLevel.MEMORY_AND_DISK)
            stack.callback(kept.unpersist)
            return kept

        yield cache
