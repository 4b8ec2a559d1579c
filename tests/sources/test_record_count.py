"""What a parser would swallow is found by a second look at the bytes, and read as the rows that it is."""

from __future__ import annotations

import csv
import gzip
import random
import re
from decimal import Decimal
from pathlib import Path

import pytest

from audiences.config import Source, TransactionSource, load
from audiences.errors import InputError
from audiences.scaffold.draft import draft
from audiences.scaffold.preview import preview
from audiences.scaffold.raw_rows import Lines, raw_rows
from audiences.sources import deliveries
from audiences.sources.connectors.csv_header import CsvHeader
from audiences.sources.connectors.csv_reader import CsvReading
from audiences.sources.connectors.csv_records import CsvForm, records
from audiences.sources.connectors.files import counted_rows
from audiences.sources.record_count import LineCount, check_records, readings

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def shop_lines(rows: int = 60) -> list[str]:
    return [
        f"{10_001 + row // 3},SKU{row % 30:03},ITEM NUMBER {row},{row % 6 + 1},2023-01-{row % 28 + 1:02} 12:41:00,"
        f"{row % 9 + 1}.69,{1000 + row % 20},Germany"
        for row in range(rows)
    ]


def written(path: Path, lines: list[str], end: str = "\n") -> str:
    path.write_bytes((end.join([HEADER, *lines]) + end).encode())
    return f"file:{path}"


def stray(lines: list[str], *places: int) -> list[str]:
    return [line.replace(",ITEM", ',"ITEM') if place in places else line for place, line in enumerate(lines)]


def read(spark, paths: list[str], source: Source | None = None):
    rows, counts = counted_rows(spark, paths, source or TransactionSource(), setting="sources.transactions")
    found = rows.orderBy("file", "position").collect()
    check_records(counts, {path: sum(row["file"] == path for row in found) for path in paths})
    return found, counts


def test_line_ends_of_two_kinds_end_lines(spark, tmp_path):
    lines = shop_lines()
    path = tmp_path / "mixed.csv"
    path.write_bytes(
        ("\r\n".join([HEADER, *lines[:20]]) + "\r\n" + "\n".join(lines[20:40]) + "\n" + "\r".join(lines[40:])).encode()
    )
    found, counts = read(spark, [f"file:{path}"])
    assert [row["description"] for row in found] == [f"ITEM NUMBER {row}" for row in range(60)]
    assert not any(row["corrupt_record"] for row in found)
    assert counts[f"file:{path}"].lines == 61


def test_rows_between_two_stray_quotes_stay_rows(spark, tmp_path):
    pair = written(tmp_path / "pair.csv", stray(shop_lines(), 10, 40))
    alone = written(tmp_path / "alone.csv", stray(shop_lines(), 30), "\r\n")
    found, counts = read(spark, [alone, pair])
    assert (counts[alone].stray, counts[pair].stray) == ((32,), (12, 42))
    assert [row["description"].strip('"') for row in found] == 2 * [f"ITEM NUMBER {row}" for row in range(60)]
    assert [row["description"] for row in found if '"' in row["description"]] == [
        '"ITEM NUMBER 30', '"ITEM NUMBER 10', '"ITEM NUMBER 40'
    ]  # fmt: skip


def test_what_cannot_be_recovered_is_told_with_its_line(spark, tmp_path):
    lines = stray(shop_lines(), 10, 40)
    lines[40] = lines[40].replace("ITEM ", "ITEM, ")
    found, _ = read(spark, [written(tmp_path / "pair.csv", lines)])
    assert [row["corrupt_record"] for row in found if row["corrupt_record"]] == [
        f"line 42, unclosed_quote: {lines[40]}"
    ]
    assert len(found) == 60


def test_texts_of_several_lines_stay_texts(spark, tmp_path):
    lines = shop_lines()
    lines[7] = lines[7].replace("ITEM NUMBER 7", '"ITEM\nNUMBER\n\n""7"", red"')
    lines[9] = lines[9].replace("ITEM NUMBER 9", '"a, b, c, d, e, f, g\n, h, i\n, j"')  # as many commas as a row
    plain = written(tmp_path / "plain.csv", lines[:9])
    commas = written(tmp_path / "commas.csv", lines)
    found, counts = read(spark, [commas, plain])
    assert (found[7]["description"], found[67]["description"]) == 2 * ('ITEM\nNUMBER\n\n"7", red',)
    assert found[9]["description"] == "a, b, c, d, e, f, g\n, h, i\n, j"
    assert (counts[plain].lines, counts[plain].records) == (13, 9)


