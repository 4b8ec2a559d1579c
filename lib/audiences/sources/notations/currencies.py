"""Signs and codes of currencies, as they stand before or after a number."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F

from audiences.sources.kept_columns import kept
from audiences.sources.notations.characters import END, IN_NUMBERS, bound, replaced, replaced_column

_DOLLARS = (
    "USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP", "UYU", "BBD", "BMD", "BND", "BSD",
    "BZD", "FJD", "GYD", "JMD", "KYD", "LRD", "NAD", "SBD", "SRD", "TTD", "XCD",
)  # fmt: skip
_SIGNS: Mapping[str, tuple[str, ...]] = {
    "US$": ("USD",), "CA$": ("CAD",), "C$": ("CAD", "NIO"), "AU$": ("AUD",), "A$": ("AUD",), "NZ$": ("NZD",),
    "HK$": ("HKD",), "NT$": ("TWD",), "S$": ("SGD",), "MX$": ("MXN",), "R$": ("BRL",), "$": _DOLLARS, "€": ("EUR",),
    "£": ("GBP", "EGP", "LBP", "SYP", "GIP", "FKP", "SHP", "SSP"), "¥": ("JPY", "CNY"), "₹": ("INR",), "₽": ("RUB",),
    "₩": ("KRW", "KPW"), "₺": ("TRY",), "₫": ("VND",), "₴": ("UAH",), "₦": ("NGN",), "₱": ("PHP", "CUP"),
    "₪": ("ILS",), "₡": ("CRC", "SVC"), "₲": ("PYG",), "₵": ("GHS",), "₸": ("KZT",), "₭": ("LAK",), "₮": ("MNT",),
    "₼": ("AZN",), "₾": ("GEL",), "₿": (), "฿": ("THB",), "৳": ("BDT",), "﷼": ("SAR", "IRR", "QAR", "OMR", "YER"),
    "¢": _DOLLARS, "元": ("CNY", "TWD", "HKD"), "円": ("JPY",), "원": ("KRW", "KPW"),
}  # fmt: skip
_KRONER, _RUPEES = ("SEK", "NOK", "DKK", "ISK"), ("INR", "PKR", "LKR", "NPR", "MUR", "SCR")
_WORDS: Mapping[str, tuple[str, ...]] = {
    "kr.": _KRONER, "kr": _KRONER, "Kr.": _KRONER, "Kr": _KRONER, "zł": ("PLN",), "Kč": ("CZK",), "Ft": ("HUF",),
    "lei": ("RON", "MDL"), "лв.": ("BGN",), "лв": ("BGN",), "руб.": ("RUB", "BYN"), "руб": ("RUB", "BYN"),
    "р.": ("RUB", "BYN"), "грн": ("UAH",), "SFr.": ("CHF",), "Fr.": ("CHF",), "Fr": ("CHF",), "Rs.": _RUPEES,
    "Rs": _RUPEES, "RM": ("MYR",), "Rp.": ("IDR",), "Rp": ("IDR",), "TL": ("TRY",), "DM": ("DEM",), "Euro": ("EUR",),
    "EURO": ("EUR",), "euro": ("EUR",), "eur": ("EUR",), "usd": ("USD",), "gbp": ("GBP",),
}  # fmt: skip
_CODES = (
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD",
    "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLP", "CNY",
    "COP", "CRC", "CUP", "CVE", "CZK", "DEM", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD",
    "FKP", "FRF", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF",
    "IDR", "ILS", "INR", "IQD", "IRR", "ISK", "ITL", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW",
    "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK",
    "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD",
    "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD",
    "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS",
    "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VES", "VND", "VUV",
    "WST", "XAF", "XCD", "XOF", "XPF", "YER", "ZAR", "ZMW",
)  # fmt: skip

MEANINGS: Mapping[str, tuple[str, ...]] = {**_SIGNS, **_WORDS, **{code: (code,) for code in _CODES}}
"""Sign, word or code -> the ISO 4217 codes that it may stand for, the most frequent first; ₿ has none."""

_MARK = "(?:" + "|".join(re.escape(mark) for mark in sorted(MEANINGS, key=len, reverse=True)) + ")"

CURRENCY_BEFORE = rf"^([-+(]? ?){_MARK}(?![A-Za-z]) ?"
"""A currency before the number, behind a sign or a parenthesis (group 1); -$12, $-12, ($12), EUR 12."""

CURRENCY_AFTER = rf"(?<![A-Za-z]) ?{_MARK}( ?[-)]?){END}"
"""A currency after the number; behind it may stand a minus or a parenthesis (group 1)."""

_MARK_BEFORE = rf"^'?[-+(]? ?({_MARK}) ?[-+(]? ?[.,]?[0-9]"
_MARK_AFTER = rf"[0-9.,\-)] ?({_MARK}) ?[-)]?{END}"
_IS_CODE = rf"^[A-Z]{{3}}{END}"


def currency_mark(text: str) -> str | None:
    """The sign or code beside the number in a cell, as it is written; None where there is none.

    Of two a code says more than a sign: $12.00 CAD is in CAD.
    """
    clean = replaced(text, IN_NUMBERS)
    before, after = re.search(_MARK_BEFORE, clean), re.search(_MARK_AFTER, clean)
    if before and (after is None or re.match(_IS_CODE, before[1])):
        return before[1]
    return after[1] if after else None


def currency_of_mark(mark: str, own: str | None) -> str:
    """The code that a mark stands for; the mark itself where it may be several and none of them is `own`."""
    codes = MEANINGS[mark]
    if own in codes:
        return own or mark
    return codes[0] if len(codes) == 1 else mark


def marks_of(own: str) -> tuple[str, ...]:
    """The marks of several currencies that may stand for this one."""
    return tuple(mark for mark, codes in MEANINGS.items() if len(codes) > 1 and own in codes)


def currency_of_cell(text: str | None, own: str | None) -> str | None:
    """The currency that a cell with a number says itself, as `currency_of_mark` has it; None where it says none."""
    mark = currency_mark(text) if text else None
    return None if mark is None else currency_of_mark(mark, own)


@kept
def currency_column(name: str, own: str | None) -> Column:
    """`currency_of_cell` as a Spark expression over a column of texts.

    Most cells begin and end with a digit: for them one look at both ends is all that it costs.
    """
    cell = F.col(f"`{name}`")
    codes = F.str_to_map(
        F.lit(",".join(f"{mark}:{currency_of_mark(mark, own)}" for mark in MEANINGS)), F.lit(","), F.lit(":")
    )

    def mark(clean: Column) -> Column:
        before, after = F.regexp_extract(clean, _MARK_BEFORE, 1), F.regexp_extract(clean, _MARK_AFTER, 1)
        return F.when((before != "") & ((after == "") | before.rlike(_IS_CODE)), before).otherwise(after)

    first, last = F.ascii(cell), F.ascii(F.substring(cell, -1, 1))
    is_bare = (first.between(0x30, 0x39) | first.isin(0x2C, 0x2E)) & last.between(0x30, 0x39)
    return F.when(~is_bare, F.try_element_at(codes, bound(replaced_column(cell, IN_NUMBERS), mark)))
