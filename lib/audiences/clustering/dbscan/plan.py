"""S1, plan: the boxes, and what a run over them will ship, hold and take; refused above a budget before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiences.clustering.dbscan import cuts, route
from audiences.clustering.dbscan.boxes import Boxes, everything
from audiences.clustering.dbscan.check import Size
from audiences.clustering.dbscan.kernel import Floats, Ints
from audiences.errors import ConfigError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SAMPLE_ROWS = 1_000_000  # planned from this many rows at the most: they come to the driver
LEAF_SAMPLE_ROWS = 65_536  # the same for a leaf that has to be cut again
SLACK = 1.25  # a leaf may be fuller than asked by this factor before it is cut again
_ROUNDS = 12  # of cutting leaves that are still too full; each at least halves them or finds nothing to cut

# Seconds that one core takes per million rows of a leaf (and 0.3 of that per million foreign ones) by dimension, the
# dearer of eps at the median and at the 90 % k-distance with minPoints = 2d; benchmarks/dbscan.py measures them anew.
_KERNEL_SECONDS = {1: 2.0, 3: 5.0, 6: 12.0, 9: 25.0, 12: 60.0}
_ROW_SECONDS = 6.0  # per million rows that pass through Spark and a Python worker once, one core


@dataclass(frozen=True)
class Plan:
    """What a run will do.

    Attributes:
        size: rows, distinct rows, dimensions.
        eps, min_points: as will be used.
        boxes: the leaves.
        home: distinct rows that live in each leaf, counted, (P,).
        halo: foreign distinct rows within eps of each leaf's box, (P,).
        block_rows: foreign rows that a worker holds at once.
    """

    size: Size
    eps: float
    min_points: int
    boxes: Boxes
    home: Ints
    halo: Ints
    block_rows: int

    @property
    def leaves(self) -> int:
        """Leaves, P."""
        return len(self.home)

    @property
    def replication(self) -> float:
        """Rows shipped per distinct row."""
        return 1.0 + float(self.halo.sum()) / max(1, self.size.unique)

    @property
    def shuffle_bytes(self) -> int:
        """Bytes through shuffles: ids and rows once to check and collapse, leaves' rows, messages, labels."""
        row = 8 * self.size.dimensions + 48
        shipped = self.size.unique * (self.replication if self.leaves > 1 else 1.0)
        messages = 1.3 * float(self.halo.sum())
        labels = 2 * self.size.rows if self.size.unique < self.size.rows else 0
        return int(row * (self.size.rows + shipped + messages + labels) + 16 * self.size.rows)

    @property
    def core_seconds(self) -> float:
        """Seconds of one core; a rough figure, of the right order for customers' features."""
        log_n = np.log2(max(2.0, float(self.home.max()))) / np.log2(1e6)
        known = np.array(list(_KERNEL_SECONDS.items()))
        per_million = float(np.exp(np.interp(self.size.dimensions, known[:, 0], np.log(known[:, 1]))))
        kernel = per_million * log_n * (self.size.unique + 0.3 * float(self.halo.sum()))
        moved = self.size.rows * 2 + self.size.unique * 2 + 2 * float(self.halo.sum())
        return float(kernel + _ROW_SECONDS * moved) / 1e6

    @property
    def task_bytes(self) -> int:
        """Memory of a Python worker at its peak: a leaf's own rows with their trees, and one block of foreign rows.

        Per row: Arrow's copy, the points, a tree of them and one of the core rows among them, some 15 words beside.
        """
        d = self.size.dimensions
        per_row = 8 * (5 * d + 20)
        return int(per_row * (float(self.home.max()) + min(self.block_rows, float(self.halo.max()))) + 120e6)

    def figures(self) -> dict[str, float]:
        """The plan as plain numbers, for a receipt."""
        return {
            "rows": self.size.rows, "unique_rows": self.size.unique, "dimensions": self.size.dimensions,
            "eps": self.eps, "min_points": self.min_points, "leaves": self.leaves, "replication": self.replication,
            "smallest_leaf": int(self.home.min()), "largest_leaf": int(self.home.max()),
            "shuffle_bytes": self.shuffle_bytes, "core_seconds": self.core_seconds, "task_bytes": self.task_bytes,
        }  # fmt: skip

    def lines(self) -> list[str]:
        """The plan in words, one fact a line."""
        return [
            f"{self.size.rows:,} rows, {self.size.unique:,} distinct, {self.size.dimensions} features;"
            f" eps {self.eps:g}, minPoints {self.min_points}",
            f"{self.leaves:,} leaves of {int(self.home.min()):,} to {int(self.home.max()):,} rows",
            f"each row is shipped {self.replication:.2f} times; {self.shuffle_bytes / 1e9:.3g} GB through shuffles",
            f"about {self.core_seconds:,.0f} core-seconds; {self.task_bytes / 1e6:,.0f} MB per Python worker",
        ]

    def refuse_above(self, *, shuffle_gb: float, core_hours: float) -> None:
        """Raises ConfigError with advice when the run would cost more than its budget."""
        over = []
        if self.shuffle_bytes > shuffle_gb * 1e9:
            over.append(f"{self.shuffle_bytes / 1e9:,.3g} GB through shuffles (maxShuffleGb {shuffle_gb:g})")
        if self.core_seconds > core_hours * 3600:
            over.append(f"{self.core_seconds / 3600:,.3g} core-hours (maxCoreHours {core_hours:g})")
        if over:
            raise ConfigError(
                "this run would cost more than its budget", where="eps, features",
                found="; ".join(over) + f"; each row is shipped {self.replication:.1f} times",
                allowed=f"maxShuffleGb {shuffle_gb:g} and maxCoreHours {core_hours:g}",
                advice="a smaller eps, fewer features, larger leaves (leafRows), a PCA of the features as a modelling"
                " choice, or a larger budget",
            )  # fmt: skip


