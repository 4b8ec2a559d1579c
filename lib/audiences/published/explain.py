"""`audiences explain`: why a customer is in a segment, how near its border, and what it was before (extra `query`)."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from audiences.errors import InputError
from audiences.published.members import CUSTOMERS, segment_columns
from audiences.published.snapshot import PinnedRun, published_runs, run_before
from audiences.schema.customers import UNKNOWN, level

_NEAR_IDS = 20_000
"""Ids compared for a near match at the most."""


def explain(root: str, customer: str) -> dict[str, Any]:
    """What the newest published run says of one customer, and the run of the as_of before.

    Returns:
        customer_id, as_of, the segment names, `name` (whether the customer itself fits the name of its value segment,
        what its own figures alone would be called, and how late it is), `border` (value segmentation: distance to the
        centre, to the runner-up's and to the border between them, in scaled units), `rfm`, `features` (what tells the
        segment from its runner-up, the strongest first) and `before` (as_of and segment names, or why there are none).

    Raises:
        InputError: nothing has been published, or no published customer has this id (with near ones).
    """
    runs = published_runs(root)
    run = runs[0]
    row = _row(run, CUSTOMERS, customer)
    if row is None:
        raise _unknown(run, customer)
    told: dict[str, Any] = {"customer_id": customer, "as_of": run.as_of, "segmentation": row["segmentation"]}
    told |= {name: row[name] for name in segment_columns(list(row))}
    told["name"] = _name(row)
    rfm = _row(run, "rfm", customer) or {}
    told["rfm"] = {name: rfm[name] for name in ("r_score", "f_score", "m_score", "border_distance") if name in rfm}
    told["border"], told["features"] = _value_segment(
        run, customer, {**_levels(run, customer), **(_row(run, "behaviour", customer) or {}), **rfm}
    )
    told["before"] = _before(runs, customer)
    return told


def _name(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Whether the customer fits its segment's name, and why not; None without a value segment or in an older run."""
    if row.get("fits_name") is None:
        return None
    usual, late = row.get("usual_gap_days"), row.get("lateness")
    silence = "" if late is None else f" (silent for {row['recency_days']} days, {late:.1f} times its usual gap)"
    verdict = (
        f"fits the name {row['value_segment']}{silence}"
        if row["fits_name"]
        else f"does not fit the name {row['value_segment']}: by itself it would be called {row['own_name']}{silence}"
    )
    return {"fits_name": row["fits_name"], "own_name": row["own_name"], "usual_gap_days": usual, "lateness": late,
            "in_words": verdict}  # fmt: skip


def _row(run: PinnedRun, stage: str, customer: str) -> dict[str, Any] | None:
    import pyarrow.compute as pc

    rows = run.read(stage, only=pc.field("customer_id") == customer).to_pylist() if run.has(stage) else []
    return rows[0] if rows else None


def _levels(run: PinnedRun, customer: str) -> dict[str, Any]:
    """1 for each level (attribute=value) that the customer has."""
    import pyarrow.compute as pc

    if not run.has("customer_attributes"):
        return {}
    rows = run.read("customer_attributes", only=pc.field("customer_id") == customer).to_pylist()
    return {level(row["attribute"], row["value"] or UNKNOWN): 1.0 for row in rows}


def _value_segment(
    run: PinnedRun, customer: str, natural: Mapping[str, Any]
) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """The border and the features of the value segmentation; nothing where the run has none."""
    member, scaled = _row(run, "value_segments", customer), _row(run, "features_scaled", customer)
    if member is None or scaled is None:
        return None, []
    names = {one["segment_id"]: one for one in run.read("segment_names").to_pylist()}
    own, other = names[member["segment_id"]], names.get(member["runner_up_id"])
    place = dict(zip(scaled["feature_names"], scaled["features"], strict=True))
    border = {"segment": own["name"], "why_named_so": own["reason"], "distance_to_centre": member["distance"],
              "runner_up": None, "distance_to_runner_up": None, "distance_to_border": None}  # fmt: skip
    if other is not None:
        apart = math.dist(own["centre"], other["centre"])
        lead = member["runner_up_distance"] ** 2 - member["distance"] ** 2
        border |= {
            "runner_up": other["name"], "distance_to_runner_up": member["runner_up_distance"],
            "distance_to_border": lead / (2 * apart) if apart else 0.0,
        }  # fmt: skip
    return border, _features(own, other, place, natural, _spreads(run))


