"""Landed customers judged: attributes such as age band, region, acquisition channel."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Cleaning, CustomerAttributes, IdKey
from audiences.errors import InputError
from audiences.schema.customers import CUSTOMERS_REQUIRED
from audiences.sources import row_checks
from audiences.sources.repeats import place_among


def customer_attributes(
    landed: DataFrame, *, attributes: CustomerAttributes, rules: Cleaning, id_key: IdKey | None = None
) -> DataFrame:
    """Kept rows as the table `customer_attributes`: each gives one row per configured attribute.

    Collects two counts per attribute.

    Args:
        landed: file, position, customer_id, extras (JSON with the source's other columns), corrupt_record.
        attributes: which columns are attributes, and how many values one may have.
        rules: what is removed from customer ids, and the words that stand for nobody.
        id_key: what e-mail addresses that are ids are hashed with; None: they stay.

    Raises:
        InputError: an attribute has more values than `max_levels`, or no customer has one (its column's name may be
            wrong).
    """
    kept = row_checks.kept(judge(landed, attributes=attributes, rules=rules, id_key=id_key))
    long = kept.select("customer_id", F.explode("attributes").alias("attribute", "value"))
    _check(long, attributes, kept)
    return long.select(*schema.customer_attributes.names)


def rejected_customers(
    landed: DataFrame, *, attributes: CustomerAttributes, rules: Cleaning, id_key: IdKey | None = None
) -> DataFrame:
    """Rows without an id, and further rows of a customer, as the body of `rejected_rows`."""
    return row_checks.rejected(judge(landed, attributes=attributes, rules=rules, id_key=id_key), landed)


def judge(
    landed: DataFrame, *, attributes: CustomerAttributes, rules: Cleaning, id_key: IdKey | None = None
) -> DataFrame:
    """`customer_id`, `attributes` (name -> value) and `reasons`; of rows with one id only the first may be kept."""
    typed = (
        row_checks.raw_texts(landed, CUSTOMERS_REQUIRED)
        .withColumn("customer_id", row_checks.person("customer_id", rules, id_key))
        .withColumn("given", F.from_json("extras", "map<string,string>"))
    )
    pairs = [part for name, columns in attributes.columns.items() for part in (F.lit(name), _first(columns))]
    marked = typed.withColumns({"attributes": F.create_map(*pairs), "copy": place_among([F.col("customer_id")])})
    conditions = {
        "missing_customer": F.col("customer_id").isNull(),
        "repeated_customer": F.col("customer_id").isNotNull() & (F.col("copy") > 1),
    }
    return marked.withColumn("reasons", row_checks.reasons({**row_checks.unreadable(CUSTOMERS_REQUIRED), **conditions}))


def _first(columns: tuple[str, ...]) -> Column:
    """The value of the first of these columns that has one."""
    return F.coalesce(
        *(F.nullif(F.trim(F.try_element_at("given", F.lit(name))), F.lit("")) for name in columns),
        F.lit(None).cast("string"),
    )


def _check(long: DataFrame, attributes: CustomerAttributes, kept: DataFrame) -> None:
    counted = long.groupBy("attribute").agg(F.count("value").alias("values"), F.count_distinct("value").alias("levels"))
    rows = counted.orderBy("attribute").collect()  # one row per attribute
    many = [f"{row['attribute']}: {row['levels']}" for row in rows if row["levels"] > attributes.max_levels]
    if many:
        raise InputError(
            "an attribute has too many different values", where="customer_attributes.columns", found=", ".join(many),
            allowed=f"customer_attributes.max_levels {attributes.max_levels}",
            advice="group its values in the source, leave it out, or raise max_levels",
        )  # fmt: skip
    empty = [row["attribute"] for row in rows if not row["values"]]
    if empty:
        one = kept.select(F.map_keys("given").alias("names")).first()
        raise InputError(
            "no customer has a value of an attribute", where="customer_attributes.columns", found=", ".join(empty),
            allowed=f"columns of sources.customers: {', '.join((one and one['names']) or ()) or 'none'}",
            advice="check how the source spells the column: --set customer_attributes.columns={NAME: [COLUMN]}",
        )  # fmt: skip
