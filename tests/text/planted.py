"""Texts with planted topics: each has words of its own, and noise words that all share."""

from __future__ import annotations

from datetime import date

import numpy as np

from audiences.schema import review_tokens as tokens_table
from audiences.schema import reviews as reviews_table

AS_OF = date(2024, 6, 1)
OWN = {
    "delivery": ["ship", "arrive", "courier", "late", "package", "track", "deliver", "parcel"],
    "price": ["price", "money", "cheap", "expensive", "discount", "worth", "cost", "bargain"],
    "sound": ["tone", "guitar", "amp", "loud", "clear", "noise", "string", "pedal"],
}
NOISE = ["good", "nice", "order", "shop", "day", "week", "friend", "birthday", "house", "thing", "green", "small"]
TOPICS = list(OWN)


def texts(n: int = 240, seed: int = 5) -> tuple[list[list[str]], list[str]]:
    """Tokens and the planted topic of each."""
    draw = np.random.default_rng(seed)
    found, truth = [], []
    for i in range(n):
        topic = TOPICS[i % len(TOPICS)]
        own = draw.choice(OWN[topic], 6).tolist()
        found.append(own + draw.choice(NOISE, 3).tolist())
        truth.append(topic)
    return found, truth


def frame(spark, tokens, *, customers=40, products=6, days=None):
    rows = [
        (f"r{i:05}", f"c{i % customers:03}", None if i % 7 == 0 else f"p{i % products}",
         days[i] if days else date(2024, 1, 1), float(1 + i % 5), list(words))
        for i, words in enumerate(tokens)
    ]  # fmt: skip
    return spark.createDataFrame(rows, tokens_table.schema)


def reviews(spark, tokens):
    from datetime import datetime

    rows = [
        (f"r{i:05}", "c", None, datetime(2024, 1, 1), date(2024, 1, 1), None, "review", " ".join(words) * 9, None, None)
        for i, words in enumerate(tokens)
    ]  # fmt: skip
    return spark.createDataFrame(rows, reviews_table.schema)
