"""How good predictions are: one pass per figure over the customers, a few numbers collected per segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

_SMALLEST = 2.220446049250313e-16
"""A probability of 0 counts as this (the spacing of doubles at 1), so that one miss does not make the loss infinite."""
_EDGES = tuple(tenth / 10 for tenth in range(1, 10))


@dataclass(frozen=True)
class Figure:
    """One row of `schema.scoring_metrics` without as_of; the fields are its columns."""

    split: str
    model: str
    metric: str
    segment: str | None = None
    bin: int | None = None
    value: float | None = None
    rows: int = 0
    required: float | None = None
    passed: bool | None = None
    detail: str | None = None


def evaluated(predictions: DataFrame, *, segments: Sequence[str], split: str, model: str) -> list[Figure]:
    """The figures of one model's predictions; as scikit-learn defines them.

    Macro F1 is the mean over the segments that are true or predicted for anybody, 0 where a segment is never predicted.
    Top-2 accuracy and the log loss take the stated probabilities; a segment that the model does not know has none.

    Args:
        predictions: truth and predicted (names), stated (array<double> in the order of `segments`; null: none).
        segments: the names that the model knows.
        split, model: what the figures are of.
    """
    counts = {
        (row["truth"], row["predicted"]): row["count"]
        for row in predictions.groupBy("truth", "predicted").count().collect()  # segments squared
    }
    rows = sum(counts.values())
    figures = _by_segment(counts, split, model)
    f1 = [figure.value or 0.0 for figure in figures if figure.metric == "f1"]
    right = sum(count for (truth, predicted), count in counts.items() if truth == predicted)
    whole = {"accuracy": right / rows, "macro_f1": sum(f1) / len(f1), **_stated(predictions, segments)}
    figures = [Figure(split, model, name, value=value, rows=rows) for name, value in whole.items()] + figures
    return figures + (_calibration(predictions, split, model) if whole["log_loss"] is not None else [])


def _by_segment(counts: Mapping[tuple[str, str], int], split: str, model: str) -> list[Figure]:
    figures = []
    for name in sorted({name for pair in counts for name in pair}):
        hits = counts.get((name, name), 0)
        true = sum(count for (truth, _), count in counts.items() if truth == name)
        called = sum(count for (_, predicted), count in counts.items() if predicted == name)
        figures += [
            Figure(split, model, "precision", name, value=hits / called if called else None, rows=called),
            Figure(split, model, "recall", name, value=hits / true if true else None, rows=true),
            Figure(split, model, "f1", name, value=2 * hits / (true + called), rows=true),
        ]
    return figures


def _stated(predictions: DataFrame, segments: Sequence[str]) -> dict[str, float | None]:
    """Log loss, Brier score and top-2 accuracy; None where no probability is stated."""
    names = F.array(*(F.lit(name) for name in segments))
    place = F.call_function("array_position", names, F.col("truth")).cast("int")
    of_truth = F.when(place > 0, F.try_element_at("stated", place)).otherwise(0.0)
    squares = F.aggregate("stated", F.lit(0.0), lambda total, p: total + p * p)
    likelier = F.filter(
        F.transform("stated", lambda p, i: (p > of_truth) | ((p == of_truth) & (i < place - 1))), lambda is_it: is_it
    )
    has_any = F.col("stated").isNotNull()
    row = predictions.agg(
        F.avg(F.when(has_any, -F.log(F.greatest(of_truth, F.lit(_SMALLEST))))).alias("log_loss"),
        F.avg(F.when(has_any, squares - 2 * of_truth + 1)).alias("brier"),
        F.avg(F.when(has_any, ((place > 0) & (F.size(likelier) < 2)).cast("double"))).alias("top2_accuracy"),
    ).collect()[0]
    return dict(row.asDict())


def _calibration(predictions: DataFrame, split: str, model: str) -> list[Figure]:
    """Per tenth of the stated probability of the predicted segment: its mean, and the share that is right."""
    confidence: Column = F.array_max("stated")
    tenth = F.size(F.filter(F.array(*(F.lit(edge) for edge in _EDGES)), lambda edge: edge < F.col("confidence")))
    bins = (
        predictions.withColumn("confidence", confidence)
        .groupBy(tenth.alias("bin"))
        .agg(
            F.avg("confidence").alias("calibration_stated"),
            F.avg((F.col("truth") == F.col("predicted")).cast("double")).alias("calibration_found"),
            F.count("*").alias("rows"),
        )
        .orderBy("bin")
        .collect()
    )
    return [
        Figure(split, model, metric, bin=row["bin"], value=row[metric], rows=row["rows"])
        for row in bins
        for metric in ("calibration_stated", "calibration_found")
    ]


def value_of(figures: Sequence[Figure], model: str, metric: str) -> float | None:
    """The figure of that name over all segments."""
    found = [one.value for one in figures if (one.model, one.metric, one.segment) == (model, metric, None)]
    return found[0] if found else None


def as_rows(figures: Sequence[Figure]) -> list[tuple[object, ...]]:
    """The figures as rows of `schema.scoring_metrics`."""
    return [astuple(figure) for figure in figures]
