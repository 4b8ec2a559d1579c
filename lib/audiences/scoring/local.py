"""One customer at a time, without Spark: the model as plain arrays, the features in plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from audiences.scoring.document import checked, read
from audiences.scoring.events import early_of, kept_lines
from audiences.scoring.portable import Floats, PortableModel, told


@dataclass(frozen=True)
class Score:
    """A customer's score; the fields are columns of `schema.scores`, beside every segment's probability."""

    segment: str | None
    probability: float | None
    runner_up: str | None
    runner_up_probability: float | None
    reasons: Sequence[str]
    unscorable: str | None
    probabilities: Mapping[str, float]
    rejected: Sequence[Sequence[str]] = ()


class LocalScorer:
    """Scores from raw events or ready feature vectors.

    Args:
        document: what `audiences export-model` wrote, as parsed JSON; every number in it is checked.
        where: the file that it came from, for messages.

    Raises:
        InputError: it is of another format, damaged, or was changed.

    Example, in which `exported` is such a file:
        >>> scorer = LocalScorer.load(exported)
        >>> bought = {"invoice_id": "1", "ts": "2024-01-01T09:00:00", "quantity": 2, "unit_price": "2.50"}
        >>> score = scorer.score([bought], as_of=date(2024, 3, 1))
        >>> score.segment, score.runner_up, round(score.probability, 2)
        ('Seldom', 'Regular', 0.88)
    """

    def __init__(self, document: Mapping[str, Any], *, where: object = "the exported model") -> None:
        exported = checked(document, where=where)
        self.model = PortableModel.from_json(exported.model.model_dump())
        self.fingerprint = exported.fingerprint
        self.as_of = exported.as_of
        self.window_days = exported.window_days
        self.reasons = exported.reasons
        self.time_zone = exported.time_zone
        self.behaviour = exported.behaviour
        self.cleaning = exported.cleaning

    @classmethod
    def load(cls, path: str | Path) -> LocalScorer:
        """The exported model in that file.

        Raises:
            InputError: there is no such file, or it holds no exported model that is whole.
        """
        return cls(read(path), where=path)

    def score(self, events: Iterable[Mapping[str, Any]], *, as_of: date) -> Score:
        """The score at D of the customer of these events: invoice_id, ts, quantity, unit_price, perhaps product_id.

        Raises:
            InputError: an event lacks a field.
        """
        lines, rejected = kept_lines(events, cleaning=self.cleaning, time_zone=self.time_zone)
        early = early_of(lines, window_days=self.window_days, behaviour=self.behaviour, as_of=as_of)
        if early is None:
            return _none("no event before the date", rejected)
        if (as_of - early.first_day).days < self.window_days:
            last = early.first_day.toordinal() + self.window_days - 1
            is_known = last <= date.max.toordinal()
            return _none(f"the window is open: its last day is {date.fromordinal(last) if is_known else 'beyond 9999'}",
                         rejected)  # fmt: skip
        if early.features["orders"] == 0:
            return _none(f"no purchase in the first days: {self.window_days}", rejected)
        return self.score_features([early.features[name] for name in self.model.features], rejected=rejected)

    def score_features(self, point: Sequence[float], *, rejected: Sequence[Sequence[str]] = ()) -> Score:
        """The score of a ready feature vector, in the order of `model.features`."""
        row = np.asarray([point], dtype=np.float64)
        stated = self.model.probabilities(row)[0]
        order = np.argsort(-stated, kind="stable")
        first, second = int(order[0]), int(order[1])
        names = self.model.segments
        return Score(
            names[first], float(stated[first]), names[second], float(stated[second]),
            told(self.model, row, np.array([first]), self.reasons)[0], None,
            {name: float(p) for name, p in zip(names, stated, strict=True)}, rejected,
        )  # fmt: skip

    def probabilities(self, points: Floats) -> Floats:
        """Of many feature vectors: n x features in, n x segments out."""
        return self.model.probabilities(points)


def _none(why: str, rejected: Sequence[Sequence[str]]) -> Score:
    return Score(None, None, None, None, [], why, {}, rejected)
