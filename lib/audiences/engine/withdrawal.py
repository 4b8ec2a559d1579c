"""Taking back a file that was landed: its rows leave the landed table, its entry in the ledger says withdrawn.

The rows go first: a crash in between leaves a file that is recorded without rows, and the same command again ends it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Settings
from audiences.engine.landed_files import Batch, finished_files, record
from audiences.engine.landing import landed_table
from audiences.errors import ConfigError, InputError
from audiences.sources.connectors.paths import same_file
from audiences.store.delta import Store


@dataclass(frozen=True)
class Withdrawn:
    """A file that was taken back from a source."""

    source: str
    file: str
    records: int | None


def withdraw(store: Store, settings: Settings, path: str, *, source: str | None = None) -> list[Withdrawn]:
    """Takes the file back from every source (or the named one) that landed it; the next run goes on without its rows.

    A file that still lies beneath the source's path is landed anew by the next run: correct it or take it away first.

    Raises:
        ConfigError: no such source.
        InputError: the file was not landed, or it is a Delta table, whose versions are taken in order.
    """
    known = tuple(type(settings.sources).model_fields)
    if source is not None and source not in known:
        raise ConfigError("no such source", where="--source", found=source, allowed=", ".join(known))
    taken = [
        one for name in (known if source is None else (source,)) for one in _withdrawn_from(store, settings, name, path)
    ]
    if not taken:
        raise InputError(
            "the file was not landed, or has been withdrawn", where=path, found=store.path(schema.source_files),
            advice="audiences deliveries lists what was landed",
        )  # fmt: skip
    return taken


def _withdrawn_from(store: Store, settings: Settings, name: str, path: str) -> list[Withdrawn]:
    spelled = same_file(path)
    taken = []
    for entry in finished_files(store, name, spelled):
        if getattr(settings.sources, name).format == "delta":
            raise InputError(
                "a Delta table cannot be withdrawn: its versions are taken in order", where=f"sources.{name}",
                found=path, advice="land it into a fresh store.root",
            )  # fmt: skip
        reader, file = entry.file.reader, entry.file
        is_of_file = F.col("file").isin(*spelled) & (F.col("reader") == reader)
        store.remove(
            landed_table(name), is_of_file, fingerprint=f"{entry.batch_id}/{file.file_id}/withdrawn",
            metadata={"stage": f"landed_{name}/{reader}", "files": 0},
        )  # fmt: skip
        record(store, name, reader, Batch(entry.batch_id, "withdrawn", [file]), "withdrawn")
        taken.append(Withdrawn(name, file.path, entry.records))
    return taken
