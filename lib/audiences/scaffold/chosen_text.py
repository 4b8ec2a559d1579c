"""What a draft took each role for, and what else it could have been, as a table for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from audiences.config.sources import CHOOSE
from audiences.scaffold.columns import Guess

_ROLES = ("customer_id", "invoice_id", "ts", "quantity", "unit_price", "line_amount", "order_amount", "discount",
          "tax", "shipping", "product_id", "description", "category", "country", "currency")  # fmt: skip
_NEEDED = ("customer_id", "invoice_id", "ts", "product_id")
_WIDE, _RIVALS, _CUT = 24, 3, 60


def chosen_lines(guessed: Guess) -> Iterator[str]:
    """One line for each role: the column, and its rivals or what speaks against others of that name."""
    yield "what each column was taken for:"
    for role in _ROLES:
        choice = guessed.choices.get(role)
        if choice is None:
            if role in _NEEDED:
                yield f"  {role:<12} -{_against(guessed.refused.get(role, {}), lead='; not ')}"
            continue
        column = CHOOSE if choice.is_open else choice.column.name
        others = choice.options if choice.is_open else choice.rivals
        lead = " one of: " if choice.is_open else " or: "
        rivals = lead + ", ".join(_cut(name or "none") for name in others[:_RIVALS]) if others else ""
        refused = _against(guessed.refused.get(role, {}), lead=" not: ")
        yield f"  {role:<12} {column[:_WIDE]:<{_WIDE}}{rivals}{refused}".rstrip()
    money = guessed.refused.get("unit_price, line_amount or order_amount", {})
    if money:
        yield f"  {'no money':<12}{_against(money, lead=' ')}"
    if guessed.others:
        names = [column.name for column in guessed.others]
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        yield f"  {'no role':<12} {', '.join(names[:8])}{more}"


def _against(refused: Mapping[str, str], *, lead: str) -> str:
    shown = ", ".join(f"{name} ({_cut(reason)})" for name, reason in list(refused.items())[:2])
    return lead + shown if shown else ""


def _cut(text: str) -> str:
    return text if len(text) <= _CUT else text[: _CUT - 1] + "…"
