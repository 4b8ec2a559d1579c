"""Commands that start no Spark: reading what published runs pin, serving a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from audiences import api, config
from audiences.cli import output
from audiences.cli.arguments import AsJson, Assignments, Files
from audiences.errors import ConfigError, MachineError, extra_advice

app = typer.Typer()


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="DuckDB SQL over the tables of the newest published run.")],
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV on stdout.")] = False,
) -> None:
    """Ask the newest published run in SQL; needs the extra `query`, not Spark."""
    answer = api.query(config.load(files, assignments), sql)
    rows = list(zip(*(column.to_pylist() for column in answer.columns), strict=True))
    defused = output.show_columns(answer.column_names, rows, "json" if as_json else "csv" if as_csv else "table")
    output.tell_defused(defused, advice="--json shows values as they are")


@app.command()
def runs(
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """List the published runs, newest first; needs the extra `query`, not Spark."""
    rows = api.runs(config.load(files, assignments))
    output.show(rows, "json" if as_json else "table")


@app.command()
def export(
    segment: Annotated[
        str | None, typer.Argument(help="Name of a segment: the final one, else a value or RFM segment.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="File to write; CSV on stdout if not given.")] = None,
    format_: Annotated[Literal["csv", "parquet"], typer.Option("--format")] = "csv",
    experiment: Annotated[str | None, typer.Option(metavar="NAME", help="Only customers of this experiment.")] = None,
    arm: Annotated[str | None, typer.Option(metavar="ARM", help="Which of its arms.")] = None,
    formulas: Annotated[
        Literal["defuse", "keep"],
        typer.Option(help="Of CSV cells that a spreadsheet would run: an apostrophe before them, or as they are."),
    ] = "defuse",
    is_forced: Annotated[bool, typer.Option("--force", help="Replace --out where it is a file.")] = False,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
) -> None:
    """Write the members of a segment, or of an arm of an experiment; needs the extra `query`, not Spark."""
    settings = config.load(files, assignments)
    if (experiment is None) != (arm is None):
        raise ConfigError("an experiment and its arm go together", allowed="--experiment NAME --arm ARM")
    if experiment is not None and arm is not None:
        done, drawn = api.export_arm(
            settings, experiment, arm, segment=segment, out=out, style=format_, formulas=formulas, may_replace=is_forced
        )
        output.messages.print(f"{done.rows:,} of the {drawn:,} drawn for {arm} in {experiment}", markup=False)
    elif segment is None:
        raise ConfigError("nothing is named to be exported", allowed="SEGMENT, or --experiment NAME --arm ARM")
    else:
        done = api.export(settings, segment, out=out, style=format_, formulas=formulas, may_replace=is_forced)
        output.messages.print(f"{done.rows:,} customers with {done.column} {output.visible(segment)}", markup=False)
        for name, ends in api.running_experiments(settings):
            output.messages.print(
                f"the experiment {name} runs until {ends}: customers of its control may be among these; "
                f"export --experiment {name} --arm ARM leaves them out", markup=False,
            )  # fmt: skip
    output.tell_defused(done.defused, advice="--formulas keep, or --format parquet, leaves values as they are")


@app.command()
def explain(
    customer: Annotated[str, typer.Argument(help="Customer id, as in published/customers, or e-mail address.")],
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Say why a customer is in its segment, and what it was before; needs the extra `query`, not Spark."""
    output.explained(api.explain(config.load(files, assignments), customer), "json" if as_json else "table")


@app.command()
def verify(
    is_deep: Annotated[
        bool, typer.Option("--deep", help="Also decode every row, and compare saved models with their hashes.")
    ] = False,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Check that all that published runs pin is there: log, files, sizes, rows; needs the extra `query`, not Spark."""
    from dataclasses import asdict

    from audiences.published.verify import check_all_sound

    rows = api.verify(config.load(files, assignments), is_deep=is_deep)
    output.show([asdict(row) for row in rows], "json" if as_json else "table")
    check_all_sound(rows)


@app.command()
def serve(
    model: Annotated[Path, typer.Argument(help="What export-model wrote.")],
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    is_open: Annotated[
        bool, typer.Option("--no-auth", help="Answer without a token; only where this machine alone can ask.")
    ] = False,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
) -> None:
    """Score single customers over HTTP by an exported model; needs the extra `serve`, not Spark.

    Requests need the bearer token that serving.token leads to: --set serving.token=env:NAME (or file:PATH).
    """
    from audiences.scoring import LocalScorer

    settings = config.load(files, assignments)
    scorer = LocalScorer.load(model)
    try:
        from audiences.serving import server
    except ImportError as fault:
        raise MachineError(
            "the web service needs packages that are not installed", where="audiences serve", found=fault.name,
            advice=extra_advice("serve"),
        ) from None  # fmt: skip
    token = server.token_of(settings.serving, host=host, is_open=is_open)
    server.serve(scorer, settings.serving, host=host, port=port, token=token)
