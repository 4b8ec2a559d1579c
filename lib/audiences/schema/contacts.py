"""Clean contacts: the one table that holds addresses of customers."""

from __future__ import annotations

from audiences.schema.table import BOOLEAN, CUSTOMER_ID, STRING, TIMESTAMP, Column, Table

contacts = Table(
    zone="clean",
    name="contacts",
    comment="One row per customer, address and statement of consent of a source; the only table made from raw rows that "
    "holds addresses where contacts.ids is hash.",
    columns=(
        Column("source", STRING, "Which source: transactions, activity, reviews, customers, …", nullable=False),
        CUSTOMER_ID,
        Column("kind", STRING, "email, phone or post.", nullable=False),
        Column(
            "value",
            STRING,
            "The address as the source wrote it, e-mail addresses in small letters; null where a source says of consent only.",
            is_person=True,
        ),
        Column("channel", STRING, "Way of writing that the consent is for: email, sms, phone, post; null without one."),
        Column("purpose", STRING, "What the consent is for, as contacts.consent names it; null without one."),
        Column(
            "consent",
            BOOLEAN,
            "The newest yes or no of the source; null where it says neither, which is no consent.",
        ),
        Column(
            "time",
            TIMESTAMP,
            "When that was said, else when the address was last seen (UTC); null where the source has no times.",
        ),
    ),
    slice_by=("source",),
    checks={
        "known_kind": "kind IN ('email', 'phone', 'post')",
        "says_something": "value IS NOT NULL OR consent IS NOT NULL",
    },
)

__all__ = ["contacts"]
