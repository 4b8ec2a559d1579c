"""Commands that place newcomers: train, score, export-model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from audiences import api, config
from audiences.cli import output
from audiences.cli.arguments import AsJson, AsOf, Assignments, Files

app = typer.Typer()


@app.command()
def train(
    as_of: AsOf,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Train a model of the final segment by early behaviour on the run published at that date, and judge it."""
    settings = config.load(files, assignments)
    training = api.train(settings, as_of)
    output.messages.print(f"model {training.receipt.fingerprint}: {training.receipt.status}", markup=False)
    if training.report is not None:
        output.messages.print(f"report: {training.report}", markup=False)
    output.show(training.figures, "json" if as_json else "table")
    api.check_training(settings, training)
    training.delivery.check()


@app.command()
def score(
    as_of: AsOf,
    method: Annotated[
        Literal["early", "centres", "density"],
        typer.Option(
            help="early: newcomers by a model; centres: all customers by the run's value segments; density: all users "
            "by the run's DBSCAN."
        ),
    ] = "early",
    is_stream: Annotated[
        bool, typer.Option("--stream", help="Take what is there in micro-batches; with --every go on for ever.")
    ] = False,
    every: Annotated[
        str | None,
        typer.Option(metavar="INTERVAL", help="With --stream: look for more so often, such as '10 seconds'."),
    ] = None,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Score customers by what is known before that date; a second run of the same inputs changes nothing."""
    rows = api.score(config.load(files, assignments), as_of, method=method, is_stream=is_stream, every=every)
    output.show(rows, "json" if as_json else "table")


@app.command("export-model")
def export_model(
    out: Annotated[Path, typer.Option("--out", help="File to write.")],
    as_of: AsOf,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
) -> None:
    """Write the model that would score at that date as JSON, for audiences.scoring.LocalScorer (no Spark there)."""
    text, trained = api.export_model(config.load(files, assignments), as_of)
    output.save(out, text)
    output.messages.print(f"model {trained.fingerprint} of {trained.as_of}", markup=False)