def plan(unique: DataFrame, size: Size, *, eps: float, min_points: int, leaf_rows: int) -> Plan:
    """S1: boxes cut from a sample, their rows counted, cut again where still too full.

    Args:
        unique: the collapsed rows, persisted: read two times and more.
    """
    boxes = everything(size.dimensions)
    home, halo = np.array([size.unique]), np.zeros(1, np.int64)
    if size.unique > leaf_rows:
        share = SAMPLE_ROWS / size.unique
        sample = route.sampled(unique, size.dimensions, share=share)
        boxes = cuts.grow(sample, eps=eps, leaf_rows=leaf_rows * len(sample) / size.unique)
        if share >= 1:
            home, halo = route.count(sample, boxes, eps)
        else:
            boxes, home, halo = _counted(unique, boxes, eps, leaf_rows)
    return Plan(size, eps, min_points, boxes, home, halo, block_rows=leaf_rows)


def predicted(sample: Floats, size: Size, *, eps: float, min_points: int, leaf_rows: int) -> Plan:
    """The plan as far as a sample of the distinct rows (n, d) tells: its counts are scaled up, not counted."""
    scale = size.unique / len(sample)
    boxes = cuts.grow(sample, eps=eps, leaf_rows=max(1.0, leaf_rows / scale))
    home, halo = (np.rint(counts * scale).astype(np.int64) for counts in route.count(sample, boxes, eps))
    return Plan(size, eps, min_points, boxes, home, halo, block_rows=leaf_rows)


def _counted(unique: DataFrame, boxes: Boxes, eps: float, leaf_rows: int) -> tuple[Boxes, Ints, Ints]:
    """Exact home and halo counts, after leaves that are too full have been cut by a sample of their own rows."""
    home, halo = route.counted(unique, boxes, eps)
    for _ in range(_ROUNDS):
        full = [leaf for leaf in range(len(home)) if home[leaf] > SLACK * leaf_rows]
        if not full:
            break
        for leaf in sorted(full, reverse=True):  # from behind: a cut renumbers only what follows
            share = min(1.0, LEAF_SAMPLE_ROWS / home[leaf])
            sample = route.sampled(unique, boxes.low.shape[1], share=share, boxes=boxes, leaf=leaf)
            boxes = cuts.split(boxes, leaf, sample, eps=eps, leaf_rows=leaf_rows * len(sample) / home[leaf])
        home, halo = route.counted(unique, boxes, eps)
    return boxes, home, halo
