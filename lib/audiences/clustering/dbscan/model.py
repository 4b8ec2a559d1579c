"""The fitted model: core rows with their labels, and the label of any other row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyspark
from pyspark import StorageLevel
from pyspark.ml import Model
from pyspark.ml.util import DefaultParamsReader, DefaultParamsWriter, MLReadable, MLReader, MLWritable, MLWriter
from pyspark.sql import DataFrame

from audiences.clustering.dbscan import columns as c
from audiences.clustering.dbscan.boxes import Boxes
from audiences.clustering.dbscan.params import GridDBSCANParams

if TYPE_CHECKING:
    from audiences.clustering.dbscan.plan import Plan


class GridDBSCANModel(Model, GridDBSCANParams, MLWritable, MLReadable):  # type: ignore[misc]  # untyped pyspark
    """Labels of the fitted rows, and the core rows that label others.

    Attributes:
        labels: (idCol, predictionCol int, is_core boolean), one row per fitted row; -1 is noise.
        boxes: the leaves that `transform` works in.
        figures: rows, unique_rows, dimensions, eps, min_points, leaves, replication: plain numbers.
    """

    labels: DataFrame
    boxes: Boxes
    figures: dict[str, float]
    _labelled: DataFrame

    @classmethod
    def of(cls, *, labelled: DataFrame, labels: DataFrame, plan: Plan) -> GridDBSCANModel:
        """A model of what a fit found; `labelled` are the unique rows, persisted: the model keeps them."""
        figures = {
            "rows": plan.size.rows, "unique_rows": plan.size.unique, "dimensions": plan.size.dimensions,
            "eps": plan.eps, "min_points": plan.min_points, "leaves": plan.leaves, "replication": plan.replication,
        }  # fmt: skip
        return cls._made(labelled, labels, plan.boxes, figures)

    @classmethod
    def _made(cls, labelled: DataFrame, labels: DataFrame, boxes: Boxes, figures: dict[str, float]) -> GridDBSCANModel:
        model = cls()
        model._labelled, model.labels, model.boxes, model.figures = labelled, labels, boxes, figures
        return model

    @property
    def summary(self) -> DataFrame:
        """(predictionCol, rows, core_rows) per label, noise as -1; a group-by over the labels."""
        from pyspark.sql import functions as F

        return self.labels.groupBy(self.getPredictionCol()).agg(
            F.count(F.lit(1)).alias("rows"), F.count(F.when(F.col(c.IS_CORE), 1)).alias("core_rows")
        )

    @property
    def core_rows(self) -> DataFrame:
        """(features array<double>, label int) of the distinct core rows."""
        return self._labelled.where(c.IS_CORE).select(c.FEATURES, c.LABEL)

    def unpersist(self) -> None:
        """Gives up the cached rows; what is asked of the model later runs the fit again."""
        self._labelled.unpersist()

    def _transform(self, dataset: DataFrame) -> DataFrame:
        from audiences.clustering.dbscan.transform import predicted

        return predicted(
            dataset, self.core_rows, boxes=self.boxes, eps=self.figures["eps"],
            dimensions=int(self.figures["dimensions"]), features_col=self.getFeaturesCol(),
            prediction_col=self.getPredictionCol(), kernel=self.getOrDefault(self.kernel),
            block_rows=self.getOrDefault(self.leafRows),
        )  # fmt: skip

    def write(self) -> MLWriter:
        """Writes Params, `labels` and the labelled distinct rows (Parquet)."""
        return _Writer(self)

    @classmethod
    def read(cls) -> MLReader[GridDBSCANModel]:
        """Reads what `write` wrote."""
        return _Reader()


class _Writer(MLWriter):  # type: ignore[misc]  # untyped pyspark
    def __init__(self, model: GridDBSCANModel) -> None:
        super().__init__()
        self._model = model

    def saveImpl(self, path: str) -> None:  # noqa: N802 -- pyspark.ml's own naming
        model = self._model
        extra = {"boxes": model.boxes.to_json(), "figures": model.figures}
        DefaultParamsWriter.saveMetadata(model, path, _context(self), extraMetadata=json.loads(json.dumps(extra)))
        model.labels.write.parquet(f"{path}/labels")
        model._labelled.write.parquet(f"{path}/labelled")


class _Reader(MLReader[GridDBSCANModel]):  # type: ignore[misc]  # untyped pyspark
    def load(self, path: str) -> GridDBSCANModel:
        metadata: dict[str, Any] = DefaultParamsReader.loadMetadata(path, _context(self))
        spark = self.sparkSession
        labelled = spark.read.parquet(f"{path}/labelled").persist(StorageLevel.MEMORY_AND_DISK)
        model = GridDBSCANModel._made(
            labelled, spark.read.parquet(f"{path}/labels"), Boxes.from_json(metadata["boxes"]), metadata["figures"]
        )
        model._resetUid(metadata["uid"])
        DefaultParamsReader.getAndSetParams(model, metadata)
        return model


def _context(io: MLWriter | MLReader[Any]) -> Any:
    """What pyspark's metadata functions want: the context on 3.5, the session from 4.0 on (there is no other then)."""
    return io.sc if pyspark.__version__.startswith("3.") else io.sparkSession
