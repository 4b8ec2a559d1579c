"""A shop whose customers are e-mail addresses: from its export by `init` and `run` to tables without any address."""

from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from audiences.cli import main
from audiences.config import load
from audiences.config.contacts import id_of

HEADER = ("Name", "Email", "Financial Status", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price",
          "Currency", "Phone", "Accepts Marketing")  # fmt: skip
CUSTOMERS = 40
AS_OF = "2024-07-01"
RAW = ("landed", "clean/rejected_rows", "clean/contacts", "control/source_files")
"""Raw rows are raw, and contacts are what the table is for; a file's name is no address."""


def address(number: int, order: int = 0) -> str:
    """The same address in capitals or not, from order to order."""
    written = f"person{number}@mail.example"
    return written.title() if order % 2 else written


def orders() -> list[Sequence[object]]:
    rows = []
    for number in range(CUSTOMERS):
        for order in range(1 + number % 5):
            when = datetime(2024, 1, 2, 8) + timedelta(days=number + 23 * order, minutes=number)
            rows.append((f"#{number}-{order}", address(number, order), "paid", f"{when:%Y-%m-%d %H:%M:%S} +0100",
                         1 + order, f"Item {number % 7}", f"{5 + number}.50", "EUR", f"0151 {number}",
                         "yes" if number % 3 else "no"))  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def shop(_session, tmp_path_factory) -> Path:
    """The folder in which the export was drafted and run."""
    folder = tmp_path_factory.mktemp("shop")
    lines = [",".join(map(str, row)) for row in (HEADER, *orders())]
    (folder / "orders.csv").write_text("\n".join(lines) + "\n")
    assert main(["init", str(folder / "orders.csv"), "--out", str(folder / "shop.yaml")]) == 0
    assert main(["run", "--as-of", AS_OF, *given(folder)]) == 0
    return folder


def given(folder: Path) -> list[str]:
    return ["--config", str(folder / "shop.yaml"), "--set", f"store.root={folder / 'tables'}",
            "--set", "value_segments.k_max=3", "--set", "value_segments.starts=1"]  # fmt: skip


def key(folder: Path) -> bytes:
    return (folder / "shop-ids.key").read_text().strip().encode()


def test_init_makes_a_key_that_only_its_owner_can_read(shop):
    assert stat.S_IMODE((shop / "shop-ids.key").stat().st_mode) == 0o600
    settings = load([shop / "shop.yaml"], environment={})
    assert (settings.contacts.ids, settings.contacts.key) == ("hash", f"file:{shop / 'shop-ids.key'}")
    assert len(key(shop)) == 64


def test_no_table_but_contacts_and_the_raw_rows_holds_an_address(shop):
    tables = [log.parent for log in (shop / "tables").rglob("_delta_log")]
    assert len(tables) > 15
    for table in tables:
        name = str(table.relative_to(shop / "tables"))
        if not name.startswith(RAW):
            held = DeltaTable(table).to_pandas().astype(str).to_csv().lower()
            assert "mail.example" not in held, name
    published = DeltaTable(shop / "tables/published/customers").to_pandas()
    assert set(published.customer_id) == {id_of(address(n), key(shop)) for n in range(CUSTOMERS)}
    logs = "".join(log.read_text() for log in (shop / "tables").rglob("_delta_log/*.json"))
    assert "mail.example" not in logs.lower()
    assert key(shop).decode() not in logs


def test_contacts_lead_from_the_id_to_the_address_and_its_consent(shop, capsys):
    sql = "SELECT customer_id, value, consent FROM contacts WHERE kind = 'email' ORDER BY value"
    assert main(["query", sql, "--json", *given(shop)[2:4]]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {(row["customer_id"], row["value"], row["consent"]) for row in found} == {
        (id_of(address(n), key(shop)), address(n), bool(n % 3)) for n in range(CUSTOMERS)
    }
    assert len(found) == CUSTOMERS


def test_explain_finds_a_customer_by_the_address(shop, capsys):
    assert main(["explain", address(7, 1), "--json", *given(shop)]) == 0
    told = json.loads(capsys.readouterr().out)
    told = told[0] if isinstance(told, list) else told
    assert told["customer_id"] == id_of(address(7), key(shop))


def test_without_the_key_nothing_is_begun(shop, capsys):
    assert main(["run", "--as-of", AS_OF, *given(shop), "--set", "contacts.key=env:NOT_THERE"]) == 2
    assert "the secret is missing" in capsys.readouterr().err
