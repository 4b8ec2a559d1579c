"""Spark's classifiers behind one interface: candidates, pipelines, and predictions with probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.classification import (
    GBTClassifier,
    LogisticRegression,
    OneVsRest,
    OneVsRestModel,
    RandomForestClassifier,
)
from pyspark.ml.feature import StandardScaler, StringIndexer, VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences.config import Scoring
from audiences.errors import InputError
from audiences.schema.scoring import EARLY_FEATURES

WEIGHT = "weight"
_SMALLEST_LEAF = 5
"""Customers in a leaf: smaller ones state probabilities of 0 and 1 that nobody should believe."""


@dataclass(frozen=True)
class Candidate:
    """A classifier and how the parameters that it was given read."""

    name: str
    classifier: Any


def candidates(scoring: Scoring) -> list[Candidate]:
    """The grid of the configured classifier, the simplest first."""
    grid = scoring.grid
    columns: dict[str, Any] = {"labelCol": "label", "featuresCol": "features", "weightCol": WEIGHT}
    if scoring.classifier == "logistic_regression":
        return [
            Candidate(f"logistic_regression, regularisation {value:g}",
                      LogisticRegression(regParam=value, family="multinomial", standardization=False, **columns))
            for value in sorted(grid.regularisation, reverse=True)
        ]  # fmt: skip
    found = []
    for depth, trees in product(sorted(grid.depth), sorted(grid.trees)):
        parameters: dict[str, Any] = {"maxDepth": depth, "minInstancesPerNode": _SMALLEST_LEAF, "seed": scoring.seed}
        if scoring.classifier == "random_forest":
            one: Any = RandomForestClassifier(numTrees=trees, **parameters, **columns)
        else:
            one = OneVsRest(
                classifier=GBTClassifier(maxIter=trees, **parameters), labelCol="label", featuresCol="features",
                weightCol=WEIGHT,
            )  # fmt: skip
        found.append(Candidate(f"{scoring.classifier}, trees {trees}, depth {depth}", one))
    return found


def fitted(training: DataFrame, *, classifier: Any, class_weights: float) -> PipelineModel:
    """The pipeline StringIndexer, VectorAssembler, StandardScaler (logistic regression alone), classifier.

    Args:
        training: segment and the early features, in a fixed order.
        classifier: of one candidate.
        class_weights: each customer weighs (share of its segment)^-class_weights.
    """
    counts = training.groupBy("segment").count().collect()  # one row per segment
    total = sum(row["count"] for row in counts)
    weights = F.create_map(
        *(F.lit(part) for row in counts for part in (row["segment"], (row["count"] / total) ** -class_weights))
    )
    is_linear = isinstance(classifier, LogisticRegression)
    stages = [
        StringIndexer(inputCol="segment", outputCol="label", stringOrderType="alphabetAsc"),
        VectorAssembler(inputCols=list(EARLY_FEATURES), outputCol="assembled" if is_linear else "features"),
        *([StandardScaler(withMean=True, inputCol="assembled", outputCol="features")] if is_linear else []),
        classifier,
    ]
    return Pipeline(stages=stages).fit(training.withColumn(WEIGHT, F.element_at(weights, F.col("segment"))))


def segments_of(model: PipelineModel) -> list[str]:
    """The segment names that a fitted pipeline knows, in the order of its probabilities.

    Raises:
        InputError: the pipeline was fitted on other features.
    """
    indexer, assembler = _parts(model)
    features = tuple(assembler.getInputCols())
    if features != EARLY_FEATURES:
        raise InputError(
            "the model was trained on other early features", found=", ".join(features),
            allowed=", ".join(EARLY_FEATURES), advice="audiences train makes a new one",
        )  # fmt: skip
    return list(indexer.labels)


def _parts(model: PipelineModel) -> tuple[Any, Any]:
    return model.stages[0], model.stages[1]


def predicted(customers: DataFrame, *, model: PipelineModel) -> DataFrame:
    """The customers with `stated` (array<double> in the order of `segments_of`) and `predicted` (the likeliest name).

    One-vs-rest states each segment's own probability (boosting: 1 / (1 + exp(-2 margin))), divided by their sum.
    """
    names = F.array(*(F.lit(name) for name in segments_of(model)))
    kept = [name for name in customers.columns if name not in ("segment", "label")]
    # without a column `segment` the indexer has nothing to do: a segment that it does not know is no fault here
    rows = model.transform(customers.select(*kept, *_truth(customers)))
    return (
        rows.withColumn("stated", _probabilities(model))
        .withColumn(
            "predicted",
            F.element_at(names, F.call_function("array_position", F.col("stated"), F.array_max("stated")).cast("int")),
        )
        .select(*kept, *(["truth"] if "segment" in customers.columns else []), "stated", "predicted")
    )


def _truth(customers: DataFrame) -> Sequence[Column]:
    return [F.col("segment").alias("truth")] if "segment" in customers.columns else []


def _probabilities(model: PipelineModel) -> Column:
    if not isinstance(model.stages[-1], OneVsRestModel):
        return vector_to_array(F.col("probability"))
    each = F.transform(vector_to_array(F.col("rawPrediction")), lambda margin: 1 / (1 + F.exp(-2 * margin)))
    total = F.aggregate(each, F.lit(0.0), lambda whole, p: whole + p)
    return F.transform(each, lambda p: p / total)
