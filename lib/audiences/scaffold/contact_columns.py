"""The drafted settings of contacts, where e-mail addresses are ids: what takes their place, which columns hold more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import yaml

from audiences.config.contacts import is_address
from audiences.scaffold.names import plain
from audiences.scaffold.sample import Sample
from audiences.sources.notations.characters import IN_TEXT, replaced

KEY = "env:AUDIENCES_KEY"
"""Where the key is looked for when the draft is not written beside a key file."""

_ADDRESSES = {
    "email": ("email", "emailaddress", "customeremail", "buyeremail", "billingemail", "emailbilling", "requesteremail"),
    "phone": ("phone", "phonenumber", "mobile", "billingphone", "customerphone", "buyerphonenumber"),
}
_CONSENTS = {
    "email": ("acceptsmarketing", "acceptsemailmarketing", "buyeracceptsmarketing", "emailoptin", "newsletter"),
    "sms": ("acceptssmsmarketing", "smsoptin"),
}


def has_addresses(cells: Iterable[str]) -> bool:
    """Whether any cell of a column of ids is an e-mail address."""
    return any("@" in cell and is_address(replaced(cell, IN_TEXT)) for cell in cells)


def ids_in(samples: Sequence[Sample], columns: Mapping[str, str]) -> list[str]:
    """The cells of the columns that hold ids of customers or users; `columns` maps canonical names to a file's."""
    named = [columns[name] for name in ("customer_id", "user_id") if name in columns]
    return [cell for name in named for sample in samples if name in sample.header
            for cell in sample.column(sample.header.index(name))]  # fmt: skip


def contact_lines(header: Sequence[str], key: str) -> Iterator[str]:
    """The section `contacts` of a file whose ids are e-mail addresses."""
    yield "contacts:"
    yield "  ids: hash  # ids are e-mail addresses: a keyed hash takes their place in every table but clean/contacts"
    yield f"  key: {_flow(key)}  # keep it, apart from the tables: under another key customers have other ids"
    columns = {kind: found for kind, names in _ADDRESSES.items() if (found := _named(header, names))}
    if columns:
        yield f"  columns: {_flow(columns)}"
    consents = [
        {"channel": channel, "columns": found}
        for channel, names in _CONSENTS.items()
        if (found := _named(header, names))
    ]
    if consents:
        yield f"  consent: {_flow(consents)}  # yes or no of the file; blank is neither"


def _named(header: Sequence[str], names: Sequence[str]) -> list[str]:
    return [column for column in header if plain(column) in names]


def _flow(value: object) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...")
