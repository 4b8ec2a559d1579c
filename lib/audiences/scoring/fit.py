"""Fitting a classifier of early behaviour, judged on customers who came later than all that it saw.

1. Customers whose segment is settled, by the day of their first event: training | holdout.
2. The training's own last customers choose the parameters; then the whole training is fitted with them.
3. The holdout is looked at once: the model beside two baselines, and the gate.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences import schema
from audiences.config import Scoring
from audiences.errors import InputError
from audiences.schema.scoring import EARLY_FEATURES
from audiences.scoring.baselines import MAJORITY, NEAREST, majority, nearest_centre
from audiences.scoring.classifiers import Candidate, candidates, fitted, predicted, segments_of
from audiences.scoring.evaluation import Figure, as_rows, evaluated, value_of

PARTITIONS = 8
"""Customers go to the estimator in this many sorted partitions, whatever the cluster's size."""


def fit_early_segment(
    early_features: DataFrame, *, segments: DataFrame, scoring: Scoring, as_of: date
) -> tuple[PipelineModel, DataFrame]:
    """The model of the final segment given the early features, and its figures.

    Args:
        early_features: `schema.early_features` at D.
        segments: `schema.segments` at D: what became of the customers.
        scoring: settings.
        as_of: D.

    Returns:
        The fitted pipeline (of the training alone: it is the one that the holdout judged), and the columns of
        `schema.scoring_metrics` without as_of. Whether the gate lets it pass stands in the rows; see `refusals`.

    Raises:
        InputError: too few customers, or a single segment.
    """
    customers = settled_customers(early_features, segments=segments, scoring=scoring, as_of=as_of).cache()
    cut = scoring.train_before or _last_share(customers, scoring.holdout_share, as_of)
    training = customers.where(F.col("first_day") < F.lit(cut))
    holdout = customers.where(F.col("first_day") >= F.lit(cut))
    _check(training, holdout, cut, scoring)
    chosen, figures = _chosen(training, scoring, cut)
    model = fitted(training, classifier=chosen.classifier, class_weights=scoring.class_weights)
    figures += _judged(model, training, holdout, scoring)
    customers.unpersist()
    body = T.StructType([column.field() for column in schema.scoring_metrics.body])
    return model, early_features.sparkSession.createDataFrame(as_rows(figures), body)


def settled_customers(early_features: DataFrame, *, segments: DataFrame, scoring: Scoring, as_of: date) -> DataFrame:
    """customer_id, first_day, features and segment of customers who came long enough ago and bought in the window."""
    settled_on = as_of - timedelta(days=max(scoring.mature_days, scoring.window_days))
    return (
        early_features.where((F.col("first_day") <= F.lit(settled_on)) & (F.col("orders") > 0))
        .join(segments.select("customer_id", F.col("name").alias("segment")), "customer_id")
        .select("customer_id", "first_day", *EARLY_FEATURES, "segment")
        .repartition(PARTITIONS, "customer_id")
        .sortWithinPartitions("customer_id")
    )


def refusals(metrics: DataFrame) -> list[tuple[str, str, float]]:
    """(gate, detail, required) of each gate that the model does not pass; `metrics` as `schema.scoring_metrics`."""
    rows = metrics.where(~F.coalesce("passed", F.lit(True))).orderBy("metric").collect()
    return [(row["metric"], row["detail"], row["required"]) for row in rows]


def _last_share(customers: DataFrame, share: float, fallback: date) -> date:
    """The first day from which on that share of the customers was acquired, or the next day that leaves less."""
    counts = customers.groupBy("first_day").count().orderBy(F.desc("first_day")).collect()  # one row per day
    total, seen = sum(row["count"] for row in counts), 0
    cut = fallback
    for row in counts:
        if seen and seen + row["count"] > share * total:
            break
        seen, cut = seen + row["count"], row["first_day"]
    return cut


