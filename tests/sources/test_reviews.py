"""Each landed text is a review, or rejected with every reason."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from audiences.config import ReviewCleaning, ReviewSource
from audiences.schema.text import REVIEW_OPTIONAL, REVIEW_REQUIRED
from audiences.sources.reviews import judge, rejected_reviews, reviews

pytestmark = pytest.mark.contract

NAMES = ("file", "position", *REVIEW_REQUIRED, *REVIEW_OPTIONAL, "extras", "corrupt_record")
GOOD = {
    "file": "a.csv", "customer_id": "A1", "ts": "2014-02-28 23:30:00", "text": "Works very well", "review_id": None,
    "product_id": "P1", "rating": "5.0", "source": None, "summary": None, "helpfulness": None, "extras": None,
    "corrupt_record": None,
}  # fmt: skip


def landed(spark, *changes: dict):
    kinds = ", ".join(f"{name} {'long' if name == 'position' else 'string'}" for name in NAMES)
    rows = [{**GOOD, "position": place, **change} for place, change in enumerate(changes)]
    return spark.createDataFrame([tuple(row[name] for name in NAMES) for row in rows], kinds)


CASES = {
    "good": ({}, []),
    "no-customer": ({"customer_id": " "}, ["missing_customer"]),
    "no-text": ({"text": None}, ["missing_text"]),
    "only-tags": ({"text": "<p><br/></p>&nbsp;"}, ["missing_text"]),
    "one-word": ({"text": "Good."}, ["too_short"]),
    "one-word-and-a-summary": ({"text": "Good.", "summary": "Nice one"}, []),
    "emoji-only": ({"text": "👍 👍 👍"}, ["too_short"]),
    "emoji-and-words": ({"text": "👍 love it"}, []),
    "one-megabyte": ({"text": "very good " * 100_000}, ["too_long"]),
    "no-date": ({"ts": "28.02.2014"}, ["invalid_date"]),
    "unix-time-where-text-is-configured": ({"ts": "1393545600"}, ["invalid_date"]),
    "too-early": ({"ts": "1066-10-14 09:00:00"}, ["date_out_of_range"]),
    "bad-rating": ({"rating": "five"}, ["invalid_rating"]),
    "no-number": ({"rating": "NaN"}, ["invalid_rating"]),
    "six-stars": ({"rating": "6"}, ["rating_out_of_range"]),
    "no-rating": ({"rating": None}, []),
    "latin-1-read-as-utf-8": ({"text": "tr\ufffds bon produit"}, ["undecodable_text"]),
    "corrupt": ({"corrupt_record": "x"}, ["corrupt_record"]),
    "several": ({"customer_id": None, "text": "", "ts": "?"}, ["missing_customer", "missing_text", "invalid_date"]),
}


def test_every_reason_has_its_name(spark):
    # one frame: a text of its own per case, so that no case is another's duplicate
    rows = [{"product_id": name, **change} for name, (change, _) in CASES.items()]
    judged = judge(landed(spark, *rows), source=ReviewSource(), cleaning=ReviewCleaning(), time_zone="UTC")
    found = {row["product_id"]: row["reasons"] for row in judged.select("product_id", "reasons").collect()}
    assert found == {name: reasons for name, (_, reasons) in CASES.items()}


def test_kept_texts_are_typed_and_free_of_html(spark):
    frame = landed(
        spark,
        {"text": "Don&#39;t buy<br /><br />it &amp; &lt;3 that\n\tone &hearts;", "summary": "Bad.", "helpfulness": "[13, 14]",
         "source": "Survey"},
        {"ts": "2014-02-28T23:30:00.000000Z", "customer_id": "17850.0", "review_id": "r7", "helpfulness": "[0, 0]"},
    )  # fmt: skip
    kept = reviews(frame, source=ReviewSource(), cleaning=ReviewCleaning(), time_zone="Europe/Paris")
    one, two = kept.orderBy("customer_id", ascending=False).collect()
    assert one["text"] == "Bad. Don't buy it & <3 that one"
    assert one["summary"] == "Bad."
    assert one["source"] == "survey"
    assert one["helpfulness"] == pytest.approx(13 / 14)
    assert one["ts"] == datetime(2014, 2, 28, 22, 30)
    assert one["day"] == date(2014, 2, 28)
    assert one["review_id"].startswith("h")
    assert (two["customer_id"], two["review_id"], two["helpfulness"]) == ("17850", "r7", None)
    assert two["day"] == date(2014, 3, 1)  # half past midnight in Paris


def test_unix_seconds_and_milliseconds(spark):
    frame = landed(spark, {"ts": "1393545600"}, {"ts": "1393545600.0", "product_id": "P2"}, {"ts": "9e99"}, {"ts": "x"})
    judged = judge(frame, source=ReviewSource(epoch="seconds"), cleaning=ReviewCleaning(), time_zone="UTC")
    found = [row["ts"] for row in judged.orderBy("position").collect()]
    assert found == [datetime(2014, 2, 28), datetime(2014, 2, 28), None, None]
    frame = landed(spark, {"ts": "1393545600000"})
    judged = judge(frame, source=ReviewSource(epoch="milliseconds"), cleaning=ReviewCleaning(), time_zone="UTC")
    assert judged.first()["ts"] == datetime(2014, 2, 28)


def test_copies_are_rejected_but_the_first_and_no_row_is_lost(spark):
    frame = landed(
        spark, {}, {}, {"product_id": "P2"}, {"review_id": "r1"},
        {"review_id": "r1", "text": "Another text altogether"}, {"text": None}, {"file": "b.csv"},
    )  # fmt: skip
    settings = {"source": ReviewSource(), "cleaning": ReviewCleaning(), "time_zone": "UTC"}
    kept, refused = reviews(frame, **settings), rejected_reviews(frame, **settings)
    assert kept.count() == kept.select("review_id").distinct().count() == 3
    assert {(row["file"], row["row_number"]): row["reasons"] for row in refused.collect()} == {
        ("a.csv", 2): ["exact_duplicate"], ("a.csv", 5): ["duplicate_id"], ("a.csv", 6): ["missing_text"],
        ("b.csv", 1): ["exact_duplicate"],
    }  # fmt: skip
