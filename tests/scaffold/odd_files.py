"""Generated files of every source, as odd as people's files are, with settings that they may be read by."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from audiences.config import Settings

Pool = Sequence[str]

_NUMBERS = ("1", "3", "-2", "0", "", "x", "2.5", "1e3", "12345678901", "0.00005", " 4 ", "1,5", "999999999999", "-0.01",
            "€ 12.50", "(3)", "1'234.50", "15%", "12,-", "NaN", "1.234", "−5", "1 000,5")  # fmt: skip
_PEOPLE = ("17850.0", "17851", "", " 17852 ", "A-1", "17850", "1.2352E+07", "1.2346034E7", "nan", "Guest", "-1",
           "e\u0301va", "\u00e9va", "0", *[f"u{number}" for number in range(60)])  # fmt: skip
_TIMES = ("2023-01-03 12:41:00", "2023-12-31 23:30:00", "1980-01-01 00:00:00", "", "soon", "2023-02-30 10:00:00",
          "2023-01-03T12:41:00.000000Z", "2023-01-03T12:41:00.000000", "2023-03-26 02:30:00")  # fmt: skip
_EPOCHS = ("1672749660", "1672749660.5", "", "x", "-1", "1.67274966E9", "253402300800", " 1672749660 ", "315532800")
_DAYS = ("2023-01-03", "2023-02-03", "", "soon", "2023-13-01", "2024-02-29", "2023-01-04")
_TEXTS = ("good thing", "ok", "", "  ", "<b>fine</b> box &amp; lid", "<3 it's so-so", "sehr schön, größer", "&nbsp;",
          "👍👍", "two\nlines here", "a <!-- x --> b", "e\u0301 a\u0300 o", "x" * 130, "naïve d’accord", "1 2 3")  # fmt: skip
_CURRENCIES = ("EUR", "eur", "", "USD", "GBP")

POOLS: Mapping[str, Mapping[str, Pool]] = {
    "transactions": {
        "customer_id": _PEOPLE, "invoice_id": ("C100", "100", "A7", "", "101", "102"), "ts": _TIMES,
        "quantity": _NUMBERS, "unit_price": _NUMBERS, "line_amount": (*_NUMBERS, *[""] * 30),
        "order_amount": (*_NUMBERS, *[""] * 30), "product_id": ("POST", "P1", "", "P2"),
        "discount": ("", "", "0.5", "x"), "tax": ("", "", "1"), "currency": ("EUR", "eur", "", "USD"),
        "State": ("paid", "void", "refunded", "", "Paid "),
    },
    "activity": {
        "user_id": _PEOPLE, "ts": _TIMES, "event_type": ("view", "", " buy "), "session_id": ("s1", "", "1.0"),
        "duration_seconds": ("", "", "1.5", "-1", "x", "NaN", " 3 ", "1e2", "1e999", ".5", "3\t"),
        "path": ("/a", "", "/ü"), "Device": ("phone", "", "desk"),
    },
    "users": {
        "user_id": _PEOPLE, "visits": ("1", "2.5", "", "x", " 3 ", "1e2", "Infinity", "-4", "1,5"),
        "pages": ("", "1", "many", "07"), "Note": ("", "a"),
    },
    "identities": {"user_id": _PEOPLE, "customer_id": _PEOPLE, "Since": _DAYS},
    "known": {"user_id": _PEOPLE, "flag": ("1", "0", "yes", "No", "true", "", "maybe", " t ", "1.0")},
    "customers": {"customer_id": _PEOPLE, "Region": ("north", "", "süd"), "Age": ("1", "2", "")},
    "reviews": {
        "customer_id": _PEOPLE, "ts": _TIMES, "text": _TEXTS, "summary": ("", "Fine.", "<i>", "so so . ", "Gut"),
        "review_id": ("", "", "r1", "r2", "r3", " r1 "), "rating": ("5", "1", "", "0", "6", "x", "4,5", "80%", "4.5"),
        "product_id": ("p1", ""), "source": ("", "Survey"), "helpfulness": ("", "[1, 2]", "0.5"),
    },
    "rates": {
        "ts": _DAYS, "from_currency": _CURRENCIES, "to_currency": _CURRENCIES,
        "rate": ("1.1", "0", "", "x", "1e-10", "0.000000001", "1,25", "-2", "99999999999", "0.9"),
    },
}  # fmt: skip


def write_files(folder: Path, source: str, files: int, draw: random.Random, *, has_epochs: bool) -> list[Path]:
    """Files of a source with rows again, headers again, short rows, columns left out, and bytes that are no UTF-8."""
    folder.mkdir()
    paths = []
    for number in range(files):
        pools = {**POOLS[source], **({"ts": _EPOCHS} if has_epochs else {})}
        if source == "known" and draw.random() < 0.4:
            pools["flag"] = ("",)
        names = [name for name in pools if name in _REQUIRED or draw.random() < 0.9]
        rows = [[draw.choice(pools[name]) for name in names] for _ in range(draw.randrange(3, 60))]
        rows += [draw.choice(rows) for _ in range(draw.randrange(12))]
        if draw.random() < 0.2:
            rows.insert(draw.randrange(len(rows)), names)
        text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [names, *rows]) + "\n"
        if len(names) > 2 and draw.random() < 0.3:
            text += "short,row\n"
        content = text.encode()
        if draw.random() < 0.2:
            content = content.replace("ü".encode(), b"\xfc").replace(b"paid", b"pa\xefd", 1)
        paths.append(folder / f"{number:04}.csv")
        paths[-1].write_bytes(content)
    return paths


_REQUIRED = ("customer_id", "user_id", "ts", "text", "from_currency", "to_currency", "rate", "quantity", "unit_price",
             "visits", "State")  # fmt: skip


def settings_for(source: str, folder: Path, draw: random.Random) -> Settings:
    """Settings that read the files; which ones, the generator says."""
    tree: dict[str, Any] = {
        "currency": "EUR", "time_zone": draw.choice(["Europe/Berlin", "UTC", "America/New_York"]),
        "cleaning": {"min_date": "1990-01-01", "cancellation_pattern": "^C", "bad_debt_pattern": "^A",
                     "non_product_codes": ["POST"]},
        "user_measures": {"features": ["visits", "pages"]},
        "customer_attributes": {"columns": ["Region"]},
        "review_cleaning": {"max_characters": 120},
        "activity": {"cleaning": {"reject_repeats": draw.random() < 0.5}},
    }  # fmt: skip
    of_source: dict[str, Any] = {"path": [str(folder)]}
    if source == "transactions":
        of_source |= {
            "grain": draw.choice(["line", "order"]), "where": [{"column": "State", "none_of": ["void"]}],
            "returns": [{"column": "State", "any_of": ["refunded"]}], "numbers": draw.choice([None, "point", "comma"]),
            "columns": {"discount": ["discount"], "tax": ["tax"]},
        }  # fmt: skip
        names = ("non_positive_price", "negative_quantity", "missing_invoice", "exact_duplicate", "missing_customer")
        tree["cleaning"]["rules"] = {name: draw.random() < 0.4 for name in names}
    if source == "rates":
        of_source["decimal"] = draw.choice([".", ","])
    elif "ts" in POOLS[source] and draw.random() < 0.3:
        of_source["time_zone"] = "Asia/Tokyo"
    if "ts" in POOLS[source] and draw.random() < 0.3:
        of_source["epoch"] = "seconds"
    return Settings.model_validate({**tree, "sources": {source: of_source}})
