"""A sink that fails neither hides that the run is published nor keeps other sinks from being reached."""

from __future__ import annotations

import pytest

from audiences.errors import ConfigError, DeliveryError, MachineError
from audiences.sinks.delivery import Delivery


def failing(fault: Exception):
    def step() -> None:
        raise fault

    return step


def test_nothing_is_raised_where_every_sink_was_reached():
    delivery = Delivery()
    assert delivery.attempt("report", lambda: "report.html") == "report.html"
    delivery.check()


def test_every_sink_is_tried_and_all_that_failed_are_told_with_exit_code_5():
    delivery, reached = Delivery(), []
    assert (
        delivery.attempt("store.catalog", failing(MachineError("no right", where="schema shop", advice="ask"))) is None
    )
    assert delivery.attempt("report", failing(OSError("disk full"))) is None
    delivery.attempt("tracking", lambda: reached.append("tracking"))
    assert reached == ["tracking"]
    with pytest.raises(DeliveryError) as told:
        delivery.check()
    assert told.value.exit_code == 5
    assert told.value.details["where"] == "store.catalog, report"
    assert told.value.details["found"] == "no right (where schema shop); OSError: disk full"


def test_a_wrong_setting_stays_a_fault_of_settings():
    delivery = Delivery()
    delivery.attempt("tracking", failing(OSError("no answer")))
    delivery.attempt("report", failing(ConfigError("the report cannot be written", where="report.path")))
    with pytest.raises(ConfigError, match="cannot be written"):
        delivery.check()


def test_an_interruption_is_not_held_back():
    with pytest.raises(KeyboardInterrupt):
        Delivery().attempt("report", failing(KeyboardInterrupt()))
