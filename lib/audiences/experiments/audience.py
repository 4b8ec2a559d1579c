"""Who an experiment is about: rules over the columns of published/customers, which must all hold."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.errors import ConfigError

ALL = "all"
_RULE = re.compile(r"\s*(\w+)\s*(!=|>=|<=|=|>|<)\s*(.*\S)\s*")
_COMPARED: dict[str, Callable[[Column, Column], Column]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt
}  # fmt: skip


def audience(customers: DataFrame, rules: Sequence[str]) -> DataFrame:
    """The customers for whom every rule holds.

    A rule is `all`, `column=value` (several values are divided by |), `column!=value`, or a comparison of a number
    such as `recency_days>=30`. A null holds for no rule.

    Raises:
        ConfigError: a rule cannot be read, or names a column or segment that is not there.
    """
    if not rules:
        raise ConfigError("an experiment needs an audience", where="--audience", allowed=f"{ALL}, or column=value")
    chosen = customers
    for rule in rules:
        if rule.strip() != ALL:
            chosen = chosen.where(_condition(customers, rule))
    return chosen


def _condition(customers: DataFrame, rule: str) -> Column:
    parts = _RULE.fullmatch(rule)
    if parts is None:
        raise ConfigError(
            "the audience cannot be read", where="--audience", found=rule,
            allowed=f"{ALL}, 'segment=A|B', 'recency_days>=30'",
        )  # fmt: skip
    name, sign, text = parts.groups()
    types = {field.name: field.dataType for field in customers.schema.fields}
    if name not in types:
        raise ConfigError("no such column", where="--audience", found=name, allowed=", ".join(types))
    if sign in _COMPARED:
        compared: Column = _COMPARED[sign](F.col(name), F.lit(_number(rule, text, types[name])))
        return compared
    values = [value.strip() for value in text.split("|")]
    if name == "segment" or name.endswith("_segment"):
        _check_segments(customers, name, values)
    is_one = F.col(name).cast("string").isin(values)
    return is_one if sign == "=" else ~is_one


def _number(rule: str, text: str, kind: T.DataType) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not isinstance(kind, T.NumericType) or math.isnan(number):
        raise ConfigError("only numbers can be compared", where="--audience", found=rule, allowed="recency_days>=30")
    return number


def _check_segments(customers: DataFrame, name: str, values: Sequence[str]) -> None:
    known = {row[0] for row in customers.select(name).distinct().collect()} - {None}  # one row per segment
    unknown = sorted(set(values) - known)
    if unknown:
        raise ConfigError(
            "no segment has this name", where="--audience", found=", ".join(unknown),
            allowed=f"{name}: {', '.join(sorted(known))}",
        )  # fmt: skip
