"""The sections about segments: what they are, what sets them apart, and why there are so many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audiences.report import data_figures, figures, scatter
from audiences.report.data import Row
from audiences.report.page import Card, Cell, Drawing, Page, Table, colour
from audiences.report.theme import MARKS
from audiences.report.words import (
    beside_typical,
    compact,
    counted,
    is_apart,
    label,
    money,
    number,
    quantity,
    share,
    signed_sd,
    statistic,
)

Values = Mapping[str, Any]
SIDE_POINTS = 1_500  # the flat scatters are SVG: more points make a phone slow
TOP_FEATURES = 3


def overview(page: Page) -> Values:
    """Key figures, one sentence that says it all, and what was left out."""
    data = page.data
    revenue = sum(float(row["revenue"]) for row in page.segments)
    rejected = sum(data.rejected.totals.values()) if data.rejected else None
    failed = [row for row in data.gates if not row["passed"]]
    hybrids = data.hybrids if not page.segments else None
    tiles = [
        ("Customers", number(hybrids.customers) if hybrids else "", "with a text or a purchase before the date"),
        ("Segments", number(len(hybrids.names)) if hybrids else "", "hybrid segmentation"),
        ("Customers", number(data.customers) if data.rfm_grid is not None else "", "with a purchase before the date"),
        ("Segments", number(len(page.segments)) if page.segments else "", f"{data.main_segmentation} segmentation"),
        ("Net spend", money(revenue, page.currency, is_compact=True) if page.segments else "", "of known customers"),
        ("Rows kept", compact(data.kept_rows) if data.kept_rows is not None else "", "transaction lines"),
        ("Rows rejected", compact(rejected) if rejected is not None else "", _rejected_share(page)),
        (
            "Quality gates",
            (f"{len(failed)} failed" if failed else "All passed") if data.gates else "",
            counted(len(data.gates), "check"),
        ),
    ]
    notes = [(row["table"], row["note"]) for row in data.manifest or () if row["note"]]
    return {"tiles": [tile for tile in tiles if tile[1]], "lede": _lede(page), "notes": notes}


def _rejected_share(page: Page) -> str:
    rejected = page.data.rejected
    if rejected is None or page.data.kept_rows is None:
        return ""
    lines = rejected.totals.get("transactions", 0)
    read = lines + page.data.kept_rows
    return f"{share(lines / read)} of {number(read)} transaction lines" if read else ""


def _lede(page: Page) -> str:
    if not page.segments and page.data.hybrids:
        found = page.data.hybrids
        return (
            f"{counted(found.customers, 'customer')} fall into {counted(len(found.names), 'segment')} by what they do "
            f"and what they say. The largest is {found.names[0]['name']}."
        )
    if not page.segments:
        return "This run has no segments yet."
    count = len(page.segments)
    if count == 1:
        return f"All {number(page.segments[0]['customers'])} customers form one segment, {page.segments[0]['name']}."
    first = max(page.segments, key=lambda row: (float(row["revenue"]), -int(row["segment_id"])))
    customers = sum(int(row["customers"]) for row in page.segments)
    return (
        f"{number(customers)} customers fall into {number(count)} segments. {first['name']} brings most money: "
        f"{share(first['customer_share'])} of customers, {share(first['revenue_share'])} of net spend."
    )


def segments(page: Page) -> Values:
    """A card per segment, and their sizes side by side."""
    if not page.segments:
        return {"missing": "No segment profiles were given."}
    named = {int(row["segment_id"]): row for row in page.names}
    cards = [_card(page, number, row, named) for number, row in enumerate(page.segments)]
    count = len(page.segments)
    drawing = Drawing(
        "fig-sizes",
        figures.sizes(page.segments, page.currency),
        "Each segment's share of customers (lighter bar) and of net spend (full bar).",
        height=70 + 62 * count,
        phone_height=70 + 58 * count,
    )
    return {"cards": cards, "sizes": drawing}


def _card(page: Page, place: int, row: Row, named: Mapping[int, Row]) -> Card:
    segment = int(row["segment_id"])
    ranked = sorted(
        (p for p in page.profiles if p["segment_id"] == segment and is_apart(p)),
        key=lambda p: (int(p["rank"]), p["feature"]),
    )
    name = named.get(segment, {})
    return Card(
        name=row["name"],
        colour=colour(place),
        reason=name.get("reason", ""),
        figures=(
            ("Customers", number(row["customers"]), share(row["customer_share"])),
            ("Net spend", money(row["revenue"], page.currency), share(row["revenue_share"])),
            ("Last year", money(row["money_at_stake"], page.currency), ""),
        ),
        customer_share=float(row["customer_share"]),
        features=[beside_typical(p, page.currency) for p in ranked[:TOP_FEATURES]]
        or ["Nothing: every feature is about typical"],
        categories=", ".join(row["top_categories"] or ()),
        play=page.data.plays(page.data.main_segmentation).get(segment, {}).get("message", ""),
        fits=fits(name),
        statistics=[statistic(p, page.currency) for p in ranked[:TOP_FEATURES]],
    )


def fits(name: Mapping[str, Any]) -> str:
    """How many customers of a segment fit its name, and the name that it almost has; of a row of `segment_names`."""
    if name.get("fits") is None:
        return ""
    part = f"{share(int(name['fits']) / int(name['customers']))} of its customers fit this name by themselves."
    return f"{part} Close to {name['close_to']}." if name.get("close_to") else part


def profiles(page: Page) -> Values:
    """Centres as a heatmap, and each feature's median and mean by segment in natural units."""
    found: dict[str, Any] = {}
    if page.names and page.names[0]["centre"]:
        features = len(page.names[0]["feature_names"])
        found["centres"] = Drawing(
            "fig-centres",
            figures.centres(page.names),
            f"Centre of each segment on the {number(features)} features it was made from, in the scaled units of the "
            "fit: with the standard scaler, standard deviations from the mean of all customers.",
            height=80 + 44 * len(page.names),
            phone_height=110 + 44 * len(page.names),
        )
    if not page.profiles:
        return {**found, "missing": "No segment profiles were given."}
    cells = {(p["feature"], int(p["segment_id"])): p for p in page.profiles}
    order = list(dict.fromkeys(p["feature"] for p in sorted(page.profiles, key=_natural_place(page))))
    rows = []
    for feature in order:
        anyone = next(p for p in page.profiles if p["feature"] == feature)
        if anyone["overall_mean"] is None:
            continue  # nobody has a value: the source does not give it
        line: list[Any] = [label(feature)]
        for segment in page.segments:
            cell = cells.get((feature, int(segment["segment_id"])))
            line.append(_typical(cell, page.currency))
        overall = quantity(anyone["overall_mean"], anyone["unit"], page.currency)
        typical = anyone.get("overall_median")
        line.append(overall if typical is None else Cell(quantity(typical, anyone["unit"], page.currency), overall))
        rows.append(line)
    header = ["Feature", *(row["name"] for row in page.segments), "All customers"]
    found["table"] = Table("Medians of each feature by segment", header, rows)
    return found


