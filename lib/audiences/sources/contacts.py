"""Landed rows of any source to addresses of customers, and what is said of consent."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Cleaning, Consent, Contacts, IdKey, Source
from audiences.config.contacts import ADDRESS
from audiences.sources.notations.flags import NO, YES
from audiences.sources.notations.placeholders import placeholder
from audiences.sources.row_checks import hashed, instant, is_header, person, raw_texts, source_cell

_IDS = ("customer_id", "user_id")
_YES = (*YES, "subscribed", "granted", "opted in", "opt-in")
_NO = (*NO, "unsubscribed", "not_subscribed", "not subscribed", "denied", "opted out", "opt-out")
_KIND: Mapping[str, str] = {"email": "email", "sms": "phone", "phone": "phone", "post": "post"}
"""Way of writing -> the kind of address that it goes to."""


def contacts(
    landed: DataFrame,
    *,
    source: Source,
    wanted: Contacts,
    rules: Cleaning,
    time_zone: str,
    id_key: IdKey | None = None,
) -> DataFrame:
    """Addresses and consent of the rows that tell a customer (else a user), as the body of the table `contacts`.

    Rows are not judged otherwise: a row that cleaning rejects may hold an address. Of several statements of one source
    about one address, channel and purpose the newest yes or no counts; a blank cell takes nothing back.

    Args:
        landed: a landed table of any source.
        source: how its columns and times are written.
        wanted: the columns with addresses and consent.
        rules: what is removed from ids, and the words that stand for nobody.
        time_zone: of times without a zone.
        id_key: what e-mail addresses that are ids are hashed with; None: they stay.
    """
    names = tuple(source.columns.candidates())
    raw = raw_texts(landed, names).where(~is_header(source.columns))
    ids = [name for name in _IDS if name in names]
    written = raw.withColumns(
        {
            "written_id": person(ids[0], rules, None),
            "time": instant("ts", source, time_zone) if "ts" in names else F.lit(None).cast("timestamp"),
            **{f"of_{kind}": _address(kind, wanted, source, ids, rules) for kind in ("email", "phone", "post")},
        }
    )
    id_column = F.col("written_id") if id_key is None else hashed(F.col("written_id"), id_key)
    statements = [_statement(consent, source) for consent in wanted.consent]
    said = written.where(F.col("written_id").isNotNull()).withColumn(
        "said", F.explode(F.array(*statements, *_addresses_alone(wanted)))
    )
    stated = said.select(id_column.alias("customer_id"), "said.*", "time", "file", "position").where(
        F.col("value").isNotNull() | F.col("consent").isNotNull()
    )
    return _newest(stated).select(*(column.name for column in schema.contacts.body))


def _address(kind: str, wanted: Contacts, source: Source, ids: list[str], rules: Cleaning) -> Column:
    """The first address of a kind: of the configured columns, else an id that is one."""
    named = [column for of_kind, columns in wanted.columns.items() if of_kind == kind for column in columns]
    cells = [source_cell(column, source.columns) for column in named]
    found = [F.when(~placeholder(cell, rules.nobody), F.trim(cell)) for cell in cells]
    if kind == "email":
        of_ids = (person(name, rules, None) for name in ids)
        found = [F.lower(cell) for cell in (*found, *(F.when(one.rlike(ADDRESS), one) for one in of_ids))]
    return F.coalesce(*found, F.lit(None).cast("string"))


def _statement(consent: Consent, source: Source) -> Column:
    """What a row says of one consent; null where it says nothing that is understood."""
    cells = (F.nullif(F.lower(F.trim(source_cell(column, source.columns))), F.lit("")) for column in consent.columns)
    word = F.coalesce(*cells, F.lit(None).cast("string"))
    yes_or_no = F.when(word.isin(*_YES), F.lit(True)).when(word.isin(*_NO), F.lit(False))
    kind = _KIND[consent.channel]
    return _said(kind, F.col(f"of_{kind}"), F.lit(consent.channel), F.lit(consent.purpose), yes_or_no)


def _addresses_alone(wanted: Contacts) -> list[Column]:
    """The addresses of kinds that no consent is configured for."""
    nothing, unsaid = F.lit(None).cast("string"), F.lit(None).cast("boolean")
    kinds = {"email", "phone", "post"} - {_KIND[consent.channel] for consent in wanted.consent}
    return [_said(kind, F.col(f"of_{kind}"), nothing, nothing, unsaid) for kind in sorted(kinds)]


def _said(kind: str, value: Column, channel: Column, purpose: Column, consent: Column) -> Column:
    return F.struct(
        F.lit(kind).alias("kind"), value.alias("value"), channel.alias("channel"), purpose.alias("purpose"),
        consent.alias("consent"),
    )  # fmt: skip


def _newest(stated: DataFrame) -> DataFrame:
    """Of equal addresses and consents the newest yes or no with its time, else when the address was last seen."""
    said = F.when(F.col("consent").isNotNull(), F.struct("time", "file", "position"))
    return (
        stated.withColumn("said", said)
        .groupBy("customer_id", "kind", "value", "channel", "purpose")
        .agg(
            F.max_by("consent", "said").alias("consent"),
            F.coalesce(F.max("said")["time"], F.max("time")).alias("time"),
        )
    )
