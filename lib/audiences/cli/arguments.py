"""Arguments that several commands take, and the store that they name."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audiences.config import Settings
from audiences.errors import ConfigError

if TYPE_CHECKING:
    from audiences.store.delta import Store

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


def opened(settings: Settings, *, to_write: bool = True) -> Store:
    """The store at `store.root`, with a session that reaches it and the sources.

    Raises:
        MachineError: there is no Java, the address does not answer, or the root cannot be written and is to be.
    """
    from audiences.spark.session import get_spark
    from audiences.store.address import check_local_root
    from audiences.store.delta import Store

    if to_write:
        check_local_root(settings.store.root)
    return Store(get_spark(settings.session, settings.addresses), settings.store)