def _natural_place(page: Page) -> Any:
    """Features as the settings list them, then the others by name."""
    order = {name: place for place, name in enumerate(page.settings.scaling.features if page.settings else ())}
    return lambda row: (order.get(row["feature"], len(order)), row["feature"])


def _typical(row: Row | None, currency: str) -> Cell:
    """The median (of a value of an attribute the share), below it mean and deviation; tinted by the positions."""
    if row is None:
        return Cell(quantity(None, "", ""))
    difference = row.get("position_difference")
    tint = 0.0 if difference is None else round(max(-1.0, min(1.0, 2 * float(difference))), 2)
    if row["median"] is None:
        return Cell(quantity(row["mean"], row["unit"], currency), signed_sd(row["difference_sd"]), tint)
    mean = share(row["mean"]) if row["unit"] == "share" else number(row["mean"])
    return Cell(quantity(row["median"], row["unit"], currency), f"{mean} · {signed_sd(row['difference_sd'])}", tint)


def customers(page: Page) -> Values:
    """The sample of customers in recency, frequency and money: in three dimensions, and flat from two sides."""
    sample = page.data.scatter
    if not sample or not page.names:
        return {"missing": "No customers can be drawn: rfm, value_segments or segment_names is missing or empty."}
    total = page.data.customers
    whole = len(sample) >= total
    said = f"All {number(total)} customers"
    if not whole:
        said = f"A sample of {number(len(sample))} of {number(total)} customers"
    flat = min(len(sample), SIDE_POINTS)
    flat_said = said if flat == len(sample) else f"The first {number(flat)} of these customers"
    space = Drawing(
        "fig-space",
        scatter.space(sample, page.names, page.currency),
        f"{said}, one point each, by recency, frequency and money; logarithmic axes. Drag to turn.",
        height=580,
        phone_height=350,
        is_space=True,
    )
    sides = [
        Drawing(
            f"fig-side-{metric.split('_')[0]}",
            scatter.side(sample, page.names, page.currency, metric, flat),
            f"{flat_said}: {text}.",
        )
        for metric, text in (
            ("recency_days", "money by days since the last purchase"),
            ("frequency", "money by number of orders"),
        )
    ]
    legend = [(row["name"], colour(place), MARKS[scatter.mark(place)]) for place, row in enumerate(page.names)]
    return {"space": space, "sides": sides, "legend": legend, "is_sample": not whole, "said": said}


