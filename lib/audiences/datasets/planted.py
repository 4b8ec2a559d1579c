"""What is planted: value groups, personas, themes and the hybrid segments that tie them together.

Days and orders are stated for a horizon of 365 days and scale with it. Medians and spreads were tuned so that KMeans on
standardised log1p(recency, frequency, monetary) finds the five value groups (tests/datasets/test_planted.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

YEAR = 365


@dataclass(frozen=True)
class ValueGroup:
    """How a group buys.

    Args:
        name: as in the truth.
        recency_days: median days from the last order to the end of the horizon.
        orders: median orders per horizon (at least one).
        lines: mean lines per order (geometric from 1).
        span: share of the time before the last order over which the earlier orders spread.
        power_users: share of the (human) customers whose persona is power_user.
    """

    name: str
    recency_days: float
    orders: float
    lines: float
    span: float
    power_users: float


VALUE_GROUPS = (
    ValueGroup("champions", recency_days=4, orders=28, lines=5.5, span=0.9, power_users=0.60),
    ValueGroup("loyal", recency_days=18, orders=11, lines=4.5, span=0.9, power_users=0.30),
    ValueGroup("occasional", recency_days=60, orders=3.0, lines=3.0, span=0.8, power_users=0.05),
    ValueGroup("new", recency_days=10, orders=1.1, lines=3.0, span=0.05, power_users=0.10),
    ValueGroup("lapsed", recency_days=240, orders=5.0, lines=4.0, span=0.8, power_users=0.02),
)
RECENCY_SPREAD = 0.28  # standard deviation of log(days since the last order) within a group
ORDERS_SPREAD = 0.20  # standard deviation of log(orders) within a group
MAX_ORDERS = 999  # per customer: an invoice number is customer * 1000 + order


@dataclass(frozen=True)
class HybridSegment:
    """A planted final segment: one value group and one theme; `rating` is its mean number of stars.

    Every value group holds two segments that differ only in theme, and every theme joins two value groups, so neither
    purchases nor texts alone tell the segments apart.
    """

    name: str
    percent: int
    value_group: str
    theme: str
    rating: float


HYBRID_SEGMENTS = (
    HybridSegment("champions_quality", 6, "champions", "quality", 4.6),
    HybridSegment("champions_service", 5, "champions", "service", 4.3),
    HybridSegment("loyal_price", 10, "loyal", "price", 3.9),
    HybridSegment("loyal_delivery", 9, "loyal", "delivery", 3.7),
    HybridSegment("occasional_price", 15, "occasional", "price", 3.2),
    HybridSegment("occasional_design", 13, "occasional", "design", 4.2),
    HybridSegment("new_delivery", 9, "new", "delivery", 3.5),
    HybridSegment("new_design", 9, "new", "design", 4.4),
    HybridSegment("lapsed_quality", 13, "lapsed", "quality", 1.9),
    HybridSegment("lapsed_service", 11, "lapsed", "service", 2.2),
)


@dataclass(frozen=True)
class Persona:
    """How a user moves through the product.

    Args:
        name: as in the truth.
        per_mille: share of all users for bots; humans share the rest by their value group's `power_users`.
        sessions: mean sessions per week (at least one session in the log).
        events: mean events per session (geometric from 2: a login and something).
        gap_seconds: median over sessions of the mean time between events.
        is_regular: sessions start by an even timetable and events come at even steps (2 % jitter), not at random.
        is_sleepless: sessions that keep no timetable start at any hour instead of a person's hours.
        paths: how many different targets each event type has for this user.
        events_of: event types after the login, with integer weights.
    """

    name: str
    per_mille: int
    sessions: float
    events: float
    gap_seconds: float
    is_regular: bool
    is_sleepless: bool
    paths: int
    events_of: Mapping[str, int]

    @property
    def is_bot(self) -> bool:
        return self.per_mille > 0


_SHOPPER = {"view": 50, "search": 18, "cart": 12, "purchase": 6, "wishlist": 8, "support": 6}
_BROWSER = {"view": 70, "search": 16, "cart": 6, "purchase": 2, "wishlist": 5, "support": 1}
PERSONAS = (
    Persona("power_user", 0, 6.0, 12.0, 45.0, False, False, 150, _SHOPPER),
    Persona("casual_user", 0, 1.0, 5.0, 60.0, False, False, 60, _BROWSER),
    Persona("bot_metronome", 3, 7.0, 40.0, 30.0, True, True, 80, {"view": 80, "search": 20}),
    Persona("bot_sleepless", 3, 40.0, 10.0, 50.0, False, True, 80, {"view": 90, "search": 10}),
    Persona("bot_burst", 2, 3.0, 120.0, 0.4, False, False, 80, {"view": 60, "cart": 40}),
    Persona("bot_scraper", 2, 14.0, 30.0, 8.0, True, True, 2, {"search": 100}),
)
