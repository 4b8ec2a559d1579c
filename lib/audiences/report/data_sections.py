"""The sections about features, the run with its versions, and definitions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from audiences import schema
from audiences.config import Settings
from audiences.report import data_figures
from audiences.report.data import Row, Rows
from audiences.report.page import Drawing, Page, Table
from audiences.report.words import counted, label, number, share, size

Values = Mapping[str, Any]


def features(page: Page) -> Values:
    """Each feature before and after transformation, and how features go together."""
    rows = page.data.features
    if not rows:
        return {"missing": "No feature summary was given."}
    order = _feature_order(rows)
    raw = {row["feature"]: row for row in rows if row["form"] == "raw"}
    scaled = {row["feature"]: row for row in rows if row["form"] == "scaled"}
    low = min((float(row["q05"]) for row in scaled.values() if row["q05"] is not None), default=0.0)
    high = max((float(row["q95"]) for row in scaled.values() if row["q95"] is not None), default=1.0)
    lines = [
        _feature_line(feature, raw.get(feature, {}), scaled.get(feature, {}), (low, high))
        for feature in order
        if feature in raw or feature in scaled
    ]
    header = [
        "Feature", "Before", "5\u00a0%", "Median", "95\u00a0%", "Skew", "Missing", "Outliers", "Transform",
        "After", "Skew after",
    ]  # fmt: skip
    found: dict[str, Any] = {
        "table": Table("Features", header, lines, left=frozenset({1, 8, 9})),
        "customers": number(rows[0]["customers"]),
    }
    form = scaled or raw
    listed = [form[feature] for feature in order if feature in form]
    if len(listed) > 1 and any(row["correlations"] for row in listed):
        when = "after transformation" if scaled else "before transformation"
        found["correlations"] = Drawing(
            "fig-correlations",
            data_figures.correlations(tuple(listed)),
            f"Pearson correlation between features {when}. Pairs near 1 or {number(-1)} say the same thing twice.",
            150 + 34 * len(listed),
            150 + 24 * len(listed),
        )
    return found


def _feature_order(rows: Rows) -> list[str]:
    """As the table's correlations list them (the settings' order), then by name."""
    listed = [pair["feature"] for row in rows[:1] for pair in row["correlations"] or ()]
    return list(dict.fromkeys([*listed, *sorted(row["feature"] for row in rows)]))


def _feature_line(feature: str, raw: Row, scaled: Row, scale: tuple[float, float]) -> list[Any]:
    transform = str(raw.get("transform") or scaled.get("transform") or "none").replace("_", " ")
    low, high = raw.get("q05"), raw.get("q95")
    before = "" if low is None or high is None else data_figures.box(raw, low, high)
    customers = int(raw.get("customers") or 0)
    missing = share(int(raw.get("nulls") or 0) / customers) if customers else number(None)
    return [
        label(feature),
        before,
        *(number(raw.get(name)) for name in ("q05", "q50", "q95")),
        number(raw.get("skewness"), 1),
        missing,
        number(raw.get("outliers")),
        transform,
        data_figures.box(scaled, *scale) if scaled else "",
        number(scaled.get("skewness"), 1),
    ]


NOTED = (
    "time_zone", "currency", "value_segments.features", "value_segments.choose", "value_segments.k",
    "value_segments.k_min", "value_segments.k_max", "value_segments.seed", "value_segments.starts",
    "value_segments.sample_customers", "scaling.scaler", "scaling.skew_threshold", "rfm.bins",
    "report.sample_customers",
)  # fmt: skip


def run(page: Page) -> Values:
    """Which tables at which versions, from which files, with which settings."""
    manifest = page.data.manifest
    versions = [
        [
            f"{row['zone']}/{row['table']}",
            number(None) if row["version"] is None else str(row["version"]),
            row["status"],
            number(row["rows"]),
            number(row["seconds"], 1),
            row["fingerprint"][:12],
        ]
        for row in manifest or ()
    ]
    files = page.data.source_files
    header = ["Table", "Version", "Status", "Rows", "Seconds", "Fingerprint"]
    return {
        "versions": Table("Table versions", header, versions, left=frozenset({2, 5})) if versions else None,
        "packages": _packages(manifest),
        "settings": _noted(page.settings) if page.settings else [],
        "files": [_file(row) for row in files.first] if files else [],
        "files_said": f"{counted(files.files, 'file')}, {size(files.size)} in all" if files else "",
        "more_files": files.files - len(files.first) if files else 0,
    }


def _file(row: Row) -> tuple[str, str, str]:
    """Path, size and time of change; of a Delta source the versions taken from it."""
    if str(row["modified"]).isdigit():
        return row["path"], "", f"versions {row['size']} to {row['modified']}"
    return row["path"], size(int(row["size"])), row["modified"]


def _packages(manifest: Rows | None) -> list[tuple[str, str]]:
    try:
        found = json.loads(manifest[0]["packages"]) if manifest else {}
    except json.JSONDecodeError:
        return []
    return [(str(name), str(version)) for name, version in sorted(found.items())] if isinstance(found, dict) else []


def _noted(settings: Settings) -> list[tuple[str, str]]:
    def text(value: Any) -> str:
        return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)

    return [(dotted, text(settings.at(dotted))) for dotted in NOTED if settings.at(dotted) is not None]


_PROFILE_TERMS = (
    "overall_median", "position_difference", "difference_sd", "customer_share", "revenue", "revenue_share",
    "money_at_stake",
)  # fmt: skip
TERMS = (
    (schema.rfm, ("recency_days", "frequency", "monetary", "r_score", "f_score", "m_score", "segment")),
    (schema.segment_profiles, _PROFILE_TERMS),
    (schema.k_selection, ("inertia", "silhouette", "calinski_harabasz", "smallest_share", "stability")),
    (schema.feature_summary, ("skewness", "outliers", "transform")),
)


def glossary(page: Page) -> Values:
    """Definitions as the tables' column comments state them; of features, those that the report shows."""
    known = (row for row in page.profiles if row["overall_mean"] is not None)
    shown = {row["feature"] for row in (*(page.data.features or ()), *known)}
    features = tuple(name for name in schema.behaviour.names if name in shown)
    tables = (TERMS[0], (schema.behaviour, features), *TERMS[1:])
    return {
        "groups": [
            (
                str(table),
                table.comment,
                [(label(c.name), c.name, c.comment) for name in names for c in table.columns if c.name == name],
            )
            for table, names in tables
            if names
        ]
    }
