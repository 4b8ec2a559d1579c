"""How a file marks returns, what in it is no product, and lines that repeat: proposed where the file shows it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from audiences.config.notations import ID_SUFFIX, NumberStyle
from audiences.scaffold.cells import Cells
from audiences.scaffold.placeholders import is_nobody, nobody_in
from audiences.scaffold.state_words import CREDIT_PREFIXES
from audiences.sources.notations.identifiers import read_identifier

_SERVICE = re.compile(
    r"\b(postage|carriage|shipping|delivery charge|freight|versand(kosten)?|porto|manual|discount|rabatt|bank charges?"
    r"|fees?|adjust(ment)?|bad debt|samples?|commission|test product|gift ?(card|voucher)|rounding|deposit|pfand)\b",
    re.IGNORECASE,
)
_BAD_DEBT = re.compile(r"\bbad debt\b", re.IGNORECASE)
_SHOWN = 20
_FEW = 0.3
"""Credit notes are fewer than the invoices beside them."""


@dataclass(frozen=True)
class Rule:
    """One setting of `cleaning` with what speaks for it.

    Args:
        setting: below `cleaning`, with a point before each lower section.
        value: None: a remark only.
        evidence: lines for the comment above it.
        is_proposal: the value is written as a comment, for a person to take.
        told: what the terminal says of it as well.
    """

    setting: str
    value: object
    evidence: tuple[str, ...]
    is_proposal: bool = False
    told: str = ""


@dataclass(frozen=True)
class Lines:
    """The columns of all files, row by row, and what each row is worth."""

    columns: Mapping[str, Cells]
    amounts: Sequence[float | None]

    def money(self, rows: Iterable[int]) -> str:
        return f"{sum(self.amounts[row] or 0 for row in rows):,.2f}"

    def rows_where(self, canonical: str, holds: Callable[[str], bool]) -> list[int]:
        return [row for row, cell in enumerate(self.columns[canonical].cells) if cell and holds(cell)]


def worth(columns: Mapping[str, Cells], style: NumberStyle) -> list[float | None]:
    """The money of each row: the amount of the line or the order, else quantity times the price of a unit."""
    for canonical in ("line_amount", "order_amount"):
        if canonical in columns:
            return columns[canonical].numbers(style)
    prices = columns["unit_price"].numbers(style)
    if "quantity" not in columns:
        return prices
    return [
        None if price is None or units is None else price * units
        for price, units in zip(prices, columns["quantity"].numbers(style), strict=True)
    ]


def rules(columns: Mapping[str, Cells], style: NumberStyle) -> list[Rule]:
    """The rules that the sample speaks of, in the settings' order."""
    lines = Lines(columns, worth(columns, style))
    proposed = []
    if "invoice_id" in columns:
        proposed.append(_cancellations(lines, style))
        proposed += _bad_debt(lines)
    if "product_id" in columns:
        proposed += _no_products(lines)
    proposed += _duplicates(lines)
    return [*proposed, *_nobody(lines), *_case(columns["customer_id"]), _suffix(columns["customer_id"])]


def _prefix(text: str) -> str:
    match = re.match(r"[^\W\d_]+", text)
    return match[0] if match and len(match[0]) <= 3 else ""


