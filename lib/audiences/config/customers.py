"""Settings of what is known of customers beside what they do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from audiences.config.features import FEATURES
from audiences.config.section import Names, Section
from audiences.config.sources import Source, SourceColumns
from audiences.schema.customers import CUSTOMERS_REQUIRED


class CustomerColumns(SourceColumns):
    """Source column of the customer; every other column lands in `extras`."""

    REQUIRED = CUSTOMERS_REQUIRED

    customer_id: Names = Field(("customer_id", "CustomerID", "Customer ID", "customer"), description="required")


class CustomerSource(Source):
    """What is known of customers: one row per customer."""

    columns: CustomerColumns = Field(default_factory=CustomerColumns)


def _by_own_names(value: Any) -> Any:
    """A list of columns is each under its own name."""
    if isinstance(value, str):
        value = [value] if value else []
    return {name: name for name in value} if isinstance(value, (list, tuple)) else value


class CustomerAttributes(Section):
    """Which columns of `sources.customers` are attributes."""

    columns: Annotated[Mapping[str, Names], BeforeValidator(_by_own_names)] = Field(
        default_factory=dict,
        description="attribute -> columns of the source, the first with a value counts; or a list of columns",
    )
    max_levels: int = Field(
        50, ge=1, le=1000, description="different values of one attribute at the most: an id or a free text is none"
    )

    @field_validator("columns")
    @classmethod
    def _named(cls, columns: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        for name, candidates in columns.items():
            if not re.fullmatch(r"[A-Za-z_]\w*", name):
                raise ValueError(f"not an attribute's name: {name!r}; letters, digits and _: {{age_band: [Age band]}}")
            if name in FEATURES or name == "customer_id":
                raise ValueError(f"{name} is a feature already; give the attribute another name")
            if not candidates:
                raise ValueError(f"{name}: at least one source column must be named")
        return columns
