"""The rules of the segment names with this run's cut points, and whether a customer meets one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.config import NameRule, ValueSegments
from audiences.features.quantiles import quantiles
from audiences.schema import name_rules as table


@dataclass(frozen=True)
class Limit:
    """What a rule asks of one feature, in the feature's own unit; null limits nothing."""

    feature: str
    above: float | None
    at_least: float | None
    at_most: float | None

    def holds(self) -> Column:
        value = F.col(self.feature).cast("double")
        parts = [
            compared
            for edge, compared in (
                (self.above, value > F.lit(self.above)),
                (self.at_least, value >= F.lit(self.at_least)),
                (self.at_most, value <= F.lit(self.at_most)),
            )
            if edge is not None
        ]
        return reduce(and_, parts)


@dataclass(frozen=True)
class Rule:
    """A name and what its customers have in common."""

    rule_id: str
    name: str
    weaker: str | None
    min_fit: float
    limits: tuple[Limit, ...]


def name_rules(rfm: DataFrame, *, behaviour: DataFrame, rhythm: DataFrame, segments: ValueSegments) -> DataFrame:
    """The rules in order, with shares of customers turned into values: the body of `schema.name_rules`.

    A share p becomes the value at rank ceil(p * n): exact at any size (`features.quantiles`). The driver collects one
    row per ranked feature.
    """
    customers = with_features(rfm, behaviour=behaviour, rhythm=rhythm)
    ranked = sorted({feature for rule in segments.names for feature in rule.among})
    steps = NameRule.STEPS
    cuts: dict[str, Sequence[float]] = {}
    if ranked:
        columns = {feature: F.col(feature).cast("double") for feature in ranked}
        cuts = {
            row["metric"]: row["cut_points"] for row in quantiles(customers, columns=columns, parts=steps).collect()
        }
    rows = [
        (number, rule.rule_id, rule.name, rule.weaker, rule.min_fit, _limits(rule, cuts, steps))
        for number, rule in enumerate(segments.names)
    ]
    return rfm.sparkSession.createDataFrame(rows, T.StructType([column.field() for column in table.body]))


def _limits(rule: NameRule, cuts: Mapping[str, Sequence[float]], steps: int) -> list[tuple[Any, ...]]:
    def cut(feature: str, share: float | None) -> float | None:
        # without a customer there is no value to compare with: infinity lets nobody pass
        return None if share is None else cuts[feature][round(share * steps) - 1] if feature in cuts else float("inf")

    ranked = [(feature, cut(feature, b.min), None, cut(feature, b.max)) for feature, b in rule.among.items()]
    return [*ranked, *((feature, None, b.min, b.max) for feature, b in rule.values.items())]


def with_features(rfm: DataFrame, *, behaviour: DataFrame, rhythm: DataFrame) -> DataFrame:
    """One row per customer with every feature that a rule may name."""
    return (
        rfm.drop("segment")
        .join(behaviour, "customer_id")
        .join(rhythm.select("customer_id", "usual_gap_days", "lateness"), "customer_id")
    )


def read_rules(rules: DataFrame) -> list[Rule]:
    """The rules as the table holds them, in order; collects one row per rule."""
    return [rule_of(row) for row in rules.orderBy("rule_order").collect()]


def rule_of(row: Row | Mapping[str, Any]) -> Rule:
    """A row of `schema.name_rules`, of Spark or of any other reader."""
    limits = tuple(
        Limit(limit["feature"], limit["above"], limit["at_least"], limit["at_most"]) for limit in row["limits"]
    )
    return Rule(row["rule_id"], row["name"], row["weaker"], row["min_fit"], limits)


def conditions(rules: Sequence[Rule]) -> dict[str, Column]:
    """rule id -> whether a customer meets the rule; an unknown value meets none.

    The last rule asks for nothing and names what is left: its customers are those who meet no other rule.
    """
    named = {
        rule.rule_id: F.coalesce(reduce(and_, (limit.holds() for limit in rule.limits)), F.lit(False))
        for rule in rules
        if rule.limits
    }
    rest = ~reduce(or_, named.values(), F.lit(False))
    return {rule.rule_id: named.get(rule.rule_id, rest) for rule in rules}
