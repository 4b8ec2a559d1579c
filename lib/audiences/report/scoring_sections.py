"""The section about newcomers: how well their first days foretell the segment they end in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from audiences.report import scoring_figures
from audiences.report.data import Row, Rows
from audiences.report.page import Drawing, Page, Table
from audiences.report.words import counted, label, number, share

Values = Mapping[str, Any]


def _to_thousandths(value: Any) -> str:
    return number(value, 3)


_WHOLE: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("macro_f1", "Macro F1", _to_thousandths),
    ("accuracy", "Accuracy", share),
    ("top2_accuracy", "Right among two", share),
    ("log_loss", "Log loss, nats", _to_thousandths),
    ("brier", "Brier score", _to_thousandths),
)
_PER_SEGMENT = ("precision", "recall", "f1")


def newcomers(page: Page) -> Values:
    """The model beside two baselines on customers who came later, per segment, and whether it means what it says."""
    rows = tuple(row for row in page.data.scoring or () if row["split"] == "holdout")
    if not rows:
        return {"missing": "No model of early behaviour was trained on this run (audiences train)."}
    gates = [row for row in rows if row["metric"].startswith("gate_")]
    model = gates[0]["model"]
    own = tuple(row for row in rows if row["model"] == model)
    found: dict[str, Any] = {
        "lede": _lede(own, gates),
        "gates": [(row["passed"], row["detail"]) for row in gates],
        "models": _models(rows, model),
        "segments": _segments(own),
    }
    drawn = tuple(row for row in own if row["bin"] is not None)
    if drawn:
        found["calibration"] = Drawing(
            "fig-calibration",
            scoring_figures.calibration(drawn),
            "Of customers by the stated probability of their foretold segment, the share for whom it came true; on the "
            "dotted line the model means what it says.",
            height=340,
        )
    return found


def _lede(own: Rows, gates: list[Row]) -> str:
    figures = {row["metric"]: row for row in own if row["segment"] is None and row["bin"] is None}
    trained, judged = int(figures["trained_on"]["rows"]), int(figures["accuracy"]["rows"])
    verdict = "beats the baselines, so scoring may use it" if all(row["passed"] for row in gates) else (
        "does not beat the baselines, so scoring does not use it"
    )  # fmt: skip
    return (
        f"A {label(own[0]['model']).lower()} saw the first days of {counted(trained, 'customer')} and was judged on "
        f"{counted(judged, 'customer')} who came later: for {share(figures['accuracy']['value'])} it named the segment "
        f"that they ended in. It {verdict}."
    )


def _models(rows: Rows, model: str) -> Table:
    value = {
        (row["model"], row["metric"]): row["value"] for row in rows if row["segment"] is None and row["bin"] is None
    }
    names = [model, *sorted({row["model"] for row in rows} - {model})]
    body = [
        [label(name), *(words(value.get((name, metric))) for metric, _, words in _WHOLE)]
        for name in names
    ]  # fmt: skip
    return Table("The model beside two baselines", ["", *(title for _, title, _ in _WHOLE)], body, marked=0)


def _segments(own: Rows) -> Table:
    value = {(row["segment"], row["metric"]): row for row in own if row["segment"] is not None}
    names = sorted({segment for segment, _ in value})
    body = [
        [name, number(value[name, "recall"]["rows"]), *(share(value[name, metric]["value"]) for metric in _PER_SEGMENT)]
        for name in names
    ]
    return Table("Per segment", ["Segment", "Customers", "Precision", "Recall", "F1"], body)
