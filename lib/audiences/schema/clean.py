"""Landed and cleaned transactions."""

from __future__ import annotations

from audiences.schema.table import (
    BOOLEAN,
    DATE,
    INT,
    LINE_AMOUNT,
    LONG,
    PRICE,
    QUANTITY,
    STRING,
    TIMESTAMP,
    Column,
    Table,
    array,
)

TRANSACTION_REQUIRED = ("customer_id", "invoice_id", "ts", "quantity", "unit_price")
TRANSACTION_OPTIONAL = ("product_id", "description", "category", "country")


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
    comment="One row per kept input row: purchase lines (quantity > 0, price > 0) and return lines (is_return).",
    columns=(
        Column(
            "customer_id",
            STRING,
            "Customer, normalised by config (17850.0 is 17850); null only where the rule is off.",
            is_person=True,
        ),
        Column("invoice_id", STRING, "Invoice or order number.", nullable=False),
        Column("product_id", STRING, "Product code; null where the source has none."),
        Column("description", STRING, "Product text; null where the source has none."),
        Column("category", STRING, "Category from the source, a mapping or keyword rules; null where there is none."),
        Column("quantity", QUANTITY, "Units; negative on return lines.", nullable=False),
        Column("unit_price", PRICE, "Price of one unit, in the configured currency.", nullable=False),
        Column(
            "amount",
            LINE_AMOUNT,
            "quantity * unit_price, rounded once to 4 decimals, in the configured currency.",
            nullable=False,
        ),
        Column("ts", TIMESTAMP, "When, as an instant (UTC).", nullable=False),
        Column("day", DATE, "The day of ts in the configured time zone.", nullable=False),
        Column("hour", INT, "The hour of ts, 0-23, in the configured time zone.", nullable=False),
        Column("country", STRING, "Country; null where the source has none."),
        Column(
            "is_return",
            BOOLEAN,
            "A cancellation with quantity < 0 and price > 0: it stays, as negative money.",
            nullable=False,
        ),
    ),
    checks={"hour_of_day": "hour BETWEEN 0 AND 23", "return_is_negative": "NOT is_return OR quantity < 0"},
    unindexed=("description",),
)

rejected_rows = Table(
    zone="clean",
    name="rejected_rows",
    comment="Rows that were not kept, whole, each with every reason.",
    columns=(
        Column("source", STRING, "Which source: transactions, activity, reviews, customers, …", nullable=False),
        Column("file", STRING, "The file or table that the row came from.", nullable=False),
        Column(
            "row_number", LONG, "Row in the file from 1, header not counted; null where one file was read in parts."
        ),
        Column("reasons", array(STRING), "Every rule that the row breaks, in the rules' order.", nullable=False),
        Column("row", STRING, "The raw row as JSON.", nullable=False, is_person=True),
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
            "open (files fixed, data maybe not yet there), finished, or withdrawn (changed or gone before they were read).",
            nullable=False,
        ),
        Column("file_id", STRING, "Hash of path, size, modified and reader settings.", nullable=False),
        Column("path", STRING, "File path, or the path of a Delta source.", nullable=False),
        Column("size", LONG, "Bytes; for a Delta source the first version taken.", nullable=False),
        Column(
            "modified", STRING, "Modification time (UTC); for a Delta source the last version taken.", nullable=False
        ),
        Column("reader", STRING, "Hash of the settings that decide how a file is read.", nullable=False),
    ),
    checks={"known_status": "status IN ('open', 'finished', 'withdrawn')"},
    kind="growing",
)

__all__ = [
    "TRANSACTION_OPTIONAL",
    "TRANSACTION_REQUIRED",
    "landed_table",
    "landed_transactions",
    "rejected_rows",
    "source_files",
    "transactions",
]
