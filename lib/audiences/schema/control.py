"""The run manifest and the quality gates."""

from __future__ import annotations

from audiences.schema.table import AS_OF, BOOLEAN, DATE, DOUBLE, LONG, STRING, Column, Table

KNOWN_SHARE = "known_customer_revenue_share"
"""The figure of `validation` that says which part of the purchases' money has a customer."""

EXAMPLE = "; for example "
"""In a detail of `validation`, before a raw row: what follows it may tell a person."""

run_manifest = Table(
    zone="control",
    name="run_manifest",
    comment="One row per stage of a published run: the versions that belong together. Readers read only these.",
    columns=(
        Column("run_id", STRING, "Hash of the stages' fingerprints and as_of.", nullable=False),
        Column(
            "sequence", LONG, "Grows with each publication; of one as_of the greatest is the newest.", nullable=False
        ),
        Column("as_of", DATE, "The run's date D.", nullable=False),
        Column("stage", STRING, "Stage name.", nullable=False),
        Column("zone", STRING, "The table's zone.", nullable=False),
        Column("table", STRING, "The table's name.", nullable=False),
        Column(
            "status",
            STRING,
            "written or reused (found by its fingerprint), or absent (its branch is not configured).",
            nullable=False,
        ),
        Column("version", LONG, "The Delta version to read; null when absent."),
        Column("fingerprint", STRING, "Fingerprint of revision, settings, as_of and inputs.", nullable=False),
        Column("slice", STRING, "The slice that the run wrote, as JSON.", nullable=False),
        Column("rows", LONG, "Rows written; null when absent."),
        Column("seconds", DOUBLE, "Wall time of the write that made the version; null when absent."),
        Column("note", STRING, "What was left out and why; null mostly."),
        Column("packages", STRING, "Versions of Spark, Delta and this package, as JSON.", nullable=False),
    ),
    key=("run_id", "sequence", "stage"),
    checks={"known_status": "status IN ('written', 'reused', 'absent')"},
    kind="growing",
)

validation = Table(
    zone="control",
    name="validation",
    comment="Quality gates and checks: what was found, beside what is required where anything is.",
    columns=(
        AS_OF,
        Column("check", STRING, "Group of checks: quality_gates, density, …", nullable=False),
        Column("name", STRING, "The floor or ceiling, as its setting is called, or the figure.", nullable=False),
        Column("found", DOUBLE, "What the data has; null when it could not be computed."),
        Column("required", DOUBLE, "What the setting asks for; null where nothing is asked."),
        Column("passed", BOOLEAN, "Whether the run may go on; true where nothing is asked.", nullable=False),
        Column("detail", STRING, "Found and required in words, with the main cause.", nullable=False),
        Column("low", DOUBLE, "Lower end of the 95 % interval (shares: Wilson's); null where there is none."),
        Column("high", DOUBLE, "Upper end of it."),
        Column("hits", LONG, "Of a share: how many; null where found is no share."),
        Column("rows", LONG, "Of a share: of how many."),
    ),
    key=("name",),
    slice_by=("as_of", "check"),
)

__all__ = ["EXAMPLE", "KNOWN_SHARE", "run_manifest", "validation"]
