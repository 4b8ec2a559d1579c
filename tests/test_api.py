"""The Python API over a published root, and the log records of a run."""

from __future__ import annotations

import io
import json
import logging
from datetime import date

import pytest

import audiences
from audiences import logs
from audiences.cli import main
from audiences.errors import ConfigError, InputError
from audiences.spark.session import described

AS_OF = "2011-12-10"


@pytest.fixture
def settings(small_shop_root):
    return audiences.load_settings([], [
        f"store.root={small_shop_root}", f"sources.transactions.path={small_shop_root.parent / 'raw.csv'}",
        "value_segments.k_max=4", "value_segments.starts=2",
    ])  # fmt: skip


@pytest.fixture
def records():
    """The stream that log records go to, as JSON; the logger is put back afterwards."""
    logger = logging.getLogger("audiences")
    before = (logger.handlers[:], logger.level, logger.propagate)
    stream = io.StringIO()
    logs.show("json", stream)
    yield stream
    logger.handlers[:], logger.level, logger.propagate = before


def test_every_public_name_is_there_and_an_unknown_one_is_refused():
    assert all(getattr(audiences, name) is not None for name in audiences.__all__)
    with pytest.raises(AttributeError, match="no_such_thing"):
        audiences.no_such_thing  # noqa: B018


def test_a_date_that_is_none_is_refused_before_spark_is_asked(settings):
    with pytest.raises(ConfigError, match="not a date"):
        audiences.run(settings, "10.12.2011")


def test_what_was_published_is_read_without_the_command_line(settings):
    counts = audiences.query(settings, "SELECT count(*) AS customers FROM published_customers").to_pylist()
    rows = audiences.query(
        settings, "SELECT customer_id, segment FROM published_customers ORDER BY 1 LIMIT 1"
    ).to_pylist()
    assert counts[0]["customers"] > 10
    assert audiences.explain(settings, rows[0]["customer_id"])["segment"] == rows[0]["segment"]
    with pytest.raises(InputError, match="no customer has this id"):
        audiences.explain(settings, "nobody")


def test_a_plan_and_a_run_of_single_stages_find_what_is_there_and_log_it(spark, settings, records):
    planned = audiences.plan(settings, AS_OF, ["rfm"])
    present = [row["plan"].split()[0] for row in planned.stages if not row["plan"].startswith("absent")]
    assert set(present) == {"nothing", "keep"}
    assert planned.sources == [{"source": "transactions", "landed": 1, "new": 0, "open_batches": 0, "to_withdraw": 0}]
    seen = []
    result = audiences.run(
        settings, date(2011, 12, 10), ["rfm"], watch=lambda stage, receipt: seen.append((stage.name, receipt))
    )
    assert result.run_id is None
    assert {receipt.status for receipt in result.receipts} == {"reused", "absent"}  # there are no exchange rates
    begun = [name for name, receipt in seen if receipt is None]
    assert begun == [receipt.stage for receipt in result.receipts if receipt.status != "absent"]
    told = [json.loads(line) for line in records.getvalue().splitlines()]
    last = told[-1]
    assert (last["stage"], last["status"], last["number"], last["stages"]) == (
        "rfm",
        "reused",
        len(told) // 2,
        len(told) // 2,
    )
    assert last["message"].startswith(f"{last['number']} of {last['stages']}  rfm reused")
    assert len({record["run_id"] for record in told}) == 1
    assert last["run_id"]


def test_jobs_carry_the_group_of_their_stage_and_what_was_set_before_comes_back(spark):
    context = spark.sparkContext
    context.setLocalProperty("spark.job.description", "of a notebook")
    with described(spark, "audiences rfm", "rfm at 2011-12-10"):
        spark.range(3).count()
        inside = (context.getLocalProperty("spark.jobGroup.id"), context.getLocalProperty("spark.job.description"))
    assert inside == ("audiences rfm", "rfm at 2011-12-10")
    assert context.statusTracker().getJobIdsForGroup("audiences rfm")
    assert context.getLocalProperty("spark.job.description") == "of a notebook"
    assert context.getLocalProperty("spark.jobGroup.id") is None
    context.setLocalProperty("spark.job.description", None)


def test_the_report_is_found_where_the_function_says(spark, settings, tmp_path):
    elsewhere = settings.model_copy(
        update={"report": settings.report.model_copy(update={"path": str(tmp_path / "r.html")})}
    )
    path = audiences.write_report(elsewhere)
    assert path == tmp_path / "r.html"
    assert "<html" in path.read_text()


def test_text_records_show_level_run_and_message():
    stream = io.StringIO()
    logger = logging.getLogger("audiences")
    before = (logger.handlers[:], logger.level, logger.propagate)
    try:
        logs.show("text", stream)
        with logs.context(run="0123456789abcdef"):
            logging.getLogger("audiences.engine.publish").warning("%d rows", 3)
    finally:
        logger.handlers[:], logger.level, logger.propagate = before
    assert stream.getvalue().split(maxsplit=1)[1] == "WARNING 01234567 3 rows\n"


def test_the_command_writes_records_as_json_when_asked(spark, settings, capfd):
    arguments = [f"--set={name}" for name in (
        f"store.root={settings.store.root}", f"sources.transactions.path={settings.sources.transactions.path[0]}",
        "value_segments.k_max=4", "value_segments.starts=2",
    )]  # fmt: skip
    code = main(["run", "orders", "--as-of", AS_OF, "--json", "--log-format", "json", *arguments])
    streams = capfd.readouterr()
    assert code == 0, streams.err
    assert {row["status"] for row in json.loads(streams.out)} == {"reused", "absent"}
    assert json.loads(streams.err.splitlines()[-1])["stage"] == "orders"
