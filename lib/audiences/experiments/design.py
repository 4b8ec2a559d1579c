"""What an experiment is, as its owner asks for it: arms, shares, costs, metric and period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from audiences.errors import ConfigError

Metric = Literal["net_spend", "orders", "bought"]
METRICS: tuple[str, ...] = get_args(Metric)

CONTROL = "control"
TREATMENT = "treatment"
EVERY_CHANNEL = "every"
"""The channel that clashes with each other one."""


@dataclass(frozen=True)
class Arm:
    """One arm.

    Args:
        name: control, or what the arm is sent.
        share: of the audience, between 0 and 1.
        cost: of one customer of the arm, sent to or not, in the configured currency.
    """

    name: str
    share: float
    cost: float = 0.0


@dataclass(frozen=True)
class Period:
    """Purchases from `starts` 00:00 until `ends` 00:00 count, their returns until `returns_until` 00:00."""

    starts: date
    ends: date
    returns_until: date

    @property
    def days(self) -> int:
        return (self.ends - self.starts).days

    def elapsed(self, as_of: date) -> int:
        """Days of the period that lie before as_of."""
        return min(max((as_of - self.starts).days, 0), self.days)

    def overlaps(self, other: Period) -> bool:
        return self.starts < other.ends and other.starts < self.ends


def channels_clash(one: str, other: str) -> bool:
    """One channel at one time is one layer; `every` is in the way of all."""
    return one == other or EVERY_CHANNEL in (one, other)


def arms_of(control: float, named: Sequence[str] = (), costs: Sequence[str] = ()) -> tuple[Arm, ...]:
    """The control first, then the others.

    Args:
        control: its share.
        named: "mail=0.6" with a share, or "mail": those without one divide what is left. None: one arm, treatment.
        costs: "0.5" for every arm but the control, or "mail=0.5" for one.

    Raises:
        ConfigError: a share is not between 0 and 1, they do not sum to 1, a name stands twice or is not known.
    """
    _check_share(control, where="--control")
    given = dict(_parted(text, where="--arms") for text in named or [TREATMENT])
    if len(given) < len(named) or CONTROL in given or "" in given:
        raise ConfigError(
            "an arm needs a name of its own", where="--arms", found=", ".join(named),
            allowed=f"different names, none of them {CONTROL}",
        )  # fmt: skip
    for share in given.values():
        if share is not None:
            _check_share(share, where="--arms")
    left = 1 - control - sum(share or 0 for share in given.values())
    open_arms = [name for name, share in given.items() if share is None]
    if left < -1e-9 or (open_arms and left < 1e-9) or (not open_arms and abs(left) > 1e-9):
        raise ConfigError(
            "the arms' shares do not sum to 1", where="--control and --arms", found=f"{1 - left:g}",
            allowed="1 with the control; arms without a share divide what is left",
        )  # fmt: skip
    shares = {name: left / len(open_arms) if share is None else share for name, share in given.items()}
    price = _costs(costs, list(shares))
    return (Arm(CONTROL, control), *(Arm(name, share, price[name]) for name, share in shares.items()))


def checked_margin(margin_rate: float) -> float:
    """The rate itself.

    Raises:
        ConfigError: it is not above 0 and up to 1.
    """
    if not 0 < margin_rate <= 1:
        raise ConfigError("a margin rate lies above 0 and up to 1", where="--margin-rate", found=margin_rate)
    return margin_rate


def _check_share(share: float, *, where: str) -> None:
    if not 0 < share < 1:  # also for NaN
        raise ConfigError("an arm's share must lie between 0 and 1", where=where, found=share, allowed="0.1 for 10 %")


def _costs(costs: Sequence[str], arms: Sequence[str]) -> dict[str, float]:
    prices = dict.fromkeys(arms, 0.0)
    for text in costs:
        name, price = _parted(text if "=" in text else f"={text}", where="--cost")
        if (name and name not in prices) or price is None or not 0 <= price < float("inf"):
            raise ConfigError(
                "a cost is an amount per customer of an arm", where="--cost", found=text,
                allowed=f"0 or more, as 0.5 for every arm, or ARM=0.5 for one of {', '.join(arms)}",
            )  # fmt: skip
        prices.update(dict.fromkeys([name] if name else arms, price))
    return prices


def _parted(text: str, *, where: str) -> tuple[str, float | None]:
    """Name and number of "name=number"; the number may be left out."""
    name, _, number = text.partition("=")
    try:
        return name.strip(), float(number) if number else None
    except ValueError:
        raise ConfigError("not a number", where=where, found=text, allowed="NAME=NUMBER") from None
