"""Reads the sentences of a segment's card back into comparisons, and says where two of them contradict each other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audiences.config import Playbook
from audiences.published.snapshot import PinnedRun
from audiences.report.data import ReportData
from audiences.report.page import Card, Page
from audiences.report.sections import segments
from audiences.report.words import label

NUMBER = r"([-\N{MINUS SIGN}]?[\d,]+(?:\.\d+)?)"
ABOUT = 0.1  # a ratio this near to 1 is about the same


@dataclass(frozen=True)
class Claim:
    """What a sentence says of a feature: above, below or about (typical), and the figure that it names."""

    feature: str
    direction: str | None
    value: float | None
    sentence: str


def amount(text: str) -> float:
    return float(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))


def claims_of_reason(reason: str) -> list[Claim]:
    patterns = {
        rf"spends {NUMBER} times a typical customer \({NUMBER} ": ("monetary", "above", 2),
        rf"spends {NUMBER}% of a typical customer \({NUMBER} ": ("monetary", "below", 2),
        rf"spends (about as much) as a typical customer \({NUMBER} ": ("monetary", "about", 2),
        rf"last seen {NUMBER} days? ago": ("recency_days", None, 1),
        rf"first seen {NUMBER} days? ago": ("tenure_days", None, 1),
        rf"silent for {NUMBER} times their usual gap": ("lateness", None, 1),
        rf"(?:^|, ){NUMBER} orders?(?:,|$)": ("frequency", None, 1),
    }
    claims = []
    for pattern, (feature, direction, group) in patterns.items():
        for match in re.finditer(pattern, reason):
            claims.append(Claim(feature, direction, amount(match.group(group)), reason))
    for match in re.finditer(rf"silent for {NUMBER}% of their usual gap", reason):
        claims.append(Claim("lateness", None, amount(match.group(1)) / 100, reason))
    return claims


def claims_of_feature(sentence: str, features: Iterable[str]) -> list[Claim]:
    """'Monetary far above typical: GBP 3,510, typical GBP 650' -> monetary above, 3510."""
    plain = sentence.replace("\N{NO-BREAK SPACE}", " ")
    match = re.match(
        rf"(.+?) (?:far |well |a little )?(above|below) typical: \D*?{NUMBER}.*, typical \D*?{NUMBER}", plain
    )
    if match is None:
        return []
    feature = next(name for name in features if label(name) == match.group(1))
    value, typical = amount(match.group(3)), amount(match.group(4))
    said = "above" if value > typical else "below" if value < typical else "about"
    return [Claim(feature, match.group(2), value, sentence), Claim(feature, said, value, sentence)]


def contradictions(card: Card, features: Sequence[str]) -> list[str]:
    """Pairs of sentences of one card of which at most one can be true."""
    claims = defaultdict(list)
    for claim in (
        *claims_of_reason(card.reason),
        *(c for text in card.features for c in claims_of_feature(text, features)),
    ):
        claims[claim.feature].append(claim)
    faults = []
    for feature, made in claims.items():
        directions = {claim.direction for claim in made if claim.direction is not None}
        values = [claim.value for claim in made if claim.value is not None]
        if len(directions) > 1:
            faults.append(f"{card.name}: {feature} is {' and '.join(sorted(directions))}: {made}")
        # figures are rounded: 3,510 and 3,514 are the same
        if values and max(values) - min(values) > 0.05 * max(map(abs, values)) + 0.51:
            faults.append(f"{card.name}: {feature} is {values}: {made}")
    return faults


def cards_of(run: PinnedRun) -> tuple[list[Card], list[dict[str, Any]]]:
    """The cards of the value segments of a published run, and the rows that name them, in the same order."""

    def rows(stage: str) -> tuple[Mapping[str, Any], ...]:
        return tuple({**row, "segmentation": "value"} for row in run.dataset(stage).to_table().to_pylist())

    names = sorted(rows("segment_names"), key=lambda row: row["segment_id"])
    profiles = rows("value_profiles")
    data = ReportData(
        names=tuple(names), profiles=profiles, playbook=rows("value_playbook"), currency=profiles[0]["currency"]
    )
    return list(segments(Page(data, "", None))["cards"]), [dict(row) for row in names]


def check_cards(run: PinnedRun) -> list[str]:
    """Asserts what holds of the names of any run with the default rules; returns the names in order."""
    cards, names = cards_of(run)
    features = sorted({row["feature"] for row in run.dataset("value_profiles").to_table().to_pylist()})
    faults = [fault for card in cards for fault in contradictions(card, features)]
    assert not faults, "\n".join(faults)
    assert all(claims_of_reason(card.reason) for card in cards), [card.reason for card in cards]
    assert len({row["segment_key"] for row in names}) == len(names) == len({row["name"] for row in names})
    rules = {row["rule_id"]: row for row in run.dataset("name_rules").to_table().to_pylist()}
    named = Playbook().named
    for card, row in zip(cards, names, strict=True):
        rule = rules[row["rule_id"]]
        assert card.play.startswith(named[f"value-{row['rule_id']}"]), card
        assert row["name"].startswith(
            rule["name"] if row["fits"] / row["customers"] >= rule["min_fit"] else rule["weaker"]
        )
        # the figures of the reason meet the rule that gave the name, as far as they are rounded
        for claim in claims_of_reason(card.reason):
            for limit in (one for one in rule["limits"] if one["feature"] == claim.feature):
                low = max(limit["above"] or 0, limit["at_least"] or 0)
                assert claim.value >= 0.99 * low - 0.1, (card.name, claim, limit)
                assert limit["at_most"] is None or claim.value <= 1.01 * limit["at_most"] + 0.1, (
                    card.name,
                    claim,
                    limit,
                )
    check_fits(run, names, rules)
    return [row["name"] for row in names]


def check_fits(run: PinnedRun, names: Sequence[Mapping[str, Any]], rules: Mapping[str, Mapping[str, Any]]) -> None:
    """Every customer's `fits_name` against the published figures, and the counts of the segments."""
    customers = {row["customer_id"]: row for row in run.dataset("published_customers").to_table().to_pylist()}
    fits = run.dataset("name_fits").to_table().to_pylist()
    by_id = {row["segment_id"]: row for row in names}
    counts: dict[int, int] = defaultdict(int)
    ordered = sorted(rules.values(), key=lambda rule: rule["rule_order"])
    for row in fits:
        figures = {name: None if value is None else value for name, value in customers[row["customer_id"]].items()}
        own = next(rule for rule in ordered if meets(rule, figures))
        assert (row["own_rule"], row["own_name"]) == (own["rule_id"], own["name"]), (row, figures)
        rule = rules[by_id[row["segment_id"]]["rule_id"]]
        expected = meets(rule, figures) if rule["limits"] else own["rule_id"] == rule["rule_id"]
        assert row["fits_name"] == expected, (row, figures)
        counts[row["segment_id"]] += row["fits_name"]
        if by_id[row["segment_id"]]["rule_id"] == "new":
            assert figures["tenure_days"] <= 90
    assert len(fits) == sum(row["customers"] for row in names)
    assert {segment: counts[segment] for segment in by_id} == {segment: row["fits"] for segment, row in by_id.items()}


def meets(rule: Mapping[str, Any], figures: Mapping[str, Any]) -> bool:
    def holds(limit: Mapping[str, Any]) -> bool:
        value = figures[limit["feature"]]
        return value is not None and (
            (limit["above"] is None or float(value) > limit["above"])
            and (limit["at_least"] is None or float(value) >= limit["at_least"])
            and (limit["at_most"] is None or float(value) <= limit["at_most"])
        )

    return all(holds(limit) for limit in rule["limits"])
