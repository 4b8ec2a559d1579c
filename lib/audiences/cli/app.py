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

from audiences import config
from audiences.cli import output
from audiences.cli.arguments import AsJson, AsOf, Assignments, Files, as_date, opened
from audiences.cli.scoring import app as scoring
from audiences.cli.without_spark import app as without_spark
from audiences.errors import AudiencesError

app = typer.Typer(
    help="Audience segmentation on Spark and Delta Lake.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip
settings_app = typer.Typer(help="The settings in force.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(settings_app, name="config")
app.add_typer(scoring)
app.add_typer(without_spark)


def _run_at(settings: config.Settings, as_of: date) -> Any:
    from audiences.engine.earlier_runs import with_frozen_cut_points, with_topics_to_keep
    from audiences.engine.landing import survey_all
    from audiences.engine.runner import Run
    from audiences.sinks.catalog import check_catalog

    store = opened(settings)
    if settings.store.catalog is not None:
        check_catalog(store.spark, settings.store.catalog)
    settings = with_topics_to_keep(with_frozen_cut_points(settings, store), store)
    return Run(store, settings, as_of, survey_all(store, settings))


@app.command()
def run(
    as_of: AsOf,
    stages: Annotated[list[str] | None, typer.Argument(help="Stages or groups; all, and published, if none.")] = None,
    files: Files = [],  # noqa: B006 - typer's way to say "none given"
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Run the pipeline, or single stages with what they need; a second run of the same inputs changes nothing."""
    from audiences.cli.segment_table import segment_table
    from audiences.engine.manifest import published
    from audiences.engine.publish import run_and_publish, run_only
    from audiences.pipeline.stages import STAGES, with_needs
    from audiences.sinks.catalog import register
    from audiences.sinks.delivery import Delivery
    from audiences.sinks.report_file import write_report
    from audiences.sinks.trackers import check_trackers, track
    from audiences.sinks.tracking_records import of_run
    from audiences.spark.session import task_counts

    settings, day = config.load(files, assignments), as_date(as_of)
    chosen = with_needs(stages or [])
    check_trackers(settings.tracking, settings.store.root)
    one, delivery = _run_at(settings, day), Delivery()
    watcher = output.Watcher(lambda: task_counts(one.store.spark))
    with watcher.running():
        if stages:
            run_only(one, chosen, stages, watcher)
        else:
            run_and_publish(one, STAGES, watcher)
            if (catalog := settings.store.catalog) is not None:
                delivery.attempt("store.catalog", lambda: register(published(one.store), catalog))
    if stages:
        output.show([_receipt(receipt) for receipt in one.receipts.values()], "json" if as_json else "table")
        return
    result = published(one.store, day)
    path = delivery.attempt("report", lambda: write_report(result, settings))
    if path is not None:
        output.messages.print(f"report: {path}", markup=False)
        if settings.tracking.is_enabled:  # a tracker's record holds the report
            records = of_run(result, path)
            delivery.attempt("tracking", lambda: track(records, settings.tracking, settings.store.root))
    rows = segment_table(result)
    if as_json:
        receipts = [_receipt(receipt) for receipt in one.receipts.values()]
        output.show(
            [{"run_id": result.run_id, "as_of": day, "report": path, "segments": rows, "stages": receipts}], "json"
        )
    else:
        output.show(rows, "table")
    delivery.check()


def _receipt(receipt: Any) -> dict[str, Any]:
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
    from audiences.engine.plan import plan_rows
    from audiences.pipeline.stages import with_needs

    settings, day = config.load(files, assignments), as_date(as_of)
    chosen = with_needs(stages or [])
    one = _run_at(settings, day)
    for name, landing in one.landings.items():
        output.messages.print(
            f"{name}: landed files: {len(landing.recorded)}, new: {len(landing.new)}, "
            f"open batches: {len(landing.open_batches)}, to withdraw: {len(landing.broken)}"
        )
    told = _estimated(one, settings)
    if told is not None:
        output.messages.print(f"a first run of this takes {told}", markup=False)
    output.show(plan_rows(one, chosen), "json" if as_json else "table")


def _estimated(one: Any, settings: config.Settings) -> str | None:
    """What `sizing` says of the transactions that were listed, on this session's cores; None where it cannot say."""
    from audiences import sizing
    from audiences.spark.session import core_count

    landing = one.landings.get("transactions")
    if landing is None:
        return None
    files = [(file.path, file.size) for file in (*landing.recorded, *landing.new)]
    rows = sizing.rows_in(files, settings.sources.transactions.format)
    return None if rows is None else sizing.in_words(sizing.estimate(rows=rows, cores=core_count(one.store.spark)))


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
    from audiences import datasets
    from audiences.spark.session import get_spark

    settings = config.load(files, assignments)
    spark = get_spark(settings.session, [target])
    paths = datasets.generate(spark, customers=customers, days=days, seed=seed, target=target, format=format_)
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
    from audiences.engine.manifest import published
    from audiences.sinks.report_file import write_report

    settings = config.load(files, assignments)
    store = opened(settings)
    print(write_report(published(store, as_date(as_of) if as_of else None), settings))


@app.command()
def history(
    table: Annotated[str, typer.Argument(help="zone/table, or the table's name alone.")],
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Commits of a table, newest first."""
    from audiences.store.delta import find_table

    settings = config.load(files, assignments)
    found = find_table(table)
    rows = opened(settings, to_write=False).history(found).collect()  # one row per commit
    output.show([row.asDict() for row in rows], "json" if as_json else "table")


@app.command()
def maintain(
    is_dry: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Expire old runs, compact, and remove files that no live run needs."""
    from audiences.housekeeping.retention import maintain as tidy

    settings = config.load(files, assignments)
    output.show(tidy(opened(settings), settings, is_dry=is_dry), "json" if as_json else "table")


@settings_app.command("show")
def config_show(
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Print every setting with its value."""
    settings = config.load(files, assignments)
    print(settings.model_dump_json(indent=2) if as_json else config.as_yaml(settings))


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
        app(args=arguments)
    except SystemExit as end:  # how the command line ends; a fault of usage has told itself, with 2
        return end.code if isinstance(end.code, int) else 0
    except AudiencesError as fault:
        output.messages.print(f"audiences: {fault}", markup=False, style="red")
        return fault.exit_code
    except KeyboardInterrupt:
        output.messages.print("audiences: interrupted; run again: what was finished is kept")
        return 1
    except Exception as fault:
        # the last resort at the top: a fault that nobody foresaw, told in a line and whole below it
        output.messages.print(f"audiences: {type(fault).__name__}: {str(fault).splitlines()[0] if str(fault) else ''}",
                              markup=False, style="red")  # fmt: skip
        traceback.print_exc(file=sys.stderr)
        return 1
    return 0


def entry() -> None:
    """The console script, and the entry point of a wheel task: there a SystemExit of 0 would count as a failure."""
    code = main()
    if code:
        sys.exit(code)
