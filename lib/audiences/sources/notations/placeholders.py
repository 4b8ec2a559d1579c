"""Cells that say that there is no value; the words stand in `audiences.config.notations`."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import Column
from pyspark.sql import functions as F

from audiences.sources.notations.characters import IN_TEXT, replaced, replaced_column


def is_placeholder(text: str | None, words: Iterable[str]) -> bool:
    """Whether a cell says that there is no value: it is blank, or one of the words, in capitals or not."""
    if text is None:
        return True
    bare = replaced(text, IN_TEXT)
    return not bare or bare.lower() in {word.lower() for word in words}


def placeholder(text: Column, words: Iterable[str]) -> Column:
    """`is_placeholder` as a Spark expression; never null."""
    bare = F.lower(replaced_column(text, IN_TEXT))
    listed = sorted({"", *(word.lower() for word in words)})
    return F.coalesce(bare.isin(*listed), F.lit(True))
