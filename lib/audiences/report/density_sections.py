"""The section about users: personas, anomalies and why, how eps was chosen, and how well known anomalies are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audiences.report import density_figures
from audiences.report.data import Density, Row, Rows
from audiences.report.page import Cell, Drawing, Page, Table
from audiences.report.words import NONE, counted, label, number, share

Values = Mapping[str, Any]
_NOT_FEATURES = ("persona", "users")


def density(page: Page) -> Values:
    """Users by density; without an activity branch the section says so in one line."""
    data = page.data.density
    if data is None:
        return {"missing": "This run has no activity log and no measured users (sources.activity, sources.users)."}
    users = sum(int(row["users"]) for row in data.personas)
    chosen = next((row for row in data.eps if row["is_chosen"]), None)
    found: dict[str, Any] = {
        "lede": _lede(data, users),
        "personas": _personas(data, users),
        "clusters": _clusters(data, users),
        "anomalies": _anomalies(data, shows_raw=page.shows_raw),
        "reason": chosen["reason"] if chosen else None,
        "plan": _plan(data),
        "validation": _validation(page.data.validation or ()),
    }
    if data.map is not None:
        drawn = len(data.map.x) - data.map.sampled
        beside = f", and the {counted(drawn, 'user')} with the highest anomaly scores beside them" if drawn else ""
        found["map"] = Drawing(
            "fig-personas",
            density_figures.persona_map(data.map, data.personas),
            f"A sample of {counted(data.map.sampled, 'user')}{beside}, on two principal components, which hold "
            f"{share(data.map.explained)} of the variance of {', '.join(label(x).lower() for x in data.map.features)}.",
            height=460,
            phone_height=380,
        )
    if any(row["kind"] == "curve" for row in data.eps):
        k = int(data.eps[0]["min_points"])
        found["curve"] = Drawing(
            "fig-k-distance",
            density_figures.k_distance(data.eps, chosen),
            f"Distance of each sampled user to the {k}th nearest user (k = minPoints), sorted. A user below the dotted "
            "line has enough neighbours to be core.",
            height=320,
        )
        found["grid"] = _grid(data.eps)
    return found


def _lede(data: Density, users: int) -> str:
    parts = [f"{number(row['users'])} {row['persona']} ({share(int(row['users']) / users)})" for row in data.personas]
    clusters = data.figures.get("clusters")
    found = f" DBSCAN found {counted(int(clusters), 'cluster')}." if clusters is not None else ""
    return f"{counted(users, 'user')}: {', '.join(parts)}.{found}"


def _personas(data: Density, users: int) -> Table:
    """Means of the measured features, a column per persona."""
    features = [name for name in data.personas[0] if name not in _NOT_FEATURES] if data.personas else []
    header = ["Mean of", *(row["persona"] for row in data.personas)]
    first = ["Users", *(Cell(number(row["users"]), share(int(row["users"]) / users)) for row in data.personas)]
    return Table(
        "Personas",
        header,
        [first, *([_words(name), *(number(row[name]) for row in data.personas)] for name in features)],
    )


def _words(name: str) -> str:
    """A measured feature's name with its unit: active_days is 'Active days'."""
    return name.replace("_", " ").capitalize()


def _clusters(data: Density, users: int) -> Table:
    rows = [
        [
            "Noise" if row["label"] < 0 else f"Cluster {row['label']}",
            number(row["users"]),
            share(int(row["users"]) / users),
            ", ".join(row["personas"]),
        ]
        for row in data.clusters
    ]
    return Table("Clusters", ["Cluster", "Users", "Share", "Personas"], rows, left=frozenset({3}))


def _anomalies(data: Density, *, shows_raw: bool) -> Table:
    """The users by rank; who they are stands in the table density_segments, and here only where that is asked for."""
    rows = [
        [
            row["user_id"] if shows_raw else f"no. {rank}",
            number(row["anomaly_score"], 2),
            number(row["forced_cluster"]),
            row["reason"],
        ]
        for rank, row in enumerate(data.anomalies, 1)
    ]
    header = ["User", "Score", "KMeans would say", "Why"]
    return Table("Users with the highest anomaly scores", header, rows, left=frozenset({3}))


def _grid(eps: Rows) -> Table:
    grid = [row for row in eps if row["kind"] == "grid"]
    rows = [
        [
            number(row["eps"]),
            share(row["core_share"]),
            number(row["replication"], 2),
            number(row["shuffle_gb"]),
            number(row["core_seconds"]),
        ]
        for row in grid
    ]
    marked = next((place for place, row in enumerate(grid) if row["is_chosen"]), None)
    return Table("Each eps", ["eps", "Core users", "Times shipped", "GB shuffled", "Core-seconds"], rows, marked=marked)


def _plan(data: Density) -> str:
    f = data.figures
    if not {"rows", "unique_rows", "leaves", "replication"} <= set(f):
        return ""
    return (
        f"{number(f['rows'])} users ({number(f['unique_rows'])} distinct) in {counted(int(f['leaves']), 'leaf')}"
        f", each shipped {number(f['replication'], 2)} times; {number(f.get('core_rows'))} distinct core users."
    ).replace("leafs", "leaves")


def _validation(rows: Rows) -> Table | None:
    known = [row for row in rows if row["check"] == "density"]
    if not known:
        return None
    header = ["Figure", "Found", "95 % interval", "In words"]
    return Table("Against known anomalies", header, [_checked(row) for row in known], left=frozenset({3}))


def _checked(row: Row) -> list[Any]:
    is_share = row["rows"] is not None
    figure = share if is_share else lambda value: number(value, 3)
    between = f"{figure(row['low'])} to {figure(row['high'])}" if row["low"] is not None else NONE
    return [label(row["name"]), figure(row["found"]), between, row["detail"]]
