"""Whether each customer fits the name of its segment, and what its own figures alone would be called."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from audiences.schema import name_fits as table
from audiences.segments.value.name_rules import conditions, read_rules, with_features


def name_fits(
    members: DataFrame, *, names: DataFrame, rules: DataFrame, rfm: DataFrame, behaviour: DataFrame, rhythm: DataFrame
) -> DataFrame:
    """One row per customer of a value segment, judged by the rule that named the segment.

    Args:
        members: `schema.value_segments`.
        names: `schema.segment_names` of the value segmentation; its `rule_id` is the rule of each segment.
        rules: `schema.name_rules`.

    Returns:
        The columns of `schema.name_fits` without as_of. The driver collects one row per rule.
    """
    ordered = read_rules(rules)
    meets = conditions(ordered)
    cases = [(meets[rule.rule_id], rule) for rule in ordered]
    # the last rule holds wherever no other does, so that every customer has a name of its own
    own_id = reduce(lambda chain, case: chain.when(case[0], F.lit(case[1].rule_id)), cases[1:],
                    F.when(cases[0][0], F.lit(cases[0][1].rule_id)))  # fmt: skip
    label = F.create_map(*(F.lit(part) for rule in ordered for part in (rule.rule_id, rule.name)))
    met = F.create_map(*(part for rule in ordered for part in (F.lit(rule.rule_id), meets[rule.rule_id])))
    return (
        members.select("customer_id", "segment_id")
        .join(F.broadcast(names.select("segment_id", "rule_id")), "segment_id")
        .join(with_features(rfm, behaviour=behaviour, rhythm=rhythm), "customer_id")
        .select("*", F.try_element_at(met, F.col("rule_id")).alias("fits_name"), own_id.alias("own_rule"))
        .withColumn("own_name", F.try_element_at(label, F.col("own_rule")))
        .select(*(column.name for column in table.body))
    )
