"""Scores of customers by their early features: the likeliest segment, the runner-up, and what speaks for it."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
from pyspark.ml import PipelineModel
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import pandas_udf

from audiences import schema
from audiences.config import Scoring
from audiences.schema.scoring import EARLY_FEATURES
from audiences.scoring.classifiers import predicted, segments_of
from audiences.scoring.portable import PortableModel, told


def newcomers(early_features: DataFrame, *, trained: date, scoring: Scoring) -> DataFrame:
    """Customers who were too young for the training at `trained`, or not there yet."""
    settled_on = trained - timedelta(days=max(scoring.mature_days, scoring.window_days))
    return early_features.where(F.col("first_day") > F.lit(settled_on))


def scored(
    customers: DataFrame, *, model: PipelineModel, portable: PortableModel, reasons: int, fingerprint: str, run_id: str
) -> DataFrame:
    """One row per customer: a score, or why there is none.

    Args:
        customers: `schema.early_features` of the customers to score.
        model: of `fit_early_segment`; gives the probabilities.
        portable: the same model as arrays; gives the reasons, in Arrow batches.
        reasons: how many of them.
        fingerprint, run_id: of the model and of the published run, for the rows.

    Returns:
        The columns of `schema.scores` without as_of and method.
    """
    names = F.array(*(F.lit(name) for name in segments_of(model)))
    judged = customers.withColumn("unscorable", _unscorable())
    ranked = F.reverse(F.array_sort(F.transform("stated", lambda p, i: F.struct(p.alias("p"), (-i).alias("place")))))
    spoken = _reasons(portable, reasons)(
        F.array(*EARLY_FEATURES), F.call_function("array_position", names, F.col("predicted")) - 1
    )
    good = (
        predicted(judged.where(F.col("unscorable").isNull()), model=model)
        .withColumn("ranked", ranked)
        .withColumn("first", F.col("ranked")[0])
        .withColumn("second", F.try_element_at("ranked", F.lit(2)))
        .withColumns(
            {
                "segment": F.col("predicted"),
                "probability": F.col("first.p"),
                "runner_up": F.try_element_at(names, (1 - F.col("second.place")).cast("int")),
                "runner_up_probability": F.col("second.p"),
                "reasons": spoken,
            }
        )
    )
    none = {"segment": "string", "probability": "double", "runner_up": "string", "runner_up_probability": "double"}
    bad = judged.where(F.col("unscorable").isNotNull()).withColumns(
        {
            **{name: F.lit(None).cast(kind) for name, kind in none.items()},
            "reasons": F.array().cast("array<string>"),
        }
    )
    both = _body(good).unionByName(_body(bad))
    named = both.withColumns({"model": F.lit(fingerprint), "run_id": F.lit(run_id)})
    return named.select(*(column.name for column in schema.scores.body))


def _body(rows: DataFrame) -> DataFrame:
    filled = ("model", "run_id")
    return rows.select(*(column.name for column in schema.scores.body if column.name not in filled))


def _unscorable() -> Column:
    last = F.date_add("first_day", F.col("window_days") - 1).cast("string")
    is_open = F.concat(F.lit("the window is open: its last day is "), last)
    nothing = F.concat(F.lit("no purchase in the first days: "), F.col("window_days").cast("string"))
    return F.when(~F.col("is_complete"), is_open).when(F.col("orders") == 0, nothing)


def _reasons(portable: PortableModel, count: int):  # type: ignore[no-untyped-def]
    def spoken(points: pd.Series, places: pd.Series) -> pd.Series:
        if not len(points):
            return pd.Series([], dtype=object)
        return pd.Series(told(portable, np.stack(points.to_list()), places.to_numpy(dtype=np.intp), count))

    return pandas_udf(spoken, "array<string>")  # type: ignore[call-overload]
