"""A published run of an earlier as_of put beside the one that is there, with deltalake alone: history without Spark."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, write_deltalake


def with_earlier_run(root: Path, target: Path, days: int = 90) -> date:
    """A copy of `root` whose manifest also holds a run `days` before, in which every fourth customer was not yet there
    and the first two segments had each other's names; returns its as_of."""
    shutil.copytree(root, target)
    manifest = DeltaTable(target / "control" / "run_manifest").to_pyarrow_table()
    rows = manifest.to_pylist()
    newest = rows[0]["as_of"]
    as_of = newest - timedelta(days=days)
    for row in rows:
        part = json.loads(row["slice"])
        if row["version"] is not None and "as_of" in part and row["zone"] != "published":
            path = target / row["zone"] / row["table"]
            whole = DeltaTable(path, version=row["version"]).to_pyarrow_table()
            earlier = _earlier(whole, {**part, "as_of": newest}, as_of)
            write_deltalake(path, earlier, mode="append")
            row["version"], row["rows"] = DeltaTable(path).version(), len(earlier)
            part["as_of"] = str(as_of)
        elif row["zone"] == "published":
            row["version"], row["status"] = None, "absent"
        row.update(as_of=as_of, run_id=f"{row['run_id'][:20]}-old", slice=json.dumps(part))
    write_deltalake(target / "control" / "run_manifest", pa.Table.from_pylist(rows, manifest.schema), mode="append")
    return as_of


def _earlier(whole: pa.Table, part: dict, as_of: date) -> pa.Table:
    for name, value in part.items():
        whole = whole.filter(pc.field(name) == value)
    place = whole.schema.get_field_index("as_of")
    whole = whole.set_column(place, whole.schema.field(place), pa.array([as_of] * len(whole), pa.date32()))
    if "customer_id" in whole.schema.names:
        keep = [int(one) % 4 != 3 for one in whole.column("customer_id").to_pylist()]
        whole = whole.filter(pa.array(keep, pa.bool_()))
    if {"segment_id", "name", "customer_id"} <= set(whole.schema.names):
        names = dict(zip(whole["segment_id"].to_pylist(), whole["name"].to_pylist(), strict=True))
        swapped = {0: names.get(1, names[0]), 1: names.get(0)}
        moved = [swapped.get(one, names[one]) for one in whole["segment_id"].to_pylist()]
        place = whole.schema.get_field_index("name")
        whole = whole.set_column(place, whole.schema.field(place), pa.array(moved, pa.string()))
    return whole
