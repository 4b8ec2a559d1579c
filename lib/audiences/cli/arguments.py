"""Arguments that several commands take."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from audiences.errors import ConfigError

Files = Annotated[list[Path], typer.Option("--config", "-c", help="Settings file; repeat it, later ones win.")]
Assignments = Annotated[list[str], typer.Option("--set", "-s", metavar="A.B=V", help="One setting; wins over all.")]
AsOf = Annotated[str, typer.Option("--as-of", metavar="DATE", help="Only events before this day 00:00 count.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout.")]


def as_date(text: str) -> date:
    """The date that an --as-of names.

    Raises:
        ConfigError: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError("not a date", where="--as-of", found=text, allowed="YYYY-MM-DD") from None
