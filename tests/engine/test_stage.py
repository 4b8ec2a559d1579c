"""A stage is judged when it is declared."""

from __future__ import annotations

import pytest

from audiences import schema
from audiences.engine.stage import GROUPS, Fit, Gate, Landing, ModelOf, Stage, in_order, stage_of
from audiences.pipeline.stages import STAGES

LANDED = Landing(schema.landed_transactions, source="transactions")


def from_landed(landed): ...


def from_landed_at(landed, *, as_of): ...


def from_landed_with(landed, *, cleaning, seed=7): ...


def test_a_function_has_the_declared_needs_and_settings_as_its_parameters():
    Stage(schema.transactions, from_landed, {"landed": LANDED})
    Stage(schema.transactions, from_landed_with, {"landed": LANDED}, {"cleaning": "cleaning"})
    with pytest.raises(ValueError, match=r"stage transactions: from_landed lacks \['cleaning'\] and wants \[\]"):
        Stage(schema.transactions, from_landed, {"landed": LANDED}, {"cleaning": "cleaning"})
    with pytest.raises(ValueError, match=r"lacks \[\] and wants \['cleaning'\]"):
        Stage(schema.transactions, from_landed_with, {"landed": LANDED})


def test_only_a_table_of_an_as_of_gives_its_date():
    assert Stage(schema.rfm, from_landed_at, {"landed": LANDED}).takes_date
    assert not Stage(schema.rfm, from_landed, {"landed": LANDED}).takes_date
    with pytest.raises(ValueError, match=r"wants \['as_of'\]"):
        Stage(schema.transactions, from_landed_at, {"landed": LANDED})


def test_a_slice_names_columns_of_the_table_and_a_group_is_known():
    with pytest.raises(ValueError, match="transactions is not sliced by source"):
        Stage(schema.transactions, from_landed, {"landed": LANDED}, slice={"source": "x"})
    with pytest.raises(ValueError, match="unknown group nightly"):
        Stage(schema.transactions, from_landed, {"landed": LANDED}, group="nightly")


def test_the_order_puts_needs_first_and_keeps_the_rest():
    first = Stage(schema.transactions, from_landed, {"landed": LANDED})
    second = Stage(schema.orders, from_landed, {"landed": first})
    third = Stage(schema.customer_days, from_landed, {"landed": LANDED})
    assert in_order([second, third, first, LANDED]) == (LANDED, first, second, third)
    with pytest.raises(ValueError, match="two stages are called orders"):
        in_order([LANDED, first, second, Stage(schema.orders, from_landed, {"landed": first})])


def test_the_pipeline_is_in_order_and_the_newest_as_of_is_written_last():
    done = set()
    for stage in STAGES:
        assert {stage_of(need) for need in stage.needs.values()} <= done, stage.name
        assert stage.group in GROUPS
        done.add(stage)
    newest = [stage.only_newest for stage in STAGES]
    assert newest == sorted(newest)
    assert {stage for stage in STAGES if stage.group == "publish"} == {stage for stage in STAGES if stage.only_newest}


def test_kinds_are_types():
    assert {stage.source for stage in STAGES if isinstance(stage, Landing)} >= {"transactions", "reviews", "activity"}
    assert all(stage.model_name for stage in STAGES if isinstance(stage, Fit))
    assert {stage.name for stage in STAGES if isinstance(stage, Gate)} >= {"quality_gates", "activity_gates"}
    assert all(
        isinstance(need.stage, Fit) for stage in STAGES for need in stage.needs.values() if isinstance(need, ModelOf)
    )
