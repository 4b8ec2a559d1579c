"""An experiment from its start to its verdict, by the command line; figures against pandas and statsmodels by customer."""

from __future__ import annotations

import csv
import io
import json
import shutil
from datetime import date
from pathlib import Path

import experiment_shop as shop
import numpy as np
import pandas as pd
import pytest
from deltalake import DeltaTable, write_deltalake
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from audiences.cli import main
from audiences.config import Experiments
from audiences.engine.manifest import published
from audiences.errors import InputError
from audiences.experiments.design import Period
from audiences.experiments.keys import customer_key
from audiences.experiments.words import before_the_end
from audiences.pipeline.experiments.ledger import assignments_of, entries

SECRET = shop.SECRET.encode()
SETTINGS = ("experiments.key=env:SHOP_KEY", "experiments.min_arm_customers=50", "experiments.min_buyers=30")
WINTER = ("winter", "--audience", "all", "--control", "0.25", "--arms", "mail", "--cost", "0.5", "--margin-rate", "0.4",
          "--until", "2024-03-29", "--channel", "email", "--seed", "7")  # fmt: skip


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("SHOP_KEY", shop.SECRET)


def call(capsys, root: Path, *arguments: str) -> tuple[int, str, str]:
    settings = [part for setting in (f"store.root={root}", *SETTINGS) for part in ("--set", setting)]
    capsys.readouterr()
    words = 2 if arguments[0] == "experiment" else 1
    code = main([*arguments[:words], *settings, *arguments[words:]])  # what a test sets wins
    texts = capsys.readouterr()
    return code, texts.out, texts.err


