"""Submitted to a cluster: where executors find their packages, and the compiled DBSCAN kernel on them; one line of JSON."""

from __future__ import annotations

import json

from pyspark.sql import SparkSession

from audiences.clustering.dbscan import GridDBSCAN

POINTS = [(i, [float(i * 7919 % 1000) / 100, float(i * 104729 % 997) / 100]) for i in range(600)]


def look(batches):
    """One row per task: the interpreter, the folder it works in, and the files that packages were loaded from."""
    import os
    import sys

    import numba
    import pandas as pd

    import audiences

    for _ in batches:
        yield pd.DataFrame(
            {
                "executable": [sys.executable],
                "folder": [os.getcwd()],
                "audiences": [audiences.__file__],
                "numba": [numba.__file__],
            }
        )


if __name__ == "__main__":
    spark = SparkSession.builder.getOrCreate()
    columns = "executable string, folder string, audiences string, numba string"
    places = [row.asDict() for row in spark.range(0, 4, 1, 4).mapInPandas(look, columns).collect()]
    rows = spark.createDataFrame(POINTS, "id int, features array<double>")
    model = GridDBSCAN(eps=0.4, minPoints=5, kernel="numba", leafRows=150).fit(rows)
    labels = [row["prediction"] for row in model.labels.orderBy("id").collect()]
    print(json.dumps({"places": places, "labels": labels}))
