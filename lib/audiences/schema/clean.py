"""Landed and cleaned transactions."""

from __future__ import annotations

from audiences.schema.table import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INT,
    LINE_AMOUNT,
    LONG,
    MONEY,
    PRICE,
    QUANTITY,
    STRING,
    TIMESTAMP,
    Column,
    Table,
    array,
)

TRANSACTION_REQUIRED = ("customer_id", "ts")
TRANSACTION_MONEY = (("quantity", "unit_price"), ("line_amount",), ("order_amount",))
"""What the money of a row can be made from: one of these sets of columns must be in the file."""
TRANSACTION_OPTIONAL = (
    "invoice_id", "quantity", "unit_price", "product_id", "description", "category", "country", "line_amount",
    "order_amount", "discount", "tax", "shipping", "currency", "unit_cost", "margin_rate", "store",
)  # fmt: skip

MAX_QUANTITY = 1_000_000_000
"""Units of one row, without their sign, stay below this: a barcode typed into the quantity does not."""


def landed_table(
    source: str, *, required: tuple[str, ...], optional: tuple[str, ...] = (), unindexed: tuple[str, ...] = ()
) -> Table:
    """The landed table of a source: its canonical columns as strings, beside where each row came from."""
    return Table(
        zone="landed",
        name=f"landed_{source}",
        comment=f"Raw rows of the source {source} as strings, appended once per file; nothing is judged here.",
        columns=(
            Column("reader", STRING, "Hash of the settings that decide how a file is read.", nullable=False),
            Column("file", STRING, "The file or table that the row came from.", nullable=False),
            Column(
                "position",
                LONG,
                "Order of reading within the landing; grows with the row's place in its file.",
                nullable=False,
            ),
            *(
                Column(
                    name, STRING, f"{name} as the source wrote it; null where absent.",
                    is_person=name in ("customer_id", "user_id"),
                )
                for name in (*required, *optional)
            ),
            Column(
                "extras", STRING, "Columns that the mapping does not name, as JSON; null where there are none.",
                is_person=True,
            ),
            Column(
                "corrupt_record", STRING, "The raw text of a row that the format's reader could not split.",
                is_person=True,
            ),
        ),
        key=("file", "position"),
        slice_by=("reader",),
        unindexed=unindexed,
        kind="growing",
    )  # fmt: skip


landed_transactions = landed_table(
    "transactions", required=TRANSACTION_REQUIRED, optional=TRANSACTION_OPTIONAL,
    unindexed=("description",),
)  # fmt: skip

transactions = Table(
    zone="clean",
    name="transactions",
    comment="One row per kept input row. Its `amount` is the fact: above 0 a purchase line, below 0 a return line "
    "(is_return) or an adjustment (is_adjustment), 0 a free line, which is neither.",
    columns=(
        Column(
            "customer_id",
            STRING,
            "Customer, normalised by config (17850.0 is 17850); null only where the rule is off.",
            is_person=True,
        ),
        Column(
            "invoice_id",
            STRING,
            "Invoice or order number; where the source has none, customer@second: one order per customer and time.",
            nullable=False,
        ),
        Column(
            "product_id",
            STRING,
            "Product code; null where the source has none, and with sources.transactions.grain order.",
        ),
        Column("description", STRING, "Product text; null where the source has none."),
        Column("category", STRING, "Category from the source, a mapping or keyword rules; null where there is none."),
        Column(
            "quantity",
            QUANTITY,
            "Units; 0 or less on return lines; 1 where a row gives an amount and no quantity, and with grain order.",
            nullable=False,
        ),
        Column(
            "unit_price",
            PRICE,
            "Price of one unit, in the configured currency: the source's, or derived from amount and quantity; null where the "
            "quantity is 0, or the price does not fit.",
        ),
        Column(
            "amount",
            LINE_AMOUNT,
            "Money of the row after deductions, in the configured currency: the source's amount, or quantity * unit_price, "
            "rounded once to 4 decimals; negative on returns and adjustments.",
            nullable=False,
        ),
        Column("ts", TIMESTAMP, "When, as an instant (UTC).", nullable=False),
        Column("day", DATE, "The day of ts in the configured time zone.", nullable=False),
        Column("hour", INT, "The hour of ts, 0-23, in the configured time zone.", nullable=False),
        Column("country", STRING, "Country; null where the source has none."),
        Column(
            "is_return",
            BOOLEAN,
            "Negative money of a product (cancellation, negative quantity or price, status): it stays, as negative money.",
            nullable=False,
        ),
        Column(
            "is_adjustment",
            BOOLEAN,
            "Negative money of a code that is no product, such as a manual correction: net money of its customer, never an "
            "order and never a return; null in rows that were written before such rows were kept.",
        ),
        Column("store", STRING, "Shop, branch or channel; null where the source has none."),
        Column("unit_cost", PRICE, "Cost of one unit, in the configured currency; null where the source has none."),
        Column("margin_rate", DOUBLE, "Margin as a share of the amount; null where the source has none."),
        Column(
            "discount",
            LINE_AMOUNT,
            "Money that was taken off the row as discount, without its sign, in the configured currency; 0 where the cell is "
            "empty; null where sources.transactions.columns.discount names no column.",
        ),
        Column(
            "file",
            STRING,
            "The file or table that the row came from; null in rows that were written before it was kept.",
        ),
    ),
    checks={
        "hour_of_day": "hour BETWEEN 0 AND 23",
        "credit_is_negative": "NOT (is_return OR coalesce(is_adjustment, false)) OR amount < 0",
        "one_kind": "NOT (is_return AND coalesce(is_adjustment, false))",
    },
    unindexed=("description", "file"),
)

