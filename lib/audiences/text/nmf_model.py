"""The fitted NMF as a pyspark.ml model: topic shares of any text's tokens; saved as Params and Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyspark
from pyspark.ml import Model
from pyspark.ml.param.shared import HasInputCol, HasOutputCol
from pyspark.ml.util import DefaultParamsReader, DefaultParamsWriter, MLReadable, MLReader, MLWritable, MLWriter
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.text.nmf import row_weights
from audiences.text.passes import Array, Terms


class NMFModel(Model, HasInputCol, HasOutputCol, MLWritable, MLReadable["NMFModel"]):
    """`inputCol` array<string> (tokens) -> `outputCol` array<double>: shares of the topics, of sum 1.

    All zeros where the text has no term, or none that a topic explains.

    Attributes:
        terms: vocabulary and its weights.
        topic_terms: topics x terms, non-negative, rows of sum 1.
    """

    terms: Terms
    topic_terms: Array

    @classmethod
    def of(cls, terms: Terms, topic_terms: Array, *, input_col: str, output_col: str) -> NMFModel:
        """A model of what a fit found."""
        model = cls()
        model._set(inputCol=input_col, outputCol=output_col)
        model.terms, model.topic_terms = terms, topic_terms
        return model

    def _transform(self, dataset: DataFrame) -> DataFrame:
        terms, h, tokens = self.terms, self.topic_terms, self.getInputCol()
        output = self.getOutputCol()
        schema = T.StructType([*dataset.schema.fields, T.StructField(output, T.ArrayType(T.DoubleType()), False)])

        def shares(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                column = batch.column(batch.schema.get_field_index(tokens))
                w = row_weights(terms.matrix(pa.concat_arrays([column])), h)
                found = w / np.maximum(w.sum(axis=1, keepdims=True), 1e-12)
                offsets = pa.array(np.arange(0, found.size + 1, len(h)), pa.int32())
                array = pa.ListArray.from_arrays(offsets, pa.array(found.ravel()))
                yield pa.RecordBatch.from_arrays([*batch.columns, array], names=[*batch.schema.names, output])

        return dataset.mapInArrow(shares, schema)

    def write(self) -> MLWriter:
        """Writes Params, terms and topics (Parquet)."""
        return _Writer(self)

    @classmethod
    def read(cls) -> MLReader[NMFModel]:
        """Reads what `write` wrote."""
        return _Reader()


class _Writer(MLWriter):
    def __init__(self, model: NMFModel) -> None:
        super().__init__()
        self._model = model

    def saveImpl(self, path: str) -> None:  # noqa: N802 -- pyspark.ml's own naming
        model, spark = self._model, self.sparkSession
        DefaultParamsWriter.saveMetadata(model, path, _context(self))
        idf = model.terms.idf if model.terms.idf is not None else np.ones(len(model.terms.terms))
        columns = zip(model.terms.terms, idf.tolist(), model.topic_terms.T.tolist(), strict=True)
        rows = [(place, *column) for place, column in enumerate(columns)]
        kinds = "place int, term string, idf double, weights array<double>"
        spark.createDataFrame(rows, kinds).coalesce(1).write.parquet(f"{path}/terms")


class _Reader(MLReader[NMFModel]):
    def load(self, path: str) -> NMFModel:
        metadata: dict[str, Any] = DefaultParamsReader.loadMetadata(path, _context(self))
        rows = self.sparkSession.read.parquet(f"{path}/terms").orderBy(F.col("place")).collect()
        terms = Terms([row["term"] for row in rows], np.array([row["idf"] for row in rows]))
        model = NMFModel.of(
            terms, np.array([row["weights"] for row in rows]).T.copy(), input_col="tokens", output_col="shares"
        )
        model._resetUid(metadata["uid"])
        DefaultParamsReader.getAndSetParams(model, metadata)
        return model


def _context(io: MLWriter | MLReader[Any]) -> Any:
    """What pyspark's metadata functions want: the context on 3.5, the session from 4.0 on (there is no other then)."""
    return io.sc if pyspark.__version__.startswith("3.") else io.sparkSession