CURVES = (
    ("inertia", "Inertia", "Inertia falls as k grows; the elbow is where it stops paying."),
    ("silhouette", "Silhouette", "Silhouette: how well separated; higher is better."),
    ("calinski_harabasz", "Calinski–Harabasz", "Calinski–Harabasz: variance between over within; higher is better."),
    ("stability", "Stability", "Stability: agreement between two sets of seeds; 1 is the same segments again."),
)


def choice(page: Page) -> Values:
    """What each k gives and which was chosen, with the reason in words."""
    rows = page.k_rows
    chosen = next((row for row in rows if row["is_chosen"]), None)
    if chosen is None:
        return {"missing": "No choice of k was recorded for this segmentation."}
    found: dict[str, Any] = {"k": number(chosen["k"]), "reason": chosen["reason"] or "No reason was recorded."}
    if len(rows) > 1:
        found["curves"] = [
            Drawing(f"fig-k-{metric.replace('_', '-')}", figures.curve(rows, metric, title), caption, 250, 220)
            for metric, title, caption in CURVES
            if sum(row[metric] is not None for row in rows) > 1
        ]
    else:
        found["single"] = f"k was fixed at {number(chosen['k'])}, so there is no curve over other numbers of segments."
    found["looked_at"] = f"The sweep looked at {counted(int(chosen['customers']), 'customer')}."
    header = ["k", "Inertia", "Silhouette", "Calinski–Harabasz", "Smallest segment", "Stability", "Seconds"]
    found["table"] = Table(
        "Each number of segments",
        header,
        [
            [
                number(row["k"]),
                number(row["inertia"]),
                number(row["silhouette"], 3),
                number(row["calinski_harabasz"]),
                share(row["smallest_share"]),
                number(row["stability"], 3),
                number(row["seconds"], 1),
            ]
            for row in rows
        ],
        marked=list(rows).index(chosen),
    )
    return found


def categories(page: Page) -> Values:
    """What each segment buys."""
    if not page.data.categories or not page.names:
        return {"missing": "No category is known for these purchases, so there is nothing to compare."}
    figure, left_out = data_figures.categories(page.data.categories, page.names)
    count = len({row["category"] for row in page.data.categories}) - left_out
    rest = f" {number(left_out)} smaller ones are not shown." if left_out else ""
    caption = f"Share of each segment's gross purchases per category, the {number(count)} largest.{rest}"
    return {"figure": Drawing("fig-categories", figure, caption, 110 + 34 * count, 120 + 34 * count)}
