"""Commands before a run: a drafted settings file, and what a run would keep of a delivery; no Spark."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import typer

from audiences import api, config
from audiences.cli import output
from audiences.cli.arguments import AsJson, Assignments, Files
from audiences.errors import QualityGateError

app = typer.Typer()

_STDOUT = Path("-")


@app.command()
def init(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of one kind, or a folder of them.")],
    out: Annotated[Path, typer.Option("--out", help="File to write; - for stdout.")] = Path("audiences.yaml"),
    assignments: Annotated[
        list[str],
        typer.Option(
            "--set",
            "-s",
            metavar="A.B=V",
            help="What you know: sources.transactions.columns.NAME=COLUMN, currency=EUR.",
        ),
    ] = [],  # noqa: B006 - typer's way to say "none given"
    has_preview: Annotated[bool, typer.Option("--preview/--no-preview", help="Show what a run would keep.")] = True,
) -> None:
    """Draft a settings file for raw files, with what each line was drafted from, and show what a run would keep."""
    from audiences.scaffold.contact_columns import KEY
    from audiences.scaffold.draft import draft
    from audiences.scaffold.draft_preview import draft_preview

    key = out.with_name(f"{out.stem}-ids.key").absolute()
    drafted = draft(paths, assignments, key=KEY if out == _STDOUT else f"file:{key}")
    if out == _STDOUT:
        print(drafted.text, end="")
    else:
        output.save(out, drafted.text)
        if drafted.needs_key and not key.exists():  # one that is there made the ids of an earlier run
            output.save(key, secrets.token_hex(32) + "\n")
            output.messages.print(f"written: {key}, which nobody but you can read; keep it", markup=False)
    if has_preview:
        for line in draft_preview(drafted):
            output.messages.print(line, markup=False)
    for message in drafted.messages:
        output.messages.print(f"- {message}", markup=False)
    if out != _STDOUT:
        output.messages.print(f"written: {out}", markup=False)
        output.messages.print(f"next: {drafted.next_command(out)}", markup=False)


@app.command()
def check(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE...]", help="A delivery; else what the settings lead to.")
    ] = None,
    files: Files = [],  # noqa: B006
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this source; FILEs are of it (else of the transactions).")
    ] = None,
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Show what a run would keep and reject of every source, with money; exit 3 where a gate would stop it."""
    from audiences.scaffold.preview_text import gate_lines, preview_lines

    settings = config.load(files, assignments)
    judged = api.check(settings, paths or (), source=source)
    if as_json:
        output.show([one.as_dict() for one in judged], "json")
    else:
        print("\n".join(line for one in judged for line in preview_lines(one, settings.currency)))
    for warning in (warning for one in judged for warning in one.warnings):
        output.messages.print(f"- {warning}", markup=False)
    faults = [one.fault for one in judged if one.fault is not None]
    for fault in faults[1:]:
        output.messages.print(f"- {fault}", markup=False)
    if faults:
        raise faults[0]
    failed = [line for one in judged for line in gate_lines(one)]
    if failed:
        raise QualityGateError(
            "a gate would stop a run of this delivery", where="gates", found="; ".join(failed),
            advice="look at the reasons above; a gate's limit is a setting below gates",
        )  # fmt: skip
