"""How a file marks returns, writes customer ids and codes what is no product: found in a sample, with the evidence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audiences.scaffold.columns import Cells
from audiences.scaffold.numbers import Sign, value_of

_KNOWN = (
    "POST", "D", "M", "m", "C2", "S", "B", "DOT", "CRUK", "PADS", "ADJUST", "ADJUST2", "TEST001", "TEST002",
    "BANK CHARGES", "AMAZONFEE",
)  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """One setting of `cleaning` with what speaks for it; `value` None: a remark only."""

    setting: str
    value: str | None
    evidence: tuple[str, ...]


def rules(columns: Mapping[str, Cells], sign: Sign) -> list[Rule]:
    """The rules that the sample speaks of, in the settings' order."""
    found = [_cancellations(columns["invoice_id"], columns["quantity"], sign)]
    if "product_id" in columns:
        found += _no_products(columns["product_id"])
    return [*found, _suffix(columns["customer_id"])]


def _prefix(text: str) -> str:
    match = re.match(r"[^\W\d_]+", text)
    return match[0] if match and len(match[0]) <= 3 else ""


def _cancellations(invoices: Cells, quantities: Cells, sign: Sign) -> Rule:
    """A prefix of the invoice number that stands on returns; a negative quantity is one without it too."""
    counted: Counter[str] = Counter()
    negative: Counter[str] = Counter()
    for invoice, quantity in zip(invoices.cells, quantities.cells, strict=True):
        counted[_prefix(invoice)] += 1
        negative[_prefix(invoice)] += (value_of(quantity, sign) or 0) < 0
    total = sum(negative.values())
    seen = tuple(
        f"invoices with the prefix {prefix}: {counted[prefix]:,} rows, {negative[prefix]:,} with a negative quantity"
        for prefix in sorted(counted) if prefix
    )  # fmt: skip
    marks = [one for one in sorted(counted) if one and negative[one] > 0.9 * counted[one]]
    plain = negative[""]
    if marks:
        rest = f"{plain:,} rows without the prefix have a negative quantity: they are returns too"
        pattern = "^" + (marks[0] if len(marks) == 1 else f"({'|'.join(marks)})")
        return Rule("cancellation_pattern", pattern, (*seen, rest) if plain else seen)
    if total:
        why = f"{total:,} rows have a negative quantity and no prefix of the invoice marks them: taken for returns"
        return Rule("cancellation_pattern", None, (why, *seen))
    return Rule("cancellation_pattern", None, ("no row of the sample has a negative quantity", *seen))


def _no_products(products: Cells) -> list[Rule]:
    """Codes without a digit among codes with digits are often postage, fees, discounts."""
    codes = Counter(products.filled)
    odd = Counter({code: rows for code, rows in codes.items() if not any(map(str.isdigit, code))})
    if not odd or sum(odd.values()) > 0.2 * len(products.filled):
        return []
    known = set(_KNOWN)

    def told(chosen: Sequence[tuple[str, int]]) -> str:
        return ", ".join(f"{code} ({rows:,})" for code, rows in chosen) or "none"

    left_out = [pair for pair in odd.most_common(20) if pair[0] in known]
    kept = [pair for pair in odd.most_common(20) if pair[0] not in known]
    evidence = ("product codes without a digit (rows):", f"elsewhere postage, fees or corrections: {told(left_out)}")
    return [Rule("non_product_codes", None, (*evidence, f"others: {told(kept)}; all are kept unless you add them"))]


def _suffix(customers: Cells) -> Rule:
    share = sum(re.search(r"\.0+$", cell) is not None for cell in customers.filled) / len(customers.filled)
    if share:
        return Rule("id_suffix_pattern", r"\.0+$", (f"{share:.0%} of the ids end like {customers.filled[0]}",))
    return Rule("id_suffix_pattern", None, (f"ids are written like {customers.filled[0]}: nothing is removed",))
