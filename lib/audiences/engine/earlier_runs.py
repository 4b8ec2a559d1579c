"""Settings that name an earlier run, with what that run published written out as values."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame

from audiences import schema
from audiences.config import PreviousTopic, Settings
from audiences.engine.manifest import published
from audiences.errors import ConfigError, InputError
from audiences.schema import Table
from audiences.store.delta import Store


def with_frozen_cut_points(settings: Settings, store: Store) -> Settings:
    """The settings with the cut points of the run that `rfm.cut_points_of` names written out as values.

    Raises:
        InputError: no run is published at that as_of, or it has no cut points.
        ConfigError: it has another number of bins.
    """
    frozen_at = settings.rfm.cut_points_of
    if frozen_at is None:
        return settings
    cuts = _published_rows(store, schema.rfm_cut_points, frozen_at, setting="rfm.cut_points_of")
    values = {one["metric"]: tuple(one["cut_points"]) for one in cuts.collect()}  # one row per metric
    wrong = {len(one) + 1 for one in values.values()} - {settings.rfm.bins}
    if wrong:
        raise ConfigError(
            "the frozen cut points are of another number of bins", where="rfm.cut_points_of",
            found=f"{', '.join(map(str, sorted(wrong)))} bins at {frozen_at}", allowed=f"rfm.bins {settings.rfm.bins}",
        )  # fmt: skip
    return settings.model_copy(update={"rfm": settings.rfm.model_copy(update={"cut_points": values})})


def with_topics_to_keep(settings: Settings, store: Store) -> Settings:
    """The settings with the topics of the run that `text.topics.ids_of` names written out as values.

    Raises:
        InputError: no run is published at that as_of, or it has no topics.
    """
    kept_from = settings.text.topics.ids_of
    if kept_from is None:
        return settings
    rows = _published_rows(store, schema.topics, kept_from, setting="text.topics.ids_of").orderBy("topic_id").collect()
    previous = tuple(
        PreviousTopic(topic_id=one["topic_id"], words=tuple(one["words"]), weights=tuple(one["weights"]))
        for one in rows
    )
    topics = settings.text.topics.model_copy(update={"previous": previous})
    return settings.model_copy(update={"text": settings.text.model_copy(update={"topics": topics})})


def _published_rows(store: Store, table: Table, as_of: date, *, setting: str) -> DataFrame:
    """A table of one stage, as the run at that as_of published it; `setting` is what asks for it."""
    row = published(store, as_of).rows.get(table.name)
    if row is None or row["version"] is None:
        raise InputError(f"the run has no {table.name}", where=setting, found=f"it is absent from the run at {as_of}")
    return store.read(table, row["version"], {"as_of": as_of})
