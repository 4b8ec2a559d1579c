"""The order in which stages run, several at the same time where they do not depend on each other."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from pyspark import inheritable_thread_target

from audiences.engine.stage import Gate, Receipt, Stage, stage_of

Make = Callable[[Stage], Receipt]

Watch = Callable[[Stage, Receipt | None], None]
"""Told of each stage before (receipt None) and after it ran, by the thread that called `run_all`."""


def waits_for(stages: Sequence[Stage]) -> dict[Stage, set[Stage]]:
    """What has to be over before each stage begins.

    Of the stages before it: those whose tables it reads, those that write the same table (one commit at a time), and
    every gate. A stage of the newest as_of waits for all: what readers see is written last.
    """
    waits: dict[Stage, set[Stage]] = {}
    for place, stage in enumerate(stages):
        needs = {stage_of(need) for need in stage.needs.values()}
        waits[stage] = {
            one for one in stages[:place]
            if one in needs or one.makes is stage.makes or isinstance(one, Gate) or stage.only_newest
        }  # fmt: skip
    return waits


def run_all(stages: Sequence[Stage], make: Make, watch: Watch, *, at_once: int) -> dict[Stage, Receipt]:
    """Makes every stage, up to `at_once` of them at the same time, each in a thread of its own; in order if that is 1.

    After a fault no other stage begins; those that are running end first, then the first fault is raised.
    """
    made: dict[Stage, Receipt] = {}
    if at_once == 1:
        for stage in stages:
            watch(stage, None)
            made[stage] = make(stage)
            watch(stage, made[stage])
        return made
    waits, left, make_there = waits_for(stages), list(stages), _inheriting(make)
    running: dict[Future[Receipt], Stage] = {}
    with ThreadPoolExecutor(at_once, thread_name_prefix="stage") as pool:
        while left or running:
            ready = [stage for stage in left if waits[stage] <= made.keys()]
            for stage in ready[: at_once - len(running)]:
                left.remove(stage)
                watch(stage, None)
                running[pool.submit(make_there, stage)] = stage
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                stage = running.pop(future)
                made[stage] = future.result()
                watch(stage, made[stage])
    return made


def _inheriting(make: Make) -> Make:
    """For another thread: there too it has this one's Spark properties, such as a Databricks job's."""
    with warnings.catch_warnings():
        # Spark 4 says so of a session's tags; none are set here
        warnings.filterwarnings("ignore", message="Spark session is not provided")
        return inheritable_thread_target(make)
