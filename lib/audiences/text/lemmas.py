"""The packaged dictionary of English lemmas, as a file for Spark NLP and as a one-row frame of maps for the twin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

DICTIONARY = Path(__file__).with_name("lemmas_en.txt")
LEMMA_DELIMITER, FORM_DELIMITER = "\t", " "
MAPS = "lemma_maps"
_BUCKETS = 2048  # a map is searched from end to end: short ones are quick


def forms() -> Iterator[tuple[str, str]]:
    """(form, lemma) of every form that is not its own lemma."""
    for line in DICTIONARY.read_text(encoding="utf-8").splitlines():
        lemma, _, found = line.partition(LEMMA_DELIMITER)
        yield from ((form, lemma) for form in found.split(FORM_DELIMITER))


def lemma_maps(spark: SparkSession) -> DataFrame:
    """One row: `lemma_maps`, an array of maps form -> lemma; a form is in the map of its hash. To be broadcast."""
    rows = spark.createDataFrame(list(forms()), "form string, lemma string")
    entries = rows.groupBy(_bucket(F.col("form")).alias("bucket")).agg(
        F.collect_list(F.struct("form", "lemma")).alias("entries")
    )
    every = spark.range(_BUCKETS).select(F.col("id").alias("bucket")).join(entries, "bucket", "left")
    filled = F.coalesce(F.col("entries"), F.array().cast(_ENTRIES)).alias("entries")
    return every.agg(F.array_sort(F.collect_list(F.struct("bucket", filled))).alias("sorted")).select(
        F.transform("sorted", lambda one: F.map_from_entries(one["entries"])).alias(MAPS)
    )


_ENTRIES = "array<struct<form:string,lemma:string>>"


def _bucket(word: Column) -> Column:
    return F.pmod(F.xxhash64(word), F.lit(_BUCKETS)).cast("int")


def lemma_of(word: Column) -> Column:
    """The lemma by the column `lemma_maps`; the word itself where the dictionary does not know it."""
    return F.coalesce(F.try_element_at(F.get(F.col(MAPS), _bucket(word)), word), word)
