"""The report of a published run: its tables at their pinned versions, collected, rendered, written."""

from __future__ import annotations

from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Settings
from audiences.config.density import DENSITY_FEATURES
from audiences.engine.manifest import Published
from audiences.engine.stage import Landing, Stage
from audiences.errors import ConfigError
from audiences.pipeline import activity as users
from audiences.pipeline import customers as people
from audiences.pipeline import final, purchases, rates, text
from audiences.report import collect, render, write
from audiences.store.address import is_elsewhere, local_folder

_TEXT = (
    text.TOPICS, text.TOPIC_SELECTION, text.THEME_SENTIMENT, text.HYBRID_FEATURES, text.DENDROGRAM,
    text.HYBRID_SELECTION, text.HYBRID_NAMES, text.HYBRID_SEGMENTS, text.HYBRID_TOPICS, text.HYBRID_PROFILES,
)  # fmt: skip
_SHOWN: dict[str, tuple[Stage, ...]] = {
    "k_selection": (purchases.K_SELECTION,),
    "segment_names": (purchases.NAMES,),
    "segment_profiles": (purchases.VALUE_PROFILES,),
    "rfm": (purchases.RFM,),
    "rfm_cut_points": (purchases.CUTS,),
    "value_segments": (purchases.VALUE,),
    "feature_summary": (purchases.SUMMARY,),
    "rejected_rows": (
        purchases.REJECTED,
        rates.REJECTED_RATES,
        *users.REJECTED,
        people.REJECTED,
        text.REJECTED_REVIEWS,
    ),
    "transactions": (purchases.TRANSACTIONS,),
    "category_affinity": (purchases.AFFINITY,),
    "validation": (purchases.GATES, users.CHECKED),
    "density_segments": (users.DENSITY,),
    "activity_scaled": (users.SCALED,),
    "activity_features": (users.MEASURED_EVENTS,),
    "eps_selection": (users.EPS,),
    "density_model": (users.MODEL,),
    **{stage.name: (stage,) for stage in _TEXT},
    "segment_playbook": (text.HYBRID_PLAYBOOK, final.VALUE_PLAYBOOK),
}
"""Each frame of the report: the stages whose slices it is made of, those of one table."""
_LANDED: tuple[Landing, ...] = (
    purchases.LANDED, rates.LANDED_RATES, users.LANDED_ACTIVITY, users.LANDED_USERS, users.LANDED_IDENTITIES,
    users.LANDED_KNOWN, people.LANDED_CUSTOMERS, text.LANDED_REVIEWS,
)  # fmt: skip
"""The landings; the rejected rows of each are in the report."""


def write_report(run: Published, settings: Settings) -> Path:
    """Writes the HTML file and returns its path.

    Raises:
        ConfigError: the file cannot be written.
    """
    frames = {}
    for name, stages in _SHOWN.items():
        slices = [frame for stage in stages if (frame := run.frame(stage)) is not None]
        if slices:
            frames[name] = reduce(DataFrame.unionByName, slices)
    landed = [
        frame.select(F.lit(stage.source).alias("source"), "reader", "file")
        for stage in _LANDED
        if (frame := run.frame(stage)) is not None
    ]
    if landed:
        frames["landed"] = reduce(DataFrame.unionByName, landed)
    frames["run_manifest"] = run.store.spark.createDataFrame(list(run.rows.values()), schema.run_manifest.schema)
    files = run.store.head(schema.source_files)
    if files is not None:
        frames["source_files"] = run.store.read(schema.source_files, files.version)
    trained = run.store.head(schema.scoring_metrics)
    if trained is not None:  # after the run, by `audiences train`
        frames["scoring_metrics"] = run.store.read(schema.scoring_metrics, trained.version, {"as_of": run.as_of})
    data = collect(
        frames, sample_customers=settings.report.sample_customers, seed=settings.value_segments.seed, as_of=run.as_of,
        density_features=settings.density.features or DENSITY_FEATURES, maps=settings.report.maps,
        map_customers=settings.report.map_customers,
    )  # fmt: skip
    path = _path(run, settings)
    try:
        return write(path, render(data, title=settings.report.title, settings=settings))
    except OSError as fault:
        raise ConfigError("the report cannot be written", where="report.path", found=fault) from None


def _path(run: Published, settings: Settings) -> Path:
    if settings.report.path is not None:
        return Path(settings.report.path)
    name = f"report-{run.as_of}.html"
    # a report is a local file: where the tables are elsewhere it is left in the working folder
    return Path(name) if is_elsewhere(run.store.root) else Path(local_folder(run.store.root)) / name