def _cancellations(lines: Lines, style: NumberStyle) -> Rule:
    """A prefix of the invoice number that stands on returns, else the negative quantity alone."""
    invoices = lines.columns["invoice_id"]
    units = lines.columns["quantity"].numbers(style) if "quantity" in lines.columns else [None] * len(invoices.cells)
    is_negative = [(number or 0) < 0 or (amount or 0) < 0 for number, amount in zip(units, lines.amounts, strict=True)]
    counted = Counter(map(_prefix, invoices.cells))
    negative = Counter(_prefix(cell) for cell, is_return in zip(invoices.cells, is_negative, strict=True) if is_return)
    total = [row for row, is_return in enumerate(is_negative) if is_return]
    seen = tuple(
        f"invoices with the prefix {prefix}: {counted[prefix]:,} rows, {negative[prefix]:,} with a negative quantity"
        for prefix in sorted(counted) if prefix
    )  # fmt: skip
    marks = [prefix for prefix in sorted(counted) if prefix and negative[prefix] > 0.9 * counted[prefix]]
    if marks:
        plain = len(total) - sum(negative[prefix] for prefix in marks)
        rest = f"{plain:,} rows without the prefix have a negative quantity or amount"
        pattern = "^" + (marks[0] if len(marks) == 1 else f"({'|'.join(marks)})")
        return Rule("cancellation_pattern", pattern, (*seen, rest) if plain else seen)
    credit = _credit_notes(lines, counted, len(total))
    if credit is not None:
        return credit
    if total:
        why = (
            f"{len(total):,} rows have a negative quantity or amount and no prefix of the invoice marks them: "
            f"taken for returns, {lines.money(total)} in all"
        )
        return Rule("cancellation_pattern", None, (why, *seen))
    return Rule("cancellation_pattern", None, ("no row of the sample has a negative quantity or amount", *seen))


def _credit_notes(lines: Lines, counted: Counter[str], negative: int) -> Rule | None:
    """A prefix that credit notes have, on few invoices beside others, whose money is written without a minus."""
    prefixes = [prefix for prefix in sorted(counted) if prefix.upper() in CREDIT_PREFIXES]
    rows = sum(counted[prefix] for prefix in prefixes)
    if not prefixes or negative or rows > _FEW * sum(counted.values()):
        return None
    marked = lines.rows_where("invoice_id", lambda invoice: _prefix(invoice) in prefixes)
    pattern = "^" + (prefixes[0] if len(prefixes) == 1 else f"({'|'.join(prefixes)})")
    why = (
        f"invoices with the prefix {' or '.join(prefixes)} are taken for credit notes: {rows:,} rows, "
        f"{lines.money(marked)}, which goes back; drop the pattern if they are sales"
    )
    return Rule("cancellation_pattern", pattern, (why,), told=why)


def _bad_debt(lines: Lines) -> list[Rule]:
    """A prefix of the invoice number that stands on lines whose text speaks of bad debt."""
    if "description" not in lines.columns:
        return []
    rows = lines.rows_where("description", lambda text: _BAD_DEBT.search(text) is not None)
    invoices = lines.columns["invoice_id"].cells
    prefixes = {_prefix(invoices[row]) for row in rows} - {""}
    counted = Counter(map(_prefix, invoices))
    marks = sorted(
        prefix for prefix in prefixes if sum(_prefix(invoices[row]) == prefix for row in rows) > 0.5 * counted[prefix]
    )
    if not marks:
        return []
    pattern = "^" + (marks[0] if len(marks) == 1 else f"({'|'.join(marks)})")
    why = f"{len(rows):,} lines say bad debt, {lines.money(rows)} in all; their invoices begin with {', '.join(marks)}"
    return [Rule("bad_debt_pattern", pattern, (why,))]


def _no_products(lines: Lines) -> list[Rule]:
    """Codes whose text names a service among codes of products; other codes without a digit are a remark."""
    products = lines.columns["product_id"]
    codes = Counter(products.filled)
    texts = lines.columns["description"].cells if "description" in lines.columns else None
    without_digit = {code for code in codes if not any(map(str.isdigit, code))}
    is_unusual = sum(codes[code] for code in without_digit) <= 0.2 * len(products.filled)
    services = []
    for code in codes if texts is not None else ():
        rows = lines.rows_where("product_id", code.__eq__) if _may_be_service(code, without_digit) else []
        named = [texts[row] for row in rows if texts and texts[row]]
        is_service = sum(len(text.split()) <= 5 and _SERVICE.search(text) is not None for text in named) > 0.5 * len(
            named
        )
        if named and is_service and (code in without_digit or _is_service_alone(named)) and is_unusual:
            services.append((code, rows))
    evidence = [
        f"{code}: {len(rows):,} lines, {lines.money(rows)}"
        for code, rows in sorted(services, key=lambda service: -len(service[1]))[:_SHOWN]
    ]
    rest = [code for code, _ in codes.most_common() if code in without_digit - {code for code, _ in services}]
    remark = [f"codes without a digit that stay products: {', '.join(rest[:_SHOWN])}"] if rest and is_unusual else []
    if services:
        title = "product codes whose text names a service, no product (lines, money):"
        return [Rule("non_product_codes", sorted(code for code, _ in services), (title, *evidence, *remark))]
    return [Rule("non_product_codes", None, tuple(remark))] if remark else []


