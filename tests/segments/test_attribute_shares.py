"""Attributes by segment beside pandas' crosstab."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from audiences.segments.profiles import attribute_shares


def test_shares_and_lift_are_those_of_a_crosstab(spark):
    draw = np.random.default_rng(3)
    people = pd.DataFrame({
        "customer_id": [f"c{n}" for n in range(200)],
        "segment_id": draw.choice([0, 1, 2], 200, p=[0.2, 0.3, 0.5]),
        "region": draw.choice(["North", "South", None], 200, p=[0.5, 0.4, 0.1]),
        "channel": ["only"] * 200,
    })  # fmt: skip
    people.loc[people.segment_id == 2, "region"] = "South"  # so North has no customer there: a share of 0
    long = people.melt("customer_id", ["region", "channel"], "attribute", "value").query("customer_id != 'c7'")
    members = spark.createDataFrame(people[["customer_id", "segment_id"]])
    attributes = spark.createDataFrame(
        list(long.astype(object).where(long.notna(), None).itertuples(index=False, name=None)),
        "customer_id string, attribute string, value string",
    )
    found = attribute_shares(members, attributes).toPandas().set_index(["segment_id", "feature"])
    people.loc[7, ["region", "channel"]] = None  # who is not in the source is as unknown as who has no value
    for attribute in ("region", "channel"):
        values = people[attribute].fillna("unknown")
        shares = pd.crosstab(people.segment_id, values, normalize="index")
        overall = values.value_counts(normalize=True)
        for segment, row in shares.iterrows():
            for value, share in row.items():
                one = found.loc[(segment, f"{attribute}={value}")]
                assert one["mean"] == pytest.approx(share)
                assert one.overall_mean == pytest.approx(overall[value])
                assert one.lift == pytest.approx(share / overall[value])
                sd = (values == value).std(ddof=0)
                assert one.difference_sd == pytest.approx((share - overall[value]) / sd)
    assert len(found) == 3 * (3 + 2)
    assert found.loc[(2, "region=North"), "mean"] == 0
