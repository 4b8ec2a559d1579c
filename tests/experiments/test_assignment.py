"""The draw: fixed sizes inside each stratum, the same for the same salt, independent for another."""

from __future__ import annotations

import math
from collections import Counter

from scipy import stats

from audiences.experiments.assignment import assigned
from audiences.experiments.design import Arm, arms_of
from audiences.experiments.keyed_rows import with_customer_key, with_seal
from audiences.experiments.keys import customer_key, seal

SECRET = b"a secret of sixteen bytes or more"


def people(spark, sizes: dict[str, int]):
    return spark.createDataFrame(
        [(f"{stratum}-{number}", stratum) for stratum, size in sizes.items() for number in range(size)],
        "customer_key string, stratum string",
    )


def drawn(spark, sizes: dict[str, int], arms: tuple[Arm, ...], salt: str) -> dict[str, str]:
    return {row["customer_key"]: row["arm"] for row in assigned(people(spark, sizes), arms=arms, salt=salt).collect()}


def test_each_stratum_is_divided_by_the_shares_to_within_one_customer(spark):
    sizes = {"a": 1003, "b": 57, "c": 1}
    arms = arms_of(0.1, ["mail=0.6", "push=0.3"])
    result = drawn(spark, sizes, arms, "winter|1")
    assert len(result) == sum(sizes.values())
    counts = Counter((key.split("-")[0], arm) for key, arm in result.items())
    for stratum, size in sizes.items():
        for arm in arms:
            assert math.floor(size * arm.share) <= counts[stratum, arm.name] <= math.ceil(size * arm.share)


def test_the_same_salt_gives_the_same_arms_whatever_the_partitions(spark):
    arms, sizes = arms_of(0.5), {"a": 200}
    once = drawn(spark, sizes, arms, "winter|1")
    again = assigned(people(spark, sizes).repartition(5, "stratum"), arms=arms, salt="winter|1").collect()
    assert once == {row["customer_key"]: row["arm"] for row in again}


def test_another_salt_is_independent(spark):
    arms, sizes = arms_of(0.5), {"a": 2000}
    one, other = (drawn(spark, sizes, arms, salt) for salt in ("winter|1", "winter|2"))
    table = [[sum(one[key] == x and other[key] == y for key in one) for y in ("control", "treatment")]
             for x in ("control", "treatment")]  # fmt: skip
    assert stats.chi2_contingency(table).pvalue > 0.001
    assert sum(map(sum, table)) == 2000


def test_rounding_is_by_chance_and_right_on_average(spark):
    """300 strata of 7 customers: a tenth of them is 0.7 customers, so 0 or 1 is drawn, 0.7 on average."""
    sizes = {f"s{number}": 7 for number in range(300)}
    result = drawn(spark, sizes, arms_of(0.1), "winter|1")
    controls = Counter(key.split("-")[0] for key, arm in result.items() if arm == "control")
    assert set(controls.values()) == {1}
    assert stats.binomtest(len(controls), 300, 0.7).pvalue > 0.001


def test_keys_and_seals_are_those_of_plain_python_and_no_plan_holds_the_secret(spark, capsys):
    frame = spark.createDataFrame([("17850", 1.5), ("Zoë", None)], "customer_id string, spend double")
    keyed = with_seal(with_customer_key(frame, SECRET), SECRET, ["customer_key", "spend"])
    for row in keyed.collect():
        assert row["customer_key"] == customer_key(SECRET, row["customer_id"])
        assert row["seal"] == seal(SECRET, [row["customer_key"], row["spend"]])
    keyed.explain(extended=True)
    assert SECRET.decode() not in capsys.readouterr().out


def test_fields_that_run_together_have_other_seals():
    assert seal(SECRET, ["ab", "c"]) != seal(SECRET, ["a", "bc"])
    assert seal(SECRET, [None]) != seal(SECRET, ["None"])
    assert customer_key(SECRET, "1") != customer_key(SECRET + b".", "1")
