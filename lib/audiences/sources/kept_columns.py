"""Columns that are built once: each part of an expression is a call into the JVM, thousands for the rules of a row."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from pyspark import SparkContext
from pyspark.sql import Column
from pyspark.sql.utils import is_remote

P = ParamSpec("P")


def kept(build: Callable[P, Column]) -> Callable[P, Column]:
    """The function, which builds the column of equal arguments once for as long as the JVM lives.

    What it builds must name the columns that it reads and hold nothing of one frame, so that it fits every frame that
    has columns of these names. Arguments must be hashable.
    """
    columns: dict[object, Column] = {}
    made_in: list[object] = []

    @wraps(build)
    def built(*args: P.args, **kwargs: P.kwargs) -> Column:
        jvm = SparkContext._gateway, is_remote()  # what another JVM made is no use, nor Connect's to a classic session
        if made_in != [jvm]:
            columns.clear()
            made_in[:] = [jvm]
        key = (args, *sorted(kwargs.items()))
        if key not in columns:
            columns[key] = build(*args, **kwargs)
        return columns[key]

    return built
