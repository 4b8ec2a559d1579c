"""What a report is made from: plain values, bounded in size, with no Spark behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from audiences.schema.control import KNOWN_SHARE

Row = Mapping[str, Any]
Rows = tuple[Row, ...]


@dataclass(frozen=True)
class Scatter:
    """A sample of customers without their ids: recency in days, orders, money, and the segment of each."""

    recency_days: Sequence[float]
    frequency: Sequence[float]
    monetary: Sequence[float]
    segment_ids: Sequence[int]

    def __len__(self) -> int:
        return len(self.segment_ids)


@dataclass(frozen=True)
class Rejected:
    """Rejected rows: how many per source, and per source and reason with one example each.

    A row with two reasons counts once in `totals` and twice in `reasons`. `largest`: single rows of most money.
    """

    totals: Mapping[str, int]
    reasons: Rows
    largest: Rows = ()


@dataclass(frozen=True)
class Deliveries:
    """What became of the records of each file: source, file, lines, records = kept + left_out + rejected, and money.

    Args:
        totals: a row per source: the sums over all of its files, and how many there are (`files`).
        worst: the files that lost most money, or where there is none most rows.
    """

    totals: Rows
    worst: Rows

    def records(self, source: str) -> int | None:
        """All records of a source; None where nothing of it is known."""
        return next((int(row["records"]) for row in self.totals if row["source"] == source), None)


@dataclass(frozen=True)
class SourceFiles:
    """How many files were landed, and the first of them by path."""

    files: int
    size: int
    first: Rows


@dataclass(frozen=True)
class PersonaMap:
    """Users on two principal components: a sample, then the most anomalous that are not in it.

    `explained` is the share of the sample's variance that the two components hold.
    """

    x: Sequence[float]
    y: Sequence[float]
    personas: Sequence[str]
    sampled: int
    explained: float
    features: Sequence[str]


@dataclass(frozen=True)
class Density:
    """The density branch: personas with mean features, clusters, the k-distance curve and grid, the fit's figures."""

    personas: Rows
    clusters: Rows
    eps: Rows
    figures: Mapping[str, float]
    anomalies: Rows
    map: PersonaMap | None


@dataclass(frozen=True)
class Said:
    """What customers write about: topics by share, what each number of topics gives, sentiment of the themes."""

    topics: Rows
    selection: Rows
    sentiment: Rows


@dataclass(frozen=True)
class HybridMap:
    """A sample of customers laid flat; `explained` is the share of the variance that is kept, None but for PCA."""

    method: str
    x: Sequence[float]
    y: Sequence[float]
    segment_ids: Sequence[int]
    explained: float | None


@dataclass(frozen=True)
class Hybrids:
    """The hybrid segments: their names, the tree's nodes by id, the choice of k, profiles, topics, and maps."""

    names: Rows
    tree: Rows
    selection: Rows
    profiles: Rows
    topics: Rows
    maps: tuple[HybridMap, ...]

    @property
    def customers(self) -> int:
        """Customers in a hybrid segment."""
        return sum(int(row["customers"]) for row in self.names)


@dataclass(frozen=True)
class ReportData:
    """Everything a report shows. None: the table was not given; empty: it has no rows.

    Rows carry the column names of `audiences.schema`; `segmentation` is always set. Lists are in a stated order:
    k_selection by k, names by segment_id, profiles by segment_id and rank, features as the table lists them.
    """

    as_of: date | None = None
    run_id: str | None = None
    kept_rows: int | None = None
    k_selection: Rows | None = None
    names: Rows | None = None
    profiles: Rows | None = None
    rfm_grid: Rows | None = None
    rfm_segments: Rows | None = None
    rfm_cut_points: Rows | None = None
    scatter: Scatter | None = None
    features: Rows | None = None
    rejected: Rejected | None = None
    deliveries: Deliveries | None = None
    categories: Rows | None = None
    validation: Rows | None = None
    manifest: Rows | None = None
    source_files: SourceFiles | None = None
    density: Density | None = None
    said: Said | None = None
    hybrids: Hybrids | None = None
    playbook: Rows | None = None
    scoring: Rows | None = None
    sample_customers: int = 0
    currency: str = field(default="")

    @property
    def customers(self) -> int:
        """Customers with a purchase before D."""
        return sum(int(cell["customers"]) for cell in self.rfm_grid or ())

    @property
    def gates(self) -> Rows:
        """The quality gates among the checks: figures of which nothing is required are none."""
        return tuple(row for row in self._checked if row["required"] is not None)

    @property
    def known_share(self) -> Row | None:
        """Which part of the purchases' money has a customer; None where no run has said so."""
        return next((row for row in self._checked if row["name"] == KNOWN_SHARE), None)

    @property
    def _checked(self) -> Rows:
        return tuple(row for row in self.validation or () if row["check"] == "quality_gates")

    def plays(self, segmentation: str) -> Mapping[int, Row]:
        """The playbook's rows of a segmentation, by segment."""
        return {int(row["segment_id"]): row for row in self.playbook or () if row["segmentation"] == segmentation}

    @property
    def main_segmentation(self) -> str:
        """The segmentation that the cards show: value where there is one."""
        found = {row["segmentation"] for row in (*(self.names or ()), *(self.profiles or ()))}
        return "value" if "value" in found or not found else min(found)