def _may_be_service(code: str, without_digit: set[str]) -> bool:
    return code in without_digit or len(code) <= 3


def _is_service_alone(texts: Sequence[str]) -> bool:
    return sum(len(text.split()) <= 2 for text in texts) > 0.9 * len(texts)


def _duplicates(lines: Lines) -> list[Rule]:
    """Rows that are equal in every column that is known; whether they are one line twice, a person has to say."""
    columns = list(lines.columns.values())
    seen: set[tuple[str, ...]] = set()
    again = []
    for row, key in enumerate(zip(*(column.cells for column in columns), strict=True)):
        if key in seen and any(key):
            again.append(row)
        seen.add(key)
    if not again:
        return []
    why = f"{len(again):,} lines are equal to an earlier one, {lines.money(again)} in all: the same line written twice?"
    return [Rule("rules.exact_duplicate", True, (why,), is_proposal=True)]


def _nobody(lines: Lines) -> list[Rule]:
    nobody = nobody_in(lines.columns["customer_id"])
    rules = []
    if nobody.placeholders:
        shown = ", ".join(
            f"{text} ({times:,} lines, {lines.money(lines.rows_where('customer_id', text.__eq__))})"
            for text, times in nobody.placeholders.items()
        )
        rules.append(Rule("missing_customer", None, (f"no customers: {shown}",)))
    for text, times in nobody.unusual.items():
        money = lines.money(lines.rows_where("customer_id", text.__eq__))
        why = (
            f"customer {text} holds {times / nobody.lines:.0%} of the lines ({times:,} lines, {money}): a person, or "
            f"sales without a customer? In that case leave them out by sources.transactions.where: "
            f"{{column: {lines.columns['customer_id'].name}, none_of: [{text}]}}"
        )
        rules.append(Rule("missing_customer", None, (why,)))
    return rules


def _case(customers: Cells) -> list[Rule]:
    """Ids that differ in capitals only: of addresses they are one customer, of others a person has to say."""
    spellings: dict[str, set[str]] = {}
    for cell in customers.counted:
        kept = read_identifier(cell, suffix_pattern=ID_SUFFIX).value
        if kept is not None and not is_nobody(cell):
            spellings.setdefault(kept.lower(), set()).add(kept)
    several = {one: sorted(ways) for one, ways in spellings.items() if len(ways) > 1}
    if not several:
        return []
    shown = " and ".join(next(iter(several.values()))[:2])
    kind = "addresses" if customers.is_e_mail else "ids"
    why = (
        f"{len(several):,} of {len(spellings):,} {kind} are written in capitals and not, such as {shown}: they are one"
    )
    return [Rule("id_case", "lower", (why,), is_proposal=not customers.is_e_mail)]


def _suffix(customers: Cells) -> Rule:
    with_suffix = [cell for cell in customers.counted if re.search(ID_SUFFIX, cell) and not is_nobody(cell)]
    if with_suffix:
        share = customers.share(with_suffix.__contains__)
        return Rule("id_suffix_pattern", ID_SUFFIX, (f"{share:.0%} of the ids end like {with_suffix[0]}",))
    shown = next((cell for cell in customers.filled if not is_nobody(cell)), customers.filled[0])
    return Rule("id_suffix_pattern", None, (f"ids are written like {shown}: nothing is removed",))
