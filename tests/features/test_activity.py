"""Activity features beside an oracle in plain Python and pandas, row by row; scaling; shuffles."""

from __future__ import annotations

import math
import random
from collections import Counter
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from audiences import schema
from audiences.config import ActivityFeatures, ActivityScaling, UserMeasures
from audiences.errors import InputError
from audiences.features.activity import activity_features, activity_scaled, fit_activity_scaling

pytestmark = pytest.mark.contract

AS_OF = date(2024, 3, 1)
SETTINGS = ActivityFeatures(top_types=2, night_hours=(22, 5))
TYPES = ("login", "view", "search", "cart")


def log(seed: int = 3, users: int = 40) -> list[tuple]:
    """Users of every kind: one event, regular, bursts, interleaved named sessions, equal times, none of the options."""
    draw = random.Random(seed)
    rows = []
    for number in range(users):
        events = 1 if number % 8 == 0 else draw.randrange(2, 60)
        ts = datetime(2024, 2, 1) + timedelta(seconds=draw.randrange(86_400 * 20))
        for place in range(events):
            ts += (
                timedelta(seconds=60)
                if number % 8 == 1
                else timedelta(
                    microseconds=draw.choice((0, 400_000, 20_000_000, 1_800_000_000, 1_800_000_001, 50_000_000_000))
                )
            )
            named = number % 4 == 2 and draw.random() < 0.8
            rows.append((
                f"u{number:02d}", ts, ts.date(), ts.hour, draw.choice(TYPES[: 1 + number % 4]) if number % 5 else "event",
                f"s{place // 9}{draw.choice('ab')}" if named else None,
                round(draw.random() * 100, 3) if draw.random() < 0.5 else None,
                f"/p{draw.randrange(6)}" if number % 3 else None,
            ))  # fmt: skip
    return rows


def oracle(rows: list[tuple], settings: ActivityFeatures = SETTINGS) -> dict[str, dict]:
    """Each user's features by the formulas of the table's comments, one event after the other."""
    first = date.min if settings.window_days is None else AS_OF - timedelta(days=settings.window_days)
    counted = [row for row in rows if first <= row[2] < AS_OF]
    users = {row[0] for row in counted}
    having = Counter(kind for _, kind in {(row[0], row[4]) for row in counted})
    return {user: _of_one([row for row in counted if row[0] == user], len(users), having, settings) for user in users}


def _of_one(rows: list[tuple], users: int, having: Counter, settings: ActivityFeatures) -> dict:
    rows = sorted(rows, key=lambda row: (row[1], row[5] is None, row[5] or ""))
    sessions, nameless, last_nameless, gaps, steps, before = {}, 0, None, [], [], None
    for _, ts, _, _, _, name, seconds, _ in rows:
        if name is None:
            if last_nameless is None or ts - last_nameless > timedelta(minutes=settings.session_gap_minutes):
                nameless += 1
            last_nameless = ts
        session = name or nameless
        if before is not None:
            gap = (ts - before[0]) / timedelta(seconds=1)
            gaps.append(gap)
            if session == before[1]:
                steps.append(gap)
        before = ts, session
        sessions.setdefault(session, []).append((ts, ts + timedelta(seconds=seconds or 0)))
    lengths = [
        (max(end for _, end in one) - min(ts for ts, _ in one)) / timedelta(seconds=1) for one in sessions.values()
    ]
    n, types, paths = len(rows), Counter(row[4] for row in rows), [row[7] for row in rows if row[7] is not None]
    tenure = (AS_OF - min(row[2] for row in rows)).days
    weeks = max(tenure, 7) / 7
    start, end = settings.night_hours
    night = set(range(start, end)) if start < end else {*range(start, 24), *range(end)}
    return {
        "events": n, "active_days": len({row[2] for row in rows}), "recency_days": (AS_OF - max(r[2] for r in rows)).days,
        "tenure_days": tenure, "events_per_week": n / weeks, "logins_per_week": (types["login"] or len(sessions)) / weeks,
        "sessions": len(sessions), "events_per_session": n / len(sessions),
        "session_seconds_median": np.quantile(lengths, 0.5), "session_seconds_p95": np.quantile(lengths, 0.95),
        "type_shares": [(kind, count / n) for kind, count in sorted(types.items(), key=lambda t: (-t[1], t[0]))][:2],
        "event_types": len(types), "type_entropy": _entropy(types.values()),
        "type_rarity": sum(-math.log2(having[row[4]] / users) for row in rows) / n,
        "hour_entropy": _entropy(Counter(row[3] for row in rows).values()),
        "night_share": sum(row[3] in night for row in rows) / n,
        "events_per_active_hour": n / len({(row[2], row[3]) for row in rows}),
        "gap_seconds_median": _median(gaps), "gap_cv": _variation(gaps),
        "step_seconds_median": _median(steps), "step_cv": _variation(steps),
        "burst_share": np.mean([gap < settings.burst_seconds for gap in gaps]) if gaps else None,
        "paths": len(set(paths)), "path_repetition": 1 - len(set(paths)) / len(paths) if paths else None,
    }  # fmt: skip


def _entropy(counts) -> float:
    shares = np.array(list(counts)) / sum(counts)
    return float(-(shares * np.log2(shares)).sum())


