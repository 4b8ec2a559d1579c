"""The base of every section of the settings."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Section(BaseModel):
    """Frozen; unknown keys, NaN and infinities are refused; defaults are checked like given values."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)


def _as_tuple(value: Any) -> Any:
    """One value where a list is expected is a list of one."""
    if isinstance(value, str):
        return (value,) if value else ()
    return value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
