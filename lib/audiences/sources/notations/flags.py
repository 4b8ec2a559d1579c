"""Words that say yes or no."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

YES = ("1", "1.0", "true", "t", "yes", "y")
NO = ("0", "0.0", "false", "f", "no", "n")


def read_flag(word: str) -> bool | None:
    """What the word says; None where it is neither a yes nor a no."""
    lowered = word.lower()
    return True if lowered in YES else False if lowered in NO else None


def flag_value(word: Column) -> Column:
    """`read_flag` as a Spark expression."""
    lowered = F.lower(word)
    return F.when(lowered.isin(*YES), F.lit(True)).when(lowered.isin(*NO), F.lit(False))
