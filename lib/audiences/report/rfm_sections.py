"""The section about RFM: the grid of scores, its named cells, and what each name means in this shop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from audiences.config import Rfm, RfmRule
from audiences.config.names import rule_id
from audiences.report import data_figures
from audiences.report.page import Cell, Drawing, Page, Table
from audiences.report.words import money, number, quantity, share

Values = Mapping[str, Any]
Cuts = Mapping[str, Sequence[float]]


def rfm_view(name: str) -> str:
    """An RFM name as a reader sees it: never to be mistaken for the segment of nearly the same name."""
    return f"RFM: {name}"


def rfm(page: Page) -> Values:
    """Customers per recency and frequency score, the named RFM cells, and their definitions."""
    cells = page.data.rfm_grid
    if not cells:
        return {"missing": "No RFM scores were given."}
    drawing = Drawing(
        "fig-rfm",
        data_figures.rfm_grid(cells, page.currency),
        "Customers per score. Equal values get equal scores, so cells need not be of equal size.",
        420,
        380,
    )
    cuts = {row["metric"]: row["cut_points"] for row in page.data.rfm_cut_points or ()}
    values: dict[str, Any] = {"grid": drawing, "table": _named_cells(page)}
    if page.settings and cuts:
        values |= {
            "scores": _scores(page.settings.rfm, cuts, page.currency),
            "meaning": _meaning(page, page.settings.rfm, cuts),
        }
    return values


def _named_cells(page: Page) -> Table:
    total = page.data.customers
    money_total = sum(float(row["monetary"] or 0) for row in page.data.rfm_segments or ())
    rows = [
        [
            rfm_view(row["segment"]),
            Cell(number(row["customers"]), share(int(row["customers"]) / total)),
            Cell(
                money(row["monetary"], page.currency),
                share(float(row["monetary"] or 0) / money_total) if money_total > 0 else "",
            ),
            quantity(row["recency_days"], "days", ""),
            number(row["frequency"], 1),
        ]
        for row in page.data.rfm_segments or ()
    ]
    header = ["RFM view", "Customers", "Net spend", "Mean recency", "Mean orders"]
    return Table("Named RFM cells", header, rows)


def _scores(rules: Rfm, cuts: Cuts, currency: str) -> Table:
    """What each score stands for; scores run from 1 to the number of bins, the best last."""
    rows = []
    for score in range(rules.bins, 0, -1):
        recency = between(cuts["recency_days"], rules.bins + 1 - score, number)
        spend = between(cuts["monetary"], score, lambda value: money(value, currency))
        rows.append([number(score), recency, between(cuts["frequency"], score, number), spend])
    return Table("What the scores mean", ["Score", "Last purchase, days ago", "Orders", "Net spend"], rows)


def between(cuts: Sequence[float], bin_number: int, text: Callable[[float], str]) -> str:
    """The values of a bin in words; a bin ends at its cut point, and equal cut points leave the bins between empty."""
    low = cuts[bin_number - 2] if bin_number > 1 else None
    high = cuts[bin_number - 1] if bin_number <= len(cuts) else None
    if low is None:
        return "any" if high is None else f"up to {text(high)}"
    if high is None:
        return f"more than {text(low)}"
    return "none" if low == high else f"more than {text(low)}, up to {text(high)}"


def _meaning(page: Page, rules: Rfm, cuts: Cuts) -> Table:
    """Each name with the silence that it allows, its score of orders and money, and its play."""
    plays = page.settings.playbook.named if page.settings else {}
    rows = []
    for rule in rules.segments:
        play = plays.get(f"rfm-{rule_id(rule.name)}", "")
        rows.append([rfm_view(rule.name), _silence(rule, rules.bins, cuts), _scale(rule), play])
    header = ["RFM view", "Last purchase", "Score of orders and money", "What to do"]
    title = "What each RFM name means; the first that holds names the customer"
    return Table(title, header, rows, frozenset({1, 2, 3}))


def _silence(rule: RfmRule, bins: int, cuts: Cuts) -> str:
    """The days since the last purchase that the rule's recency scores (1 to 5, whatever the bins) stand for."""
    scores = [score for score in range(1, bins + 1) if rule.r[0] <= -(-score * 5 // bins) <= rule.r[1]]
    if not scores:
        return "none"
    edges = cuts["recency_days"]
    low = edges[bins - max(scores) - 1] if max(scores) < bins else None
    high = edges[bins - min(scores)] if min(scores) > 1 else None
    if low is None:
        return "any" if high is None else f"up to {number(high)} days ago"
    return f"more than {number(low)} days ago" if high is None else f"{number(low + 1)} to {number(high)} days ago"


def _scale(rule: RfmRule) -> str:
    parts = [
        f"{word} {low} to {high}" if low < high else f"{word} {low}"
        for word, (low, high) in (("mean of both", rule.fm), ("orders", rule.f), ("money", rule.m))
        if (low, high) != (1, 5)
    ]
    return ", ".join(parts) or "any"
