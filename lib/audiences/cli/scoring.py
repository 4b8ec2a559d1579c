"""Commands that place newcomers: train, score, export-model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from audiences import config
from audiences.cli import output
from audiences.cli.arguments import AsJson, AsOf, Assignments, Files, as_date, opened
from audiences.errors import ConfigError

app = typer.Typer()


@app.command()
def train(
    as_of: AsOf,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Train a model of the final segment by early behaviour on the run published at that date, and judge it."""
    from audiences.engine.manifest import published
    from audiences.prediction import check_beats_baselines, holdout_figures
    from audiences.prediction import train as fit
    from audiences.sinks.delivery import Delivery
    from audiences.sinks.report_file import write_report
    from audiences.sinks.trackers import check_trackers, track
    from audiences.sinks.tracking_records import of_training

    settings, day = config.load(files, assignments), as_date(as_of)
    check_trackers(settings.tracking, settings.store.root)
    store = opened(settings)
    run, delivery = published(store, day), Delivery()
    receipt = fit(run, settings)
    output.messages.print(f"model {receipt.fingerprint}: {receipt.status}", markup=False)
    path = delivery.attempt("report", lambda: write_report(run, settings))
    if path is not None:
        output.messages.print(f"report: {path}", markup=False)
    names = ("model", "metric", "segment", "bin", "value", "rows", "detail")
    figures = [{name: row[name] for name in names} for row in holdout_figures(store, receipt)]
    output.show(figures, "json" if as_json else "table")
    if settings.tracking.is_enabled:
        record = of_training(run, receipt)
        delivery.attempt("tracking", lambda: track([record], settings.tracking, settings.store.root))
    check_beats_baselines(store, receipt)
    delivery.check()


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
    from audiences.prediction import score as write
    from audiences.prediction import score_stream

    if is_stream and method != "early":
        raise ConfigError("a stream scores newcomers", where="--stream", found=f"--method {method}", allowed="early")
    if every is not None and not is_stream:
        raise ConfigError("only a stream has a trigger", where="--every", found="no --stream")
    settings, day = config.load(files, assignments), as_date(as_of)
    store = opened(settings)
    if is_stream:
        score_stream(store, settings, day, every=every)
    else:
        write(store, settings, day, method=method)
    _show(store, day, method, as_json)


@app.command("export-model")
def export_model(
    out: Annotated[Path, typer.Option("--out", help="File to write.")],
    as_of: AsOf,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
) -> None:
    """Write the model that would score at that date as JSON, for audiences.scoring.LocalScorer (no Spark there)."""
    from audiences.prediction import export, newest_model

    settings, day = config.load(files, assignments), as_date(as_of)
    store = opened(settings)
    trained = newest_model(store, day)
    output.save(out, export(store, trained, settings))
    output.messages.print(f"model {trained.fingerprint} of {trained.as_of}", markup=False)


def _show(store: Any, day: Any, method: str, as_json: bool) -> None:
    """How many customers got which segment, or why none."""
    from pyspark.sql import functions as F

    from audiences import schema

    head = store.head(schema.scores)
    scores = store.read(schema.scores, head.version, {"as_of": day, "method": method})
    why = F.regexp_replace("unscorable", ": .*", "")
    rows = (
        scores.groupBy("segment", why.alias("unscorable"))
        .agg(F.count("*").alias("customers"), F.round(F.avg("probability"), 3).alias("mean_probability"))
        .orderBy("segment", "unscorable")
        .collect()
    )
    output.show([row.asDict() for row in rows], "json" if as_json else "table")
