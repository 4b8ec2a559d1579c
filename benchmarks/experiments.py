"""How often experiments are wrong: A/A tests and planted effects, simulated customer by customer, read from moments.

    python benchmarks/experiments.py --runs 2000

Eleven segments of customers who buy by chance, spend unevenly and did so before; in the planted ones three segments
spend some per cent more when treated. tests/experiments/test_simulation.py runs a few hundred of the same.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from audiences.config import Experiments
from audiences.experiments.design import CONTROL, Arm, arms_of
from audiences.experiments.moments import Moments
from audiences.experiments.reading import COLUMNS, ArmReading, Cells, read
from audiences.experiments.sample_ratio import by_losses

SEGMENTS, PLANTED = 11, 3
CAP = 400.0


@dataclass(frozen=True)
class World:
    """Args: customers per segment, the control's share, and what the treated of three segments spend more (0.1: 10 %)."""

    customers: int
    control: float
    effect: float

    @property
    def arms(self) -> tuple[Arm, ...]:
        return arms_of(self.control)

    def effects(self) -> list[float]:
        return [self.effect] * PLANTED + [0.0] * (SEGMENTS - PLANTED)


def customers(draw: np.random.Generator, segment: int, count: int, effect: float) -> np.ndarray:
    """Rows of COLUMNS. Later segments buy more often; who spent more before buys more often and for more."""
    has_history = draw.random(count) < 0.8
    before = has_history * (draw.random(count) < 0.6) * draw.gamma(1.2, 60, count)
    bought = draw.random(count) < 0.15 + 0.02 * segment + 0.15 * (before > 60)
    spend = bought * draw.lognormal(3 + np.minimum(before, CAP) / CAP, 0.6, count) * (1 + effect)
    return np.column_stack(
        [bought, bought, spend, np.minimum(spend, CAP), np.minimum(before, CAP), before > 0, has_history]
    ).astype(float)


def simulated(world: World, seed: int) -> tuple[Cells, ArmReading]:
    """One experiment and its reading; too few buyers are not asked about by permutation here."""
    draw = np.random.default_rng(seed)
    held_out = round(world.customers * world.control)
    cells = {
        f"segment {number:02d}": {
            CONTROL: Moments.of_values(customers(draw, number, held_out, 0.0), COLUMNS),
            "treatment": Moments.of_values(customers(draw, number, world.customers - held_out, effect), COLUMNS),
        }
        for number, effect in enumerate(world.effects())
    }
    return cells, read(cells, world.arms, "net_spend", Experiments(), lambda _: {}, seed=seed)[0]


def true_differences(world: World, draws: int = 1_000_000) -> list[float]:
    """Of capped spend, per segment; the same customers with and without the effect."""
    truths = []
    for number, effect in enumerate(world.effects()):
        if effect == 0:
            truths.append(0.0)
            continue
        spend = customers(np.random.default_rng(1_000 + number), number, draws, 0.0)[:, COLUMNS.index("net_spend")]
        truths.append(float((np.minimum(spend * (1 + effect), CAP) - np.minimum(spend, CAP)).mean()))
    return truths


@dataclass
class Tally:
    """Counts over runs; `segments` counts segments, everything else runs."""

    runs: int = 0
    alarms: int = 0
    differ: int = 0
    any_false: int = 0
    covered: int = 0
    segments: int = 0
    segments_covered: int = 0
    false_share: float = 0.0
    missed_share: float = 0.0
    found: int = 0

    def add(self, reading: ArmReading, world: World, truths: Sequence[float]) -> None:
        self.runs += 1
        overall = sum(truths) / SEGMENTS
        self.alarms += reading.is_clear
        self.differ += reading.differ is not None and reading.differ.p < 0.05
        self.covered += reading.overall.low <= overall <= reading.overall.high
        picked = [number for number, part in enumerate(reading.segments) if part.is_clear]
        wrong = [number for number in picked if world.effects()[number] == 0]
        missed = [n for n in picked if not _covers(reading.segments[n].difference, truths[n])]
        self.any_false += bool(wrong)
        self.false_share += len(wrong) / max(len(picked), 1)
        self.missed_share += len(missed) / max(len(picked), 1)
        self.found += len(picked) - len(wrong)
        self.segments += SEGMENTS
        self.segments_covered += sum(
            _covers(part.difference.at(0.95), truth) for part, truth in zip(reading.segments, truths, strict=True)
        )


def _covers(difference, truth: float) -> bool:
    return difference.low <= truth <= difference.high


def tallied(world: World, runs: int, seed: int) -> Tally:
    truths, tally = true_differences(world), Tally()
    for number in range(runs):
        tally.add(simulated(world, seed + number)[1], world, truths)
    return tally


def sample_ratio_alarms(world: World, runs: int, lost_of_treated: float, seed: int) -> int:
    """How often the sample ratio is refused where 1 % of the controls and so many of the treated went missing."""
    held_out = round(world.customers * world.control)
    sizes, alarms = (world.customers - held_out, held_out), 0
    for number in range(runs):
        draw = np.random.default_rng(seed + number)
        strata = []
        for _ in range(SEGMENTS):
            lost = [int(draw.binomial(size, share)) for size, share in zip(sizes, (lost_of_treated, 0.01), strict=True)]
            strata.append(((lost[0], sizes[0] - lost[0]), (lost[1], sizes[1] - lost[1])))
        alarms += by_losses(strata).p < 0.001
    return alarms


def band(rate: float, runs: int, checks: int) -> tuple[float, float]:
    """Where a share of `rate` may lie in so many runs, all checks together right 19 times of 20."""
    tail = 0.05 / checks / 2
    return stats.binom.ppf(tail, runs, rate) / runs, stats.binom.ppf(1 - tail, runs, rate) / runs


def rows(runs: int, size: int) -> Iterator[str]:
    for control in (0.5, 0.1):
        for effect in (0.0, 0.02, 0.05, 0.1):
            world = World(size, control, effect)
            t = tallied(world, runs, seed=int(1e6 * control + 1e8 * effect))
            power = f"{t.found / t.runs / PLANTED:.3f}" if effect else ""
            cells = (
                f"{control:.0%}", f"{effect:.0%}", f"{t.alarms / t.runs:.4f}", f"{t.covered / t.runs:.4f}",
                f"{t.segments_covered / t.segments:.4f}", f"{t.differ / t.runs:.4f}", f"{t.any_false / t.runs:.4f}",
                f"{t.false_share / t.runs:.4f}", f"{t.missed_share / t.runs:.4f}", power,
            )  # fmt: skip
            yield "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--customers", type=int, default=6_000, help="per segment")
    options = parser.parse_args()
    started = time.perf_counter()
    print("| control | planted | alarms over all | covered over all | covered, segments | segments differ | any false "
          "segment | false discoveries | picked missed | found of the planted |")  # fmt: skip
    print("|---" * 10 + "|")
    for row in rows(options.runs, options.customers):
        print(row, flush=True)
    for rate in (0.05, 0.95):
        low, high = band(rate, options.runs, checks=40)
        print(f"a rate of {rate} may lie between {low:.4f} and {high:.4f}")
    for lost in (0.01, 0.02, 0.05):
        world = World(options.customers, 0.1, 0.0)
        alarms = sample_ratio_alarms(world, options.runs, lost, seed=7)
        print(
            f"sample ratio, {lost:.0%} of the treated lost and 1% of the controls: {alarms / options.runs:.4f} refused"
        )
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
