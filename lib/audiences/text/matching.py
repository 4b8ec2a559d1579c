"""Topic ids that last: new topics matched to those of an earlier run by the distance of their words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment


@dataclass(frozen=True)
class Match:
    """The id of a new topic and where it comes from: new, kept, merged (of several) or split (one of several)."""

    topic_id: int
    origin: str
    origin_ids: tuple[int, ...]
    distance: float | None


def matches(
    new: Sequence[Mapping[str, float]], previous: Mapping[int, Mapping[str, float]], *, same_distance: float
) -> list[Match]:
    """One match per new topic, in their order.

    Ids are kept by the assignment of least total distance (Kuhn 1955); a pair farther than `same_distance` is none, and
    a topic without an old one gets the next free id. An old topic that lost its own id to nobody but is nearest to, and
    within reach of, a new one was merged into it; a new topic whose nearest old one went to another was split off.

    Args:
        new: word -> weight of each topic, the heaviest words; they need not sum to 1.
        previous: topic id -> the same of an earlier run's topic.
    """
    if not previous:
        return [Match(place, "new", (), None) for place in range(len(new))]
    old_ids, old = list(previous), list(previous.values())
    away = np.array([[hellinger(a, b) for b in old] for a in new])
    rows, columns = linear_sum_assignment(away)
    kept = {int(i): int(j) for i, j in zip(rows, columns, strict=True) if away[i, j] <= same_distance}
    free = max(old_ids) + 1
    found = []
    for i in range(len(new)):
        nearest = int(np.argmin(away[i]))
        if i in kept:
            lost = [j for j in range(len(old)) if j not in kept.values() and int(np.argmin(away[:, j])) == i]
            merged = sorted((j for j in lost if away[i, j] <= same_distance), key=lambda j: away[i, j])
            ids = tuple(old_ids[j] for j in (kept[i], *merged))
            found.append(Match(ids[0], "merged" if merged else "kept", ids, float(away[i, kept[i]])))
            continue
        is_split = bool(away[i, nearest] <= same_distance)
        ids = (old_ids[nearest],) if is_split else ()
        found.append(Match(free, "split" if is_split else "new", ids, float(away[i, nearest])))
        free += 1
    return found


def hellinger(one: Mapping[str, float], two: Mapping[str, float]) -> float:
    """Distance of two word distributions, 0 (the same) to 1 (no word in common)."""
    a, b = sum(one.values()) or 1.0, sum(two.values()) or 1.0
    common = sum(np.sqrt(one[word] / a * two[word] / b) for word in one.keys() & two.keys())
    return float(np.sqrt(max(0.0, 1.0 - common)))
