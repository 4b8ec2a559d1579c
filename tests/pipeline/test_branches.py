"""Branches that a run has no input for are absent, and what can do without them is not."""

from __future__ import annotations

from datetime import date

import pytest

from audiences import schema
from audiences.config import load
from audiences.engine.landing import Survey
from audiences.engine.runner import Run
from audiences.engine.stage import IfPresent, Landing, Stage
from audiences.segments.final import final_segments


def nothing(**frames) -> None: ...


LANDED = Landing(schema.landed_transactions, source="transactions")
OTHER = Landing(schema.landed_transactions, name="other", source="elsewhere")
MADE = Stage(schema.orders, nothing, {"landed": LANDED})
BOTH = Stage(schema.rfm, nothing, {"made": MADE, "other": OTHER})
EITHER = Stage(schema.behaviour, nothing, {"made": IfPresent(MADE), "other": IfPresent(OTHER)})
LACKING = Stage(schema.segments, nothing, {"made": MADE, "other": IfPresent(OTHER)})
ASKED = Stage(schema.validation, nothing, {"made": MADE}, enabled_by="report.path")


def run(*sources: str, **settings: str) -> Run:
    landings = {name: Survey(name, "reader", (), (), ()) for name in sources}
    chosen = load([], [f"{name.replace('__', '.')}={value}" for name, value in settings.items()], {})
    return Run(None, chosen, date(2024, 1, 1), landings)


def test_a_stage_is_absent_with_a_need_it_cannot_do_without():
    one = run("transactions")
    assert [one.absence(stage) for stage in (LANDED, MADE, EITHER, LACKING)] == [None] * 4
    assert one.absence(OTHER) == one.absence(BOTH) == "sources.elsewhere.path"


def test_a_stage_of_optional_needs_is_absent_when_all_are():
    assert run("elsewhere").absence(EITHER) is None
    assert run("elsewhere").absence(LACKING) == "sources.transactions.path"
    assert run().absence(EITHER) == "sources.transactions.path"


def test_a_stage_may_wait_for_a_setting():
    assert run("transactions").absence(ASKED) == "report.path"
    assert run("transactions", report__path="here.html").absence(ASKED) is None


def test_another_branch_beside_it_makes_another_fingerprint_of_what_may_use_it():
    one, both = run("transactions"), run("transactions", "elsewhere")
    assert one.fingerprint(MADE) == both.fingerprint(MADE)
    assert one.fingerprint(EITHER) != both.fingerprint(EITHER)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(("value",), {"a": "value", "b": "value"}, id="value-alone"),
        pytest.param(("density",), {"b": "density", "c": "density"}, id="density-alone"),
        pytest.param(("value", "density"), {"a": "value", "b": "value", "c": "density"}, id="value-first"),
        pytest.param(
            ("hybrid", "value", "density"), {"a": "value", "b": "value", "c": "density", "d": "hybrid"}, id="all"
        ),
    ],
)
def test_the_final_segment_is_of_the_first_segmentation_that_knows_the_customer(spark, given, expected):
    members = {"value": "ab", "density": "bc", "hybrid": "ad"}
    frames = {
        name: spark.createDataFrame(
            [(one, 0, name) for one in members[name]], "customer_id string, segment_id int, name string"
        )
        for name in given
    }
    rows = final_segments(frames.pop("value", None), **frames).collect()
    assert {row["customer_id"]: row["segmentation"] for row in rows} == expected
    assert len(rows) == len(expected)
