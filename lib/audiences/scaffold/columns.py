"""Which column of a file is the customer, the invoice, the time, …: by its name, checked by its content."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from audiences.scaffold.numbers import Decimals, Sign, decimals, is_number, value_of
from audiences.scaffold.sample import Sample
from audiences.scaffold.timestamps import Reading, readings

REQUIRED = ("customer_id", "invoice_id", "ts", "quantity", "unit_price")
OPTIONAL = ("product_id", "description", "category", "country")
"""The columns that are looked for in a file of lines."""

# Names in small letters without blanks, in the order of preference; found whole first, then as a word of the name.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "customer_id": (
        "customerid", "custid", "customer", "customerno", "customernumber", "clientid", "client", "buyerid", "memberid",
        "userid", "reviewerid", "shopperid", "kundennummer", "kundennr", "kundenid", "kunde", "idclient",
        "cliente", "user",
    ),
    "invoice_id": (
        "invoiceid", "invoiceno", "invoicenumber", "invoice", "orderid", "orderno", "ordernumber", "order", "basketid",
        "receiptid", "receipt", "transactionid", "rechnungsnummer", "rechnungsnr", "rechnung", "belegnummer", "beleg",
        "bestellnummer", "bestellung", "auftrag", "facture", "commande", "pedido", "factura",
    ),
    "ts": (
        "ts", "timestamp", "invoicedate", "orderdate", "transactiondate", "purchasedate", "datetime", "date", "time",
        "createdat", "rechnungsdatum", "bestelldatum", "datum", "zeit", "zeitpunkt", "fecha", "data", "reviewtime",
    ),
    "quantity": ("quantity", "qty", "units", "pieces", "count", "menge", "anzahl", "stueck", "stück",
                 "quantite", "quantité", "cantidad"),
    "unit_price": (
        "unitprice", "priceperunit", "itemprice", "price", "stueckpreis", "stückpreis", "einzelpreis", "preis",
        "prixunitaire", "prix", "precio",
    ),
    "product_id": (
        "productid", "stockcode", "sku", "itemid", "articleid", "articleno", "productcode", "product", "item", "asin",
        "artikelnummer", "artikelnr", "artikel", "produit", "producto",
    ),
    "description": ("description", "productname", "itemname", "title", "bezeichnung", "beschreibung", "artikelname",
                    "descripcion"),
    "category": ("category", "productcategory", "department", "kategorie", "warengruppe", "categorie", "categoria"),
    "country": ("country", "countrycode", "land", "pays", "pais"),
}  # fmt: skip
_ORDER = (
    "ts",
    "unit_price",
    "quantity",
    "invoice_id",
    "customer_id",
    "product_id",
    "description",
    "category",
    "country",
)
_ENOUGH_BY_NAME = 3
"""So many required columns found by name make it a transaction file; only then does content fill the gaps."""


@dataclass(frozen=True)
class Cells:
    """One column of the sample."""

    name: str
    cells: tuple[str, ...]
    filled: tuple[str, ...] = field(repr=False)
    readings: tuple[Reading, ...] = field(repr=False)

    @property
    def distinct(self) -> int:
        return len(set(self.filled))

    @property
    def empty_share(self) -> float:
        return 1 - len(self.filled) / len(self.cells)


@dataclass(frozen=True)
class Guess:
    """What the columns of a file are.

    Args:
        columns: canonical name -> column.
        why: canonical name -> by what it was found.
        decimals: how numbers are written.
        others: columns that nothing was found for.
    """

    columns: Mapping[str, Cells]
    why: Mapping[str, str]
    decimals: Decimals
    others: tuple[Cells, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(name for name in REQUIRED if name not in self.columns)


def guess(sample: Sample) -> Guess:
    """The best column for each canonical name, each column for one name at the most."""
    columns = [_cells(name, sample.column(place)) for place, name in enumerate(sample.header)]
    written = decimals([one.filled for one in columns if _share(one.filled, is_number) > 0.9 and not one.readings])
    fits = _fits(written.sign)
    found: dict[str, Cells] = {}
    why: dict[str, str] = {}

    def free(canonical: str) -> list[Cells]:
        return [one for one in columns if one not in found.values() and one.filled and fits[canonical](one)]

    for canonical in _ORDER if sample.has_header else ():
        ranked = [(_rank(one.name, canonical), place, one) for place, one in enumerate(free(canonical))]
        rank, _, best = min(ranked, key=lambda one: one[:2], default=(_NONE, 0, None))
        if best is not None and rank != _NONE:
            found[canonical], why[canonical] = best, "by its name"
    if sample.has_header and len(set(found) & set(REQUIRED)) < _ENOUGH_BY_NAME:
        return Guess(found, why, written, tuple(one for one in columns if one not in found.values()))
    for canonical in _ORDER:
        if canonical not in found and not (sample.has_header and canonical in OPTIONAL):
            like = _by_content(canonical, free(canonical), found)
            if like is not None:
                found[canonical], why[canonical] = like, "BY ITS CONTENT ALONE, check it"
    return Guess(found, why, written, tuple(one for one in columns if one not in found.values()))


def _cells(name: str, cells: tuple[str, ...]) -> Cells:
    filled = tuple(cell for cell in cells if cell)
    return Cells(name, cells, filled, tuple(readings(filled)))


_NONE = (99, 99)


def _rank(name: str, canonical: str) -> tuple[int, int]:
    """How well a name fits, the smallest best: whole before a part of it, then by preference."""
    words = re.findall(r"[A-ZÄÖÜ]?[a-zà-ÿ]+|[A-ZÄÖÜ]+(?![a-zà-ÿ])|\d+", name)
    whole = "".join(words).lower()
    parts = {word.lower() for word in words}
    for place, known in enumerate(_NAMES[canonical]):
        if whole == known:
            return 0, place
    for place, known in enumerate(_NAMES[canonical]):
        if known in parts:
            return 1, place
    return _NONE


def _share(cells: Sequence[str], holds: Callable[[str], bool]) -> float:
    return sum(map(holds, cells)) / len(cells) if cells else 0.0


def _fits(sign: Sign | None) -> Mapping[str, Callable[[Cells], bool]]:
    """What a column must be like, whatever its name."""

    def numbers(one: Cells) -> bool:
        return _share(one.filled, lambda cell: (value_of(cell, sign) if sign else _any_number(cell)) is not None) > 0.95

    def code(one: Cells) -> bool:
        return not one.readings and _share(one.filled, lambda cell: len(cell) <= 40) > 0.95

    def text(one: Cells) -> bool:
        return not one.readings and not numbers(one)

    return {
        "ts": lambda one: bool(one.readings),
        "quantity": numbers, "unit_price": numbers, "customer_id": code, "invoice_id": code, "product_id": code,
        "description": text, "category": text, "country": text,
    }  # fmt: skip


def _by_content(canonical: str, free: Sequence[Cells], found: Mapping[str, Cells]) -> Cells | None:
    """The column whose content is most like it; None where nothing is like it at all."""
    scored = [(_likeness(canonical, one, found), one) for one in free]
    best = max(scored, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] > 0 else None


def _likeness(canonical: str, one: Cells, found: Mapping[str, Cells]) -> float:
    """0: not at all; comparable within one canonical name."""
    if canonical == "ts":
        return float(one.distinct)
    if canonical in ("unit_price", "quantity"):
        return _number_likeness(canonical, one)
    if canonical in ("invoice_id", "customer_id", "product_id"):
        return _code_likeness(canonical, one, found)
    words = _share(one.filled, lambda cell: " " in cell)
    if canonical == "description":
        return words if words > 0.5 and one.distinct > 20 else 0.0
    is_plain = _share(one.filled, lambda cell: not any(map(str.isdigit, cell))) > 0.95
    return float(canonical == "country" and is_plain and one.distinct <= 250 and words < 1)


def _number_likeness(canonical: str, one: Cells) -> float:
    """Prices have fractions; quantities are whole and small, the smaller the likelier."""
    numbers = [value for cell in one.filled[:5000] for value in [_any_number(cell)] if value is not None]
    if not numbers:
        return 0.0
    fractions = sum(value != round(value) for value in numbers) / len(numbers)
    if canonical == "unit_price":
        return fractions if fractions > 0.2 else 0.0
    size = statistics.median(map(abs, numbers))
    return 1 / (1 + size) if fractions < 0.2 and size <= 100 else 0.0


def _code_likeness(canonical: str, one: Cells, found: Mapping[str, Cells]) -> float:
    """All lines of an invoice have one time and one customer; a customer has several invoices; products repeat."""
    if _share(one.filled, lambda cell: any(map(str.isdigit, cell)) and " " not in cell) <= 0.9:
        return 0.0
    ts, invoice = found.get("ts"), found.get("invoice_id")
    if canonical == "invoice_id":  # of two such columns the one that repeats more
        repeats = len(one.filled) / one.distinct
        return repeats if ts and repeats > 1.05 and _one_each(one, ts) > 0.8 else 0.0
    if canonical == "customer_id":
        is_owner = invoice and 1 < one.distinct < invoice.distinct and _one_each(invoice, one) > 0.95
        return float(one.distinct) if is_owner else 0.0
    return float(one.distinct) if 1 < one.distinct < len(one.filled) else 0.0


def _any_number(cell: str) -> float | None:
    value = value_of(cell, ".")
    return value if value is not None else value_of(cell, ",")


def _one_each(key: Cells, other: Cells) -> float:
    """Share of the keys that stand beside one value only of the other column; empty cells do not count."""
    beside: dict[str, set[str]] = {}
    for one, two in zip(key.cells, other.cells, strict=True):
        if one and two:
            beside.setdefault(one, set()).add(two)
    return sum(len(values) == 1 for values in beside.values()) / len(beside) if beside else 0.0