@pytest.fixture(scope="module")
def roots(_session, tmp_path_factory) -> dict[str, Path]:
    """The store on the day of the start, on day 12, and after the end; the experiment `winter` was started in it."""
    base = tmp_path_factory.mktemp("experiment")
    folder = base / "tables"
    store = shop.store_of(_session, folder)
    lines = [line for customer, _ in shop.PEOPLE for line in shop.past(customer)]
    shop.publish(store, shop.BEFORE, shop.PEOPLE, lines)
    shop.publish(store, shop.START, shop.PEOPLE, lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_KEY", shop.SECRET)
        settings = [part for setting in (f"store.root={folder}", *SETTINGS) for part in ("--set", setting)]
        assert main(["experiment", "start", *WINTER, *settings]) == 0
    shutil.copytree(folder, base / "at-the-start")
    arms = drawn(folder)
    lines += [line for who, segment in shop.PEOPLE for line in shop.period(who, segment, arms[who])]
    shop.publish(store, shop.DAY_12, shop.PEOPLE, lines)
    shutil.copytree(folder, base / "day-12")
    shop.publish(store, shop.OVER, shop.PEOPLE, lines)
    return {"start": base / "at-the-start", "day 12": base / "day-12", "over": folder}


@pytest.fixture(scope="module")
def root(roots) -> Path:
    """The store after the end: to be read only."""
    return roots["over"]


def assignments(root: Path) -> pd.DataFrame:
    return DeltaTable(root / "experiments" / "assignments").to_pandas()


def drawn(root: Path) -> dict[str, str]:
    """Customer -> arm, worked out by who has the key."""
    arms = dict(zip(*(assignments(root)[name] for name in ("customer_key", "arm")), strict=True))
    return {customer: arms[customer_key(SECRET, customer)] for customer, _ in shop.PEOPLE}


def versions(root: Path) -> list[int]:
    return [DeltaTable(root / "experiments" / name).version() for name in ("experiments", "assignments")]


def test_the_start_freezes_keyed_hashes_arms_segments_and_covariates(root):
    table = assignments(root)
    assert len(table) == table["customer_key"].nunique() == len(shop.PEOPLE)
    assert not set(table["customer_key"]) & {customer for customer, _ in shop.PEOPLE}
    counts = table.groupby(["segment", "arm"]).size()
    for segment in ("Loyal", "At risk", "New"):
        assert (counts[segment, "control"], counts[segment, "mail"]) == (100, 300)
    assert counts["other", "control"] == 3  # the tiny segment is told under another name
    by_key = table.set_index("customer_key")
    for customer, _ in shop.PEOPLE[::97]:
        row = by_key.loc[customer_key(SECRET, customer)]
        before = [line for line in shop.past(customer) if line[1] < shop.START]
        year = [line for line in before if line[1] >= date(2023, 3, 2)]
        assert float(row["spend_before"]) == pytest.approx(sum(gross + returned for *_, gross, returned in year))
        assert bool(row["bought_before"])
        assert bool(row["has_history"]) == (min(line[1] for line in before) < date(2023, 3, 2))
    frozen = DeltaTable(root / "experiments" / "experiments").to_pandas().iloc[0]
    assert (frozen["starts"], frozen["ends"], frozen["returns_until"]) == (shop.START, shop.END, shop.OVER)
    assert shop.SECRET not in str(frozen.to_dict())
    spend = sorted(float(value) for value in table["spend_before"])
    assert frozen["cap"] == spend[int(np.ceil(0.995 * len(spend))) - 1]


def test_the_same_start_again_finds_what_is_there(roots, capsys):
    before = versions(roots["start"])
    code, out, _ = call(capsys, roots["start"], "experiment", "start", *WINTER, "--start", "2024-03-01", "--json")
    assert code == 0
    assert sum(row["customers"] for row in json.loads(out)) == len(shop.PEOPLE)
    code, _, err = call(capsys, roots["start"], "experiment", "start", *WINTER, "--seed", "8")
    assert code == 2
    assert "of this name was started already" in err
    assert versions(roots["start"]) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["spring", "--audience", "all", "--until", "2024-06-01", "--start", "2024-04-12"], None, id="free"),
        pytest.param(["a", "--audience", "segment=Tiny", "--until", "2024-06-01"], "too small", id="12-people"),
        pytest.param(["a", "--audience", "segment=Rich", "--until", "2024-06-01"], "no segment has", id="segment"),
        pytest.param(["a", "--audience", "riches>3", "--until", "2024-06-01"], "no such column", id="column"),
        pytest.param(["a", "--audience", "segment>3", "--until", "2024-06-01"], "only numbers", id="comparison"),
        pytest.param(["a", "--audience", "all", "--until", "2024-04-12"], "ends after its start", id="no-day"),
        pytest.param(["a", "--audience", "all", "--until", "2024-06-01", "--start", "2024-04-01"], "before the segments",
                     id="start-in-the-past"),
        pytest.param(["a", "--audience", "all", "--until", "soon"], "not a date", id="no-date"),
        pytest.param(["a", "--audience", "all", "--until", "2024-06-01", "--control", "0"], "between 0 and 1", id="control-0"),
        pytest.param(["a", "--audience", "all", "--until", "2024-06-01", "--arms", "mail=1.2"], "between 0 and 1", id="arm-above-1"),
        pytest.param(["a", "--audience", "all", "--until", "2024-06-01", "--set", "experiments.key=env:NONE"],
                     "the secret is missing", id="no-secret"),
    ],
)  # fmt: skip
def test_what_cannot_be_started_is_refused_and_nothing_is_written(root, capsys, tmp_path, arguments, words):
    if words is None:  # the same layer later is free: the refusals below are not for want of a chance
        copy = tmp_path / "tables"
        shutil.copytree(root, copy)
        assert call(capsys, copy, "experiment", "start", *arguments, "--channel", "email")[0] == 0
        return
    before = versions(root)
    code, out, err = call(capsys, root, "experiment", "start", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert versions(root) == before


@pytest.mark.parametrize(("channel", "code"), [("email", 2), ("every", 2), ("push", 0)])
def test_a_taken_layer_is_refused(roots, capsys, tmp_path, channel, code):
    copy = tmp_path / "tables"
    shutil.copytree(roots["day 12"], copy)
    before = versions(copy)
    found, _, err = call(capsys, copy, "experiment", "start", "spring", "--audience", "all", "--until", "2024-06-01",
                         "--channel", channel)  # fmt: skip
    assert found == code
    if code:
        assert "the layer is taken" in err
        assert "winter (email, 2024-03-01 to 2024-03-29)" in err
        assert versions(copy) == before


def test_before_the_end_there_is_no_verdict(root, capsys):
    code, out, err = call(capsys, root, "experiment", "read", "winter", "--as-of", "2024-03-13")
    assert (code, out) == (0, "")
    assert "12 of 28 days: no verdict before the end on 2024-03-29" in err
    period = Period(shop.START, shop.END, shop.OVER)
    assert "28 of 28 days: returns are waited for until 2024-04-12" in str(before_the_end(period, date(2024, 4, 11)))
    assert before_the_end(period, shop.OVER) is None
    assert "0 of 28 days" in str(before_the_end(period, shop.START))


def test_what_never_started_cannot_be_read(root, capsys):
    code, out, err = call(capsys, root, "experiment", "read", "summer")
    assert (code, out) == (2, "")
    assert "no experiment of this name was started" in err
    assert "winter" in err


def by_customer(root: Path) -> pd.DataFrame:
    """Every assigned customer with what it did in the period: the oracle."""
    arms, rows = drawn(root), []
    for customer, segment in shop.PEOPLE:
        lines = shop.past(customer) + shop.period(customer, segment, arms[customer])
        inside = [line for line in lines if shop.START <= line[1] < shop.END]
        net = sum(line[3] for line in inside) + sum(line[4] for line in lines if shop.START <= line[1] < shop.OVER)
        orders = sum(line[2] for line in inside)
        rows.append((customer, "other" if segment == "Tiny" else segment, arms[customer], orders > 0, orders, net))
    return pd.DataFrame(rows, columns=["customer", "segment", "arm", "bought", "orders", "net"])


def test_the_reading_is_that_of_every_customer_as_drawn(root, capsys):
    code, out, err = call(capsys, root, "experiment", "read", "winter", "--json", "--set", "experiments.min_buyers=1")
    assert code == 0
    rows, oracle = {row["segment"]: row for row in json.loads(out)}, by_customer(root)
    cap = DeltaTable(root / "experiments" / "experiments").to_pandas()["cap"][0]
    oracle["capped"] = oracle["net"].clip(-cap, cap)
    for segment, row in rows.items():
        part = oracle if segment == "all" else oracle[oracle["segment"] == segment]
        for side, arm in (("", "mail"), ("control_", "control")):
            of_arm = part[part["arm"] == arm]
            assert row[f"{side}customers"] == len(of_arm)
            assert row[f"{side}bought"] == of_arm["bought"].sum()
            assert row[f"{side}orders"] == of_arm["orders"].sum()
            assert row[f"{side}net_spend"] == pytest.approx(of_arm["net"].sum(), abs=0.01)
    assert set(rows) == {"all", "Loyal", "At risk", "New", "other"}
    assert rows["other"]["verdict"] == "too few to say"  # what was frozen decides, not what is set today
    assert 0 < rows["other"]["p"] <= 1
    pieces = [part for _, part in oracle.groupby("segment")]
    plain = sum(
        len(part)
        / len(oracle)
        * (part[part["arm"] == "mail"]["net"].mean() - part[part["arm"] == "control"]["net"].mean())
        for part in pieces
    )
    assert rows["all"]["net_spend_more"] == pytest.approx(plain, abs=1e-6)
    assert "per customer chosen, sent or not:" in err
    assert "in margin, 40% of net spend, not capped" in err


def test_the_planted_segment_is_found(root, capsys):
    _, out, err = call(capsys, root, "experiment", "read", "winter", "--json")
    rows = {row["segment"]: row for row in json.loads(out)}
    oracle = by_customer(root)
    loyal = oracle[oracle["segment"] == "Loyal"]
    plain = stats.ttest_ind(*(loyal[loyal["arm"] == arm]["net"] for arm in ("mail", "control")), equal_var=False)
    interval = plain.confidence_interval()
    assert interval.low < rows["Loyal"]["difference"] < interval.high
    for segment in ("At risk", "New"):
        assert rows[segment]["verdict"] == "too uncertain to tell"
    assert rows["Loyal"]["verdict"] == "clear"
    assert rows["Loyal"]["low"] < 15 < rows["Loyal"]["high"]  # 30 more for every second customer
    assert "clear in Loyal, the others too uncertain to tell" in err
    assert "too few to say in other" in err


@pytest.mark.parametrize(
    ("arm", "segment"), [("control", None), ("mail", None), ("mail", "Loyal")], ids=["control", "mail", "mail-loyal"]
)
def test_export_gives_exactly_the_customers_of_an_arm(root, capsys, arm, segment):
    named = [segment] if segment else []
    code, out, err = call(capsys, root, "export", *named, "--experiment", "winter", "--arm", arm)
    arms, segments = drawn(root), dict(shop.PEOPLE)
    expected = {who for who in arms if arms[who] == arm and segment in (None, segments[who])}
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert {row["customer_id"] for row in rows} == expected
    assert len(rows) == len(expected)
    assert "customer_key" not in rows[0]
    total = sum(name == arm for name in arms.values())
    assert f"{len(expected):,} of the {total:,} drawn for {arm} in winter" in err


def test_a_plain_export_says_that_an_experiment_runs(roots, capsys):
    assert "the experiment winter" not in call(capsys, roots["over"], "export", "Loyal")[2]
    code, _, err = call(capsys, roots["day 12"], "export", "Loyal")
    assert code == 0
    assert "the experiment winter runs until 2024-03-29" in err


def test_export_refuses_what_is_not_there(root, capsys):
    for arguments, words in (
        (["--experiment", "summer", "--arm", "mail"], "no experiment of this name"),
        (["--experiment", "winter", "--arm", "push"], "no such arm"),
        (["--experiment", "winter"], "go together"),
        ([], "nothing is named"),
    ):
        code, out, err = call(capsys, root, "export", *arguments)
        assert (code, out) == (2, "")
        assert words in err


def first_key(table: DeltaTable) -> str:
    return table.to_pandas().sort_values(["arm", "customer_key"])["customer_key"].iloc[0]


def change_arm(table: DeltaTable) -> None:
    table.update(updates={"arm": "'mail'"}, predicate=f"customer_key = '{first_key(table)}'")


def change_covariate(table: DeltaTable) -> None:
    table.update(
        updates={"spend_before": "CAST(9999 AS DECIMAL(18, 2))"}, predicate=f"customer_key = '{first_key(table)}'"
    )


def take_away(table: DeltaTable) -> None:
    table.delete(f"customer_key = '{first_key(table)}'")


def put_one_in_the_place_of_another(table: DeltaTable) -> None:
    rows = table.to_pandas().sort_values(["segment", "arm"])
    same = rows[(rows["segment"] == rows["segment"].iloc[0]) & (rows["arm"] == rows["arm"].iloc[0])]
    table.delete(f"customer_key = '{same['customer_key'].iloc[0]}'")
    whole = table.to_pyarrow_table()
    place = whole["customer_key"].to_pylist().index(same["customer_key"].iloc[1])
    write_deltalake(table.table_uri, whole.slice(place, 1), mode="append")


@pytest.mark.parametrize("change", [change_arm, change_covariate, take_away, put_one_in_the_place_of_another])
def test_a_tampered_assignment_table_is_noticed(root, tmp_path, spark, capsys, change):
    shutil.copytree(root, tmp_path / "tables")
    change(DeltaTable(tmp_path / "tables" / "experiments" / "assignments"))
    store = shop.store_of(spark, tmp_path / "tables")
    experiment = entries(store, SECRET)[0]
    with pytest.raises(InputError, match="not those that were drawn"):
        assignments_of(store, SECRET, experiment)
    out = tmp_path / "members.csv"
    code, _, err = call(
        capsys, tmp_path / "tables", "export", "--experiment", "winter", "--arm", "mail", "--out", str(out)
    )
    assert code == 1
    assert "the assignments are not those that were drawn" in err
    assert not out.exists()


def test_a_tampered_ledger_and_another_key_are_noticed(root, tmp_path, capsys, monkeypatch):
    shutil.copytree(root, tmp_path / "tables")
    DeltaTable(tmp_path / "tables" / "experiments" / "experiments").update(updates={"metric": "'bought'"})
    code, out, err = call(capsys, tmp_path / "tables", "experiment", "read", "winter")
    assert (code, out) == (1, "")
    assert "does not fit its seal" in err
    monkeypatch.setenv("SHOP_KEY", "another secret of sixteen bytes")
    assert "does not fit its seal" in call(capsys, root, "experiment", "read", "winter")[2]
    monkeypatch.setenv("SHOP_KEY", "short")
    code, _, err = call(capsys, root, "experiment", "read", "winter")
    assert code == 2
    assert "the secret is too short" in err
    assert "short\n" not in err.split("found")[1]


def test_customers_lost_in_one_arm_stop_the_verdict(root, tmp_path, capsys, spark):
    shutil.copytree(root, tmp_path / "tables")
    arms = drawn(root)
    gone = set([name for name in arms if arms[name] == "mail"][:200])
    people = [(who, segment) for who, segment in shop.PEOPLE if who not in gone]
    lines = [line for who, _ in people for line in shop.past(who)]
    shop.publish(shop.store_of(spark, tmp_path / "tables"), date(2024, 5, 1), people, lines)
    code, out, err = call(capsys, tmp_path / "tables", "experiment", "read", "winter")
    assert (code, out) == (3, "")
    assert "the customers analysed are not those drawn" in err
    assert "mail: 200 of" in err


def test_maintenance_leaves_the_ledgers(root, tmp_path, capsys, spark):
    shutil.copytree(root, tmp_path / "tables")
    shop.publish(shop.store_of(spark, tmp_path / "tables"), date(2026, 1, 1), shop.PEOPLE, shop.past(shop.PEOPLE[0][0]))
    code, out, _ = call(capsys, tmp_path / "tables", "maintain", "--set", "store.keep_runs=1", "--json")
    assert code == 0
    assert "run 2024-03-01 #1" in out
    before, after = assignments(root), assignments(tmp_path / "tables")
    assert sorted(before["seal"]) == sorted(after["seal"])


def test_power_says_what_would_be_found_from_the_days_after_an_earlier_run(roots, capsys, spark):
    root = roots["day 12"]
    code, out, err = call(capsys, root, "experiment", "power", "--days", "28", "--control", "0.25", "--cost", "0.5",
                          "--margin-rate", "0.4", "--json")  # fmt: skip
    assert code == 0
    rows = {row["segment"]: row for row in json.loads(out)}
    assert next(iter(rows)) == "all"
    assert rows["all"]["customers"] == len(shop.PEOPLE)
    loyal = rows["Loyal"]
    assert (loyal["customers"], loyal["control"], loyal["break_even"]) == (400, 100, 1.25)
    assert loyal["smallest_effect"] / loyal["with_halves"] == pytest.approx((1 / (4 * 0.25 * 0.75)) ** 0.5, rel=0.02)
    share = loyal["bought"]
    assert share == sum(int(who) % 5 == 0 for who, segment in shop.PEOPLE if segment == "Loyal") / 400
    size = TTestIndPower().solve_power(nobs1=100, ratio=3, alpha=0.05, power=0.8)
    expected = 100 * size * (share * (1 - share) * 400 / 399) ** 0.5
    assert loyal["smallest_points"] == pytest.approx(expected, rel=1e-6)
    assert "a control of 25% needs 1.3 times the customers" in err
    code, _, err = call(capsys, root, "experiment", "power", "--days", "700")
    assert code == 1
    assert "no run has been published at" in err
    assert published(shop.store_of(spark, root)).as_of == shop.DAY_12
    assert Experiments().min_buyers == 100