def test_each_file_is_read_in_its_own_way(spark, tmp_path):
    names = {
        "lines.csv": shop_lines(6), "spans.csv": [shop_lines(1)[0].replace("ITEM NUMBER 0", '"ITEM\n0"')],
        "records.csv": stray(shop_lines(), 3, 9),
    }  # fmt: skip
    paths = {written(tmp_path / name, lines): name for name, lines in names.items()}
    ways, _ = readings(
        spark,
        {path: path for path in paths},
        {path: CsvHeader(tuple(HEADER.split(","))) for path in paths},
        TransactionSource(),
    )
    assert {paths[path]: way for path, way in ways.items()} == {
        name: CsvReading(name.removesuffix(".csv")) for name in names
    }


def test_a_compressed_file_is_counted_too(spark, tmp_path):
    path = tmp_path / "pair.csv.gz"
    path.write_bytes(gzip.compress("\n".join([HEADER, *stray(shop_lines(), 10, 40)]).encode()))
    found, counts = read(spark, [f"file:{path}"])
    assert (len(found), counts[f"file:{path}"].lines) == (60, 61)


def test_a_delimiter_at_the_end_is_no_column(spark, tmp_path):
    everywhere, rows = tmp_path / "everywhere.csv", tmp_path / "rows.csv"
    everywhere.write_text("".join(f"{line},\n" for line in [HEADER, *shop_lines(9)]))
    rows.write_text("".join(f"{line}\n" for line in [HEADER, *(f"{line}," for line in shop_lines(9))]))
    found, _ = read(spark, [f"file:{everywhere}", f"file:{rows}"])
    assert [row["country"] for row in found] == 18 * ["Germany"]
    assert not any(row["corrupt_record"] for row in found)
    assert "_audiences" not in str(found[-1]["extras"])


def test_an_empty_last_column_is_a_column(spark, tmp_path):
    path = tmp_path / "notes.csv"
    lines = [f"{line.replace('Germany', chr(34) + 'a, b' + chr(34))}," for line in shop_lines(9)]
    path.write_text("\n".join([f"{HEADER},Notes", *lines]))
    found, _ = read(spark, [f"file:{path}"])
    assert [row["country"] for row in found] == 9 * ["a, b"]
    assert not any(row["corrupt_record"] for row in found)


def test_without_quotes_they_are_letters(spark, tmp_path):
    path = tmp_path / "names.tsv"
    lines = [line.replace(",", "\t") for line in [HEADER, *stray(shop_lines(), 10, 40)]]
    path.write_text("\n".join(lines))
    source = TransactionSource(quote="none", options={"sep": "\t"})
    found, _ = read(spark, [f"file:{path}"], source)
    assert (len(found), found[10]["description"]) == (60, '"ITEM NUMBER 10')


def test_a_reader_of_ones_own_making_is_refused_rather_than_swallowing(spark, tmp_path):
    path = written(tmp_path / "pair.csv", stray(shop_lines(), 10, 40))
    with pytest.raises(InputError, match="a cell spans lines") as told:
        read(spark, [path], TransactionSource(options={"nullValue": "?"}))
    assert f"{path}, line 12" in str(told.value)


def test_texts_with_many_delimiters_are_no_fault_for_any_reader(spark, tmp_path):
    lines = shop_lines(20)
    lines[9] = lines[9].replace("ITEM NUMBER 9", '"a, b, c, d, e, f, g\n, h, i\n, j"')
    found, _ = read(spark, [written(tmp_path / "texts.csv", lines)], TransactionSource(options={"nullValue": "?"}))
    assert found[9]["description"] == "a, b, c, d, e, f, g\n, h, i\n, j"


