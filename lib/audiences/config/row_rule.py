"""A rule about one column of a source."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator, model_validator

from audiences.config.section import Names, Section


class RowRule(Section):
    """A rule about one source column, such as `{column: Status, any_of: [paid, complete]}`.

    Values are compared as text, without spaces around them and in any case; an empty cell is the value "".
    """

    column: str = Field(min_length=1, description="the column, as the file's header names it")
    any_of: Names = Field((), description="the rule holds where the cell is one of these")
    none_of: Names = Field((), description="the rule holds where the cell is none of these")
    of_order: bool = Field(
        False,
        description="transactions: an empty cell stands for the first filled one of the order's lines in the file",
    )

    @field_validator("any_of", "none_of", mode="before")
    @classmethod
    def _as_text(cls, values: Any) -> Any:
        """A single value is a list of one; numbers and booleans of YAML are the texts that a file would hold."""
        given = values if isinstance(values, (list, tuple)) else (values,)
        return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in given)

    @model_validator(mode="after")
    def _says_something(self) -> RowRule:
        if bool(self.any_of) == bool(self.none_of):
            raise ValueError(f"{self.column}: give any_of or none_of, one of the two")
        return self
