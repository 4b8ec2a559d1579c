"""Titles, comments, indexes and repeated names above and in a header: the same rows whatever stands there."""

from __future__ import annotations

import pytest
from raw_shop import PLAIN_HEADER, drafted_and_previewed, plain_cells, shop_lines, total, write_table

from audiences.scaffold.draft import draft
from audiences.scaffold.sample import read_sample


@pytest.mark.parametrize(
    ("above", "skipped"),
    [
        pytest.param("Sales report\nGenerated 2024-01-05 by shop\n\n", 3, id="title"),
        pytest.param("# made by the till\n# all amounts net\n", 2, id="comments"),
        pytest.param("\n\n\n", 3, id="empty-lines"),
        pytest.param("Sales report,,,,,,,\n,,,,,,,\n", 2, id="title-padded-by-a-spreadsheet"),
        pytest.param('"Report, all branches"\n', 1, id="quoted-title"),
    ],
)
def test_lines_above_the_header_are_found_and_skipped(tmp_path, above, skipped):
    file = write_table(tmp_path / "report.csv", PLAIN_HEADER, plain_cells, above=above)
    drafted, settings, found = drafted_and_previewed(file, tmp_path)
    assert settings.sources.transactions.skip_lines == skipped
    assert (found.tally.kept.rows, found.tally.kept.money) == (len(shop_lines()), total())
    assert any(f"the header stands in line {skipped + 1}" in message for message in drafted.messages)


def test_a_line_that_names_the_delimiter_is_believed(tmp_path):
    file = write_table(tmp_path / "excel.csv", PLAIN_HEADER, plain_cells, above="sep=;\n", delimiter=";")
    _, settings, found = drafted_and_previewed(file, tmp_path)
    source = settings.sources.transactions
    assert (source.skip_lines, source.options) == (1, {"sep": ";"})
    assert found.tally.kept.money == total()


def test_the_index_of_pandas_is_no_reason_to_refuse(tmp_path):
    counter = iter(range(10_000))
    file = write_table(tmp_path / "df.csv", ("", *PLAIN_HEADER), lambda line: (next(counter), *plain_cells(line)))
    drafted, _, found = drafted_and_previewed(file, tmp_path)
    assert found.tally.kept.money == total()
    assert any("the index that pandas writes" in message for message in drafted.messages)


def test_a_delimiter_at_the_end_of_each_line_and_repeated_names(tmp_path):
    header = (*PLAIN_HEADER, "Note", "Note", "")
    file = write_table(tmp_path / "odd.csv", header, lambda line: (*plain_cells(line), "a", "b", ""))
    drafted, _, found = drafted_and_previewed(file, tmp_path)
    assert found.tally.kept.money == total()
    assert read_sample(file).header[-3:] == ("Note8", "Note9", "_c10")
    assert any("a delimiter at the end of each line" in message for message in drafted.messages)


def test_a_header_among_the_rows_is_told_and_rejected(tmp_path):
    file = write_table(tmp_path / "cat.csv", PLAIN_HEADER, plain_cells)
    file.write_text(file.read_text() * 2)
    drafted, settings, found = drafted_and_previewed(file, tmp_path)
    assert any("stands again among the rows, 1 times" in message for message in drafted.messages)
    assert found.tally.rejected.rows == 1
    assert settings.sources.transactions.columns.customer_id == ("CustomerID",)


def test_names_and_values_cannot_break_out_of_a_comment(tmp_path):
    header = (*PLAIN_HEADER, '"Note\nstore: {root: elsewhere}"')
    file = write_table(tmp_path / "hostile.csv", header, lambda line: (*plain_cells(line), "x"))
    _, settings, _ = drafted_and_previewed(file, tmp_path)
    assert settings.store.root == "audiences-tables"


def test_files_with_other_lines_above_are_not_read_in_one_way(tmp_path):
    write_table(tmp_path / "a.csv", PLAIN_HEADER, plain_cells)
    write_table(tmp_path / "b.csv", PLAIN_HEADER, plain_cells, above="Report\n")
    with pytest.raises(Exception, match="differ in lines above the header"):
        draft([tmp_path])
