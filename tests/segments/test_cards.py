"""What the cards of a run say: true of its customers, and no sentence against another."""

from __future__ import annotations

from card_sentences import check_cards, claims_of_feature, claims_of_reason, contradictions

from audiences.published.snapshot import published_runs
from audiences.report.page import Card

FEATURES = ("frequency", "monetary", "recency_days")


def card(reason: str, *features: str) -> Card:
    return Card("Loyal", "", reason, (), 0.1, features, "", "", "", ())


def test_the_small_shops_cards_are_true(small_shop_root):
    assert check_cards(published_runs(str(small_shop_root))[0])


def test_the_checker_reads_what_the_sentences_say():
    reason = "spends 5.4 times a typical customer (3,510 GBP), last seen 9 days ago, 10 orders"
    assert [(c.feature, c.direction, c.value) for c in claims_of_reason(reason)] == [
        ("monetary", "above", 3510), ("recency_days", None, 9), ("frequency", None, 10),
    ]  # fmt: skip
    assert [(c.feature, c.value) for c in claims_of_reason("silent for 26% of their usual gap, 1 order")] == [
        ("frequency", 1), ("lateness", 0.26),
    ]  # fmt: skip
    assert claims_of_reason("silent for 2.5 times their usual gap")[0].value == 2.5
    line = "Frequency well above typical: 4 orders, typical 2 orders"
    assert {(c.feature, c.direction, c.value) for c in claims_of_feature(line, FEATURES)} == {("frequency", "above", 4)}


def test_the_checker_finds_sentences_that_contradict_each_other():
    reason = "spends 2 times a typical customer (1,300 GBP), last seen 9 days ago, 10 orders"
    assert contradictions(card(reason, "Monetary far above typical: GBP 1,300, typical GBP 650"), FEATURES) == []
    for line in (
        "Monetary a little below typical: GBP 1,300, typical GBP 1,900",  # the other way round
        "Monetary far above typical: GBP 1,300, typical GBP 1,900",  # the word against its own figures
        "Recency well above typical: 140 days, typical 50 days",  # another figure than the reason's
        "Frequency well below typical: 1 order, typical 2 orders",
    ):
        assert contradictions(card(reason, line), FEATURES), line
