"""Each landed customer is kept with its attributes, or rejected with every reason."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from audiences import schema
from audiences.config import Cleaning, CustomerAttributes, load
from audiences.errors import ConfigError, InputError
from audiences.sources.customers import customer_attributes, judge, rejected_customers

RULES = {
    "attributes": CustomerAttributes(columns={"age_band": ["AgeBand", "age band"], "region": "Region"}),
    "rules": Cleaning(),
}


def landed(spark, *rows: tuple):
    """(customer_id, extras as a dict or None, corrupt_record); position by place, file a.csv."""
    body = [column.field() for column in schema.landed_customers.body]
    made = [
        ("a.csv", place, customer, None if extras is None else json.dumps(extras, ensure_ascii=False), corrupt)
        for place, (customer, extras, corrupt) in enumerate(rows)
    ]
    return spark.createDataFrame(made, type(schema.landed_customers.schema)(body))


CASES = (
    (("1.0", {"AgeBand": " 18-24 ", "Region": "North"}, None), []),
    (("2", {"AgeBand": "", "age band": "65+", "Region": " "}, None), []),
    ((" ", {"Region": "North"}, None), ["missing_customer"]),
    (("1", {"Region": "South"}, None), ["repeated_customer"]),
    (("3", {"Region": "S\ufffdd"}, None), ["undecodable_text"]),
    ((None, None, "a;b;c"), ["missing_customer", "corrupt_record"]),
    (("4", None, None), []),
    ((" Guest", {"Region": "North"}, None), ["missing_customer"]),
    (("-1", {"Region": "North"}, None), ["missing_customer"]),
)


def test_rows_in_are_rows_kept_and_rejected_each_with_every_reason(spark):
    rows = landed(spark, *(row for row, _ in CASES))
    judged = judge(rows, **RULES).orderBy("position").collect()
    assert [sorted(row["reasons"]) for row in judged] == [sorted(reasons) for _, reasons in CASES]
    kept = customer_attributes(rows, **RULES)
    assert kept.columns == schema.customer_attributes.names
    assert {(row["customer_id"], row["attribute"]): row["value"] for row in kept.collect()} == {
        ("1", "age_band"): "18-24", ("1", "region"): "North", ("2", "age_band"): "65+", ("2", "region"): None,
        ("4", "age_band"): None, ("4", "region"): None,
    }  # fmt: skip
    refused = rejected_customers(rows, **RULES)
    assert refused.columns == [column.name for column in schema.rejected_rows.body]
    assert sorted(row["row_number"] - 1 for row in refused.collect()) == [2, 3, 4, 5, 7, 8]
    assert kept.count() // 2 + refused.count() == len(CASES)


def test_an_attribute_with_too_many_values_or_a_misspelt_column_is_refused(spark):
    rows = landed(spark, *((str(n), {"Region": f"r{n}", "Zip": "1"}, None) for n in range(1, 5)))
    three = CustomerAttributes(columns={"region": "Region"}, max_levels=3)
    with pytest.raises(InputError, match=r"too many different values\n.*\n.*region: 4\n.*max_levels 3"):
        customer_attributes(rows, attributes=three, rules=Cleaning())
    misspelt = CustomerAttributes(columns=["Region", "region"])
    with pytest.raises(
        InputError, match=r"no customer has a value of an attribute\n.*\n.*found: +region\n.*Region, Zip"
    ):
        customer_attributes(rows, attributes=misspelt, rules=Cleaning())


@pytest.mark.parametrize("name", ["age band", "a=b", "frequency", ""], ids=["space", "equals", "a-feature", "empty"])
def test_an_attribute_needs_a_name_of_its_own(name):
    with pytest.raises(ValidationError):
        CustomerAttributes(columns={name: "x"})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        pytest.param(["sources.customers.path=c.csv"], "customer_attributes.columns: sources.customers needs", id="columns"),
        pytest.param(["scaling.attributes=region"], "['region'] are not in customer_attributes.columns", id="unknown"),
        pytest.param(
            ["scaling.attributes=region", "customer_attributes.columns=[region]", "sources.transactions.path=t.csv"],
            "scaling.attributes needs sources.customers.path", id="no-source",
        ),
        pytest.param(
            ["scaling.attributes=region", "customer_attributes.columns=[region]", "value_segments.features=[region]",
             "value_segments.method=gaussian_mixture"],
            "cannot go into a gaussian_mixture", id="mixture",
        ),
        pytest.param(["value_segments.features=[monetary, region]"], "value_segments uses ['region']", id="not-scaled"),
    ],
)  # fmt: skip
def test_settings_that_do_not_go_together_are_told_before_spark_starts(settings, said):
    with pytest.raises(ConfigError) as fault:
        load([], settings, {})
    assert said in str(fault.value)