def _median(values: list[float]) -> float | None:
    return float(np.median(values)) if values else None


def _variation(values: list[float]) -> float | None:
    return float(np.std(values) / np.mean(values)) if values and np.mean(values) else None


@pytest.mark.parametrize(("window", "users"), [(None, 40), (20, 28)], ids=["all", "window"])
def test_features_agree_with_the_oracle_row_by_row(spark, body, window, users):
    settings = SETTINGS.model_copy(update={"window_days": window})
    rows = log()
    rows += [(*row[:1], datetime(2024, 3, 1, 0, 0), AS_OF, 0, *row[4:]) for row in rows[:3]]  # of day D: not counted
    events = spark.createDataFrame(rows, schema.activity.schema).repartition(3)
    found = {row["user_id"]: row.asDict() for row in body(activity_features(events, as_of=AS_OF, settings=settings),
                                                          schema.activity_features)}  # fmt: skip
    expected = oracle(rows, settings)
    assert sorted(found) == sorted(expected)
    assert len(expected) == users
    assert any(one["path_repetition"] is None for one in expected.values())
    for user, one in expected.items():
        shares = [tuple(share) for share in found[user].pop("type_shares")]
        wanted = one.pop("type_shares")
        assert [kind for kind, _ in shares] == [kind for kind, _ in wanted], user
        assert [share for _, share in shares] == pytest.approx([share for _, share in wanted])
        assert {k for k, v in found[user].items() if v is None} == {k for k, v in one.items() if v is None}, user
        values = {k: v for k, v in found[user].items() if k != "user_id" and v is not None}
        assert values == pytest.approx({k: v for k, v in one.items() if v is not None}, rel=1e-9, abs=1e-9), user


def test_each_grouping_shuffles_the_events_once_and_the_joins_nothing(spark, capsys):
    spark.conf.set("spark.sql.adaptive.enabled", "false")
    activity_features(
        spark.createDataFrame(log(), schema.activity.schema), as_of=AS_OF, settings=SETTINGS
    ).explain()  # fmt: skip
    shuffles = [line for line in capsys.readouterr().out.splitlines() if "Exchange" in line and "Broadcast" not in line]
    by_user = [line for line in shuffles if "REPARTITION_BY_COL" in line]
    # the rest is small: users counted in two steps, pairs of user and type, types
    assert (len(by_user), len(shuffles)) == (3, 7), "\n".join(shuffles)


def test_scaled_features_are_those_of_pandas(spark, body):
    events = spark.createDataFrame(log(), schema.activity.schema)
    frame = activity_features(events, as_of=AS_OF, settings=SETTINGS).cache()
    scaling = ActivityScaling(features=("events", "step_seconds_median", "step_cv", "path_repetition"))
    given = {"scaling": scaling, "measures": UserMeasures()}
    model, table = fit_activity_scaling(frame, **given)
    found = body(activity_scaled(frame, model=model, **given), schema.activity_scaled)
    raw = pd.DataFrame([row.asDict() for row in frame.orderBy("user_id").collect()])[list(scaling.features)].astype(
        float
    )
    chosen = {row["feature"]: row for row in body(table, schema.activity_scaling)}
    for name in scaling.features:
        fill = 0.0 if name in ("step_cv", "path_repetition") else np.nanquantile(raw[name], 0.5, method="inverted_cdf")
        assert chosen[name]["fill"] == fill
        values = raw[name].fillna(fill)
        centred = values - values.mean()
        skewness = (centred**3).mean() / (centred**2).mean() ** 1.5
        assert chosen[name]["skewness"] == pytest.approx(skewness)
        raw[name] = np.log1p(values) if skewness > 1 else values
    expected = (raw - raw.mean()) / raw.std()
    np.testing.assert_allclose([row["features"] for row in found], expected.to_numpy(), atol=1e-9)
    assert found[0]["feature_names"] == list(scaling.features)


def measured(spark, names: list[str], values: list[list]):
    rows = [(f"u{i}", names, list(one)) for i, one in enumerate(values)]
    return spark.createDataFrame(rows, schema.user_measures.schema)


def test_measured_users_are_scaled_whatever_their_columns_are_called(spark, body):
    names = ["n.bids`; DROP", "Ratio (%)"]
    frame = measured(spark, names, [[1.0, 0.5], [2.0, None], [3.0, 0.25], [4.0, 0.75]])
    given = {"user_measures": frame, "scaling": ActivityScaling(), "measures": UserMeasures(features=tuple(names))}
    model, table = fit_activity_scaling(**given)
    assert [row["feature"] for row in table.orderBy("position").collect()] == names
    found = body(activity_scaled(model=model, **given), schema.activity_scaled)
    ratio = np.array([0.5, 0.5, 0.25, 0.75])
    np.testing.assert_allclose([row["features"][1] for row in found], (ratio - 0.5) / ratio.std(ddof=1), atol=1e-12)
    assert found[0]["feature_names"] == names


def test_a_measure_that_nobody_has_is_told(spark):
    frame = measured(spark, ["bids", "Rato"], [[1.0, None], [2.0, None]])
    with pytest.raises(InputError, match="Rato"):
        fit_activity_scaling(
            user_measures=frame, scaling=ActivityScaling(), measures=UserMeasures(features=("bids", "Rato"))
        )