@pytest.mark.parametrize("files", [pytest.param(8, id="few"), pytest.param(100, id="many", marks=pytest.mark.slow)])
def test_what_is_written_is_read_back_by_spark_and_by_our_own_rules(spark, tmp_path, files):
    draw = random.Random(files)
    tables = {}
    for number in range(files):
        pieces = ["red", " box", ",", '"', '""', "5", ";", "é", "'", *["\n", "\r\n"][: draw.randrange(3)]]
        table = [
            [str(10_001 + row), f"SKU{row}", "".join(draw.choices(pieces, k=draw.randrange(1, 8))), "1",
             "2023-01-03 12:41:00", "2.50", str(1000 + row), "Germany"]
            for row in range(draw.randrange(1, 60))
        ]  # fmt: skip
        path = tmp_path / f"{number:03}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(
                file,
                lineterminator=draw.choice(["\n", "\r\n"]),
                quoting=draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
            )
            writer.writerows([HEADER.split(","), *table])
        tables[f"file:{path}"] = table
    found, _ = read(spark, list(tables))
    for path, table in tables.items():
        texts = [row["description"] for row in found if row["file"] == path]
        # in a file of Windows' line ends those inside texts come out as plain ones
        assert [text.replace("\r\n", "\n") for text in texts] == [row[2].replace("\r\n", "\n") for row in table]
        lines = re.split(r"\r\n|\n|\r", Path(path.removeprefix("file:")).read_bytes().decode().rstrip("\r\n"))
        own = list(records(lines, CsvForm(), 8))[1:]
        assert [record.cells[2] for record in own] == [text.replace("\r\n", "\n") for text in texts]


def test_a_count_that_does_not_fit_is_an_error():
    with pytest.raises(InputError, match="not as many as its lines make") as told:
        check_records({"file:/a.csv": LineCount(263, 0, 0, 0, records=262)}, {"file:/a.csv": 122})
    assert "262 records expected, 122 read" in str(told.value)


@pytest.mark.parametrize(
    ("encoding", "name", "end", "ending"),
    [
        pytest.param("utf-16", "UTF-16", "\r\n", "", id="byte-order-mark"),
        pytest.param("utf-16-be", "UTF-16BE", "\n", ".gz", id="no-mark-packed"),
    ],
)
def test_lines_of_utf_16_are_counted_and_no_quote_swallows_them(spark, tmp_path, encoding, name, end, ending):
    lines = stray(shop_lines(), 10, 40)
    lines[5] = lines[5].replace("ITEM NUMBER 5", '"größer: 1,5 m\n\nਊ Ċ"')  # letters that hold the byte of a line end
    lines[50] = ""
    content = end.join([HEADER, *lines, ""]).encode(encoding)
    path = tmp_path / f"shop.csv{ending}"
    path.write_bytes(gzip.compress(content) if ending == ".gz" else content)
    source = TransactionSource(encoding=name)
    found, counts = read(spark, [f"file:{path}"], source)
    texts = [row["description"] for row in found]
    expected = [f"ITEM NUMBER {row}" for row in range(60) if row != 50]
    assert [text.strip('"') for text in texts] == [*expected[:5], "größer: 1,5 m\n\nਊ Ċ", *expected[6:]]
    assert not any(row["corrupt_record"] for row in found)
    count = counts[f"file:{path}"]
    assert (count.lines, count.blank, count.records, count.stray) == (63, 2, 59, (14, 44))
    own = list(raw_rows(path, source, setting="", lines=(seen := Lines())))
    assert ([row.values["description"] for row in own], seen.physical) == (texts, 63)


def test_utf_16_is_drafted_previewed_and_landed_alike(spark, tmp_path):
    path = tmp_path / "shop.csv"
    path.write_bytes("\r\n".join([HEADER, *shop_lines(), ""]).encode("utf-16"))
    drafted = tmp_path / "drafted.yaml"
    drafted.write_text(draft([path], ["currency=EUR", "sources.transactions.columns.customer_id=CustomerID"]).text)
    settings = load([drafted], environment={})
    source = settings.sources.transactions
    assert source.encoding == "UTF-16"
    rows, counts = counted_rows(spark, [f"file:{path}"], source, setting="sources.transactions")
    figures = deliveries.figures(rows, source="transactions", settings=settings)[f"file:{path}"]
    [file] = preview(settings).tally.files
    money = sum(int(cells[3]) * Decimal(cells[5]) for cells in (line.split(",") for line in shop_lines()))
    assert (figures.rows, figures.kept, figures.money_kept) == (60, 60, money)
    assert (file.kept.rows, file.kept.money, file.lines.physical) == (60, money, counts[f"file:{path}"].lines)
