"""Settings of what is known of customers beside what they do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator, model_validator

from audiences.config.features import FEATURES
from audiences.config.section import Names, Section
from audiences.config.sensitive import sensitive_category
from audiences.config.sources import Source, SourceColumns
from audiences.schema.customers import CUSTOMERS_REQUIRED

_MIN_REASON = 10


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
    allow_sensitive: Mapping[str, str] = Field(
        default_factory=dict,
        description="attribute whose name tells of health, religion, origin, … -> why it may be used; without a reason "
        "it is refused",
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

    @model_validator(mode="after")
    def _sensitive_ones_have_a_reason(self) -> CustomerAttributes:
        """Segments made of special categories need a ground that the law allows: someone has to write it down."""
        for name, candidates in self.columns.items():
            category = sensitive_category((name, *candidates))
            reason = self.allow_sensitive.get(name, "").strip()
            if category is not None and len(reason) < _MIN_REASON:
                raise ValueError(
                    f"{name} tells of {category}, a special category of personal data (GDPR, article 9); leave it out, "
                    f"or say why it may be used: allow_sensitive: {{{name}: the ground, in words}}"
                )
        unknown = sorted(set(self.allow_sensitive) - set(self.columns))
        if unknown:
            raise ValueError(f"allow_sensitive: {', '.join(unknown)} is no attribute")
        return self
