"""E-mail addresses as ids: replaced alike in every source, and kept with what is said of consent in one table."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime

import pytest

from audiences import schema
from audiences.config import (
    ActivityCleaning,
    ActivitySource,
    Categories,
    Cleaning,
    Contacts,
    CustomerAttributes,
    CustomerSource,
    IdentitySource,
    IdKey,
    ReviewCleaning,
    ReviewSource,
    TransactionSource,
    UserMeasures,
    load,
)
from audiences.config.contacts import id_of
from audiences.errors import ConfigError
from audiences.sources import activity, customers, reviews, transactions, users
from audiences.sources.contacts import contacts
from audiences.sources.deliveries import figures
from audiences.sources.delivery_gates import check

SECRET = "a key that only this test knows"
ADA, BOB = "Ada@Example.org ", "bob@example.org"


def expected(address: str) -> str:
    """The id of an address, worked out by hand."""
    text = json.dumps(["mail", address.strip().lower()]).encode()
    return "mail-" + hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest()[:32]


@pytest.fixture
def key(monkeypatch) -> IdKey:
    monkeypatch.setenv("TEST_KEY", SECRET)
    return IdKey.of("env:TEST_KEY")


def landed(spark, table, *rows: dict):
    """Rows of a landed table; position by place, file a.csv."""
    body = [column for column in table.columns if column.name != "reader"]
    made = [{"file": "a.csv", "position": place, **row} for place, row in enumerate(rows)]
    kind = type(table.schema)([column.field() for column in body])
    return spark.createDataFrame([tuple(row.get(column.name) for column in body) for row in made], kind)


def ids(frame, name: str = "customer_id") -> set[str]:
    return {row[name] for row in frame.select(name).collect()}


def test_one_person_has_one_id_in_every_source(spark, key):
    sold = {"ts": "2024-03-01 10:00:00", "quantity": "1", "unit_price": "2"}
    lines = landed(spark, schema.landed_transactions, {"customer_id": ADA, **sold}, {"customer_id": "17850.0", **sold})
    kept = transactions.transactions(
        lines, source=TransactionSource(), cleaning=Cleaning(), categories=Categories(), time_zone="UTC",
        currency="EUR", id_key=key,
    )  # fmt: skip
    assert ids(kept) == {expected(ADA), "17850"}
    assert {row["invoice_id"].partition("@")[0] for row in kept.collect()} == {expected(ADA), "17850"}
    texts = landed(spark, schema.landed_reviews,
                   {"customer_id": ADA.upper(), "ts": "2024-03-01 10:00:00", "text": "quite good"})  # fmt: skip
    judged = reviews.reviews(texts, source=ReviewSource(), cleaning=ReviewCleaning(), time_zone="UTC", id_key=key)
    assert ids(judged) == {expected(ADA)}
    known = landed(spark, schema.landed_customers, {"customer_id": ADA, "extras": json.dumps({"region": "North"})})
    chosen = CustomerAttributes(columns=["region"])
    assert ids(customers.customer_attributes(known, attributes=chosen, rules=Cleaning(), id_key=key)) == {expected(ADA)}
    pairs = landed(spark, schema.landed_identities, {"user_id": BOB, "customer_id": ADA})
    assert [tuple(row) for row in users.identities(pairs, rules=Cleaning(), id_key=key).collect()] == [
        (expected(BOB), expected(ADA))
    ]
    measured = landed(spark, schema.landed_users, {"user_id": BOB, "extras": json.dumps({"visits": "3"})})
    assert ids(
        users.user_measures(measured, measures=UserMeasures(features=("visits",)), rules=Cleaning(), id_key=key),
        "user_id",
    ) == {expected(BOB)}
    events = landed(spark, schema.landed_activity, {"user_id": BOB, "ts": "2024-03-01 10:00:00"})
    seen = activity.activity(
        events, source=ActivitySource(), cleaning=ActivityCleaning(), rules=Cleaning(), time_zone="UTC", id_key=key
    )
    assert ids(seen, "user_id") == {expected(BOB)}
    assert SECRET not in seen._jdf.queryExecution().toString()


def test_without_a_key_an_address_stays_an_id_and_with_one_a_plain_id_does(key):
    assert [id_of(one, key.secret()) for one in (BOB, "17850", "@home", "a@b", "x y@z.de")] == [
        expected(BOB), "17850", "@home", "a@b", "x y@z.de",
    ]  # fmt: skip
    assert load([], [], {}).contacts.id_key is None
    hashing = load([], ["contacts.ids=hash", "contacts.key=env:NOT_THERE"], {}).contacts
    with pytest.raises(ConfigError, match="the secret is missing"):
        _ = hashing.id_key


def test_contacts_hold_the_addresses_and_the_newest_yes_or_no(spark, key):
    wanted = Contacts(
        columns={"email": ("Email",), "phone": ("Phone",)},
        consent=({"channel": "email", "columns": "Accepts Marketing"},),
    )

    def row(ts: str, phone: str, accepts: str, customer: str = ADA) -> dict:
        return {"customer_id": customer, "ts": ts, "extras": json.dumps({"Phone": phone, "Accepts Marketing": accepts})}

    lines = landed(
        spark, schema.landed_transactions,
        row("2024-03-02 10:00:00", "0151 1", "no"), row("2024-03-01 10:00:00", "0151 1", "yes"),
        row("2024-03-03 10:00:00", "", ""), row("2024-03-04 10:00:00", "", "perhaps", BOB),
        row("2024-03-04 10:00:00", "0151 2", "yes", "guest"), row("2024-03-05 10:00:00", "", "YES", "17850.0"),
    )  # fmt: skip
    made = contacts(
        lines, source=TransactionSource(), wanted=wanted, rules=Cleaning(), time_zone="UTC", id_key=key
    )  # fmt: skip
    assert made.columns == [column.name for column in schema.contacts.body]
    by_email = ("email", "marketing")
    assert {tuple(one) for one in made.collect()} == {
        (expected(ADA), "email", "ada@example.org", *by_email, False, datetime(2024, 3, 2, 10)),
        (expected(ADA), "phone", "0151 1", None, None, None, datetime(2024, 3, 2, 10)),
        (expected(BOB), "email", "bob@example.org", *by_email, None, datetime(2024, 3, 4, 10)),
        ("17850", "email", None, *by_email, True, datetime(2024, 3, 5, 10)),
    }


def test_contacts_of_a_source_without_times(spark, key):
    pairs = landed(spark, schema.landed_identities, {"user_id": BOB, "customer_id": "7.0"})
    made = contacts(
        pairs, source=IdentitySource(), wanted=Contacts(), rules=Cleaning(), time_zone="UTC", id_key=key
    )  # fmt: skip
    assert [tuple(row) for row in made.collect()] == [("7", "email", "bob@example.org", None, None, None, None)]
    known = landed(spark, schema.landed_customers, {"customer_id": ADA})
    made = contacts(
        known, source=CustomerSource(), wanted=Contacts(), rules=Cleaning(), time_zone="UTC", id_key=key
    )  # fmt: skip
    assert [tuple(row)[:3] for row in made.collect()] == [(expected(ADA), "email", "ada@example.org")]


def test_a_delivery_with_addresses_is_refused_until_a_person_decides(spark, monkeypatch):
    monkeypatch.setenv("TEST_KEY", SECRET)
    sold = {"ts": "2024-03-01 10:00:00", "quantity": "1", "unit_price": "2"}
    rows = landed(spark, schema.landed_transactions, {"customer_id": ADA, **sold}, {"customer_id": "1", **sold})

    def faults(*given: str) -> str:
        settings = load([], list(given), {})
        try:
            check(figures(rows, source="transactions", settings=settings), source="transactions", settings=settings)
        except Exception as fault:
            return " ".join(str(fault).split())
        return ""

    said = faults()
    assert "1 of 2 rows have an e-mail address as id" in said
    assert "contacts.ids" in said
    assert "example.org" not in said
    assert faults("contacts.ids=keep") == faults("contacts.ids=hash", "contacts.key=env:TEST_KEY") == ""
