"""A drafted settings file: what is found is true, what is ambiguous is left to a person, what is no fit is told."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path

import pytest
import small_shop
import yaml

from audiences import config
from audiences.cli import main
from audiences.errors import ConfigError, InputError
from audiences.scaffold.draft import draft as draft_without_currency
from audiences.scaffold.numbers import numbers_of, value_of
from audiences.scaffold.timestamps import readings


def draft(paths):
    """A draft of files that do not say their currency, by someone who knows it."""
    return draft_without_currency(paths, ["currency=EUR"])


GERMAN = ("Kundennummer", "Rechnungsdatum", "Rechnungsnummer", "Artikelnummer", "Menge", "Einzelpreis")


def german_lines(customers: int = 60) -> list[tuple]:
    """The small shop as a German till writes it: 31.12.2011 08:05, 1.234,50, names with an umlaut."""
    rows = []
    for customer, when, invoice, product, quantity, price in small_shop.lines(customers):
        moment = datetime.strptime(when, "%Y-%m-%d %H:%M:%S")
        rows.append((customer.removesuffix(".0"), f"{moment:%d.%m.%Y %H:%M}", invoice, f"{product}ü", quantity,
                     price.replace(".", ",")))  # fmt: skip
    return rows


def write(path: Path, rows: list[tuple], delimiter: str = ";", encoding: str = "utf-8") -> Path:
    path.write_bytes("".join(delimiter.join(row) + "\n" for row in rows).encode(encoding))
    return path


def settings_of(text: str, tmp_path: Path) -> config.Settings:
    file = tmp_path / "drafted.yaml"
    file.write_text(text, encoding="utf-8")
    return config.load([file], environment={})


@pytest.mark.parametrize(
    ("name", "customer", "price"),
    [
        pytest.param("online_retail.csv.gz", "CustomerID", "UnitPrice", id="2010-2011"),
        pytest.param("online_retail_2009_2010.csv.gz", "Customer ID", "Price", id="2009-2010"),
    ],
)
def test_online_retail_is_read_as_it_is(shared_data, tmp_path, name, customer, price):
    drafted = draft([shared_data(name)])
    assert drafted.messages == ()
    settings = settings_of(drafted.text, tmp_path)
    source = settings.sources.transactions
    assert source.columns.candidates()["customer_id"] == (customer,)
    assert source.columns.candidates()["unit_price"] == (price,)
    assert (source.timestamp_format, source.encoding, source.decimal) == ("yyyy-M-d H:mm:ss", "UTF-8", ".")
    assert settings.cleaning.cancellation_pattern == "^C"
    assert "POST" in settings.cleaning.non_product_codes
    assert settings.session.is_short


def test_both_retail_files_are_one_source_under_two_sets_of_names(shared_data, tmp_path):
    drafted = draft([shared_data("online_retail_2009_2010.csv.gz"), shared_data("online_retail.csv.gz")])
    source = settings_of(drafted.text, tmp_path).sources.transactions
    assert source.columns.customer_id == ("Customer ID", "CustomerID")
    assert len(source.path) == 2
    assert "2009-12-01 07:45:00 to 2011-12-09 12:50:00" in drafted.text
    assert "--as-of 2011-12-10" in drafted.text
    assert not settings_of(drafted.text, tmp_path).session.is_short  # more than a million rows


@pytest.mark.parametrize(
    ("name", "lacks"),
    [
        pytest.param("wiki_edits.csv.gz", "unit_price, line_amount or order_amount", id="activity"),
        pytest.param(
            "hillstrom.csv.gz",
            "customer_id or ts",
            id="campaign",
        ),
    ],
)
def test_another_kind_of_file_is_told_with_what_it_lacks(shared_data, name, lacks):
    with pytest.raises(InputError, match="this is no transaction file") as told:
        draft([shared_data(name)])
    assert f"nothing in it looks like {lacks}" in str(told.value)


def test_semicolons_decimal_commas_days_first_and_latin_1(tmp_path):
    drafted = draft([write(tmp_path / "kasse.csv", [GERMAN, *german_lines()], encoding="iso-8859-1")])
    source = settings_of(drafted.text, tmp_path).sources.transactions
    assert source.options == {"sep": ";"}
    assert (source.decimal, source.encoding, source.timestamp_format) == (",", "ISO-8859-1", "d.M.yyyy H:mm")
    named = ("customer_id", "invoice_id", "ts", "quantity", "unit_price", "product_id")
    columns = source.columns.candidates()
    assert [columns[name][0] for name in named] == [
        "Kundennummer", "Rechnungsnummer", "Rechnungsdatum", "Menge", "Einzelpreis", "Artikelnummer",
    ]  # fmt: skip


def test_without_a_header_the_content_tells_and_says_so(tmp_path):
    drafted = draft([write(tmp_path / "bare.csv", small_shop.lines(), delimiter=",")])
    source = settings_of(drafted.text, tmp_path).sources.transactions
    assert source.options == {"header": "false"}
    places = {name: names[0] for name, names in source.columns.candidates().items() if names}
    assert {name: places[name] for name in ("customer_id", "ts", "invoice_id", "product_id", "quantity", "unit_price")} == {
        "customer_id": "_c0", "ts": "_c1", "invoice_id": "_c2", "product_id": "_c3", "quantity": "_c4", "unit_price": "_c5",
    }  # fmt: skip
    assert any("content alone" in message for message in drafted.messages)


def test_online_retail_without_its_header(shared_data, tmp_path):
    with gzip.open(shared_data("online_retail.csv.gz"), "rt", encoding="utf-8") as file:
        lines = [next(file) for _ in range(20_001)][1:]
    bare = tmp_path / "bare.csv"
    bare.write_text("".join(lines), encoding="utf-8")
    columns = settings_of(draft([bare]).text, tmp_path).sources.transactions.columns.candidates()
    assert {name: names[0] for name, names in columns.items() if names and names[0].startswith("_c")} == {
        "invoice_id": "_c0", "product_id": "_c1", "description": "_c2", "quantity": "_c3", "ts": "_c4",
        "unit_price": "_c5", "customer_id": "_c6", "country": "_c7",
    }  # fmt: skip


def test_day_first_or_month_first_is_never_guessed(tmp_path):
    day = datetime(2024, 1, 1)
    rows = [("customer_id", "date", "order_id", "qty", "price")]
    for number in range(60):  # only days up to the 12th of the month
        moment = day.replace(day=1 + number % 12, month=1 + number // 12)
        rows.append((str(number % 9), f"{moment:%m/%d/%Y}", f"o{number}", "1", "2.50"))
    drafted = draft([write(tmp_path / "us.csv", rows, ",")])
    assert "M/d/yyyy (month first)" in drafted.messages[0]
    assert "d/M/yyyy (day first)" in drafted.messages[0]
    with pytest.raises(ConfigError, match="still to be chosen"):
        settings_of(drafted.text, tmp_path)
    lines = drafted.text.splitlines()
    chosen = [
        line.replace("# timestamp_format", "timestamp_format") if "month first" in line else line for line in lines
    ]
    kept = [line for line in chosen if "CHOOSE" not in line]
    assert settings_of("\n".join(kept), tmp_path).sources.transactions.timestamp_format == "M/d/yyyy"
    assert "time does not fall in 100.0% of the steps" in next(line for line in lines if "month first" in line)


@pytest.mark.parametrize(
    ("values", "patterns"),
    [
        pytest.param(["12/1/2010 8:26", "12/31/2010 18:26"], {"M/d/yyyy H:mm"}, id="month-first-by-the-31st"),
        pytest.param(["01-12-2010 08:26", "31-12-2010 08:26"], {"d-M-yyyy H:mm"}, id="day-first-by-the-31st"),
        pytest.param(["2024-01-31T10:00:00.5Z", "2024-01-31T10:00:00.123+01:00"], {"yyyy-M-d'T'H:mm:ss.SSSSSSSSSXXX"}, id="iso"),
        pytest.param(["2024-01-31 10:00", "2024-02-01 10:00:05"], {"yyyy-M-d H:mm[:ss]"}, id="seconds-sometimes"),
        pytest.param(["02 28, 2014", "11 3, 2014"], {"M d, yyyy"}, id="reviews"),
        pytest.param(["3 Dec 2010 1:05 PM", "31 jan 2010 12:05 am"], {"d MMM yyyy h:mm a"}, id="month-names"),
        pytest.param(["20240131", "20240201"], {"yyyyMMdd"}, id="compact"),
        pytest.param(["01.02.03"], {"yy.M.d", "d.M.yy", "M.d.yy"}, id="two-digit-years"),
        pytest.param(["2024-01-31", "31.01.2024"], set(), id="mixed"),
        pytest.param(["2024-02-30"], set(), id="no-such-day"),
        pytest.param(["1393545600"], set(), id="seconds-since-1970"),
        pytest.param(["85123A"], set(), id="code"),
    ],
)  # fmt: skip
def test_formats_that_read_every_value(values, patterns):
    assert {one.pattern for one in readings(values)} == patterns


@pytest.mark.parametrize(
    ("cells", "style"),
    [
        pytest.param(["2,50", "1.234,00", "7"], "comma", id="comma"),
        pytest.param(["2.50", "7", "-.5"], "unambiguous", id="point"),
        pytest.param(["1,234", "2,000"], None, id="thousands-or-fraction"),
        pytest.param(["1,234", "2.50"], "point", id="thousands-beside-a-point"),
        pytest.param(["7", "8"], "unambiguous", id="whole"),
    ],
)
def test_the_notation_of_numbers(cells, style):
    assert numbers_of([cells]).style == style


def test_a_number_with_a_point_is_none_where_the_sign_is_a_comma():
    assert value_of("12.50", "comma") is None
    assert value_of("1.234,50", "comma") == 1234.5


def test_thousands_or_fractions_are_left_to_a_person(tmp_path):
    rows = [(*row[:5], f"{1 + number},{500 + number}") for number, row in enumerate(small_shop.lines(6))]
    drafted = draft([write(tmp_path / "big.csv", [small_shop.HEADER, *rows])])
    assert any("choose sources.transactions.decimal" in message for message in drafted.messages)
    with pytest.raises(ConfigError, match=r"sources.transactions.decimal: still to be chosen"):
        settings_of(drafted.text, tmp_path)


def test_returns_without_a_prefix_are_found_by_their_quantity(tmp_path):
    rows = [*small_shop.lines(20), ("10001.0", "2011-12-01 10:00:00", "900001", "P1", "-2", "3.50")]
    text = draft([small_shop.write(tmp_path / "returns.csv", rows)]).text
    assert settings_of(text, tmp_path).cleaning.cancellation_pattern == ""
    assert "1 rows have a negative quantity or amount and no prefix" in text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"PK\x03\x04....", "a workbook or a ZIP archive", id="workbook"),
        pytest.param(b"\x00\x01\x02,\x00", "this is no text file", id="binary"),
        pytest.param(b"just words\nand more\n", "no delimiter splits the rows", id="prose"),
        pytest.param(b"a,b,c\n", "a header and no rows", id="header-only"),
        pytest.param(b"PAR1....", "this is a Parquet file", id="parquet"),
    ],
)
def test_what_is_no_table_of_text_is_told(tmp_path, content, says):
    (tmp_path / "file.csv").write_bytes(content)
    with pytest.raises(InputError, match=says):
        draft([tmp_path / "file.csv"])


def test_a_damaged_gzip_file_is_told(tmp_path):
    whole = gzip.compress(b"a,b\n" * 500_000 + bytes(range(200)) * 9_000)
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) - 100])
    (tmp_path / "no.csv.gz").write_bytes(b"a,b,c")
    for name in ("cut.csv.gz", "no.csv.gz"):
        with pytest.raises(InputError, match="the file cannot be read"):
            draft([tmp_path / name])


def test_folders_and_files_that_do_not_go_together(tmp_path):
    with pytest.raises(InputError, match="the folder holds no file"):
        draft([tmp_path])
    with pytest.raises(InputError, match="the file does not exist"):
        draft([tmp_path / "none.csv"])
    small_shop.write(tmp_path / "a.csv", small_shop.lines(20))
    write(tmp_path / "b.csv", [GERMAN, *german_lines(20)])
    with pytest.raises(InputError, match="differ in delimiter, decimal sign"):
        draft([tmp_path])


def test_an_existing_file_is_not_overwritten(tmp_path, capsys):
    raw = small_shop.write(tmp_path / "raw.csv", small_shop.lines(20))
    out = tmp_path / "conf.yaml"
    assert main(["init", str(raw), "--out", str(out)]) == 0
    assert yaml.safe_load(out.read_text())["sources"]["transactions"]["path"] == [str(raw)]
    assert main(["init", str(raw), "--out", str(out)]) == 2
    assert "the file exists already" in capsys.readouterr().err


@pytest.mark.slow
def test_the_drafted_settings_run(spark, tmp_path):
    """Semicolons, decimal commas, Latin-1 and no header at once; every row is kept, with the amounts that were meant."""
    raw = write(tmp_path / "kasse.csv", german_lines(), encoding="iso-8859-1")
    conf, root = tmp_path / "conf.yaml", tmp_path / "tables"
    assert main(["init", str(raw), "--out", str(conf), "--set", "currency=EUR"]) == 0
    code = main(["run", "ingest", "--config", str(conf), "--set", f"store.root={root}", "--as-of", "2011-12-10"])
    assert code == 0
    rows = {(row[2], row[3], row[4], row[5], row[1]) for row in german_lines()}
    kept = spark.read.format("delta").load(str(root / "clean" / "transactions")).collect()
    assert {
        (row["invoice_id"], row["product_id"], str(int(row["quantity"])), f"{row['unit_price']:.2f}".replace(".", ","),
         f"{row['ts']:%d.%m.%Y %H:%M}") for row in kept
    } == rows  # fmt: skip
