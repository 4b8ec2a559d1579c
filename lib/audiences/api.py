"""What `audiences` does, as Python functions: typed, returning values, printing nothing.

    import audiences

    settings = audiences.load_settings(["shop.yaml"], ["store.root=tables"])
    result = audiences.run(settings, "2011-12-10")
    result.segments                       # one row per segment
    audiences.query(settings, "SELECT segment, count(*) FROM published_customers GROUP BY 1").to_pylist()

The command line and the jobs call these functions; notebooks and schedulers may. Each raises the errors of
`audiences.errors`, whose `exit_code` is the command's. Heavy packages are imported by the function that needs them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from audiences.config import Settings, load
from audiences.config.secret import resolve
from audiences.errors import ConfigError
from audiences.sinks.delivery import Delivery

if TYPE_CHECKING:
    import pyarrow as pa

    from audiences.engine.runner import Run
    from audiences.engine.scheduler import Watch
    from audiences.engine.stage import Receipt, Stage
    from audiences.experiments.frozen import Experiment
    from audiences.pipeline.experiments import Request, Result
    from audiences.prediction import Trained
    from audiences.published.members import Exported
    from audiences.published.verify import Verified
    from audiences.scaffold.preview import Preview
    from audiences.store.delta import Store

load_settings = load
"""`load_settings(files, assignments)`: defaults, then files, the environment, and assignments such as `a.b=value`."""

Method = Literal["early", "centres", "density"]
Row = dict[str, Any]
EXPERIMENT_KEY = "experiments.key"
"""The setting that names the secret of experiments."""


@dataclass(frozen=True)
class RunResult:
    """What a run made.

    Args:
        as_of: the date of the run.
        receipts: what became of each stage, in order.
        run_id: the published run's id; None where only single stages ran, which publish nothing.
        segments: one row per segment of each segmentation of a published run.
        report: the HTML report of a published run; None where it could not be written.
        delivery: what became of the sinks; `delivery.check()` raises what could not be reached.
    """

    as_of: date
    receipts: Sequence[Receipt]
    run_id: str | None = None
    segments: Sequence[Row] = ()
    report: Path | None = None
    delivery: Delivery = field(default_factory=Delivery)


@dataclass(frozen=True)
class Plan:
    """What a run would do.

    Args:
        stages: a row per stage: what would become of it, the versions it reads, its fingerprint.
        sources: a row per source: how many files are landed, new, in open batches, to be withdrawn.
        estimate: what a first run takes, in words; None where the files do not tell.
    """

    stages: Sequence[Row]
    sources: Sequence[Row]
    estimate: str | None


@dataclass(frozen=True)
class Training:
    """A model and how it did on customers acquired later: `figures` has a row per model, metric, segment and bin.

    `delivery.check()` raises what could not be reached of report and trackers.
    """

    receipt: Receipt
    figures: Sequence[Row]
    report: Path | None
    delivery: Delivery


def as_date(day: str | date, *, where: str = "--as-of") -> date:
    """The date that an as_of, or another option, names.

    Raises:
        ConfigError: it is none.
    """
    if isinstance(day, date):
        return day
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise ConfigError("not a date", where=where, found=day, allowed="YYYY-MM-DD") from None


def runs(settings: Settings) -> list[Row]:
    """The published runs, newest first: as_of, sequence, status, pins, run_id; no Spark."""
    from audiences.published.runs import list_runs

    return list_runs(settings.store.root)


def open_store(settings: Settings, *, to_write: bool = True) -> Store:
    """The store at `store.root`, with a session that reaches it and the sources.

    Raises:
        MachineError: there is no Java, the address does not answer, or the root cannot be written and is to be.
    """
    from audiences.spark.session import get_spark
    from audiences.store.address import check_local_root, is_elsewhere
    from audiences.store.delta import Store

    if not is_elsewhere(settings.store.root):
        os.umask(int(settings.store.umask, 8))  # the session's JVM is started with it
    if to_write:
        check_local_root(settings.store.root)
    return Store(get_spark(settings.session, settings.addresses), settings.store)


def run(
    settings: Settings, as_of: str | date, stages: Sequence[str] = (), *, watch: Watch | None = None
) -> RunResult:  # fmt: skip
    """Runs the pipeline and publishes it, or runs single stages or groups with what they need.

    A second run of the same inputs changes nothing.

    Args:
        watch: told of each stage before and after it ran.

    Raises:
        ConfigError: no such stage, or a stage that was named has no input.
        QualityGateError: a floor is not met; nothing was published.
        ConflictError: another run wrote the same table; a retry is safe.
    """
    from audiences.engine.publish import run_and_publish, run_only
    from audiences.pipeline.stages import STAGES, with_needs
    from audiences.sinks.trackers import check_trackers

    day, wanted = as_date(as_of), with_needs(stages)
    check_trackers(settings.tracking, settings.store.root)
    prepared = _prepare_run(settings, day)
    watcher = watch or _nobody
    if stages:
        run_only(prepared, wanted, stages, watcher)
        return RunResult(day, tuple(prepared.receipts.values()))
    run_and_publish(prepared, STAGES, watcher)
    return _sent(prepared, settings)


def plan(settings: Settings, as_of: str | date, stages: Sequence[str] = ()) -> Plan:
    """What a run would do, which versions it would read and about how long a first one takes; writes nothing."""
    from audiences.engine.plan import plan_rows
    from audiences.pipeline.stages import with_needs

    wanted = with_needs(stages)
    prepared = _prepare_run(settings, as_date(as_of))
    sources = [
        {"source": name, "landed": len(landing.recorded), "new": len(landing.new),
         "open_batches": len(landing.open_batches), "to_withdraw": len(landing.broken)}
        for name, landing in prepared.landings.items()
    ]  # fmt: skip
    return Plan(plan_rows(prepared, wanted), sources, _estimate(prepared))


def write_report(settings: Settings, as_of: str | date | None = None) -> Path:
    """Writes the HTML report of the run published at `as_of`, by default of the newest; returns its path."""
    from audiences.engine.manifest import published
    from audiences.sinks.report_file import write_report as write

    day = None if as_of is None else as_date(as_of)
    return write(published(open_store(settings), day), settings)


def generate(
    settings: Settings, target: str, *, customers: int = 2_000, days: int = 365, seed: int = 42,
    format: Literal["parquet", "csv"] = "parquet",  # noqa: A002 - as Spark names it
) -> dict[str, str]:  # fmt: skip
    """Writes generated transactions, activity, reviews and customers with planted truth; returns kind -> path."""
    from audiences import datasets
    from audiences.spark.session import get_spark

    spark = get_spark(settings.session, [target])
    return datasets.generate(spark, customers=customers, days=days, seed=seed, target=target, format=format)


def history(settings: Settings, table: str) -> list[Row]:
    """The commits of a table (`zone/name`, or its name alone), newest first: as many rows as the log holds."""
    from audiences.store.delta import find_table

    meant = find_table(table)
    return [row.asDict() for row in open_store(settings, to_write=False).history(meant).collect()]  # one per commit


def maintain(settings: Settings, *, is_dry: bool = False) -> list[Row]:
    """Expires old runs, compacts, and removes files that no live run needs; `is_dry` only tells what would be done."""
    from audiences.housekeeping.retention import maintain as tidy

    return tidy(open_store(settings), settings, is_dry=is_dry)


def deliveries(settings: Settings) -> list[Row]:
    """The files that were landed, a row each: status, records, kept, rejected, and the money of each."""
    from audiences.engine.landed_files import receipts

    return receipts(open_store(settings, to_write=False))


def withdraw(settings: Settings, file: str, *, source: str | None = None) -> list[Row]:
    """Takes back a file that was landed, from every source or the named one; the next run goes on without its rows."""
    from audiences.engine.withdrawal import withdraw as take_back

    return [asdict(one) for one in take_back(open_store(settings), settings, file, source=source)]


def train(settings: Settings, as_of: str | date) -> Training:
    """Trains a model of the final segment by early behaviour on the run published at that date, and judges it.

    `check_training` says whether the model may be used.
    """
    from audiences.engine.manifest import published
    from audiences.prediction import holdout_figures
    from audiences.prediction import train as fit
    from audiences.sinks.report_file import write_report as write
    from audiences.sinks.trackers import check_trackers, track
    from audiences.sinks.tracking_records import of_training

    check_trackers(settings.tracking, settings.store.root)
    store = open_store(settings)
    trained_on = published(store, as_date(as_of))
    receipt = fit(trained_on, settings)
    names = ("model", "metric", "segment", "bin", "value", "rows", "detail")
    figures = [{name: row[name] for name in names} for row in holdout_figures(store, receipt)]
    delivery = Delivery()
    path = delivery.attempt("report", lambda: write(trained_on, settings))
    if settings.tracking.is_enabled:
        record = of_training(trained_on, receipt)
        delivery.attempt("tracking", lambda: track([record], settings.tracking, settings.store.root))
    return Training(receipt, figures, path, delivery)


def check_training(settings: Settings, training: Training) -> None:
    """Raises QualityGateError where the model does not beat the baselines on customers acquired later."""
    from audiences.prediction import check_beats_baselines

    check_beats_baselines(open_store(settings), training.receipt)


def score(
    settings: Settings, as_of: str | date, *, method: Method = "early", is_stream: bool = False,
    every: str | None = None,
) -> list[Row]:  # fmt: skip
    """Scores customers by what is known before that date; a second call with the same inputs changes nothing.

    Args:
        method: early: newcomers, by a trained model; centres: all customers, by the run's value segments; density: all
            users of the activity log, by the run's DBSCAN.
        is_stream: takes new files in micro-batches; with `every` (such as "10 seconds") it goes on until it is stopped.

    Returns:
        A row per segment, and per reason why there is no score: segment, unscorable, customers, mean_probability.

    Raises:
        ConfigError: a stream of another method than early, or `every` without a stream.
        InputError: there is no published run, no model, or no events.
    """
    from audiences.prediction import score as write
    from audiences.prediction import score_counts, score_stream

    if is_stream and method != "early":
        raise ConfigError("a stream scores newcomers", where="--stream", found=f"--method {method}", allowed="early")
    if every is not None and not is_stream:
        raise ConfigError("only a stream has a trigger", where="--every", found="no --stream")
    day, store = as_date(as_of), open_store(settings)
    if is_stream:
        score_stream(store, settings, day, every=every)
    else:
        write(store, settings, day, method=method)
    return score_counts(store, day, method)


def export_model(settings: Settings, as_of: str | date) -> tuple[str, Trained]:
    """The model that would score at that date, as JSON for `audiences.scoring.LocalScorer`, and the model itself."""
    from audiences.prediction import export as as_json
    from audiences.prediction import newest_model

    store = open_store(settings)
    trained = newest_model(store, as_date(as_of))
    return as_json(store, trained, settings), trained


def check(settings: Settings, files: Sequence[str] = (), *, source: str | None = None) -> list[Preview]:
    """What a run would keep and reject of each configured source, with money and the gates that stop it; no Spark.

    Args:
        files: a delivery to judge in place of what the settings lead to.
        source: only this one; files are of the transactions where it is not given.

    Raises:
        ConfigError: there is no such source.
        InputError: no source is configured, or its files cannot be read without Spark.
    """
    from audiences.scaffold.preview import previews

    names = list(type(settings.sources).model_fields)
    if source is not None and source not in names:
        raise ConfigError("there is no such source", where="--source", found=source, allowed=", ".join(names))
    if not files:
        return previews(settings, source)
    name = source or "transactions"
    delivered = getattr(settings.sources, name).model_copy(update={"path": tuple(files)})
    return previews(
        settings.model_copy(update={"sources": settings.sources.model_copy(update={name: delivered})}), name
    )


def query(settings: Settings, sql: str) -> pa.Table:
    """The answer to a question in DuckDB's SQL over the tables of the newest published run; no Spark.

    Two columns of the answer may have the same name.
    """
    from audiences.published.sql import query as ask

    return ask(settings.store.root, sql, settings.query)


def export(
    settings: Settings, segment: str, *, out: Path | None = None, style: Literal["csv", "parquet"] = "csv",
    formulas: Literal["defuse", "keep"] = "defuse", may_replace: bool = False,
) -> Exported:  # fmt: skip
    """Writes the members of a segment to `out`, or as CSV to stdout.

    Args:
        formulas: what becomes of CSV cells that a spreadsheet would run: an apostrophe before them, or nothing.
        may_replace: whether a file that is there already is replaced.
    """
    from audiences.published.members import export as write

    return write(settings.store.root, segment, style=style, out=out, formulas=formulas, may_replace=may_replace)


def verify(settings: Settings, *, is_deep: bool = False) -> list[Verified]:
    """Whether all that published runs pin is there: a row per table version and saved model; no Spark.

    Args:
        is_deep: also decodes every row, and compares saved models with the hashes of their content.
    """
    from audiences.published.verify import verify as examine

    return list(examine(settings.store.root, is_deep=is_deep))


def export_arm(
    settings: Settings, experiment: str, arm: str, *, segment: str | None = None, out: Path | None = None,
    style: Literal["csv", "parquet"] = "csv", formulas: Literal["defuse", "keep"] = "defuse", may_replace: bool = False,
) -> tuple[Exported, int]:  # fmt: skip
    """Writes the customers drawn for an arm, as `export` does; returns what was written, and how many were drawn."""
    from audiences.published.arms import export_arm as write

    secret = _experiment_key(settings)
    return write(
        settings.store.root, secret, experiment, arm, segment=segment, style=style, out=out, formulas=formulas,
        may_replace=may_replace,
    )  # fmt: skip


def running_experiments(settings: Settings) -> list[tuple[str, date]]:
    """Name and end of the experiments that are not over at the newest published run; no Spark."""
    from audiences.published.arms import running_experiments as running

    return running(settings.store.root)


def start_experiment(settings: Settings, request: Request) -> Experiment:
    """Draws the arms from the newest published run and freezes them; the same request again finds what is there.

    Raises:
        ConfigError: the request cannot be, its name or layer is taken, or its audience is too small.
    """
    from audiences.engine.manifest import published
    from audiences.pipeline.experiments import start

    secret = _experiment_key(settings)
    return start(published(open_store(settings)), request, settings.experiments, secret)


def experiment_power(
    settings: Settings, *, days: int = 28, control: float = 0.1, cost: float = 0.0, margin_rate: float | None = None
) -> list[Row]:
    """The smallest effects that an experiment of so many days would find: a row for all and one per segment."""
    from audiences.engine.manifest import published
    from audiences.pipeline.experiments import power

    run = published(open_store(settings, to_write=False))
    return power(run, settings.experiments, days=days, control=control, cost=cost, margin_rate=margin_rate)


def read_experiment(settings: Settings, name: str, as_of: str | date | None = None) -> Result:
    """What an experiment earned, by the purchases that the run published at `as_of` (the newest) knows.

    Raises:
        ConfigError: nothing of this name was ever started.
        InputError: a ledger was changed since the start.
        QualityGateError: the customers analysed are not those drawn.
    """
    from audiences.engine.manifest import published
    from audiences.pipeline.experiments import read

    secret = _experiment_key(settings)
    store = open_store(settings, to_write=False)
    return read(published(store, None if as_of is None else as_date(as_of)), name, secret)


def explain(settings: Settings, customer: str) -> Row:
    """Why a customer is in its segment, how near the border, and what it was before; no Spark.

    Args:
        customer: its id; where addresses are hashed (contacts.ids), also its e-mail address.
    """
    from audiences.config.contacts import id_of
    from audiences.published.explain import explain as ask

    id_key = settings.contacts.id_key if "@" in customer else None
    return ask(settings.store.root, customer if id_key is None else id_of(customer.strip(), id_key.secret()))


def _experiment_key(settings: Settings) -> bytes:
    """The secret that customer ids are hashed with in experiments."""
    return resolve(settings.experiments.key, setting=EXPERIMENT_KEY, min_length=16).encode()


def _prepare_run(settings: Settings, as_of: date) -> Run:
    """A run over the files that are there now."""
    from audiences.engine.landing import survey_all
    from audiences.engine.runner import Run
    from audiences.sinks.catalog import check_catalog

    store = open_store(settings)
    if settings.store.catalog is not None:
        check_catalog(store.spark, settings.store.catalog)
    return Run(store, settings, as_of, survey_all(store, settings))


def _sent(finished: Run, settings: Settings) -> RunResult:
    """The published run, after it went to the catalog, the report and the trackers, as far as they were reached."""
    from audiences.engine.manifest import published
    from audiences.sinks.catalog import register
    from audiences.sinks.report_file import write_report as write
    from audiences.sinks.segment_table import segment_table
    from audiences.sinks.trackers import track
    from audiences.sinks.tracking_records import of_run

    delivery = Delivery()
    if (catalog := settings.store.catalog) is not None:
        delivery.attempt("store.catalog", lambda: register(published(finished.store), catalog))
    result = published(finished.store, finished.as_of)
    path = delivery.attempt("report", lambda: write(result, settings))
    if path is not None and settings.tracking.is_enabled:  # a tracker's record holds the report
        records = of_run(result, path)
        delivery.attempt("tracking", lambda: track(records, settings.tracking, settings.store.root))
    receipts = tuple(finished.receipts.values())
    return RunResult(finished.as_of, receipts, result.run_id, segment_table(result), path, delivery)


def _estimate(prepared: Run) -> str | None:
    """What `sizing` says of the transactions that were listed, on this session's cores; None where it cannot say."""
    from audiences import sizing
    from audiences.spark.session import core_count

    landing = prepared.landings.get("transactions")
    if landing is None:
        return None
    files = [(file.path, file.size) for file in (*landing.recorded, *landing.new)]
    rows = sizing.rows_in(files, prepared.settings.sources.transactions.format)
    cores = core_count(prepared.store.spark)
    return None if rows is None else sizing.in_words(sizing.estimate(rows=rows, cores=cores))


def _nobody(stage: Stage, receipt: Receipt | None) -> None:
    """Watches nothing."""
