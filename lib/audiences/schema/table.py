"""What a table is: a name, a zone, columns with comments, keys, and the slice that one write replaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pyspark.sql import types as T

STRING = T.StringType()
BOOLEAN = T.BooleanType()
INT = T.IntegerType()
LONG = T.LongType()
DOUBLE = T.DoubleType()
DATE = T.DateType()
TIMESTAMP = T.TimestampType()
QUANTITY = T.DecimalType(18, 6)
PRICE = T.DecimalType(18, 6)
RATE = T.DecimalType(20, 10)
LINE_AMOUNT = T.DecimalType(18, 4)
MONEY = T.DecimalType(18, 2)


def array(element: T.DataType) -> T.ArrayType:
    """An array type; Delta does not check nulls inside arrays, so none is promised."""
    return T.ArrayType(element, containsNull=True)


@dataclass(frozen=True)
class Column:
    """One column: its name is written here and nowhere else as a declaration.

    `comment` holds definition, formula and unit, and says what null means. `is_person`: the value tells a person (an id
    that the source gave, or a raw row that holds one).
    """

    name: str
    type: T.DataType
    comment: str
    nullable: bool = True
    is_person: bool = False

    def field(self) -> T.StructField:
        return T.StructField(self.name, self.type, self.nullable, {"comment": self.comment})


@dataclass(frozen=True)
class Table:
    """One Delta table of the store.

    Args:
        zone, name: the table lives at `<store.root>/<zone>/<name>`.
        comment: what a row is.
        columns: in order; slice columns stand first and are added by the store, not by the stage's function.
        key: columns that identify a row inside one slice.
        slice_by: columns whose values one write replaces (`as_of`, `source`, `segmentation`); empty: the whole table.
        checks: CHECK constraints, name -> SQL expression over the columns.
        when_empty: what the manifest notes when a run leaves no row here.
        unindexed: columns without min/max statistics in the log (personal or free text), beside those of `person`.
        kind: `made` by runs, whose old versions go when no run needs them; `growing`, appended to, of which the newest
            version holds everything; or a `ledger`, which records what happened or what people decided: without as_of,
            never expired, never rolled back.
    """

    zone: str
    name: str
    comment: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    slice_by: tuple[str, ...] = ()
    checks: Mapping[str, str] = field(default_factory=dict)
    when_empty: str | None = None
    unindexed: tuple[str, ...] = ()
    kind: Literal["made", "growing", "ledger"] = "made"

    def __post_init__(self) -> None:
        if self.kind == "ledger" and self.slice_by:
            raise ValueError(f"{self}: a ledger has no slice that a write could replace")

    @property
    def person(self) -> tuple[str, ...]:
        """The columns that tell a person: they have no statistics in the log, and an erasure looks at them."""
        return tuple(column.name for column in self.columns if column.is_person)

    @property
    def schema(self) -> T.StructType:
        return T.StructType([column.field() for column in self.columns])

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def body(self) -> tuple[Column, ...]:
        """The columns that a stage's function returns: all but the slice's."""
        return tuple(column for column in self.columns if column.name not in self.slice_by)

    @property
    def has_as_of(self) -> bool:
        return "as_of" in self.slice_by

    def __str__(self) -> str:
        return f"{self.zone}/{self.name}"


AS_OF = Column("as_of", DATE, "The run's date D: only events before D 00:00 count.", nullable=False)
CUSTOMER_ID = Column(
    "customer_id", STRING, "Customer, as a string normalised by config (17850.0 is 17850).", nullable=False,
    is_person=True,
)  # fmt: skip
