"""What judging landed rows has in common: raw texts, typed values, copies, and the rows that were not kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add, and_, or_

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from audiences.config import Cleaning, IdKey, RowRule, Source, SourceColumns
from audiences.config.contacts import id_of
from audiences.config.notations import MISSING, IdCase, NumberStyle
from audiences.schema import rejected_rows as rejected_table
from audiences.schema.table import LINE_AMOUNT
from audiences.sources.kept_columns import kept as kept_column
from audiences.sources.notations.characters import EDGES, END, stripped_column
from audiences.sources.notations.identifiers import identifier_is_lost, identifier_value
from audiences.sources.notations.number_columns import number_value
from audiences.sources.notations.numbers import FINITE
from audiences.sources.notations.placeholders import placeholder
from audiences.sources.notations.times import INSTANT, WALL_CLOCK, TimeForm, time_value

BLANK_ROW = "blank_row"
"""The reason of a row without any content; no gate counts it as a record."""

_EMPTY_JSON = r'^\{(?:"(?:[^"\\]|\\.)*":" *",?)*\}' + END
_REPLACEMENT = "\ufffd"
BESIDE = ("extras", "corrupt_record")
MEASURE = T.DecimalType(28, 9)
"""What a number is read as that becomes a double."""


def raw_texts(landed: DataFrame, names: Sequence[str]) -> DataFrame:
    """file, position, extras, corrupt_record, each canonical column as raw_<name>, and the whole row as JSON in `row`.

    The new names keep a typed column apart from the text that it is made from. A column that was declared after these
    rows were landed is null.
    """
    there = set(landed.columns)
    nothing = F.lit(None).cast("string")
    return landed.select(
        "file", "position", *BESIDE,
        F.to_json(F.struct(*(name for name in (*names, *BESIDE) if name in there))).alias("row"),
        *((F.col(name) if name in there else nothing).alias(f"raw_{name}") for name in names),
    )  # fmt: skip


def source_cell(column: str, columns: SourceColumns) -> Column:
    """A source column's text by the name that its file gives it: from its canonical column, or from the extras."""
    canonical = [F.col(f"raw_{name}") for name, names in columns.candidates().items() if column in names]
    extra = F.try_element_at(F.from_json("extras", "map<string,string>"), F.lit(column))
    return F.coalesce(extra, *canonical, F.lit(""))


def holds(rule: RowRule, columns: SourceColumns) -> Column:
    """Whether a rule about one source column holds for a row, judged by itself; never null."""
    return rule_holds(rule, source_cell(rule.column, columns))


def left_out(broken: Column, where: Sequence[RowRule], columns: SourceColumns) -> Column:
    """The reasons against a row, or filtered_out alone where one of the rules `where` does not hold for it."""
    for rule in where:
        broken = F.when(holds(rule, columns), broken).otherwise(F.array(F.lit("filtered_out")))
    return broken


def rule_holds(rule: RowRule, cell: Column) -> Column:
    """Whether a rule holds for its column's text, which is never null."""
    plain = F.lower(F.trim(cell))
    wanted = [value.strip().lower() for value in rule.any_of or rule.none_of]
    return plain.isin(wanted) if rule.any_of else ~plain.isin(wanted)


@kept_column
def trimmed(name: str) -> Column:
    """The text without blanks and invisible characters around it; null if nothing is left."""
    return F.nullif(stripped_column(F.col(f"raw_{name}"), EDGES), F.lit(""))


def identifier(
    name: str,
    suffix_pattern: str,
    nobody: tuple[str, ...] = MISSING,
    id_key: IdKey | None = None,
    *,
    case: IdCase = "keep",
) -> Column:
    """The id in one spelling and case, without the configured suffix; a keyed hash of an e-mail address, with a key.

    Null if nothing is left, if it is a word that stands for nobody, or if it `is_lost`.
    """
    written = _written_id(name, suffix_pattern, nobody, case)
    return written if id_key is None else hashed(written, id_key)


