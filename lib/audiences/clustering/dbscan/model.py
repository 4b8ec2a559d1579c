"""The fitted model: core rows with their labels, and the label of any other row."""

from __future__ import annotations

import json
from typing import Any

import pyspark
from pyspark import StorageLevel
from pyspark.ml import Model
from pyspark.ml.util import DefaultParamsReader, DefaultParamsWriter, MLReadable, MLReader, MLWritable, MLWriter
from pyspark.sql import DataFrame

from audiences.clustering.dbscan import columns as c
from audiences.clustering.dbscan import transform
from audiences.clustering.dbscan.boxes import Boxes
from audiences.clustering.dbscan.params import GridDBSCANParams


class GridDBSCANModel(Model, GridDBSCANParams, MLWritable, MLReadable["GridDBSCANModel"]):
    """Labels of the fitted rows, and the core rows that label others.

    Attributes:
        labels: (idCol, predictionCol int, is_core boolean), one row per fitted row; -1 is noise.
        boxes: the leaves that `transform` and `nearest_core` work in.
        figures: the plan's (see `Plan.figures`), and what was found: core_rows (distinct ones), clusters.
    """

    labels: DataFrame
    boxes: Boxes
    figures: dict[str, float]
    _labelled: DataFrame
    _cached: DataFrame

    @classmethod
    def of(
        cls, *, labelled: DataFrame, labels: DataFrame, boxes: Boxes, figures: dict[str, float], cached: DataFrame
    ) -> GridDBSCANModel:
        """A model of what a fit found: `labelled` are the distinct rows, `cached` what `unpersist` gives up."""
        model = cls()
        model._labelled, model.labels, model.boxes, model.figures = labelled, labels, boxes, figures
        model._cached = cached
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
        self._cached.unpersist()

    def nearest_core(self, dataset: DataFrame) -> DataFrame:
        """(idCol, distance double): how far each row is from the nearest core row, exact, however far that is.

        In the features' units; 0 for core rows, at most eps where `transform` finds a label, above eps elsewhere, null
        where the model has no core row at all. Any rows may ask; their ids are handed through as they are.

        Cost: distinct features, each in every leaf that is no farther than the nearest of at most 16,384 core rows,
        which come to the driver if there is more than one leaf; n log n in a leaf.
        """
        return transform.distances(dataset, self._core(), id_col=self.getIdCol(), features_col=self.getFeaturesCol())

    def _transform(self, dataset: DataFrame) -> DataFrame:
        return transform.predicted(
            dataset, self._core(), eps=self.figures["eps"], features_col=self.getFeaturesCol(),
            prediction_col=self.getPredictionCol(),
        )  # fmt: skip

    def _core(self) -> transform.Core:
        return transform.Core(
            self.core_rows, int(self.figures["core_rows"]), self.boxes, self.kernel_name(), self.getLeafRows()
        )

    def write(self) -> MLWriter:
        """Writes Params, `labels` and the labelled distinct rows (Parquet)."""
        return _Writer(self)

    @classmethod
    def read(cls) -> MLReader[GridDBSCANModel]:
        """Reads what `write` wrote."""
        return _Reader()


class _Writer(MLWriter):
    def __init__(self, model: GridDBSCANModel) -> None:
        super().__init__()
        self._model = model

    def saveImpl(self, path: str) -> None:  # noqa: N802 -- pyspark.ml's own naming
        model = self._model
        extra = {"boxes": model.boxes.to_json(), "figures": model.figures}
        DefaultParamsWriter.saveMetadata(model, path, _context(self), extraMetadata=json.loads(json.dumps(extra)))
        model.labels.write.parquet(f"{path}/labels")
        model._labelled.write.parquet(f"{path}/labelled")


class _Reader(MLReader[GridDBSCANModel]):
    def load(self, path: str) -> GridDBSCANModel:
        metadata: dict[str, Any] = DefaultParamsReader.loadMetadata(path, _context(self))
        spark = self.sparkSession
        labelled = spark.read.parquet(f"{path}/labelled").persist(StorageLevel.MEMORY_AND_DISK)
        model = GridDBSCANModel.of(
            labelled=labelled, labels=spark.read.parquet(f"{path}/labels"),
            boxes=Boxes.from_json(metadata["boxes"]), figures=metadata["figures"], cached=labelled,
        )  # fmt: skip
        model._resetUid(metadata["uid"])
        DefaultParamsReader.getAndSetParams(model, metadata)
        return model


def _context(io: MLWriter | MLReader[Any]) -> Any:
    """What pyspark's metadata functions want: the context on 3.5, the session from 4.0 on (there is no other then)."""
    return io.sc if pyspark.__version__.startswith("3.") else io.sparkSession
