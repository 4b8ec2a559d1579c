"""Physical lines become records: texts of several lines stay one cell, rows behind a stray quote stay rows."""

from __future__ import annotations

import csv
import io
import random

import pytest

from audiences.sources.connectors.csv_records import CsvForm, records, split

HEADER = "id,name,quantity,price"


def rows(number: int, first: int = 0) -> list[str]:
    return [f"{10 + line},ITEM {line},{line % 5 + 1},{line}.50" for line in range(first, first + number)]


def read(lines: list[str], width: int = 4, form: CsvForm = CsvForm()) -> list:  # noqa: B008
    return list(records(lines, form, width))


def test_plain_lines_are_records():
    found = read([HEADER, *rows(3)])
    assert [record.cells[1] for record in found] == ["name", "ITEM 0", "ITEM 1", "ITEM 2"]
    assert [record.line for record in found] == [1, 2, 3, 4]


def test_a_text_of_several_lines_is_one_cell():
    found = read([HEADER, *rows(8), '99,"a box,', "", 'with ""lid"", red",1,2.00', *rows(2, 8)])
    assert found[9].cells == ("99", 'a box,\n\nwith "lid", red', "1", "2.00")
    assert (found[9].line, found[9].lines, found[10].line) == (10, 3, 13)
    assert not any(record.fault or record.is_recovered for record in found)


@pytest.mark.parametrize("apart", [1, 2, 40])
def test_rows_between_two_stray_quotes_stay_rows(apart):
    lines = [HEADER, *rows(60)]
    for place in (10, 10 + apart):
        lines[place] = lines[place].replace("ITEM", '"ITEM')
    found = read(lines)
    assert [record.line for record in found] == list(range(1, 62))
    assert [record.line for record in found if record.is_recovered] == [11, 11 + apart]
    assert found[10].cells[1] == '"ITEM 9'


def test_a_stray_quote_that_nothing_closes_costs_no_row():
    lines = [HEADER, *rows(60)]
    lines[30] = lines[30].replace("ITEM", '"ITEM')
    found = read(lines)
    assert len(found) == 61
    assert found[30].is_recovered


def test_an_inch_sign_does_not_close_a_stray_quote():
    lines = [HEADER, *rows(30)]
    lines[5] = '14,"BEST FRAME,1,2.50'
    lines[20] = '29,FRAME 5",1,2.50'
    assert [record.cells[1] for record in read(lines)][5:21:15] == ['"BEST FRAME', 'FRAME 5"']


def test_what_cannot_be_recovered_is_a_fault_with_its_line():
    lines = [HEADER, *rows(10)]
    lines[4] = '13,"ITEM, LARGE,1,2.50'
    found = read(lines)
    assert len(found) == 11
    assert [(record.line, record.fault, record.text) for record in found if record.fault] == [
        (5, "unclosed_quote", lines[4])
    ]


def test_a_line_of_another_width_is_a_fault():
    found = read([HEADER, *rows(5), "1,2", *rows(2, 5)])
    assert [(record.line, record.fault) for record in found if record.fault] == [(7, "wrong_width")]


def test_texts_with_as_many_commas_as_columns_are_no_rows():
    lines = ["id,text", *(f"{line},fine" for line in range(20)), '20,"good, cheap', "fast, small", 'yes, red"']
    assert read(lines, 2)[-1].cells == ("20", "good, cheap\nfast, small\nyes, red")
    lines = ["text", *("fine" for _ in range(20)), '"good', 'red"']
    assert read(lines, 1)[-1].cells == ("good\nred",)


def test_without_quotes_they_are_letters():
    found = read(['a\t"b', '"c\td'], 2, CsvForm("\t", ""))
    assert [record.cells for record in found] == [("a", '"b'), ('"c', "d")]


def test_a_backslash_may_escape_quotes():
    assert split(r'1,"a \"b\" c",2', CsvForm(backslash=True)) == (["1", 'a "b" c', "2"], False)


@pytest.mark.parametrize("seed", range(5))
def test_what_the_csv_module_writes_is_read_back(seed):
    draw = random.Random(seed)
    pieces = ["red", "box", ",", '"', '""', "\n", " ", "5", ";", "é", "'"]
    table = [
        [str(1000 + line), "".join(draw.choices(pieces, k=draw.randrange(6))), str(draw.randrange(9)), "2.50"]
        for line in range(300)
    ]
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n", quoting=draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])).writerows(table)
    found = read(file.getvalue().removesuffix("\n").split("\n"))
    assert [[cell or "" for cell in record.cells] for record in found] == table
