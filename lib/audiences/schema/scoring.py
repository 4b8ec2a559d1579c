"""Early behaviour of customers, how well it foretells their segment, and the scores of newcomers."""

from __future__ import annotations

from audiences.schema.clean import TRANSACTION_OPTIONAL, TRANSACTION_REQUIRED
from audiences.schema.table import (
    AS_OF,
    BOOLEAN,
    CUSTOMER_ID,
    DATE,
    DOUBLE,
    INT,
    LONG,
    STRING,
    Column,
    Table,
    array,
)


def _feature(name: str, comment: str) -> Column:
    return Column(name, DOUBLE, comment, nullable=False)


_EARLY = (
    _feature("orders", "Purchase invoices."),
    _feature("active_days", "Days with a purchase or return line."),
    _feature("span_days", "Days from the first active day to the last one: 0 to window_days - 1."),
    _feature("lines", "Purchase lines."),
    _feature("units", "Units bought."),
    _feature("gross", "Money of purchase lines, in the configured currency."),
    _feature("returned", "Money of return lines, in the configured currency; 0 or less."),
    _feature("return_lines", "Return lines."),
    _feature("distinct_products", "Different products bought; 0 where the source has no products."),
    _feature("largest_line", "The dearest purchase line, in the configured currency; 0 without one."),
    _feature("first_day_gross", "Money of the purchase lines of the first day, in the configured currency."),
    _feature("average_order_value", "gross / orders; 0 without an order."),
    _feature("items_per_basket", "units / orders; 0 without an order."),
    _feature("price_per_unit", "gross / units; 0 without a unit."),
    _feature("weekend_share", "Share of gross bought at the weekend (behaviour.weekend); 0 where gross is 0."),
    _feature("evening_share", "Share of gross bought in the evening (behaviour.hour_starts); 0 where gross is 0."),
)

EARLY_FEATURES = tuple(column.name for column in _EARLY)
"""What a model sees of a customer, in this order."""

early_features = Table(
    zone="features",
    name="early_features",
    comment="What was known of each customer when the first days were over: the window is the day of the first purchase or "
    "return line and the window_days - 1 days after it, whole days in the configured zone, and only days before as_of.",
    columns=(
        AS_OF,
        CUSTOMER_ID,
        Column("first_day", DATE, "Day of the first purchase or return line: the window's first.", nullable=False),
        Column("window_days", INT, "Length of the window, days.", nullable=False),
        Column("is_complete", BOOLEAN, "Whether the whole window lies before as_of.", nullable=False),
        *_EARLY,
    ),
    key=("customer_id",),
    slice_by=("as_of",),
    checks={"window": "span_days < window_days"},
)

scoring_metrics = Table(
    zone="models",
    name="scoring_metrics",
    comment="How well early behaviour foretells the final segment, on customers acquired after those of the training, "
    "beside two baselines; and the gate, which says whether the model may be used.",
    columns=(
        AS_OF,
        Column(
            "split",
            STRING,
            "holdout: the last customers, looked at once; grid: the last of the training's, which choose the parameters.",
            nullable=False,
        ),
        Column(
            "model",
            STRING,
            "The classifier (in the grid with its parameters), majority (the training's most frequent segment, and its "
            "shares as probabilities), or nearest_centre (mean early features of each segment, standardised).",
            nullable=False,
        ),
        Column(
            "metric",
            STRING,
            "accuracy, macro_f1 (mean of the segments' F1), top2_accuracy, log_loss (nats), brier (sum of squares over the "
            "segments, 0 to 2), precision, recall, f1, calibration_stated and calibration_found (mean probability of the "
            "predicted segment, and the share that is right), customers, gate_macro_f1, gate_log_loss.",
            nullable=False,
        ),
        Column("segment", STRING, "The segment that the figure is of; null: all."),
        Column("bin", INT, "Of calibration: the tenth of the stated probability, 0 to 9; else null."),
        Column("value", DOUBLE, "The figure; null where it does not exist (no probability, nobody predicted)."),
        Column("rows", LONG, "Customers that it is made from.", nullable=False),
        Column("required", DOUBLE, "Of a gate: what the model's figure must beat; else null."),
        Column("passed", BOOLEAN, "Of a gate: whether it does; else null."),
        Column("detail", STRING, "Of a gate: by how much, in words; else null."),
    ),
    key=("split", "model", "metric", "segment", "bin"),
    slice_by=("as_of",),
)  # fmt: skip

scores = Table(
    zone="scores",
    name="scores",
    comment="Which segment each customer is likely to become (method early), or where it stands by the published scaler "
    "and centres (method centres) or core rows (method density: users of the activity log). Of one customer the greatest as_of is the newest.",
    columns=(
        Column("as_of", DATE, "The date of the score D: only events before D 00:00 count.", nullable=False),
        Column(
            "method",
            STRING,
            "early: a model of early behaviour; centres: the run's value segments; density: its DBSCAN.",
            nullable=False,
        ),
        Column(
            "customer_id",
            STRING,
            "The customer; of method density the user of the activity log.",
            nullable=False,
            is_person=True,
        ),
        Column("segment", STRING, "The likeliest segment; null: unscorable says why."),
        Column("probability", DOUBLE, "Its probability; null where the method gives none (KMeans centres)."),
        Column("runner_up", STRING, "The second likeliest segment; null where there is none."),
        Column("runner_up_probability", DOUBLE, "Its probability; null likewise."),
        Column(
            "reasons",
            array(STRING),
            "What speaks for the segment most, feature by feature: value, and what it adds to the probability (early, trees: "
            "along their paths), to the log odds (boosted trees, logistic regression), or the distance (centres, density).",
            nullable=False,
        ),
        Column("unscorable", STRING, "Why there is no segment; null where there is one."),
        Column("first_day", DATE, "Day of the customer's first event."),
        Column("model", STRING, "Fingerprint of the model in models/models."),
        Column("run_id", STRING, "The published run that was read.", nullable=False),
    ),
    key=("customer_id",),
    slice_by=("as_of", "method"),
    checks={"segment_or_reason": "(segment IS NULL) = (unscorable IS NOT NULL)"},
)

streamed_transactions = Table(
    zone="scores",
    name="streamed_transactions",
    comment="What a scoring stream has taken so far: raw rows as strings, each micro-batch once.",
    columns=(
        Column("stream", STRING, "The stream: hash of where it reads and how.", nullable=False),
        Column("batch", LONG, "The micro-batch.", nullable=False),
        Column("customer", STRING, "The customer as the rows are scored by; null where the row names none.", is_person=True),
        Column("file", STRING, "The file or table that the row came from.", nullable=False),
        Column("position", LONG, "Order of reading within the file or batch.", nullable=False),
        *(
            Column(
                name, STRING, f"{name} as the source wrote it; null where absent.", is_person=name == "customer_id"
            )
            for name in (*TRANSACTION_REQUIRED, *TRANSACTION_OPTIONAL)
        ),
        Column("extras", STRING, "Columns that the mapping does not name, as JSON; null where there are none.",
               is_person=True),
        Column("corrupt_record", STRING, "The raw text of a row that the format's reader could not split.",
               is_person=True),
    ),
    unindexed=("description",),
    kind="growing",
)  # fmt: skip

__all__ = ["EARLY_FEATURES", "early_features", "scores", "scoring_metrics", "streamed_transactions"]
