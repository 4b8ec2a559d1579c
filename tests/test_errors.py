"""A full disk is told as such, whichever side it comes from."""

from __future__ import annotations

import errno

import pytest
from py4j.protocol import Py4JError

from audiences.cli import app, main
from audiences.errors import MachineError, disk_full, disk_is_full

JVM = """An error occurred while calling o1.save.
: org.apache.spark.SparkException: Job aborted.
\tat org.apache.spark.Some.where(Some.scala:1)
Caused by: org.apache.spark.SparkException: Task failed while writing rows
\tat org.apache.spark.Some.where(Some.scala:2)
Caused by: java.io.IOException: No space left on device
\tat java.base/sun.nio.ch.FileDispatcherImpl.write0(Native Method)
"""


def wrapped(cause: BaseException) -> Exception:
    fault = RuntimeError("while writing")
    fault.__cause__ = cause
    return fault


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(OSError(errno.ENOSPC, "No space left on device", "x.csv"), id="python"),
        pytest.param(OSError(errno.EDQUOT, "Disk quota exceeded"), id="quota"),
        pytest.param(wrapped(OSError(errno.ENOSPC, "No space left on device")), id="a-cause"),
        pytest.param(Py4JError(JVM), id="jvm"),
    ],
)
def test_a_full_disk_is_recognised_and_told_in_a_few_lines(fault, monkeypatch, capsys):
    assert disk_is_full(fault)
    assert isinstance(disk_full(fault), MachineError)

    def fails(**_: object) -> None:
        raise fault

    monkeypatch.setattr(app, "app", fails)
    assert main(["query", "SELECT 1"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("audiences: the disk is full\n")
    assert "store.root" in said
    assert "Traceback" not in said
    assert len(said.splitlines()) < 8


@pytest.mark.parametrize(
    "fault", [OSError(errno.EACCES, "Permission denied"), ValueError("No space left on device"), Py4JError("x")]
)
def test_other_faults_are_not_a_full_disk(fault):
    assert not disk_is_full(fault)


def test_the_cause_of_a_jvm_s_fault_is_the_last_one():
    assert disk_full(Py4JError(JVM)).details["found"] == "java.io.IOException: No space left on device"
