"""Scoring as a stream: files or appended Delta rows as they come, into the same scores as in batch.

1. At the start every newcomer known so far is scored at D, as in batch: what a crash left undone is made good here.
2. A micro-batch's raw rows are appended to `streamed_transactions` under the batch's own transaction: a repeat after a
   crash is skipped by Delta.
3. The customers of the batch are scored anew from all that is known of them (the published run's transactions and the
   stream's) and merged by customer: a repeat gives the same rows. A late event inside the window replaces the score.

Only then does Spark's checkpoint move on. Killed anywhere, nothing is lost and nothing counts twice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import cached_property, reduce
from urllib.parse import unquote

from pyspark.errors import AnalysisException, StreamingQueryException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from audiences import schema
from audiences.config import Settings
from audiences.engine.manifest import Published, newest_until
from audiences.engine.runner import again_after_conflicts
from audiences.errors import ConfigError, InputError
from audiences.fingerprint import digest
from audiences.pipeline.purchases import LANDED, TRANSACTIONS
from audiences.prediction.batch import early_scores
from audiences.prediction.trained_model import Trained, newest_model
from audiences.sources.connectors.files import landed, pick_columns, pick_time_column, raw_rows
from audiences.sources.notations.identifiers import identifier_value
from audiences.sources.row_checks import hashed
from audiences.sources.transactions import transactions
from audiences.store.delta import Store

_SETTING = "sources.transactions"
_FILES = "path string, modificationTime timestamp, length bigint, content binary"


def score_stream(store: Store, settings: Settings, as_of: date, *, every: str | None = None) -> None:
    """Scores newcomers from `sources.transactions` until its end, or for ever.

    D stays what it is while the stream runs: whoever restarts it with the next D closes the windows that are over.
    Files that the published run has landed do not count twice; other rows that are equal to that run's do.

    Args:
        every: a processing-time trigger such as 10 seconds; None: what is there now, in micro-batches, then the end.

    Raises:
        ConfigError: not exactly one path.
        InputError: no published run, no model, a batch that cannot be read; what was finished before is kept.
    """
    run, trained = newest_until(store, as_of), newest_model(store, as_of)
    stream = _Stream(store, settings, as_of, run, trained)
    again_after_conflicts(lambda: stream.score(None))
    query = stream.start(every)
    try:
        query.awaitTermination()
    except StreamingQueryException as fault:
        lines = str(fault).splitlines()
        told = [line for line in lines if line.startswith("audiences.errors.")] or lines[:1]
        raise InputError(
            "the stream ended at a fault", where=f"{_SETTING}.path {stream.path}", found=told[-1],
            advice="run again: it goes on where it was",
        ) from fault  # fmt: skip
    finally:
        query.stop()


class _Stream:
    """One stream at one D over one published run and one model."""

    def __init__(self, store: Store, settings: Settings, as_of: date, run: Published, trained: Trained) -> None:
        self.store, self.settings, self.as_of = store, settings, as_of
        self.run, self.trained = run, trained
        self.source = settings.sources.transactions
        if len(self.source.path) != 1:
            raise ConfigError("a stream reads one folder, glob or Delta table", where=f"{_SETTING}.path",
                              found=", ".join(self.source.path) or "nothing")  # fmt: skip
        self.path = self.source.path[0]
        reader = digest(self.path, self.source.model_dump(mode="json"))
        self.checkpoint = f"{store.root}/_checkpoints/scores/{reader}"
        if self.source.format == "delta" and self.path in self.landed_files:
            raise InputError(
                "the published run has landed this Delta table", where=f"{_SETTING}.path {self.path}",
                advice="audiences score without --stream takes its new rows, or stream another table",
            )  # fmt: skip

    def start(self, every: str | None) -> StreamingQuery:
        reader = self.store.spark.readStream.option("maxFilesPerTrigger", self.settings.scoring.files_per_batch)
        if self.source.format == "delta":
            rows = reader.format("delta").load(self.path)
        else:  # names only: each batch's files are read, judged and told of as in batch
            rows = reader.format("binaryFile").schema(_FILES).option("recursiveFileLookup", True).load(self.path)
            rows = rows.select("path")
        writer = rows.writeStream.option("checkpointLocation", self.checkpoint).foreachBatch(self.take)
        return (writer.trigger(processingTime=every) if every else writer.trigger(availableNow=True)).start()

    def take(self, batch: DataFrame, number: int) -> None:
        """One micro-batch, perhaps again after a crash."""
        again_after_conflicts(lambda: self._keep(batch, number))
        again_after_conflicts(lambda: self.score(number))

    @cached_property
    def landed_files(self) -> Sequence[str]:
        """Files whose rows are in the published run's transactions; as many as were landed."""
        frame = self.run.frame(LANDED)
        files = [] if frame is None else [row["file"] for row in frame.select("file").distinct().collect()]
        return sorted({form for file in files for form in (file, unquote(file))})  # older roots have percent signs

    def _keep(self, batch: DataFrame, number: int) -> None:
        if self.source.format == "delta":
            picked = pick_columns(batch.columns, self.source.columns, where=self.path, setting=_SETTING)
            nothing = F.lit(None).cast("string")
            time_column = pick_time_column(batch.columns, self.source, where=self.path, setting=_SETTING)
            rows = landed(
                batch, self.source.columns, picked, file=F.lit(self.path), corrupt=nothing, time_column=time_column,
                first_filled=self.source.first_filled,
            )  # fmt: skip
        else:
            paths = [row["path"] for row in batch.collect()]  # scoring.files_per_batch at the most
            if not paths:
                return
            rows = raw_rows(self.store.spark, paths, self.source, setting=_SETTING)
        name, cleaning, id_key = self._name(), self.settings.cleaning, self.settings.contacts.id_key
        customer = identifier_value(
            F.col("customer_id"), case=cleaning.id_case, suffix_pattern=cleaning.id_suffix_pattern
        )
        customer = customer if id_key is None else hashed(customer, id_key)
        kept = rows.withColumns({"stream": F.lit(name), "batch": F.lit(number).cast("bigint"), "customer": customer})
        self.store.write(
            schema.streamed_transactions, kept.select(*schema.streamed_transactions.names), mode="append",
            fingerprint=f"{name}/{number}", metadata={"stage": "score_stream"},
        )  # fmt: skip

    def score(self, number: int | None) -> None:
        """Merges the scores of a batch's customers, or of all (None), from all that is known of them."""
        known, taken = self.run.frame(TRANSACTIONS), self._taken()
        if number is not None and taken is not None:
            touched = taken.where(F.col("batch") == number).select("customer").distinct()
            taken = taken.join(touched, "customer", "left_semi")
            if known is not None:
                same = known["customer_id"] == touched["customer"]
                known = known.join(touched, same, "left_semi")
        frames = [frame for frame in (known, None if taken is None else self._typed(taken)) if frame is not None]
        if not frames:
            return
        made = early_scores(
            reduce(DataFrame.unionByName, frames), self.trained, as_of=self.as_of, run_id=self.run.run_id,
            reasons=self.settings.scoring.reasons,
        )  # fmt: skip
        place = f"{self.as_of}/early"
        self.store.merge(
            schema.scores, made.withColumns({"as_of": F.lit(self.as_of), "method": F.lit("early")}),
            fingerprint=digest(place, self.run.run_id, self.trained.fingerprint, self.checkpoint, number),
            metadata={"stage": "score_stream", "slice": place},
        )  # fmt: skip

    def _taken(self) -> DataFrame | None:
        """Raw rows of this stream so far, but not of files that the published run has landed since."""
        head = self.store.head(schema.streamed_transactions)
        if head is None or self._name() is None:
            return None
        rows = self.store.read(schema.streamed_transactions, head.version, {"stream": self._name()})
        return rows.where(~F.col("file").isin(*self.landed_files)) if self.landed_files else rows

    def _typed(self, rows: DataFrame) -> DataFrame:
        chosen = self.settings
        return transactions(
            rows, source=self.source, cleaning=chosen.cleaning, categories=chosen.categories,
            time_zone=chosen.time_zone, currency=chosen.currency, id_key=chosen.contacts.id_key,
        )  # fmt: skip

    def _name(self) -> str | None:
        """The stream's own id, which lives and dies with its checkpoint; None before its first start."""
        try:
            row = self.store.spark.read.text(f"{self.checkpoint}/metadata").first()
        except AnalysisException as fault:
            if fault.getErrorClass() != "PATH_NOT_FOUND":
                raise
            return None
        return str(json.loads(row["value"])["id"]) if row else None
