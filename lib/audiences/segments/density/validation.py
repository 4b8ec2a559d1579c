"""How well the density segments find anomalies that are known: rates with intervals, the score's AUC, clusters."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from audiences.config import Personas
from audiences.schema import validation as table

Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution: 95 % intervals."""

_BUCKETS = 200  # of scores; the figures are exact whatever their number
_CLUSTERS = 50  # the largest, each with its row


def density_validation(density_segments: DataFrame, *, known_anomalies: DataFrame, personas: Personas) -> DataFrame:
    """Figures and the confusion per cluster as the body of `validation`.

    A user that nobody has judged counts as no anomaly; known ones without activity are counted, not scored. Figures:
    base_rate, precision and recall of the persona Anomalous, lift (precision / base_rate), auc of the score
    (Mann-Whitney, ties count half, no score is the highest), precision_at_known (among as many users as are known,
    highest scores first, ties by their expectation), known_without_activity, and `cluster …` for each large label.

    Args:
        density_segments: `schema.density_segments` of one as_of.
        known_anomalies: `schema.known_anomalies`.
        personas: how anomalous users are called.
    """
    known = known_anomalies.where("is_anomaly").select("user_id", F.lit(True).alias("is_known"))
    users = density_segments.join(known, "user_id", "left").select(
        "user_id", "label", F.col("anomaly_score").alias("score"),
        (F.col("persona") == personas.anomalous).alias("is_flagged"),
        F.coalesce("is_known", F.lit(False)).alias("is_known"),
    )  # fmt: skip
    absent = known.join(density_segments, "user_id", "left_anti").agg(F.count(F.lit(1)).alias("absent"))
    totals = users.agg(
        F.count(F.lit(1)).alias("users"),
        F.count_if("is_known").alias("known"),
        F.count_if("is_flagged").alias("flagged"),
        F.count_if(F.col("is_known") & F.col("is_flagged")).alias("found_flagged"),
    )
    figures = totals.crossJoin(absent).crossJoin(ranked_figures(users))
    return figures.select(F.inline(F.array(*_rows()))).unionByName(_clusters(users)).select(
        *(column.name for column in table.body)
    )  # fmt: skip


def _rows() -> list[Column]:
    col = F.col
    precision = F.try_divide("found_flagged", "flagged")
    base = F.try_divide("known", "users")
    low, high = wilson(col("found_flagged"), col("flagged"))
    return [
        _share("base_rate", col("known"), col("users"), "%d of %d users are known anomalies"),
        _share("precision", col("found_flagged"), col("flagged"), "%d of %d users called anomalous are known"),
        _share("recall", col("found_flagged"), col("known"), "%d of %d known anomalies are called anomalous"),
        _row("lift", F.try_divide(precision, base), F.lit("precision / base_rate; 1 is no better than chance"),
             low=F.try_divide(low, base), high=F.try_divide(high, base)),
        _row("auc", col("auc"), F.format_string("a known anomaly scores above another user with this probability "
                                                "(%d known, %d others)", "known", col("users") - col("known"))),
        _row("precision_at_known", F.try_divide("top_hits", "known"),
             F.format_string("%.1f of the %d users with the highest scores are known", "top_hits", "known")),
        _row("known_without_activity", col("absent").cast("double"),
             F.format_string("%d known anomalies have no activity before as_of", "absent")),
    ]  # fmt: skip


