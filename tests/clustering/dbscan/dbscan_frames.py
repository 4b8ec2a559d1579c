"""Frames for GridDBSCAN from arrays, and its answers as arrays in row order."""

from __future__ import annotations

import numpy as np
from pyspark.ml.functions import array_to_vector


def frame(spark, points, ids=None, weights=None):
    """(id, features array<double>, perhaps weight); ids are row numbers or what is given."""
    ids = range(len(points)) if ids is None else ids
    columns = [list(ids), [[float(value) for value in point] for point in points]]
    schema = f"id {'string' if isinstance(columns[0][0], str) else 'bigint'}, features array<double>"
    if weights is not None:
        columns.append([int(weight) for weight in weights])
        schema += ", weight int"
    return spark.createDataFrame(list(zip(*columns, strict=True)), schema)


def with_vectors(rows):
    return rows.withColumn("features", array_to_vector("features"))


def names(count):
    """String ids whose order is that of the rows, with characters beyond ASCII."""
    return [f"é{row:06}" for row in range(count)]


def answers(labels, prediction="prediction"):
    """(labels, core flags) by id."""
    found = labels.orderBy("id").collect()
    return np.array([row[prediction] for row in found]), np.array([row["is_core"] for row in found])


def predictions(transformed, prediction="prediction"):
    """Labels by id."""
    return np.array([row[prediction] for row in transformed.orderBy("id").collect()])


def distances(found):
    """Distances by id; None is NaN."""
    return np.array([row["distance"] for row in found.orderBy("id").collect()], float)
