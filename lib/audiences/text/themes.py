"""What topics are called: a configured theme by its seed words, else their own heaviest words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audiences.text.words import NEGATED


@dataclass(frozen=True)
class Label:
    """A topic's name; `theme` None where no theme reaches the floor, `score` is that of the best one anyhow."""

    label: str
    theme: str | None
    score: float


def labels(
    topics: Sequence[Mapping[str, float]], themes: Mapping[str, Sequence[str]], *, min_score: float
) -> list[Label]:
    """One unique label per topic: several topics of a theme are told apart by their heaviest word that differs.

    Args:
        topics: word -> weight of the top words, heaviest first.
        themes: theme -> seed words; a seed stands for its negation too (`not_work` is a seed of its own).
    """
    found = []
    for words in topics:
        theme, score = best_theme(words, themes)
        own = ", ".join(list(words)[:3])
        if theme is None or score < min_score:
            found.append(Label(own, None, score))
        else:
            found.append(Label(theme, theme, score))
    return [_told_apart(place, found, topics) for place in range(len(found))]


def best_theme(words: Mapping[str, float], themes: Mapping[str, Sequence[str]]) -> tuple[str | None, float]:
    """The theme with the largest share of the words' weight on its seeds; ties go to the first configured."""
    total = sum(words.values())
    scores = {
        theme: sum(weight for word, weight in words.items() if word in seeds or word.removeprefix(NEGATED) in seeds)
        for theme, seeds in themes.items()
    }
    if not scores or total <= 0:
        return None, 0.0
    theme = max(scores, key=lambda name: scores[name])
    return theme, scores[theme] / total


def _told_apart(place: int, found: Sequence[Label], topics: Sequence[Mapping[str, float]]) -> Label:
    one = found[place]
    alike = [other for other in range(len(found)) if found[other].label == one.label]
    if len(alike) == 1:
        return one
    taken = {word for other in alike if other != place for word in list(topics[other])[:3]}
    own = next((word for word in topics[place] if word not in taken), f"topic {alike.index(place) + 1}")
    return Label(f"{one.label} ({own})", one.theme, one.score)
