"""Experiments: who gets what by chance, and what it earned, as statistics on aggregates.

Only `aggregates`, `assignment`, `audience` and `keyed_rows` know Spark.
"""
