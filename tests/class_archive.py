"""A process of its own: Spark's classes as an archive that later JVMs map instead of parsing: `python class_archive.py`.

The JVM writes the archive that SPARK_SUBMIT_OPTS names when it ends (-XX:ArchiveClassesAtExit); what is used here is in it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from pyspark import SparkContext
from pyspark.ml.clustering import KMeans
from pyspark.ml.functions import array_to_vector
from pyspark.sql import Window
from pyspark.sql import functions as F

from audiences.config import Session
from audiences.spark.session import get_spark


def main() -> None:
    session = get_spark(Session(master="local[2]", driver_memory="1g", shuffle_partitions=2, is_short=True))
    process = SparkContext._gateway.proc
    with TemporaryDirectory() as folder:
        Path(folder, "rows.csv").write_text("name,value\n" + "".join(f"n{i % 3},{i}.5\n" for i in range(30)))
        rows = session.read.csv(f"{folder}/rows.csv", header=True).withColumn("value", F.col("value").cast("double"))
        ranks = rows.withColumn("rank", F.row_number().over(Window.partitionBy("name").orderBy("value")))
        ranks.write.format("delta").partitionBy("name").save(f"{folder}/ranks")
        sums = session.read.format("delta").load(f"{folder}/ranks").groupBy("name").agg(F.sum("value").alias("value"))
        for mode in ("overwrite", "append"):
            sums.write.format("delta").mode(mode).save(f"{folder}/sums")
        points = ranks.select(array_to_vector(F.array("value", F.col("rank").cast("double"))).alias("features")).cache()
        KMeans(k=2, seed=1).fit(points).transform(points).collect()
    session.stop()
    SparkContext._gateway.shutdown()
    process.stdin.close()
    process.wait(180)  # it is writing the archive


if __name__ == "__main__":
    sys.exit(main())
