"""Settings of the place where tables live, and of how long."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from audiences.config.section import Section


class Store(Section):
    """Where tables live."""

    root: str = Field("audiences-tables", description="tables live at <root>/<zone>/<table>; any Hadoop path")
    catalog: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)?$",
        description="catalog or catalog.schema (schema: audiences) that names the tables too, such as main.audiences",
    )
    umask: Literal["002", "007", "022", "027", "077"] = Field(
        "027", description="rights that new files and folders of a local root do not get: 027 is none for others"
    )
    retention_days: int = Field(
        400, ge=8, description="how long a published run stays readable; log and files are kept longer"
    )
    keep_runs: int | None = Field(
        None,
        ge=1,
        description="audiences maintain keeps so many of the newest runs; null: retention_days alone decides",
    )
    vacuum_after_days: float = Field(
        7, ge=0, description="audiences maintain leaves files that no run needs for so long: a run may be reading them"
    )

    @field_validator("umask", mode="before")
    @classmethod
    def _octal(cls, mask: Any) -> Any:
        """YAML takes 027 for an octal number; 27, which is another one, is refused."""
        return f"{mask:03o}" if isinstance(mask, int) and not isinstance(mask, bool) else mask
