"""Layouts whose names are kept: rows wider than their header, lists of JSON objects, quotes, folders, other languages."""

from __future__ import annotations

import json

import pytest
from raw_shop import (
    PLAIN_HEADER,
    drafted_and_previewed,
    plain_cells,
    shop_lines,
    total,
    write_table,
)

from audiences.scaffold.draft import draft
from audiences.scaffold.draft_preview import draft_preview

LINES = shop_lines()
CUSTOMERS = len({line.customer for line in LINES})


def assert_is_the_shop(found):
    assert (found.tally.kept.rows, found.tally.kept.money) == (len(LINES), total(LINES))
    assert (found.tally.rejected.rows, len(found.tally.spend)) == (0, CUSTOMERS)


def wider_than_the_header(path, *, before=False):
    rows = [",".join(PLAIN_HEADER)]
    for number, line in enumerate(LINES):
        cells = ",".join(map(str, plain_cells(line)))
        rows.append(f"{number},{cells}" if before else f"{cells},")
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.mark.parametrize("before", [False, True], ids=["delimiter-at-the-end", "row-names"])
def test_rows_with_one_cell_more_than_the_header_keep_its_names(tmp_path, before):
    _, settings, found = drafted_and_previewed(wider_than_the_header(tmp_path / "a.csv", before=before), tmp_path)
    source = settings.sources.transactions
    assert source.columns.candidates()["customer_id"] == ("CustomerID",)
    assert (source.skip_lines, source.row_names) == (0, before)
    assert_is_the_shop(found)


def test_single_quotes_stand_around_texts(tmp_path):
    file = write_table(
        tmp_path / "a.csv", PLAIN_HEADER,
        lambda line: [f"'cup, {cell}'" if place == 2 else cell for place, cell in enumerate(plain_cells(line))],
    )  # fmt: skip
    _, settings, found = drafted_and_previewed(file, tmp_path)
    assert settings.sources.transactions.quote == "'"
    assert_is_the_shop(found)


def test_a_backslash_before_quotes_within_a_text_is_found(tmp_path):
    file = write_table(
        tmp_path / "a.csv", PLAIN_HEADER,
        lambda line: [rf'"cup \"{line.product}\", blue"' if place == 2 and line.product % 3 == 0 else cell
                      for place, cell in enumerate(plain_cells(line))],
    )  # fmt: skip
    _, settings, found = drafted_and_previewed(file, tmp_path)
    assert settings.sources.transactions.options == {"escape": "\\"}
    assert_is_the_shop(found)


@pytest.mark.parametrize("name", [None, "orders"], ids=["the-file", "in-an-object"])
def test_a_list_of_json_objects_is_read(tmp_path, name):
    rows = [
        {"customer_id": line.customer, "date": f"{line.when:%Y-%m-%d}", "amount": float(line.amount)} for line in LINES
    ]
    file = tmp_path / "a.json"
    file.write_text(json.dumps(rows if name is None else {name: rows, "next_page": None}))
    _, settings, found = drafted_and_previewed(file, tmp_path)
    assert (settings.sources.transactions.format, settings.sources.transactions.records) == ("json", name)
    assert_is_the_shop(found)


def test_folders_are_columns_and_files_that_are_not_read_are_told(tmp_path):
    folder = tmp_path / "shop"
    for place, country in enumerate(("UK", "DE")):
        (folder / f"country={country}").mkdir(parents=True)
        lines = [line for line in LINES if line.customer % 2 == place]
        write_table(
            folder / f"country={country}" / "a.csv", PLAIN_HEADER[:-1], lambda line: plain_cells(line)[:-1], lines=lines
        )
    (folder / ".hidden.csv").write_text("x\n")
    (folder / "empty.csv").write_text("")
    drafted, settings, found = drafted_and_previewed(folder, tmp_path)
    assert settings.sources.transactions.path == (str(folder),)
    assert_is_the_shop(found)
    told = [message for message in drafted.messages if message.startswith("not read")]
    assert [(".hidden.csv" in one, "empty" in one) for one in told] == [(True, False), (False, True)]


HEADERS = {
    "dutch": "Ordernummer,Artikelcode,Omschrijving,Aantal,Besteldatum,Stukprijs,Klantnummer,Land",
    "italian": "Numero ordine,Codice articolo,Descrizione,Quantità,Data ordine,Prezzo unitario,Codice cliente,Paese",
    "polish": "Numer faktury,Kod produktu,Nazwa,Ilość,Data sprzedaży,Cena jednostkowa,Numer klienta,Kraj",
    "russian": "Номер заказа,Артикул,Наименование,Количество,Дата заказа,Цена,Клиент,Страна",
    "japanese": "注文番号,商品コード,商品名,数量,注文日時,単価,顧客番号,国",
    "chinese": "订单号,商品编号,商品名称,数量,订单时间,单价,客户编号,国家",
}


@pytest.mark.parametrize("language", HEADERS)
def test_headers_in_other_languages_are_known_by_name(tmp_path, language):
    header = HEADERS[language].split(",")
    drafted, settings, found = drafted_and_previewed(write_table(tmp_path / "a.csv", header, plain_cells), tmp_path)
    columns = settings.sources.transactions.columns.candidates()
    named = ("invoice_id", "product_id", "description", "quantity", "ts", "unit_price", "customer_id", "country")
    assert [columns[name] for name in named] == [(name,) for name in header]
    assert not any("content" in message for message in drafted.messages)
    assert_is_the_shop(found)


def test_the_preview_says_what_was_chosen_and_what_it_could_have_been(tmp_path):
    header = ("Bestellnr", "Kundennr", "Bestelldatum", "Netto", "MwSt", "Brutto")
    file = write_table(
        tmp_path / "a.csv", header,
        lambda line: (f"{line.order}{line.product:02}", line.customer, f"{line.when:%d.%m.%Y}", line.amount,
                      f"{line.amount / 5:.2f}", f"{line.amount * 6 / 5:.2f}"),
    )  # fmt: skip
    shown = list(draft_preview(draft([file], ["currency=EUR"])))
    (money,) = [line for line in shown if line.startswith("  order_amount")]
    assert "Netto" in money.split(" or: ")[0]
    assert "Brutto" in money.split(" or: ")[1]
    assert any(line.startswith("  customer_id  Kundennr") for line in shown)
    assert "  no role      MwSt, Brutto" in shown


def test_several_currencies_have_a_line_each_until_one_is_chosen(tmp_path):
    file = write_table(
        tmp_path / "a.csv", (*PLAIN_HEADER, "Currency"),
        lambda line: (*plain_cells(line), "JPY" if line.order % 3 == 0 else "EUR"),
    )  # fmt: skip
    shown = list(draft_preview(draft([file])))
    for code in ("EUR", "JPY"):
        lines = [line for line in LINES if (line.order % 3 == 0) == (code == "JPY")]
        expected = f"  {code}: {len(lines):,} rows, kept {len(lines):,} with {total(lines):,.2f} {code}"
        assert expected in shown
    assert any("sources.rates" in line for line in shown)
    assert not any("rejected" in line for line in shown)
