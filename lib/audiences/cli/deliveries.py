"""Commands about what was delivered: deliveries, withdraw."""

from __future__ import annotations

from typing import Annotated

import typer

from audiences import api, config
from audiences.cli import output
from audiences.cli.arguments import AsJson, Assignments, Files

app = typer.Typer()


@app.command()
def deliveries(
    files: Files = [],  # noqa: B006 - typer's way to say "none given"
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """List the files that were landed: records, kept and rejected, and the money of each."""
    output.show(api.deliveries(config.load(files, assignments)), "json" if as_json else "table")


@app.command()
def withdraw(
    file: Annotated[str, typer.Argument(help="The file, as `audiences deliveries` names it, or its path.")],
    source: Annotated[str | None, typer.Option(help="Only from this source; all that have it if not given.")] = None,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Take back a file that was landed; the next run goes on without its rows."""
    taken = api.withdraw(config.load(files, assignments), file, source=source)
    output.show(taken, "json" if as_json else "table")
