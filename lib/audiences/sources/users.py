"""Landed users judged: measures already aggregated, identities, and known anomalies."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Cleaning, IdKey, UserMeasures
from audiences.schema.users import (
    IDENTITIES_REQUIRED,
    KNOWN_OPTIONAL,
    KNOWN_REQUIRED,
    USERS_REQUIRED,
)
from audiences.sources import row_checks
from audiences.sources.notations.flags import flag_value
from audiences.sources.repeats import place_among


def user_measures(
    landed: DataFrame, *, measures: UserMeasures, rules: Cleaning, id_key: IdKey | None = None
) -> DataFrame:
    """Kept rows as the table `user_measures`.

    Args:
        landed: file, position, user_id, extras (JSON with the user's own columns), corrupt_record.
        measures: which of them are features.
        rules: what is removed from user ids, and the words that stand for nobody.
        id_key: what e-mail addresses that are ids are hashed with; None: they stay.
    """
    judged = judge_measures(landed, measures=measures, rules=rules, id_key=id_key)
    return row_checks.kept(judged).select(*schema.user_measures.names)


def rejected_users(
    landed: DataFrame, *, measures: UserMeasures, rules: Cleaning, id_key: IdKey | None = None
) -> DataFrame:
    """Rows with unreadable numbers or a repeated or missing id, as the body of `rejected_rows`."""
    return row_checks.rejected(judge_measures(landed, measures=measures, rules=rules, id_key=id_key), landed)


def judge_measures(
    landed: DataFrame, *, measures: UserMeasures, rules: Cleaning, id_key: IdKey | None = None
) -> DataFrame:
    """`feature_names`, `values` and `reasons`; of rows with one id only the first may be kept."""
    given = F.from_json("extras", "map<string,string>")
    typed = (
        row_checks.raw_texts(landed, USERS_REQUIRED)
        .withColumn("user_id", row_checks.person("user_id", rules, id_key))
        .withColumn("given", given)
    )
    texts = {name: F.nullif(F.trim(F.try_element_at("given", F.lit(name))), F.lit("")) for name in measures.features}
    marked = typed.withColumns(
        {
            "feature_names": _texts(measures.features),
            "values": F.array(*(row_checks.finite(text) for text in texts.values())).cast("array<double>"),
            "copy": place_among([F.col("user_id")]),
        }
    )
    conditions = {
        "missing_user": F.col("user_id").isNull(),
        **{f"invalid_{name}": row_checks.finite(text).isNull() & text.isNotNull() for name, text in texts.items()},
        "repeated_user": _is_repeated(),
    }
    return marked.withColumn("reasons", row_checks.reasons({**row_checks.unreadable(USERS_REQUIRED), **conditions}))


def identities(landed: DataFrame, *, rules: Cleaning, id_key: IdKey | None = None) -> DataFrame:
    """Kept rows as the table `identities`: of several rows of one user the first counts."""
    return row_checks.kept(judge_identities(landed, rules=rules, id_key=id_key)).select(*schema.identities.names)


def rejected_identities(landed: DataFrame, *, rules: Cleaning, id_key: IdKey | None = None) -> DataFrame:
    """Rows without either id, and further rows of a user, as the body of `rejected_rows`."""
    return row_checks.rejected(judge_identities(landed, rules=rules, id_key=id_key), landed)


def judge_identities(landed: DataFrame, *, rules: Cleaning, id_key: IdKey | None = None) -> DataFrame:
    """`user_id`, `customer_id` and `reasons`."""
    typed = row_checks.raw_texts(landed, IDENTITIES_REQUIRED).withColumns(
        {name: row_checks.person(name, rules, id_key) for name in IDENTITIES_REQUIRED}
    )
    marked = typed.withColumn("copy", place_among([F.col("user_id")]))
    conditions = {
        "missing_user": F.col("user_id").isNull(),
        "missing_customer": F.col("customer_id").isNull(),
        "repeated_user": _is_repeated(),
    }
    return marked.withColumn(
        "reasons", row_checks.reasons({**row_checks.unreadable(IDENTITIES_REQUIRED), **conditions})
    )


def known_anomalies(landed: DataFrame, *, rules: Cleaning, id_key: IdKey | None = None) -> DataFrame:
    """One row per user as the table `known_anomalies`: known if any of the user's kept rows says so."""
    judged = judge_known(landed, rules=rules, id_key=id_key)
    return (
        row_checks.kept(judged)
        .groupBy("user_id")
        .agg(F.max("is_anomaly").alias("is_anomaly"), F.count(F.lit(1)).alias("rows"))
        .select(*schema.known_anomalies.names)
    )


def rejected_known(landed: DataFrame, *, rules: Cleaning, id_key: IdKey | None = None) -> DataFrame:
    """Rows without a user or with an unreadable flag, as the body of `rejected_rows`."""
    return row_checks.rejected(judge_known(landed, rules=rules, id_key=id_key), landed)


def judge_known(landed: DataFrame, *, rules: Cleaning, id_key: IdKey | None = None) -> DataFrame:
    """`user_id`, `is_anomaly` and `reasons`; a blank flag says yes only where no row of the file has a flag."""
    raw = (*KNOWN_REQUIRED, *KNOWN_OPTIONAL)
    flagged = landed.groupBy("file").agg(F.max(F.trim("flag") != "").alias("has_flags"))
    said = flag_value(row_checks.trimmed("flag"))
    typed = row_checks.raw_texts(landed, raw).join(F.broadcast(flagged), "file")
    is_listed = ~F.coalesce("has_flags", F.lit(False))
    marked = typed.withColumns(
        {
            "user_id": row_checks.person("user_id", rules, id_key),
            "is_anomaly": F.when(is_listed, F.lit(True)).otherwise(said),
        }
    )
    conditions = {
        "missing_user": F.col("user_id").isNull(),
        "missing_flag": F.col("is_anomaly").isNull() & row_checks.trimmed("flag").isNull(),
        "invalid_flag": F.col("is_anomaly").isNull() & row_checks.trimmed("flag").isNotNull(),
    }
    return marked.withColumn("reasons", row_checks.reasons({**row_checks.unreadable(raw), **conditions}))


def _texts(names: Sequence[str]) -> Column:
    return F.array(*(F.lit(name) for name in names)).cast("array<string>")


def _is_repeated() -> Column:
    return F.col("user_id").isNotNull() & (F.col("copy") > 1)
