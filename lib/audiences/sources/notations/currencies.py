"""Signs and codes of currencies, as they stand before or after a number."""

from __future__ import annotations

import re

from audiences.sources.notations.characters import END, IN_NUMBERS, replaced

_SIGNS = (
    "US$", "CA$", "C$", "AU$", "A$", "NZ$", "HK$", "NT$", "S$", "MX$", "R$", "$", "€", "£", "¥", "₹", "₽", "₩", "₺",
    "₫", "₴", "₦", "₱", "₪", "₡", "₲", "₵", "₸", "₭", "₮", "₼", "₾", "₿", "฿", "৳", "﷼", "¢", "元", "円", "원",
)  # fmt: skip
_WORDS = (
    "kr.", "kr", "Kr.", "Kr", "zł", "Kč", "Ft", "lei", "лв.", "лв", "руб.", "руб", "р.", "грн", "SFr.", "Fr.", "Fr",
    "Rs.", "Rs", "RM", "Rp.", "Rp", "TL", "DM", "Euro", "EURO", "euro", "eur", "usd", "gbp",
)  # fmt: skip
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

_MARK = "(?:" + "|".join(re.escape(mark) for mark in sorted((*_SIGNS, *_WORDS, *_CODES), key=len, reverse=True)) + ")"

CURRENCY_BEFORE = rf"^([-+(]? ?){_MARK}(?![A-Za-z]) ?"
"""A currency before the number, behind a sign or a parenthesis (group 1); -$12, $-12, ($12), EUR 12."""

CURRENCY_AFTER = rf"(?<![A-Za-z]) ?{_MARK}( ?[-)]?){END}"
"""A currency after the number; behind it may stand a minus or a parenthesis (group 1)."""

_BEFORE, _AFTER = (re.compile(pattern.replace(_MARK, f"({_MARK})")) for pattern in (CURRENCY_BEFORE, CURRENCY_AFTER))


def currency_mark(text: str) -> str | None:
    """The sign or code beside the number in a cell, as it is written; None where there is none."""
    clean = replaced(text, IN_NUMBERS).removeprefix("'")
    before, after = _BEFORE.search(clean), _AFTER.search(clean)
    return before[2] if before else after[1] if after else None
