"""How often experiments are wrong, by simulation: a few hundred runs of what benchmarks/experiments.py does 2,000 times.

Every share is held against its binomial band, widened for the number of checks made here.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

CHECKS = 14
RUNS = 150
_PATH = Path(__file__).resolve().parents[2] / "benchmarks" / "experiments.py"


@pytest.fixture(scope="module")
def simulation():
    spec = importlib.util.spec_from_file_location("experiments_benchmark", _PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.parametrize("control", [0.5, 0.1], ids=["halves", "a-tenth"])
def test_nothing_is_found_where_nothing_is(simulation, control):
    world = simulation.World(customers=3_000, control=control, effect=0.0)
    tally = simulation.tallied(world, RUNS, seed=11)
    low, high = simulation.band(0.05, RUNS, CHECKS)
    assert low <= tally.alarms / RUNS <= high
    assert tally.differ / RUNS <= high
    assert tally.any_false / RUNS <= high
    low, high = simulation.band(0.95, RUNS, CHECKS)
    assert low <= tally.covered / RUNS <= high
    low, high = simulation.band(0.95, tally.segments, CHECKS)
    assert low <= tally.segments_covered / tally.segments <= high


def test_what_is_planted_is_found_and_little_else(simulation):
    """Three of eleven segments spend 40 % more: at most one in twenty of those called clear is none of them."""
    world = simulation.World(customers=6_000, control=0.5, effect=0.4)
    tally = simulation.tallied(world, RUNS // 3, seed=5)
    assert tally.found / tally.runs / simulation.PLANTED > 0.7
    assert tally.false_share / tally.runs < 0.05 + 0.05
    assert tally.missed_share / tally.runs < 0.05 + 0.05
    assert tally.covered / tally.runs >= simulation.band(0.95, tally.runs, CHECKS)[0]


def test_lost_customers_are_noticed_and_equal_losses_are_not(simulation):
    world = simulation.World(customers=6_000, control=0.1, effect=0.0)
    assert simulation.sample_ratio_alarms(world, RUNS, 0.01, seed=3) <= 1
    assert simulation.sample_ratio_alarms(world, RUNS, 0.02, seed=3) == RUNS