def person(name: str, rules: Cleaning, id_key: IdKey | None) -> Column:
    """The id of a customer or user by these rules, as `identifier` has it."""
    return identifier(name, rules.id_suffix_pattern, rules.nobody, id_key, case=rules.id_case)


@kept_column
def _written_id(name: str, suffix_pattern: str, nobody: tuple[str, ...], case: IdCase) -> Column:
    raw = F.col(f"raw_{name}")
    return F.when(~placeholder(raw, nobody), identifier_value(raw, case=case, suffix_pattern=suffix_pattern))


def hashed(identifiers: Column, id_key: IdKey) -> Column:
    """The ids with a keyed hash instead of each e-mail address.

    The key travels inside a Python function: as part of an expression it would stand in the plan, which Spark shows and
    logs. Only what holds the sign @ goes through that function.
    """
    secret = id_key.secret()
    replace = F.udf(lambda one: None if one is None else id_of(one, secret), T.StringType())
    may_be_address = F.contains(identifiers, F.lit("@"))
    return F.when(may_be_address, replace(F.when(may_be_address, identifiers))).otherwise(identifiers)


@kept_column
def is_lost(name: str) -> Column:
    """Whether an id was rounded when a spreadsheet made a number of it: 1.2352E+07 may have been many ids."""
    return identifier_is_lost(F.col(f"raw_{name}"))


def finite(text: Column) -> Column:
    """The text as a finite double; null where it is none: NaN and infinities are none."""
    plain = F.trim(text)
    return F.when(plain.rlike(FINITE), plain.cast("double"))


def number(name: str, kind: T.DecimalType | None = None, style: NumberStyle = "unambiguous") -> Column:
    """The text as a number of that type, rounded to its scale; null where it is none or out of range.

    Args:
        kind: None: a double, of which 15 % is 0.15.
        style: how the column's numbers are written.
    """
    if kind is None:
        return number_value(f"raw_{name}", MEASURE, style=style, rounds=True, percent=True).cast("double")
    return number_value(f"raw_{name}", kind, style=style, rounds=True)


def instant(name: str, source: Source, time_zone: str) -> Column:
    """Text by the configured format, typed sources' own; without a zone in the text, the source's zone counts."""
    zone = source.time_zone or time_zone
    return _instant(f"raw_{name}", TimeForm(source.timestamp_format, zone, source.epoch, source.first_year))


@kept_column
def _instant(name: str, form: TimeForm) -> Column:
    text = F.trim(name)
    return F.coalesce(
        time_value(name, form),
        F.when(text.endswith("Z"), F.try_to_timestamp(text, F.lit(INSTANT))),
        F.to_utc_timestamp(F.try_to_timestamp(text, F.lit(WALL_CLOCK)), form.time_zone),
    )


def unreadable(names: Sequence[str]) -> dict[str, Column]:
    """The rules that any row can break: it is blank, could not be split, or holds what could not be decoded."""
    cells = (*(f"raw_{name}" for name in names), *BESIDE)
    return {
        BLANK_ROW: _is_blank(tuple(names)),
        "corrupt_record": F.col("corrupt_record").isNotNull(),
        "undecodable_text": _is_undecodable(cells),
    }


@kept_column
def _is_blank(names: tuple[str, ...]) -> Column:
    """Whether no cell of the row holds anything: a line of delimiters alone, as spreadsheets write below a table."""
    has_no_extras = F.col("extras").isNull() | F.col("extras").rlike(_EMPTY_JSON)
    # the first cell says no for nearly every row, and `when` looks no further
    is_blank = has_no_extras & F.col("corrupt_record").isNull()
    for name in reversed(names):
        is_blank = F.when(trimmed(name).isNotNull(), False).otherwise(is_blank)
    return is_blank


@kept_column
def _is_undecodable(cells: tuple[str, ...]) -> Column:
    return reduce(or_, (F.contains(F.col(name), F.lit(_REPLACEMENT)) for name in cells))


