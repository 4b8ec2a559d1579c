"""Attributes of customers as features: a column of 0 and 1 per value, by Spark's own estimators, and its weight."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.ml import PipelineModel
from pyspark.ml.feature import OneHotEncoder, StringIndexer, StringIndexerModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.schema.customers import UNKNOWN, level

Encoders = list[StringIndexerModel | OneHotEncoder]


def fit_encoders(
    rows: DataFrame, attributes: Sequence[str], *, is_weighted: bool
) -> tuple[Encoders, dict[str, float], list[float]]:
    """What makes vectors h0, h1, … of the texts a0, a1, …: one place per value in order, then one for unknown.

    Collects one row per value.

    Args:
        is_weighted: each attribute's columns are divided by the root of their summed variances, sum of p(1 - p).

    Returns:
        The encoders; attribute=value -> share p of the rows, in the order of the vectors; and the places' weights.
    """
    if not attributes:
        return [], {}, []
    places = range(len(attributes))
    indexer = StringIndexer(
        inputCols=[f"a{j}" for j in places], outputCols=[f"i{j}" for j in places],
        handleInvalid="keep", stringOrderType="alphabetAsc",
    ).fit(rows)  # fmt: skip
    encoder = OneHotEncoder(inputCols=indexer.getOutputCols(), outputCols=[f"h{j}" for j in places], dropLast=False)
    pairs = (F.struct(F.lit(j).alias("place"), F.coalesce(f"a{j}", F.lit(UNKNOWN)).alias("value")) for j in places)
    counted = rows.select(F.inline(F.array(*pairs))).groupBy("place", "value").count().collect()
    counts = {(row["place"], row["value"]): row["count"] for row in counted}
    total = max(1, sum(count for (place, _), count in counts.items() if place == 0))
    shares: dict[str, float] = {}
    weights: list[float] = []
    for place, (name, values) in enumerate(zip(attributes, _values(indexer), strict=True)):
        own = {level(name, value): counts.get((place, value), 0) / total for value in values}
        variance = sum(share * (1 - share) for share in own.values())
        weights += [0.0 if variance == 0 else variance**-0.5 if is_weighted else 1.0] * len(own)
        shares |= own
    return [indexer, encoder], shares, weights


def levels(model: PipelineModel, attributes: Sequence[str]) -> list[str]:
    """The names attribute=value of a fitted pipeline that begins with `fit_encoders`' own, in its order."""
    indexer = model.stages[0]
    if not isinstance(indexer, StringIndexerModel):
        return []
    return [level(name, one) for name, values in zip(attributes, _values(indexer), strict=True) for one in values]


def _values(indexer: StringIndexerModel) -> list[list[str]]:
    """The values of each attribute; what the indexer does not know comes last."""
    return [[*map(str, values), UNKNOWN] for values in indexer.labelsArray]
