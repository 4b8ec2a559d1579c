"""The report of a published run: its tables at their pinned versions, collected, rendered, written."""

from __future__ import annotations

import re
from pathlib import Path

from audiences import pipeline, schema
from audiences.config import Settings
from audiences.errors import ConfigError
from audiences.manifest import Published
from audiences.report import collect, render, write

_SHOWN = {
    "k_selection": pipeline.K_SELECTION,
    "segment_names": pipeline.NAMES,
    "segment_profiles": pipeline.VALUE_PROFILES,
    "rfm": pipeline.RFM,
    "value_segments": pipeline.VALUE,
    "feature_summary": pipeline.SUMMARY,
    "rejected_rows": pipeline.REJECTED,
    "transactions": pipeline.TRANSACTIONS,
    "category_affinity": pipeline.AFFINITY,
    "validation": pipeline.GATES,
}


def write_report(run: Published, settings: Settings) -> Path:
    """Writes the HTML file and returns its path.

    Raises:
        ConfigError: the tables are not on a local path and no report.path is set, or the file cannot be written.
    """
    frames = {name: frame for name, stage in _SHOWN.items() if (frame := run.frame(stage)) is not None}
    frames["run_manifest"] = run.store.spark.createDataFrame(list(run.rows.values()), schema.run_manifest.schema)
    files = run.store.head(schema.source_files)
    if files is not None:
        frames["source_files"] = run.store.read(schema.source_files, files.version)
    data = collect(
        frames, sample_customers=settings.report.sample_customers, seed=settings.value_segments.seed, as_of=run.as_of
    )
    path = _path(run, settings)
    try:
        return write(path, render(data, title=settings.report.title, settings=settings))
    except OSError as fault:
        raise ConfigError("the report cannot be written", where="report.path", found=fault) from None


def _path(run: Published, settings: Settings) -> Path:
    if settings.report.path is not None:
        return Path(settings.report.path)
    if re.match(r"^[a-z][a-z0-9+.-]*:", run.store.root):
        raise ConfigError(
            "the report is a local file, and the tables are elsewhere", where="report.path", found="not set",
            advice="--set report.path=report.html",
        )  # fmt: skip
    return Path(f"{run.store.root}/report-{run.as_of}.html")
