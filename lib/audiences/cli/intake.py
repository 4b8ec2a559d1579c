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
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Show what a run would keep and reject of the transactions, with money; exit 3 where a gate would stop it."""
    from audiences.scaffold.preview_text import gate_lines, preview_lines

    settings = config.load(files, assignments)
    judged = api.check(settings, paths or ())
    if as_json:
        output.show([judged.as_dict()], "json")
    else:
        print("\n".join(preview_lines(judged, settings.currency)))
    for warning in judged.warnings:
        output.messages.print(f"- {warning}", markup=False)
    if judged.fault is not None:
        raise judged.fault
    if judged.failed:
        raise QualityGateError(
            "a gate would stop a run of this delivery", where="gates", found="; ".join(gate_lines(judged)),
            advice="look at the reasons above; a gate's limit is a setting below gates",
        )  # fmt: skip
