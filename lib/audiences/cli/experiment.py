"""`audiences experiment`: start one, ask what it could find, read what it found."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from audiences import api, config
from audiences.cli import output
from audiences.cli.arguments import AsJson, Assignments, Files

app = typer.Typer(
    help="Control groups: who is left out by chance, and what acting on a segment earned.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip

Name = Annotated[str, typer.Argument(help="The experiment's name.")]
Audience = Annotated[
    list[str], typer.Option(metavar="RULE", help="all, 'segment=A|B', 'recency_days>=30'; repeated: all rules hold.")
]
Until = Annotated[str, typer.Option(metavar="DATE", help="Purchases before this day 00:00 count.")]
Start = Annotated[
    str | None, typer.Option("--start", metavar="DATE", help="First day that counts; the newest run's as_of.")
]
Control = Annotated[float, typer.Option("--control", help="Share that is left out: 0.1 for 10 %.")]
Arms = Annotated[
    list[str], typer.Option("--arms", metavar="NAME[=SHARE]", help="What is compared with the control; treatment.")
]
Costs = Annotated[list[str], typer.Option(metavar="[ARM=]AMOUNT", help="Of one customer of an arm, sent to or not.")]
Metric = Annotated[Literal["net_spend", "orders", "bought"], typer.Option(help="What the verdict reads.")]
Channel = Annotated[
    str, typer.Option(help="A channel and period is one layer, of one experiment; 'every' clashes with all.")
]
Stratify = Annotated[Literal["segment", "none"], typer.Option(help="Draw inside each segment.")]
Margin = Annotated[float | None, typer.Option("--margin-rate", help="Margin per unit of net spend, 0 to 1.")]
Seed = Annotated[int, typer.Option(help="Of the draw.")]


@app.command("start")
def start_experiment(
    name: Name,
    audience: Audience,
    until: Until,
    control: Control = 0.1,
    arms: Arms = [],  # noqa: B006 - typer's way to say "none given"
    cost: Costs = [],  # noqa: B006
    metric: Metric = "net_spend",
    starts: Start = None,
    channel: Channel = "every",
    stratify: Stratify = "segment",
    margin_rate: Margin = None,
    seed: Seed = 1,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Draw the arms by chance and freeze them, with metric, cap and end, before anything is sent."""
    from audiences.experiments.design import arms_of
    from audiences.pipeline.experiments import Request

    settings = config.load(files, assignments)
    request = Request(
        name=name, audience=tuple(audience), arms=arms_of(control, arms, cost), metric=metric,
        ends=api.as_date(until, where="--until"), starts=api.as_date(starts, where="--start") if starts else None,
        channel=channel, stratify=stratify, margin_rate=margin_rate, seed=seed,
    )  # fmt: skip
    experiment = api.start_experiment(settings, request)
    period = experiment.period
    output.messages.print(
        f"{experiment.name}: {period.starts} to {period.ends}, verdict from {period.returns_until} on; "
        f"spend of one customer counts up to {experiment.cap:,.2f} {settings.currency}", markup=False,
    )  # fmt: skip
    rows = [
        {"segment": segment, "arm": arm, "customers": customers}
        for (segment, arm), customers in sorted(experiment.cells.items())
    ]
    output.show(rows, "json" if as_json else "table")


@app.command("power")
def power_of_experiment(
    days: Annotated[int, typer.Option(help="How long it would last.")] = 28,
    control: Control = 0.1,
    cost: Annotated[float, typer.Option(help="Of one customer, sent to or not.")] = 0.0,
    margin_rate: Margin = None,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """The smallest effect that an experiment would find, per segment, from past purchases; and what a control costs."""
    from audiences.pipeline.experiments.power import in_words

    settings = config.load(files, assignments)
    rows = api.experiment_power(settings, days=days, control=control, cost=cost, margin_rate=margin_rate)
    output.show(rows, "json" if as_json else "table")
    output.messages.print(in_words(control), markup=False)


@app.command("read")
def read_experiment(
    name: Name,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="The newest run if not given.")] = None,
    files: Files = [],  # noqa: B006
    assignments: Assignments = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """What it earned, by the segments of the day it was started; before its end only how far it is."""
    from audiences.experiments import words

    settings = config.load(files, assignments)
    result = api.read_experiment(settings, name, as_of)
    experiment = result.experiment
    if result.waiting is not None:
        output.messages.print(f"{name}: {result.waiting}", markup=False)
        if as_json:
            output.show([{"experiment": name, "as_of": result.as_of, "waiting": result.waiting}], "json")
        return
    for arm in result.arms:
        for line in words.of_arm(arm, experiment.metric, settings.currency):
            output.messages.print(line, markup=False)
        output.messages.print(words.of_money(arm, experiment.margin_rate, settings.currency), markup=False)
        ratio = result.sample_ratios[arm.arm.name]
        output.messages.print(words.of_losses(arm, experiment.cells, ratio.p), markup=False)
    rows = [row for arm in result.arms for row in _rows(arm, result.sample_ratios[arm.arm.name].p)]
    output.show(rows, "json" if as_json else "table", names=[] if as_json else _SHOWN)


_SHOWN = (
    "arm", "segment", "customers", "control_customers", "bought", "control_bought", "net_spend", "control_net_spend",
    "difference", "low", "high", "p", "q", "pooled", "verdict",
)  # fmt: skip
"""The columns of the table; JSON has more."""


def _rows(arm: Any, sample_ratio_p: float) -> list[dict[str, Any]]:
    """All customers first, then each frozen segment."""
    over_all = {
        "net_spend_more": arm.money.difference, "net_spend_low": arm.money.low, "net_spend_high": arm.money.high,
        "cost": arm.arm.cost, "relative": arm.relative, "share_above_cap": arm.share_above_cap,
        "variance_kept": arm.variance_kept, "segments_differ_p": None if arm.differ is None else arm.differ.p,
        "sample_ratio_p": sample_ratio_p, "bought_more": None, "bought_low": None, "bought_high": None,
    }  # fmt: skip
    first = _row(arm, "all", arm, arm.overall, is_clear=arm.is_clear, q=arm.q, pooled=None)
    rows = [{**first, **over_all}]
    for part in arm.segments:
        row = _row(arm, part.segment, part, part.difference, is_clear=part.is_clear, q=part.q, pooled=part.pooled)
        bought = {
            f"bought_{name}": value for name, value in zip(("more", "low", "high"), part.bought.interval, strict=True)
        }
        rows.append({**row, **dict.fromkeys(over_all), **bought})
    return rows


def _row(arm: Any, segment: str, part: Any, difference: Any, *, is_clear: bool, q: Any, pooled: Any) -> dict[str, Any]:
    row = {"arm": arm.arm.name, "segment": segment}
    for side, moments in (("", part.treated), ("control_", part.control)):
        row |= {f"{side}customers": moments.count, f"{side}bought": round(moments.total("bought"))}
        row |= {
            f"{side}orders": round(moments.total("orders")),
            f"{side}net_spend": round(moments.total("net_spend"), 2),
        }
    told = {"difference": difference.difference, "low": difference.low, "high": difference.high, "p": difference.p}
    if not part.is_enough:
        told = {"difference": difference.difference, "low": None, "high": None, "p": part.permutation_p}
    verdict = "too few to say" if not part.is_enough else "clear" if is_clear else "too uncertain to tell"
    return {**row, **told, "q": q, "pooled": None if pooled is None else pooled[0], "verdict": verdict}
