"""Settings of the Spark session and of what runs in it at once."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from audiences.config.section import Section


class Session(Section):
    """The Spark session that is built when none exists."""

    master: str = Field("local[*]", description="used unless spark-submit gives one")
    driver_memory: str = Field("2g", pattern=r"^\d+[kmgKMG]$", description="heap of a local session")
    shuffle_partitions: int = Field(200, ge=1, description="spark.sql.shuffle.partitions")
    is_short: bool = Field(
        False,
        description="a short local run on small data: quick-start JVM flags, interpreted plans, small Delta snapshots",
    )
    stages_at_once: int = Field(
        1, ge=1, le=16, description="independent stages that run side by side, also in a session that was there"
    )
    comet: bool = Field(False, description="run on Apache DataFusion Comet where it can (Spark 3.5 only)")
    options: Mapping[str, str] = Field(default_factory=dict, description="further Spark settings")