def _check(training: DataFrame, holdout: DataFrame, cut: date, scoring: Scoring) -> None:
    counts = [frame.count() for frame in (training, holdout)]
    advice = "a longer history, fewer scoring.mature_days, or another scoring.train_before"
    if min(counts) < scoring.min_customers:
        raise InputError(
            "there are too few settled customers to train and judge a model", where=f"customers acquired before {cut} "
            "and from then on", found=f"{counts[0]} and {counts[1]}", allowed=f"{scoring.min_customers} or more each",
            advice=advice,
        )  # fmt: skip
    names = [row["segment"] for row in training.select("segment").distinct().collect()]
    if len(names) < 2:
        raise InputError(
            "all customers of the training became one segment: there is nothing to tell apart",
            where=f"customers acquired before {cut}", found=", ".join(names), advice=advice,
        )  # fmt: skip


def _chosen(training: DataFrame, scoring: Scoring, cut: date) -> tuple[Candidate, list[Figure]]:
    """The candidate with the best mean F1 on the training's last customers; of equal ones the simplest."""
    grid = candidates(scoring)
    if len(grid) == 1:
        return grid[0], []
    inner = _last_share(training, scoring.holdout_share, cut)
    early, late = (training.where(condition) for condition in (F.col("first_day") < F.lit(inner),
                                                               F.col("first_day") >= F.lit(inner)))  # fmt: skip
    if early.select("segment").distinct().count() < 2:
        return grid[0], []
    figures: list[Figure] = []
    for one in grid:
        model = fitted(early, classifier=one.classifier, class_weights=scoring.class_weights)
        found = evaluated(predicted(late, model=model), segments=segments_of(model), split="grid", model=one.name)
        figures += [figure for figure in found if figure.segment is None and figure.bin is None]
    best = max(grid, key=lambda one: value_of(figures, one.name, "macro_f1") or 0.0)
    return best, figures


def _judged(model: PipelineModel, training: DataFrame, holdout: DataFrame, scoring: Scoring) -> list[Figure]:
    names = segments_of(model)
    contenders = {
        scoring.classifier: predicted(holdout, model=model),
        MAJORITY: majority(holdout, training=training),
        NEAREST: nearest_centre(holdout, training=training),
    }
    figures: list[Figure] = []
    for name, predictions in contenders.items():
        figures += evaluated(predictions, segments=names, split="holdout", model=name)
    rows = training.count()
    return [*figures, Figure("holdout", scoring.classifier, "trained_on", value=float(rows), rows=rows),
            *_gates(figures, scoring)]  # fmt: skip


def _gates(figures: Sequence[Figure], scoring: Scoring) -> list[Figure]:
    """The model against the better baseline's mean F1, and against the log loss of the training's shares."""
    name, gate = scoring.classifier, scoring.gate
    rows = figures[0].rows
    found = {one: value_of(figures, one, "macro_f1") or 0.0 for one in (name, MAJORITY, NEAREST)}
    better = max((NEAREST, MAJORITY), key=lambda one: found[one])
    gained = found[name] - found[better]
    base_f1 = found[better]
    said = (
        f"macro F1 {found[name]:.4f}, {better} {base_f1:.4f}: {gained:+.4f}; more than {gate.macro_f1_gain:g} is asked"
    )
    gates = [
        _gate(name, "macro_f1", found[name], rows, base_f1 + gate.macro_f1_gain, gained > gate.macro_f1_gain, said)
    ]
    if gate.log_loss_gain is not None:
        loss, base = (value_of(figures, one, "log_loss") or 0.0 for one in (name, MAJORITY))
        gained = base - loss
        said = f"log loss {loss:.4f}, {MAJORITY} {base:.4f}: {-gained:+.4f}; {gate.log_loss_gain:g} less is asked"
        passed = gained > gate.log_loss_gain
        gates.append(_gate(name, "log_loss", loss, rows, base - gate.log_loss_gain, passed, said))
    return gates


def _gate(model: str, of: str, value: float, rows: int, required: float, passed: bool, detail: str) -> Figure:
    return Figure("holdout", model, f"gate_{of}", None, None, value, rows, required, passed, detail)