def _features(
    own: Mapping[str, Any], other: Mapping[str, Any] | None, place: Mapping[str, float], natural: Mapping[str, Any],
    spreads: Mapping[str, tuple[float, float]],
) -> list[dict[str, Any]]:  # fmt: skip
    """One row per feature of the segmentation.

    pull: (distance to the runner-up's centre)^2 - (distance to the own)^2 along this feature, as a share of the sum of
    all absolute pulls; positive ones put the customer here, negative ones speak for the runner-up.
    """
    pulls = [
        (place[name] - other["centre"][n]) ** 2 - (place[name] - own["centre"][n]) ** 2 if other is not None else 0.0
        for n, name in enumerate(own["feature_names"])
    ]
    total = sum(map(abs, pulls))
    rows = []
    for n, name in enumerate(own["feature_names"]):
        mean, sd = spreads.get(name, (0.0, 1.0))
        rows.append({
            "feature": name, "value": natural.get(name, 0.0 if "=" in name else None),
            "customer_sd": (place[name] - mean) / sd,
            "segment_sd": (own["centre"][n] - mean) / sd,
            "runner_up_sd": (other["centre"][n] - mean) / sd if other is not None else None,
            "pull": pulls[n] / total if total else None,
        })  # fmt: skip
    return sorted(rows, key=lambda row: (-(row["pull"] or 0.0), row["feature"]))


def _spreads(run: PinnedRun) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation of each scaled feature over all customers; constant ones count as 1."""
    rows = run.read("feature_summary").to_pylist() if run.has("feature_summary") else []
    return {row["feature"]: (row["mean"] or 0.0, row["sd"] or 1.0) for row in rows if row["form"] == "scaled"}


def _before(runs: list[PinnedRun], customer: str) -> dict[str, Any]:
    before = run_before(runs)
    if before is None:
        return {"as_of": None, "note": "no run of an earlier as_of is published"}
    found = {"segment": _row(before, "segments", customer), "value_segment": _row(before, "value_segments", customer)}
    names: dict[str, Any] = {name: row["name"] for name, row in found.items() if row is not None}
    rfm = _row(before, "rfm", customer)
    if rfm is not None:
        names["rfm_segment"] = rfm["segment"]
    return {"as_of": before.as_of, **names} if names else {"as_of": before.as_of, "note": "was no customer yet"}


def _unknown(run: PinnedRun, customer: str) -> InputError:
    if _row(run, "transactions", customer) is not None:
        return InputError(
            "this customer has no segment", found=customer, where=f"the run of as_of {run.as_of}",
            advice="there are rows of it, but no purchase line before as_of",
        )  # fmt: skip
    near = _near_ids(run, customer)
    return InputError(
        "no customer has this id", found=customer, where=f"published/customers of as_of {run.as_of}",
        advice=f"did you mean {' or '.join(near)}?" if near else "ids are written as in published/customers",
    )  # fmt: skip


def _near_ids(run: PinnedRun, customer: str) -> Sequence[str]:
    """Up to three ids that look alike; of a big table only ids with the same beginning or end are compared."""
    import pyarrow.compute as pc

    plain = re.sub(r"\.0+$", "", customer.strip())
    if not plain:
        return []
    ends = pc.starts_with(pc.field("customer_id"), plain[:3]) | pc.ends_with(pc.field("customer_id"), plain[-3:])
    found: list[str] = []
    for batch in run.batches(CUSTOMERS, columns=["customer_id"], only=ends):
        found += batch.column("customer_id").to_pylist()[: _NEAR_IDS - len(found)]
    longer = sorted((one for one in found if one.startswith(plain)), key=lambda one: (len(one), one))
    return list(dict.fromkeys([*longer, *difflib.get_close_matches(plain, found, n=3)]))[:3]
