"""A command in a process of its own that kills itself hard at a call: python killed.py before|after WHAT N ARGUMENTS.

WHAT is module:function or module:Class.method; the process ends before or after its Nth call, 0: never.
"""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path

SMALL = ("session.is_short=true", "session.shuffle_partitions=2", "session.driver_memory=1g")


def child(
    arguments: Sequence[str], when: str = "before", what: str = "audiences.store.delta:Store.write", nth: int = 0
) -> None:
    """The command in a small session: it must end by its own hand at the nth call, or well where nth is 0."""
    small = [part for setting in SMALL for part in ("--set", setting)]
    done = subprocess.run(
        [sys.executable, __file__, when, what, str(nth), *arguments, *small], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1] / "lib")}, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == (-signal.SIGKILL if nth else 0), done.stderr[-3000:]


def arm(when: str, what: str, number: int) -> None:
    """Replaces the callable by one that ends the process at its nth call."""
    module, _, path = what.partition(":")
    holder, _, name = path.rpartition(".")
    owner = importlib.import_module(module)
    owner = attrgetter(holder)(owner) if holder else owner
    whole = getattr(owner, name)
    calls = [0]

    def call(*args, **kwargs):
        calls[0] += 1
        if calls[0] == number and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        made = whole(*args, **kwargs)
        if calls[0] == number and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return made

    setattr(owner, name, call)


if __name__ == "__main__":
    moment, target, nth, *arguments = sys.argv[1:]
    arm(moment, target, int(nth))
    from audiences.cli import main

    sys.exit(main(arguments))
