"""The first Gaussian mixture of a fresh JVM, by many tasks at once: `python mixture_child.py`."""

import numpy as np
from pyspark.ml.functions import array_to_vector
from pyspark.sql import functions as F

from audiences.clustering.mixture import fits
from audiences.config import Session, ValueSegments
from audiences.session import get_spark

if __name__ == "__main__":
    spark = get_spark(Session(master="local[4]", driver_memory="1g", shuffle_partitions=4, is_short=True))
    draw = np.random.default_rng(1)
    points = np.concatenate([draw.normal(0, 1, (400, 3)), draw.normal(6, 1, (400, 3))]).tolist()
    rows = spark.createDataFrame([(point,) for point in points], "features array<double>").repartition(16)
    rows = rows.select(array_to_vector(F.col("features")).alias("vector")).cache()
    settings = ValueSegments(method="gaussian_mixture", choose="fixed", k=2)
    print("fitted", len(fits(rows, k=2, seeds=[1, 2], settings=settings)))
    spark.stop()