def is_header(columns: SourceColumns) -> Column:
    """Whether a row is a header again, as in files that were put together: its cells are the names of their columns."""
    names = {name: sorted({one.lower() for one in listed}) for name, listed in columns.candidates().items()}
    return _are_names(tuple((name, *listed) for name, listed in names.items() if listed))


@kept_column
def _are_names(names: tuple[tuple[str, ...], ...]) -> Column:
    """Whether each filled cell holds a name of its column, and two or more are filled; a tuple is a column's."""
    named = [F.lower(trimmed(name)).isin(*listed) for name, *listed in names]
    is_filled = (F.when(trimmed(name).isNotNull(), 1).otherwise(0) for name, *_ in names)
    are_names = [F.coalesce(is_name, F.lit(True)) for is_name in named]
    # the first cells say no for nearly every row; `when` looks no further, which `&` alone would do
    first, *others = are_names[:3]
    told_at_once = reduce(lambda so_far, is_name: so_far.when(~is_name, False), others, F.when(~first, False))
    return told_at_once.otherwise(reduce(and_, are_names) & (reduce(add, is_filled) >= 2))


def reasons(conditions: Mapping[str, Column | None], columns: SourceColumns | None = None) -> Column:
    """The names of the rules that a row breaks, in the rules' order; a rule that is None is off.

    Args:
        columns: of the source, where its rows may be a header again: such a row has the one reason header_again.

    A row without a cell that holds anything has the one reason blank_row.
    """
    is_blank = conditions.get(BLANK_ROW)
    broken = [
        F.when(condition, F.lit(name))
        for name, condition in conditions.items()
        if condition is not None and name != BLANK_ROW
    ]
    found = F.array_compact(F.array(*broken))
    if columns is not None:
        found = F.when(is_header(columns), F.array(F.lit("header_again"))).otherwise(found)
    return found if is_blank is None else F.when(is_blank, F.array(F.lit(BLANK_ROW))).otherwise(found)


def kept(judged: DataFrame) -> DataFrame:
    """The judged rows that nothing speaks against."""
    return judged.where(F.size("reasons") == 0)


def rejected(judged: DataFrame, landed: DataFrame) -> DataFrame:
    """The judged rows that have reasons, whole, as `rejected_rows` without its slice."""
    return (
        judged.where(F.size("reasons") > 0)
        .withColumn("_part", _part())
        .join(F.broadcast(_parts(landed)), ["file", "_part"])
        .withColumn(
            "row_number", F.when(F.col("_is_whole"), F.col("position") - F.col("_first") + 1 + F.col("_before"))
        )
        .withColumns({} if "amount" in judged.columns else {"amount": F.lit(None).cast(LINE_AMOUNT)})
        .select(*(column.name for column in rejected_table.body))
    )


def _part() -> Column:
    """The task that read a row: the upper bits of its position, as `monotonically_increasing_id` makes it."""
    return F.shiftright("position", 33)


def _parts(landed: DataFrame) -> DataFrame:
    """The parts that each file was read in, with the rows of the file before each; a few rows per file.

    Spark cuts a file into parts of one size and a smaller last one and reads them in tasks of rising numbers, so that
    parts follow each other as tasks do. A part between whose rows stand rows of another file is not whole.
    """
    parts = landed.groupBy("file", _part().alias("_part")).agg(
        F.min("position").alias("_first"), F.max("position").alias("_last"), F.count(F.lit(1)).alias("_rows")
    )
    is_whole = F.col("_last") - F.col("_first") + 1 == F.col("_rows")
    of_file = Window.partitionBy("file")
    earlier = of_file.orderBy("_part").rowsBetween(Window.unboundedPreceding, -1)
    return parts.select(
        "file",
        "_part",
        "_first",
        F.min(is_whole).over(of_file).alias("_is_whole"),
        F.coalesce(F.sum("_rows").over(earlier), F.lit(0)).alias("_before"),
    )
