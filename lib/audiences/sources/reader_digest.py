"""Which reader landed a source's rows: a digest of the settings that decide which raw rows its files give.

Landed rows are kept by reader, so another digest lands every file anew. That is why the digest holds nothing that
cannot change a row: not the path (which files it leads to is asked of the files), not what is judged later, on landed
rows, and no setting that has its default. A new setting with a default, or another default for new readers, leaves
the digest of what was landed before as it is.
"""

from __future__ import annotations

from typing import Any

from audiences.config import Source
from audiences.fingerprint import digest

_NOT_CSV = ("encoding", "multi_line", "quote")

_READING = {"format": "csv", "options": {}, "encoding": "UTF-8", "multi_line": True}
_FORMER: dict[str, dict[str, Any]] = {
    "transactions": {
        "customer_id": ["customer_id", "CustomerID", "Customer ID"],
        "invoice_id": ["invoice_id", "InvoiceNo", "Invoice"],
        "ts": ["ts", "InvoiceDate"], "quantity": ["quantity", "Quantity"],
        "unit_price": ["unit_price", "UnitPrice", "Price"], "product_id": ["product_id", "StockCode"],
        "description": ["description", "Description"], "category": ["category", "Category"],
        "country": ["country", "Country"],
    },
    "activity": {
        "user_id": ["user_id", "user"], "ts": ["ts", "timestamp", "time"], "event_type": ["event_type", "event"],
        "session_id": ["session_id", "session"], "duration_seconds": ["duration_seconds", "duration"],
        "path": ["path", "page"],
    },
    "users": {"user_id": ["user_id", "user"]},
    "identities": {"user_id": ["user_id", "user"], "customer_id": ["customer_id", "customer"]},
    "known": {"user_id": ["user_id", "user"], "flag": ["flag", "is_bot"]},
    "reviews": {
        "customer_id": ["customer_id", "reviewerID"], "ts": ["ts", "unixReviewTime"], "text": ["text", "reviewText"],
        "review_id": ["review_id"], "product_id": ["product_id", "asin"], "rating": ["rating", "overall"],
        "source": ["source"], "summary": ["summary"], "helpfulness": ["helpfulness", "helpful"],
    },
    "customers": {"customer_id": ["customer_id", "CustomerID", "Customer ID", "customer"]},
}  # fmt: skip
"""The columns of each source, with their defaults, when a digest still held every field (roots of format 1)."""


def reader_digest(name: str, source: Source) -> str:
    """The digest of the source's reader as it is written today."""
    return digest(name, _chosen(source))


def former_reader_digest(name: str, source: Source) -> str | None:
    """The digest that a root of format 1 has for the same reader; None where that format could not say the same."""
    chosen = dict(source.model_dump(mode="json", exclude={"path", *source.JUDGED}, exclude_defaults=True))
    if name not in _FORMER:
        return None
    former = {**_READING, "columns": _FORMER[name]}
    columns = chosen.pop("columns", {})
    if not set(columns) <= set(_FORMER[name]) or not set(chosen) <= set(_READING):
        return None
    if name == "reviews":  # it was judged later even then, and yet a part of the digest
        former["epoch"] = getattr(source, "epoch", None)
    return digest(name, {**former, **chosen, "columns": {**_FORMER[name], **columns}})


def _chosen(source: Source) -> dict[str, Any]:
    unread = {"path", *source.JUDGED, *(_NOT_CSV if source.format != "csv" else ())}
    if source.format == "delta":
        unread.add("options")
    return source.model_dump(mode="json", exclude=unread, exclude_defaults=True)
