"""The section about the delivered data: gates, known customers, deliveries, rejected rows and their money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from audiences.report import data_figures
from audiences.report.data import Deliveries, Rejected, Row
from audiences.report.page import Cell, Drawing, Page, Table
from audiences.report.words import counted, label, money, number, share
from audiences.schema.control import EXAMPLE

Values = Mapping[str, Any]


def quality(page: Page) -> Values:
    """Quality gates, known customers, what became of each delivery, and rejected rows by reason and by size."""
    found: dict[str, Any] = {"known": _known(page), **_deliveries(page)}
    if page.data.gates:
        found["gates"] = [
            {
                "name": label(row["name"]),
                "group": label(row["check"]),
                "found": number(row["found"]),
                "required": number(row["required"]),
                "passed": bool(row["passed"]),
                # a raw row stands at the end of some details
                "detail": row["detail"] if page.shows_raw else row["detail"].partition(EXAMPLE)[0],
            }
            for row in page.data.gates
        ]
    rejected = page.data.rejected
    if rejected is None:
        return {**found, "said": "No table of rejected rows was given."}
    if not sum(rejected.totals.values()):
        return {**found, "said": "No row was rejected."}
    return {**found, **_rejected(page, rejected)}


def _known(page: Page) -> str:
    row = page.data.known_share
    if row is None or row["found"] is None:
        return ""
    return f"{share(row['found'])} of the money of purchases has a known customer: {row['detail']}."


def _rejected(page: Page, rejected: Rejected) -> Values:
    found: dict[str, Any] = {"said": _said(page, rejected)}
    found["rejected"] = Drawing(
        "fig-rejected",
        data_figures.rejected(rejected.reasons),
        "Rejected rows by reason.",
        70 + 38 * len(rejected.reasons),
        70 + 38 * len(rejected.reasons),
    )
    sources = len(rejected.totals) > 1
    found["reasons"] = [
        {
            "reason": (f"{row['source']}: " if sources else "") + str(row["reason"]).replace("_", " "),
            "rows": number(row["rows"]),
            "share": _share_of_read(page, row),
            "money": money(row.get("money"), page.currency),
            "credits": money(row.get("credits"), page.currency),
            **_place(row["example"], page),
        }
        for row in rejected.reasons
    ]
    found["has_money"] = any(row.get("money") or row.get("credits") for row in rejected.reasons)
    found["largest"] = [
        {
            "amount": money(row["amount"], page.currency),
            "reasons": ", ".join(str(reason).replace("_", " ") for reason in row["reasons"]),
            **_place(row, page),
        }
        for row in rejected.largest
    ]
    return found


def _said(page: Page, rejected: Rejected) -> str:
    total = sum(rejected.totals.values())
    per_source = ", ".join(f"{number(rows)} of {source}" for source, rows in rejected.totals.items())
    twice = " A row with several reasons counts under each." if sum(r["rows"] for r in rejected.reasons) > total else ""
    said = f"{number(total)} rows were not kept ({per_source}).{twice}"
    if page.data.kept_rows is not None:
        lines = rejected.totals.get("transactions", 0)
        said += (
            f" Transaction lines: {number(lines + page.data.kept_rows)} read = {number(page.data.kept_rows)} kept + "
            f"{number(lines)} rejected."
        )
    return said


def _share_of_read(page: Page, row: Row) -> str:
    """The reason's rows among all records of its source; a dash where nobody counted them."""
    records = page.data.deliveries.records(row["source"]) if page.data.deliveries else None
    if records is None and row["source"] == "transactions" and page.data.kept_rows is not None and page.data.rejected:
        records = page.data.kept_rows + page.data.rejected.totals.get("transactions", 0)
    return share(row["rows"] / records if records else None)


def _place(row: Row, page: Page) -> Values:
    """Where a row stands, and its beginning where the settings let values of single persons be shown."""
    return {
        "file": row["file"],
        "row_number": number(row["row_number"]) if row["row_number"] is not None else "",
        "row": _clipped(row["row"]) if page.shows_raw else "",
    }


def _clipped(text: str, most: int = 240) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


_MONEY = (("Money kept", "kept_money", "kept_credits"), ("Money rejected", "money", "credits"))
"""Header -> the money of purchases, and that of returns below it."""


def _deliveries(page: Page) -> Values:
    """A table of the files that lost most, the sums of each source below, and what the sums are in words."""
    found = page.data.deliveries
    if found is None or not found.totals:
        return {}
    has_left_out = any(row["left_out"] for row in found.totals)
    has_money = any(row["money"] is not None for row in found.totals)
    counts = ["lines", "records", "kept", *(["left_out"] if has_left_out else []), "rejected"]
    shown = _MONEY if has_money else ()

    def line(name: str, row: Row) -> list[str | Cell]:
        amounts = (
            Cell(money(row[bought], page.currency), money(row[returned], page.currency))
            for _, bought, returned in shown
        )
        return [name, *(number(row[count]) for count in counts), *amounts]

    sources = len(found.totals) > 1
    lines = [line(f"{row['source']}: {row['file']}" if sources else str(row["file"]), row) for row in found.worst]
    lines += [
        line(f"All {counted(row['files'], 'file')} of {row['source']}", row) for row in found.totals if row["files"] > 1
    ]
    header = ["Delivery", *(label(count) for count in counts), *(name for name, *_ in shown)]
    return {
        "deliveries": Table("What became of each delivery", header, lines),
        "deliveries_said": " ".join(_sums_in_words(page, found)),
    }


def _sums_in_words(page: Page, found: Deliveries) -> Iterator[str]:
    files = sum(int(row["files"]) for row in found.totals)
    if files > len(found.worst):
        yield f"The {number(len(found.worst))} of {number(files)} files that lost most."
    if any(row["left_out"] for row in found.totals):
        yield "Each record is kept, left out by sources.transactions.where, or rejected."
    else:
        yield "Each record is kept or rejected."
    if any(row["money"] is not None for row in found.totals):
        yield "Money is that of purchases, below it that of returns, as far as it can be read."
    for row in found.totals:
        if row["money"] is not None and row["rejected"]:
            unread = f"; that of {counted(int(row['unreadable']), 'row')} cannot be read" if row["unreadable"] else ""
            yield (
                f"Rejected with their rows: {money(row['money'], page.currency)} of purchases and "
                f"{money(row['credits'], page.currency)} of returns{unread}."
            )