def ranked_figures(users: DataFrame) -> DataFrame:
    """One row: auc, and top_hits, the expected known anomalies among as many users as are known.

    Distinct scores are counted, then ranked in buckets cut at approximate quantiles: no window sees all of them, and
    the ranks are exact wherever the cuts lie.

    Args:
        users: score (null is the highest), is_known.
    """
    scored = users.withColumn("score", F.coalesce("score", F.lit(float("inf"))))
    cuts = scored.agg(F.percentile_approx("score", [i / _BUCKETS for i in range(1, _BUCKETS)], 10_000).alias("cuts"))
    counted = scored.groupBy("score").agg(F.count(F.lit(1)).alias("n"), F.count_if("is_known").alias("hits"))
    placed = counted.crossJoin(F.broadcast(cuts)).withColumn(
        "bucket", F.size(F.filter("cuts", lambda cut: cut < F.col("score")))
    )
    buckets = placed.groupBy("bucket").agg(F.sum("n").alias("bucket_n"), F.sum("hits").alias("bucket_hits"))
    # the window sees one row per bucket, never the users
    after = Window.partitionBy(F.lit(0)).orderBy(F.desc("bucket")).rowsBetween(Window.unboundedPreceding, -1)
    above = buckets.select(
        "bucket",
        F.coalesce(F.sum("bucket_n").over(after), F.lit(0)).alias("n_above"),
        F.coalesce(F.sum("bucket_hits").over(after), F.lit(0)).alias("hits_above"),
    )
    within = Window.partitionBy("bucket").orderBy(F.desc("score")).rowsBetween(Window.unboundedPreceding, -1)
    ranked = placed.join(F.broadcast(above), "bucket").select(
        "n", "hits",
        (F.col("n_above") + F.coalesce(F.sum("n").over(within), F.lit(0))).alias("n_above"),
        (F.col("hits_above") + F.coalesce(F.sum("hits").over(within), F.lit(0))).alias("hits_above"),
    )  # fmt: skip
    others = F.col("n") - F.col("hits")
    # each other user loses to the known ones above, and half to those beside
    won = F.sum(others.cast("double") * (F.col("hits_above") + F.col("hits") / F.lit(2.0)))
    totals = users.agg(F.count_if("is_known").alias("known"), F.count_if(~F.col("is_known")).alias("others"))
    taken = F.greatest(F.least(F.col("known") - F.col("n_above"), F.col("n")), F.lit(0))
    return (
        ranked.crossJoin(F.broadcast(totals))
        .agg(
            won.alias("won"),
            F.sum(taken * F.col("hits") / F.col("n")).alias("top_hits"),
            F.max(F.col("known").cast("double") * F.col("others")).alias("pairs"),
        )
        .select(F.try_divide("won", "pairs").alias("auc"), "top_hits")
    )


def wilson(hits: Column, rows: Column) -> tuple[Column, Column]:
    """Wilson's 95 % interval of a share (Wilson 1927); null of no rows."""
    share = F.try_divide(hits, rows)
    n = rows.cast("double")
    middle = F.try_divide(share + F.try_divide(F.lit(Z * Z / 2), n), 1 + F.try_divide(F.lit(Z * Z), n))
    spread = F.try_divide(share * (1 - share), n) + F.try_divide(F.lit(Z * Z / 4), n * n)
    half = F.try_divide(F.sqrt(spread) * Z, 1 + F.try_divide(F.lit(Z * Z), n))
    return F.greatest(middle - half, F.lit(0.0)), F.least(middle + half, F.lit(1.0))


def _share(name: str, hits: Column, rows: Column, words: str) -> Column:
    low, high = wilson(hits, rows)
    # of no rows there is no interval; greatest and least would fill it
    none = F.lit(None).cast("double")
    low, high = (F.when(rows > 0, end).otherwise(none) for end in (low, high))
    return _row(name, F.try_divide(hits, rows), F.format_string(words, hits, rows), low, high, hits, rows)


def _row(
    name: str | Column,
    found: Column,
    detail: Column,
    low: Column | None = None,
    high: Column | None = None,
    hits: Column | None = None,
    rows: Column | None = None,
) -> Column:
    return F.struct(
        (F.lit(name) if isinstance(name, str) else name).alias("name"),
        found.cast("double").alias("found"),
        F.lit(None).cast("double").alias("required"),
        F.lit(True).alias("passed"),
        detail.alias("detail"),
        *((F.lit(None) if end is None else end).cast("double").alias(of) for end, of in ((low, "low"), (high, "high"))),
        *(
            (F.lit(None) if count is None else count).cast("bigint").alias(of)
            for count, of in ((hits, "hits"), (rows, "rows"))
        ),
    )


def _clusters(users: DataFrame) -> DataFrame:
    """The confusion: of noise and each of the largest clusters, how many users are known anomalies."""
    counted = users.groupBy("label").agg(F.count(F.lit(1)).alias("n"), F.count_if("is_known").alias("k"))
    largest = counted.orderBy(F.desc("n"), "label").limit(_CLUSTERS)
    name = F.when(F.col("label") < 0, F.lit("noise")).otherwise(F.concat(F.lit("cluster "), F.col("label")))
    row = _share("", F.col("k"), F.col("n"), "%d of %d users are known anomalies").withField("name", name)
    return largest.select(F.inline(F.array(row)))
