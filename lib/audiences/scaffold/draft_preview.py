"""The preview of a draft: of its settings as they are, or of each reading that is left to choose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from audiences.config import Settings
from audiences.config.sources import CHOOSE
from audiences.errors import AudiencesError
from audiences.scaffold.draft import Draft
from audiences.scaffold.preview import Preview, previews
from audiences.scaffold.preview_text import gate_lines, preview_lines, summary_line
from audiences.scaffold.subscriptions import subscription_words

_NO_CURRENCY = "XXX"  # ISO 4217: no currency is involved

_CURRENCIES = 5
"""So many currencies are shown with their money: each takes a reading of the files."""


def draft_preview(drafted: Draft) -> Iterator[str]:
    """Lines for the terminal; where choices are open, a line for each of them, so that they can be compared."""
    yield from drafted.chosen
    tree = yaml.safe_load(drafted.text)
    [name] = tree["sources"]
    if name != "transactions" and CHOOSE in tree["sources"][name].values():
        return  # what is left to choose stands among the messages
    currency = tree.pop("currency", CHOOSE)
    tree["currency"] = (drafted.likely_currency or _NO_CURRENCY) if currency == CHOOSE else currency
    unit = "" if currency == CHOOSE else currency
    try:
        if drafted.options:
            yield "what is left to choose makes this difference:"
            for option, changes in drafted.options:
                judged = _preview_of(_changed(tree, changes))
                yield f"  {option}: {summary_line(judged, unit)}"
                words = subscription_words(judged.tally.payments)
                if words is not None:
                    yield f"    - {words}"
            return
        currencies = _currencies(tree) if currency == CHOOSE else {}
        if currencies:
            yield from _by_currency(tree, currencies)
            return
        judged = _preview_of(tree)
    except AudiencesError as fault:
        yield f"no preview: {fault.what}"
        return
    yield from preview_lines(judged, unit)
    yield from (f"- {warning}" for warning in judged.warnings if warning not in drafted.messages)
    yield from gate_lines(judged)


def _preview_of(tree: Mapping[str, Any]) -> Preview:
    [judged] = previews(Settings.model_validate(tree))
    return judged


def _currencies(tree: Mapping[str, Any]) -> dict[str, int]:
    """Currency -> rows, where a column holds several and none of them is chosen yet."""
    if "currency" not in tree["sources"].get("transactions", {}).get("columns", {}):
        return {}
    return dict(_preview_of(tree).tally.currencies)


def _by_currency(tree: Mapping[str, Any], currencies: Mapping[str, int]) -> Iterator[str]:
    """A line for each currency: what would be kept if the report were in it and no rates were given."""
    yield "the rows are in several currencies, which are never added up:"
    by_rows = sorted(currencies.items(), key=lambda pair: -pair[1])
    for code, rows in by_rows[:_CURRENCIES]:
        kept = _preview_of({**tree, "currency": code}).tally.of_currency(code)
        yield f"  {code}: {rows:,} rows, kept {kept.rows:,} with {kept.money:,.2f} {code}"
    if len(by_rows) > _CURRENCIES:
        yield f"  and {', '.join(code for code, _ in by_rows[_CURRENCIES:])}"
    yield (
        "choose currency, and give sources.rates (day, from, to, rate): with them all rows are converted into it, "
        "without them only rows in it are kept"
    )


def _changed(tree: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with one reading of what is open; `columns` are merged, and what is open in them is left out."""
    source = dict(tree["sources"]["transactions"])
    columns = {name: value for name, value in source["columns"].items() if value != CHOOSE}
    plain = {name: value for name, value in changes.items() if name != "columns"}
    changed = source | plain | {"columns": columns | dict(changes.get("columns", {}))}
    return {**tree, "sources": {"transactions": changed}}
