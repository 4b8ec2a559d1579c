"""Texts to topics, and customers to hybrid segments, by size: seconds per step, peak memory, slope.

    python benchmarks/text_scale.py reviews 100000 1000000
    python benchmarks/text_scale.py hybrid 100000 1000000

One process per size; inputs are generated and written as Parquet first, which is not counted, and so is the result of
each step, which is. Peak memory is the largest resident set of Python and JVM together.

- reviews: generated texts -> tokens (the default engine of the Spark line; --engine) -> vocabulary -> LDA and NMF with
  8 topics and the default settings -> the topic shares of every text.
- hybrid: made-up customers of five value segments and eight topics (a fifth without a text) -> hybrid_features ->
  micro-clusters and Ward's tree -> number of segments -> every customer's segment.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
from features import peak_megabytes
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

AS_OF = date(2025, 1, 1)
TEXTS_PER_CUSTOMER = 3.2
TOPICS = 8
SEGMENTS = 5


class Steps:
    """Runs one step after the other, keeps each result as Parquet and its seconds."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark, self.folder, self.seconds = spark, folder, {}

    def given(self, name: str, frame: DataFrame) -> DataFrame:
        """An input: kept, its seconds not counted."""
        frame.write.parquet(str(self.folder / name))
        return self.spark.read.parquet(str(self.folder / name))

    def kept(self, name: str, make: Callable[[], DataFrame]) -> DataFrame:
        return self.timed(name, lambda: self.given(name, make()))

    def timed(self, name: str, make: Callable[[], object]) -> object:
        started = time.monotonic()
        made = make()
        self.seconds[name] = round(time.monotonic() - started, 1)
        print(f"  {name} {self.seconds[name]} s", file=sys.stderr, flush=True)
        return made


def reviews(steps: Steps, size: int, engine: str | None) -> dict:
    from audiences.config import Preprocessing, Topics, Vocabulary
    from audiences.datasets.reviews import reviews as generated
    from audiences.text.tokens import review_tokens
    from audiences.text.topic_models import FITS, with_shares
    from audiences.text.vocabulary import documents, fit_vocabulary

    written = generated(steps.spark, customers=round(size / TEXTS_PER_CUSTOMER), days=365, seed=42)
    texts = steps.given(
        "reviews", written.withColumns({"day": F.to_date("ts"), "rating": F.col("rating").cast("double")})
    )
    settings = Preprocessing()
    chosen = engine or settings.chosen_engine
    tokens = steps.kept("tokens", lambda: review_tokens(texts, preprocessing=settings, engine=chosen))
    counter, vocabulary = steps.timed(
        "vocabulary", lambda: fit_vocabulary(tokens, vocabulary=Vocabulary(), as_of=AS_OF)
    )
    shares = vocabulary.orderBy("term_id").select("document_share").collect()
    idf = np.array([1 - np.log(row["document_share"]) for row in shares])
    counted = documents(tokens, as_of=AS_OF)
    for name, fit in FITS.items():
        model = steps.timed(name, lambda fit=fit: fit(counted, counter.stages[0], idf, TOPICS, Topics()))
        steps.kept(f"{name} shares", lambda model=model: with_shares(counted, model).select("review_id", "shares"))
    return {"rows": texts.count(), "engine": chosen, "terms": len(shares)}


def hybrid(steps: Steps, size: int, engine: str | None) -> dict:
    from audiences.config import Hybrid
    from audiences.segments.hybrid.features import hybrid_features
    from audiences.segments.hybrid.names import hybrid_names
    from audiences.segments.hybrid.tree import chosen_k, dendrogram, hybrid_segments, hybrid_selection

    customers = steps.spark.range(size, numPartitions=8).withColumn("customer_id", F.format_string("c%09d", "id"))
    draws = F.array(
        *(-F.log(F.rand(seed) + 1e-12) * F.when(F.col("id") % TOPICS == seed, 6).otherwise(1) for seed in range(TOPICS))
    )
    total = F.aggregate("draws", F.lit(0.0), lambda sum_, x: sum_ + x)
    has_text = F.col("id") % 5 != 0
    said = steps.given("customer_topics", customers.withColumn("draws", draws).select(
        "customer_id", F.transform("draws", lambda x: F.when(has_text, x / total).otherwise(0.0)).alias("shares"),
        F.when(has_text, 0.0).otherwise(1.0).alias("no_text_share"),
    ))  # fmt: skip
    segment = (F.xxhash64("id") % SEGMENTS + SEGMENTS) % SEGMENTS
    value = steps.given("value", customers.select(
        "customer_id", segment.cast("int").alias("segment_id"), F.concat(F.lit("segment "), segment.cast("string")).alias("name")
    ))  # fmt: skip
    topics = steps.spark.createDataFrame([(i, f"topic {i}") for i in range(TOPICS)], "topic_id int, label string")
    settings = Hybrid()
    features = steps.kept("features", lambda: hybrid_features(said, topics=topics, hybrid=settings, value=value))
    tree = steps.kept("tree", lambda: dendrogram(features, hybrid=settings))
    selection = steps.kept("selection", lambda: hybrid_selection(tree, hybrid=settings))
    names = steps.kept("names", lambda: hybrid_names(tree, selection=selection))
    members = steps.kept(
        "members", lambda: hybrid_segments(features, dendrogram=tree, selection=selection, names=names)
    )
    assert members.count() == size
    return {"rows": size, "k": chosen_k(selection)}


def child(what: str, size: int, given: argparse.Namespace) -> None:
    from audiences.config import Session
    from audiences.spark.session import get_spark

    spark = get_spark(Session(driver_memory=given.memory, shuffle_partitions=8))
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        steps = Steps(spark, Path(folder))
        told = {"reviews": reviews, "hybrid": hybrid}[what](steps, size, given.engine)
        seconds = round(sum(steps.seconds.values()), 1)
        print(json.dumps({**told, "seconds": seconds, "steps": steps.seconds, "peak_mb": peak_megabytes()}))
    spark.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["reviews", "hybrid"])
    parser.add_argument("sizes", type=int, nargs="+", help="texts, or customers")
    parser.add_argument("--engine", choices=["spark-nlp", "spark-ml"], help="of the tokens")
    parser.add_argument("--memory", default="4g", help="the driver's heap")
    parser.add_argument("--folder", type=Path, help="for what is made; else a temporary one")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.what, given.sizes[0], given)
        return
    options = [
        part
        for name in ("engine", "memory", "folder")
        if (value := getattr(given, name))
        for part in (f"--{name}", str(value))
    ]
    found = []
    for size in sorted(given.sizes):
        done = subprocess.run(
            [sys.executable, __file__, given.what, str(size), "--child", *options],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found.append(json.loads(done.stdout.strip().splitlines()[-1]))
        print(json.dumps(found[-1]), flush=True)
    for small, large in itertools.pairwise(found):
        slope = math.log(large["seconds"] / small["seconds"]) / math.log(large["rows"] / small["rows"])
        print(f"slope of log time over log rows, {small['rows']:,} to {large['rows']:,}: {slope:.2f}")


if __name__ == "__main__":
    main()