rejected_rows = Table(
    zone="clean",
    name="rejected_rows",
    comment="Rows that were not kept, whole, each with every reason.",
    columns=(
        Column("source", STRING, "Which source: transactions, activity, reviews, customers, …", nullable=False),
        Column("file", STRING, "The file or table that the row came from.", nullable=False),
        Column(
            "row_number",
            LONG,
            "Row in the file from 1, header not counted; null where the rows of its parts are not in one piece.",
        ),
        Column("reasons", array(STRING), "Every rule that the row breaks, in the rules' order.", nullable=False),
        Column("row", STRING, "The raw row as JSON.", nullable=False, is_person=True),
        Column(
            "amount",
            LINE_AMOUNT,
            "Money of the row, signed, in the configured currency; null where it cannot be read, and for other sources.",
        ),
    ),
    slice_by=("source",),
    checks={"has_reason": "size(reasons) > 0"},
)

source_files = Table(
    zone="control",
    name="source_files",
    comment="What has been landed: a batch is recorded as open before its data and finished after, so a crash neither "
    "loses nor doubles.",
    columns=(
        Column("source", STRING, "Which source: transactions, activity, reviews, customers, …", nullable=False),
        Column("batch_id", STRING, "The batch: hash of its files' ids.", nullable=False),
        Column(
            "status",
            STRING,
            "open (files fixed, data maybe not yet there), finished, or withdrawn (changed or gone before they were read, or "
            "taken back by a person).",
            nullable=False,
        ),
        Column("file_id", STRING, "Hash of path, size, modified and reader settings.", nullable=False),
        Column("path", STRING, "File path, or the path of a Delta source.", nullable=False),
        Column("size", LONG, "Bytes; for a Delta source the first version taken.", nullable=False),
        Column(
            "modified", STRING, "Modification time (UTC); for a Delta source the last version taken.", nullable=False
        ),
        Column("reader", STRING, "Hash of the settings that decide how a file is read.", nullable=False),
        Column("lines", LONG, "Physical lines of the file, counted from its bytes; null where nobody counted them."),
        Column(
            "records", LONG, "Records that were read; null for files that were landed before this was written down."
        ),
        Column("kept", LONG, "Of them those that no rule rejects; repeats are found later. Null likewise."),
        Column("rejected", LONG, "Of them those that a rule rejects. Null likewise."),
        Column("money_kept", MONEY, "Money of the kept records, in the configured currency; null for other sources."),
        Column("money_rejected", MONEY, "Positive money of the rejected records, where it can be read; null likewise."),
        Column(
            "credit_rejected", MONEY, "Negative money of the rejected records, where it can be read; null likewise."
        ),
    ),
    checks={"known_status": "status IN ('open', 'finished', 'withdrawn')"},
    kind="growing",
)

__all__ = [
    "MAX_QUANTITY",
    "TRANSACTION_MONEY",
    "TRANSACTION_OPTIONAL",
    "TRANSACTION_REQUIRED",
    "landed_table",
    "landed_transactions",
    "rejected_rows",
    "source_files",
    "transactions",
]
