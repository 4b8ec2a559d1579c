"""Commands and exit codes.

0 ok, 1 failed, 2 usage or settings, 3 quality gate, 4 conflict, 5 published, but a sink was reached only partly; after
4 and 5 a retry is safe.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import typer

from audiences import api, config
from audiences.cli import output
from audiences.cli.arguments import AsJson, AsOf, Assignments, Files, LogFormat
from audiences.cli.deliveries import app as deliveries
from audiences.cli.experiment import app as experiment
from audiences.cli.intake import app as intake
from audiences.cli.scoring import app as scoring
from audiences.cli.without_spark import app as without_spark
from audiences.engine.stage import Receipt
from audiences.errors import AudiencesError, disk_full, disk_is_full

app = typer.Typer(
    help="Audience segmentation on Spark and Delta Lake.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip
settings_app = typer.Typer(help="The settings in force.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(settings_app, name="config")
app.add_typer(intake)
app.add_typer(scoring)
app.add_typer(experiment, name="experiment")
app.add_typer(deliveries)
app.add_typer(without_spark)


@app.command()
def run(
    as_of: AsOf,
    stages: Annotated[list[str] | None, typer.Argument(help="Stages or groups; all, and published, if none.")] = None,
    files: Files = [],  # noqa: B006 - typer's way to say "none given"
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
    log_format: LogFormat = "text",
) -> None:
    """Run the pipeline, or single stages with what they need; a second run of the same inputs changes nothing."""
    settings = config.load(files, assignments)
    with output.watching(log_format) as watch:
        result = api.run(settings, as_of, stages or (), watch=watch)
    receipts = [_receipt(receipt) for receipt in result.receipts]
    if result.run_id is None:
        output.show(receipts, "json" if as_json else "table")
        return
    if result.report is not None:
        output.messages.print(f"report: {result.report}", markup=False)
    if as_json:
        output.show(
            [{"run_id": result.run_id, "as_of": result.as_of, "report": result.report, "segments": result.segments,
              "stages": receipts}],
            "json",
        )  # fmt: skip
    else:
        output.show(result.segments, "table")
    result.delivery.check()


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "stage": receipt.stage, "table": str(receipt.table), "status": receipt.status, "version": receipt.version,
        "rows": receipt.rows, "seconds": None if receipt.seconds is None else round(receipt.seconds, 1),
        "fingerprint": receipt.fingerprint, "note": receipt.note,
    }  # fmt: skip


@app.command()
def plan(
    as_of: AsOf,
    stages: Annotated[list[str] | None, typer.Argument(help="Stages or groups; all if none.")] = None,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Show what would run, which versions it reads, and about what it takes; nothing is written."""
    planned = api.plan(config.load(files, assignments), as_of, stages or ())
    for source in planned.sources:
        output.messages.print(
            f"{source['source']}: landed files: {source['landed']}, new: {source['new']}, "
            f"open batches: {source['open_batches']}, to withdraw: {source['to_withdraw']}"
        )
    if planned.estimate is not None:
        output.messages.print(f"a first run of this takes {planned.estimate}", markup=False)
    output.show(planned.stages, "json" if as_json else "table")


@app.command()
def generate(
    target: Annotated[str, typer.Argument(help="Folder to write to.")],
    customers: Annotated[int, typer.Option(min=1, help="Customers.")] = 2_000,
    days: Annotated[int, typer.Option(min=1, help="Days of history.")] = 365,
    seed: Annotated[int, typer.Option(help="Same seed, same rows.")] = 42,
    format_: Annotated[Literal["parquet", "csv"], typer.Option("--format")] = "parquet",
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Write generated transactions, activity, reviews and customers with planted truth."""
    settings = config.load(files, assignments)
    paths = api.generate(settings, target, customers=customers, days=days, seed=seed, format=format_)
    end = date(2024, 1, 1) + timedelta(days=days)
    output.messages.print(f"the natural --as-of is {end}")
    output.show([{"data": name, "path": path} for name, path in paths.items()], "json" if as_json else "table")


@app.command()
def report(
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="The newest run if not given.")] = None,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
) -> None:
    """Write the HTML report of a published run and print its path."""
    print(api.write_report(config.load(files, assignments), as_of))


@app.command()
def history(
    table: Annotated[str, typer.Argument(help="zone/table, or the table's name alone.")],
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Commits of a table, newest first."""
    output.show(api.history(config.load(files, assignments), table), "json" if as_json else "table")


@app.command()
def maintain(
    is_dry: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Expire old runs, compact, and remove files that no live run needs."""
    rows = api.maintain(config.load(files, assignments), is_dry=is_dry)
    output.show(rows, "json" if as_json else "table")


@settings_app.command("show")
def config_show(
    only_common: Annotated[bool, typer.Option("--common", help="Only what people change.")] = False,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Print every setting with its value; docs/settings.md tells them all too."""
    settings = config.load(files, assignments)
    only = config.COMMON if only_common else None
    print(settings.model_dump_json(indent=2) if as_json else config.as_yaml(settings, only=only))


@app.command()
def doctor(
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Check Python, Java, Spark, JARs, the table root, memory and cores."""
    from audiences.cli.doctor import examine

    rows = examine(config.load(files, assignments))
    output.show(rows, "json" if as_json else "table")
    if any(row["status"] != "ok" for row in rows):
        raise typer.Exit(1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; used by the console script and by jobs/*.py."""
    try:
        code = _exit_code(arguments)
        sys.stdout.flush()  # a full disk behind a redirected stdout is told here, not while the interpreter ends
        return code
    except AudiencesError as fault:
        return _tell(fault)
    except KeyboardInterrupt:
        output.messages.print("audiences: interrupted; run again: what was finished is kept")
        return 1
    except Exception as fault:
        if disk_is_full(fault):
            return _tell(disk_full(fault))
        # the last resort at the top: a fault that nobody foresaw, told in a line and whole below it
        first = str(fault).splitlines()[0] if str(fault) else ""
        output.messages.print(output.visible(f"audiences: {type(fault).__name__}: {first}"), markup=False, style="red")
        traceback.print_exc(file=sys.stderr)
        return 1


def _exit_code(arguments: Sequence[str] | None) -> int:
    try:
        app(args=arguments)
    except SystemExit as end:  # how the command line ends; a fault of usage has told itself, with 2
        return end.code if isinstance(end.code, int) else 0
    return 0


def _tell(fault: AudiencesError) -> int:
    output.messages.print(output.visible(f"audiences: {fault}"), markup=False, style="red")
    return fault.exit_code


def entry() -> None:
    """The console script, and the entry point of a wheel task: there a SystemExit of 0 would count as a failure."""
    code = main()
    if code:
        sys.exit(code)
