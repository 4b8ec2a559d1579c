"""Arguments that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Files = Annotated[list[Path], typer.Option("--config", "-c", help="Settings file; repeat it, later ones win.")]
Assignments = Annotated[list[str], typer.Option("--set", "-s", metavar="A.B=V", help="One setting; wins over all.")]
AsOf = Annotated[str, typer.Option("--as-of", metavar="DATE", help="Only events before this day 00:00 count.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on stdout.")]
LogFormat = Annotated[
    Literal["text", "json"], typer.Option("--log-format", help="How log records on stderr look, off a terminal too.")
]
