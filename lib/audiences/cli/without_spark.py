"""Commands that start no Spark: reading what published runs pin, serving a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from audiences import api, config
from audiences.cli import output
from audiences.cli.arguments import AsJson, Assignments, Files
from audiences.errors import MachineError

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
    output.show(answer.to_pylist(), "json" if as_json else "csv" if as_csv else "table", names=answer.column_names)


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
    segment: Annotated[str, typer.Argument(help="Name of a segment: the final one, else a value or RFM segment.")],
    out: Annotated[Path | None, typer.Option("--out", help="File to write; CSV on stdout if not given.")] = None,
    format_: Annotated[Literal["csv", "parquet"], typer.Option("--format")] = "csv",
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
) -> None:
    """Write the members of a segment with their main figures; needs the extra `query`, not Spark."""
    rows, column = api.export(config.load(files, assignments), segment, out=out, style=format_)
    output.messages.print(f"{rows:,} customers with {column} {segment}", markup=False)


@app.command()
def explain(
    customer: Annotated[str, typer.Argument(help="Customer id, as in published/customers.")],
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Say why a customer is in its segment, and what it was before; needs the extra `query`, not Spark."""
    output.explained(api.explain(config.load(files, assignments), customer), "json" if as_json else "table")


@app.command()
def serve(
    model: Annotated[Path, typer.Argument(help="What export-model wrote.")],
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
) -> None:
    """Score single customers over HTTP by an exported model; needs the extra `serve`, not Spark."""
    from audiences.scoring import LocalScorer

    scorer = LocalScorer.load(model)
    try:
        import uvicorn

        from audiences.serving import make_app
    except ImportError as fault:
        raise MachineError(
            "the web service needs packages that are not installed", where="audiences serve", found=fault.name,
            advice="pip install 'audiences[serve]'",
        ) from None  # fmt: skip
    uvicorn.run(make_app(scorer), host=host, port=port, log_level="info")
