"""From tables to the plain values of a report: aggregates and one stated sample, never a whole table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.report.collect_density import collect_density
from audiences.report.collect_quality import deliveries, rejected_by_reason
from audiences.report.collect_text import collect_hybrids, collect_said
from audiences.report.data import ReportData, Rows, Scatter, SourceFiles

MOST_ROWS = 2_000  # of a table that is small by nature (segments, features, gates, versions)
MOST_FILES = 20
SLICES = {"segmentation": "value", "source": "transactions", "check": "quality_gates"}


def collect(
    frames: Mapping[str, DataFrame],
    *,
    sample_customers: int,
    seed: int,
    as_of: date | None = None,
    density_features: Sequence[str] = (),
    maps: Sequence[str] = ("pca",),
    map_customers: int = 1_500,
) -> ReportData:
    """Bring to the driver what a report shows.

    Args:
        frames: by table name, each as `audiences.schema` declares it, holding one as_of;
            k_selection, segment_names, segment_profiles, rfm, rfm_cut_points, value_segments, feature_summary,
            rejected_rows, transactions, category_affinity, validation, run_manifest (rows of one run), source_files,
            landed (source, reader and file of every landed row);
            of the density branch density_segments, activity_scaled, activity_features, eps_selection, density_model;
            of the text branch topics, topic_selection, theme_sentiment, hybrid_segments, hybrid_names,
            hybrid_features, dendrogram,
            hybrid_selection, hybrid_profiles, hybrid_topics (segment_topics); segment_playbook;
            scoring_metrics.
            Absent slice columns mean: value segments, transactions, quality gates.
            Any may be missing: the report then says so.
        sample_customers: at most so many customers are drawn in the scatter figures.
        seed: of the sample. The same customers, seed and size give the same sample, however the rows are partitioned.
        maps: pca, tsne, umap: how hybrid segments are laid flat, of a sample of map_customers.
        as_of: only rows of this date, where a frame has the column; also the report's date when there is no manifest.
        density_features: the scaled features that the density branch clustered; empty: all of them.

    Returns:
        ReportData. Its size depends on segments, features, reasons and `sample_customers`, not on customers or rows;
        no id is in it but those inside the examples of rejected rows and of the most anomalous users.
    """
    given = {name: _of_day(frame, as_of) for name, frame in frames.items()}
    profiles = _rows(given.get("segment_profiles"), "segmentation", "segment_id", "rank", "feature")
    manifest = _rows(given.get("run_manifest"), "zone", "table")
    files = given.get("source_files")
    rejected, transactions, landed = (given.get(name) for name in ("rejected_rows", "transactions", "landed"))
    rfm, segments, affinity = given.get("rfm"), given.get("value_segments"), given.get("category_affinity")
    return ReportData(
        as_of=manifest[0]["as_of"] if manifest else as_of,
        run_id=manifest[0]["run_id"] if manifest else None,
        kept_rows=None if transactions is None else transactions.count(),
        k_selection=_rows(given.get("k_selection"), "segmentation", "k"),
        names=_rows(given.get("segment_names"), "segmentation", "segment_id"),
        profiles=profiles,
        rfm_grid=None if rfm is None else _rows(rfm_grid(rfm), "r_score", "f_score"),
        rfm_segments=None if rfm is None else _rows(rfm_segments(rfm), "-customers", "segment"),
        rfm_cut_points=_rows(given.get("rfm_cut_points"), "metric"),
        scatter=None if rfm is None or segments is None else scatter(rfm, segments, sample_customers, seed),
        features=_rows(given.get("feature_summary"), "feature", "form"),
        rejected=None if rejected is None else rejected_by_reason(_with_slices(rejected)),
        deliveries=None
        if landed is None
        else deliveries(
            landed,
            rejected=None if rejected is None else _with_slices(rejected),
            transactions=transactions,
            files=files,
        ),
        categories=None
        if affinity is None or segments is None
        else _rows(spend_by_category(affinity, segments), "category", "segment_id"),
        validation=_rows(given.get("validation"), "check", "name"),
        manifest=manifest,
        source_files=None if files is None else landed_files(files),
        density=collect_density(given, features=density_features, sample_users=sample_customers, seed=seed),
        said=collect_said(given),
        hybrids=collect_hybrids(given, maps=maps, sample_customers=map_customers, seed=seed),
        playbook=_rows(given.get("segment_playbook"), "segmentation", "segment_id"),
        scoring=_rows(given.get("scoring_metrics"), "model", "metric", "segment", "bin"),
        sample_customers=sample_customers,
        currency=profiles[0]["currency"] if profiles else "",
    )


def _of_day(frame: DataFrame, as_of: date | None) -> DataFrame:
    return frame.where(F.col("as_of") == F.lit(as_of)) if as_of and "as_of" in frame.columns else frame


def _with_slices(frame: DataFrame) -> DataFrame:
    """With the slice columns that a read of one slice leaves out."""
    return frame.withColumns({name: F.lit(value) for name, value in SLICES.items() if name not in frame.columns})


def _rows(frame: DataFrame | None, *order: str) -> Rows | None:
    """A small table as dicts, sorted; '-' before a name: descending."""
    if frame is None:
        return None
    whole = _with_slices(frame)
    by = [F.col(name[1:]).desc() if name.startswith("-") else F.col(name).asc() for name in order]
    return tuple(row.asDict(recursive=True) for row in whole.orderBy(*by).limit(MOST_ROWS).collect())


def rfm_grid(customers: DataFrame) -> DataFrame:
    """Customers and mean monetary per recency and frequency score."""
    return customers.groupBy("r_score", "f_score").agg(
        F.count("*").alias("customers"), F.avg(F.col("monetary").cast("double")).alias("monetary")
    )


def rfm_segments(customers: DataFrame) -> DataFrame:
    """Customers, money and mean recency and frequency per named RFM segment."""
    return customers.groupBy("segment").agg(
        F.count("*").alias("customers"),
        F.sum(F.col("monetary").cast("double")).alias("monetary"),
        F.avg("recency_days").alias("recency_days"),
        F.avg("frequency").alias("frequency"),
    )


def scatter(customers: DataFrame, segments: DataFrame, size: int, seed: int) -> Scatter:
    """The `size` customers with the smallest hash of seed and id, in that order, with their segment."""
    metrics = ("recency_days", "frequency", "monetary")
    sample = (
        customers.join(segments.select("customer_id", "segment_id"), "customer_id")
        .select(
            F.xxhash64(F.lit(seed), F.col("customer_id")).alias("place"),
            "customer_id",
            "segment_id",
            *(F.col(metric).cast("double").alias(metric) for metric in metrics),
        )
        .orderBy("place", "customer_id")
        .limit(size)
        .collect()
    )
    recency, frequency, monetary = ([float(row[metric]) for row in sample] for metric in metrics)
    return Scatter(recency, frequency, monetary, [int(row["segment_id"]) for row in sample])


def spend_by_category(affinity: DataFrame, segments: DataFrame) -> DataFrame:
    """Gross per category and segment."""
    return (
        affinity.join(segments.select("customer_id", "segment_id"), "customer_id")
        .groupBy("category", "segment_id")
        .agg(F.sum(F.col("spend").cast("double")).alias("spend"))
    )


def landed_files(files: DataFrame) -> SourceFiles:
    """How many finished files, their size, and the first by path."""
    last = files.groupBy("source", "batch_id", "path", "modified", "size").agg(F.max("status").alias("status"))
    finished = last.where(F.col("status") == "finished").select("source", "path", "modified", "size").distinct()
    is_file = ~F.col("modified").rlike(r"^\d+$")  # a Delta source has versions there instead of a size and a time
    size = F.coalesce(F.sum(F.when(is_file, F.col("size"))), F.lit(0))
    total = finished.agg(F.count("*").alias("files"), size.alias("size")).collect()[0]
    first = finished.orderBy("source", "path", "modified").limit(MOST_FILES).collect()
    return SourceFiles(int(total["files"]), int(total["size"]), tuple(row.asDict() for row in first))
