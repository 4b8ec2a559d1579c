"""The ledgers of experiments: what was asked, and who was drawn for what. They are only ever added to."""

from __future__ import annotations

from pyspark.sql import types as T

from audiences.schema.table import BOOLEAN, DATE, DOUBLE, LONG, MONEY, STRING, Column, Table, array

_ARM = T.StructType([T.StructField("arm", STRING), T.StructField("share", DOUBLE), T.StructField("cost", DOUBLE)])
_CELL = T.StructType([T.StructField("segment", STRING), T.StructField("arm", STRING), T.StructField("customers", LONG)])
_NAME = Column("experiment", STRING, "The experiment's name.", nullable=False)
_ID = Column("experiment_id", STRING, "Hash of all that was frozen at the start.", nullable=False)
_RUN = Column("run_id", STRING, "The published run whose segments and covariates were frozen.", nullable=False)
_SEAL = Column(
    "seal", STRING, "HMAC of the row's other columns under experiments.key: a changed row is noticed.", nullable=False
)

experiments = Table(
    zone="experiments",
    name="experiments",
    comment="A ledger: one row per experiment, as it was frozen at its start.",
    columns=(
        _NAME,
        _ID,
        Column("channel", STRING, "One channel and period is one layer; 'every' clashes with all.", nullable=False),
        Column("starts", DATE, "First day whose purchases count.", nullable=False),
        Column("ends", DATE, "Purchases before this day count.", nullable=False),
        Column("returns_until", DATE, "Money of returns before this day counts; no verdict before.", nullable=False),
        Column("metric", STRING, "What the verdict reads: net_spend (capped), orders or bought.", nullable=False),
        Column("audience", array(STRING), "Rules over published/customers, all of which hold.", nullable=False),
        Column("stratify", STRING, "segment (drawn inside each segment) or none.", nullable=False),
        Column("seed", LONG, "Of the assignment.", nullable=False),
        Column("arms", array(_ARM), "Control first: name, share, cost per customer chosen (currency).", nullable=False),
        Column("margin_rate", DOUBLE, "Margin per unit of net spend; null: the return is told on net spend."),
        Column(
            "cap",
            DOUBLE,
            "Net spend that one customer counts for at the most (currency): a quantile of positive spend before the start.",
            nullable=False,
        ),
        Column("run_as_of", DATE, "as_of of that run.", nullable=False),
        _RUN,
        Column("cells", array(_CELL), "Customers drawn, by segment of that day and arm.", nullable=False),
        Column("settings", STRING, "The section experiments of that day, as JSON.", nullable=False),
        _SEAL,
    ),
    key=("experiment",),
    kind="ledger",
    checks={"period": "starts < ends AND ends <= returns_until", "positive_cap": "cap > 0"},
)

assignments = Table(
    zone="experiments",
    name="assignments",
    comment="A ledger: one row per customer of an experiment, under a keyed hash. Rows whose experiment_id is not in "
    "experiments/experiments are of a start that was broken off.",
    columns=(
        _NAME,
        _ID,
        Column(
            "customer_key",
            STRING,
            "HMAC of the customer id under experiments.key.",
            nullable=False,
            is_person=True,
        ),
        Column("arm", STRING, "control, or what the customer was drawn for.", nullable=False),
        Column("stratum", STRING, "The group inside which the arms were drawn.", nullable=False),
        Column(
            "segment", STRING, "Name of that day's final segment; 'other' for those too small to tell.", nullable=False
        ),
        _RUN,
        Column(
            "spend_before",
            MONEY,
            "Net spend in experiments.history_days before the start; capped when it is read.",
            nullable=False,
        ),
        Column("bought_before", BOOLEAN, "Whether there was an order in those days.", nullable=False),
        Column("has_history", BOOLEAN, "Whether the first purchase lies before those days.", nullable=False),
        _SEAL,
    ),
    key=("experiment_id", "customer_key"),
    unindexed=("seal",),
    kind="ledger",
)

SEALED = tuple(name for name in assignments.names if name != "seal")
"""The columns of an assignment that its seal covers, in order."""

__all__ = ["SEALED", "assignments", "experiments"]
