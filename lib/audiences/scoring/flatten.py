"""From a saved Spark model to plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pyspark.ml import PipelineModel
from pyspark.ml.classification import LogisticRegressionModel, OneVsRestModel, RandomForestClassificationModel
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from audiences.schema.scoring import EARLY_FEATURES
from audiences.scoring.classifiers import segments_of
from audiences.scoring.portable import Linear, PortableModel, Trees


def portable(spark: SparkSession, model: PipelineModel, path: str) -> PortableModel:
    """The arrays of a fitted pipeline of `classifiers.fitted`.

    Args:
        spark: the session.
        model: the pipeline.
        path: where it is saved: Spark tells a tree's nodes only there. As many rows as nodes are collected.

    Raises:
        InputError: the pipeline was fitted on other features.
    """
    segments, last = segments_of(model), model.stages[-1]
    if isinstance(last, LogisticRegressionModel):
        return PortableModel("logistic_regression", segments, EARLY_FEATURES, linear=_linear(model, last))
    number = len(model.stages) - 1
    folder = f"{path}/stages/{number:0{len(str(len(model.stages)))}d}_{last.uid}"
    layout = _Layout()
    if isinstance(last, RandomForestClassificationModel):
        layout.add(_nodes(spark, folder), is_forest=True)
        return PortableModel("random_forest", segments, EARLY_FEATURES, trees=layout.trees())
    assert isinstance(last, OneVsRestModel)  # the pipelines have no other classifier
    for place, one in enumerate(last.models):
        weights: Sequence[float] = one.treeWeights  # type: ignore[attr-defined]  # what boosting is made of
        layout.add(_nodes(spark, f"{folder}/model_{place}"), is_forest=False, weights=weights, group=place)
    return PortableModel("gradient_boosted", segments, EARLY_FEATURES, trees=layout.trees())


def _nodes(spark: SparkSession, folder: str) -> list[Row]:
    return (
        spark.read.parquet(f"{folder}/data")
        .select("treeID", "nodeData.*")
        .select(
            "treeID", "id", "leftChild", "rightChild", "prediction", "impurityStats",
            F.col("split.featureIndex").alias("feature"),
            F.try_element_at("split.leftCategoriesOrThreshold", F.lit(1)).alias("threshold"),
        )
        .orderBy("treeID", "id")
        .collect()
    )  # fmt: skip


@dataclass
class _Layout:
    """Trees on their way into arrays."""

    roots: list[int] = field(default_factory=list)
    feature: list[int] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    values: list[list[float]] = field(default_factory=list)
    group: list[int] = field(default_factory=list)

    def add(
        self,
        nodes: Sequence[Row],
        *,
        is_forest: bool,
        weights: Sequence[float] = (),
        group: int | None = None,
    ) -> None:
        """The trees of one ensemble; node ids of a tree are 0, 1, … from the root on."""
        start, tree = len(self.feature), -1
        for place, node in enumerate(nodes, start):
            if node["treeID"] != tree:
                start, tree = place, node["treeID"]
                self.roots.append(place)
                self.group += [] if group is None else [group]
            is_leaf = node["leftChild"] < 0
            self.feature.append(0 if is_leaf else node["feature"])
            self.threshold.append(0.0 if is_leaf else node["threshold"])
            self.left.append(place if is_leaf else start + node["leftChild"])
            self.right.append(place if is_leaf else start + node["rightChild"])
            stats = np.asarray(node["impurityStats"], dtype=float)
            said = stats / stats.sum() if is_forest else [node["prediction"] * weights[tree]]
            self.values.append([float(value) for value in said])

    def trees(self) -> Trees:
        levels = [0] * len(self.feature)
        for node in range(len(self.feature)):  # children stand after their parents
            for child in {self.left[node], self.right[node]} - {node}:
                levels[child] = levels[node] + 1
        nodes = (self.feature, self.threshold, self.left, self.right, self.values)
        return Trees(self.roots, *nodes, depth=max(levels), group=self.group)


def _linear(model: PipelineModel, last: LogisticRegressionModel) -> Linear:
    scaler: Any = model.stages[2]
    return Linear(
        scaler.mean.toArray().tolist(), scaler.std.toArray().tolist(), last.coefficientMatrix.toArray().tolist(),
        last.interceptVector.toArray().tolist(),
    )  # fmt: skip
