"""Settings of the segment playbook: what to do with a segment, by what its customers do and by what they say."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

from pydantic import Field, model_validator

from audiences.config.features import FEATURES, REVIEW_FEATURES
from audiences.config.section import Section
from audiences.config.segments import Bounds

PLACEHOLDERS = ("segment", "customers", "customer_share", "category", "topic", "keywords")


class Play(Section):
    """One message: all its bounds must hold at the segment's difference_sd; no bounds always hold."""

    when: Mapping[str, Bounds] = Field(default_factory=dict)
    message: str = Field(min_length=1)


_DO = (
    Play(
        when={"monetary": Bounds(min=1.0), "recency_days": Bounds(max=0.5)},
        message="Look after them in person: early access and thanks instead of discounts.",
    ),
    Play(
        when={"recency_days": Bounds(min=0.5), "monetary": Bounds(min=-0.2)},
        message="Win them back before it is too late: a personal offer while they still remember the shop.",
    ),
    Play(when={"recency_days": Bounds(min=0.5)}, message="One cheap reminder, then spend the budget elsewhere."),
    Play(when={"frequency": Bounds(min=0.3)}, message="Reward the habit: points, refills, bundles of what they buy."),
    Play(
        when={"recency_days": Bounds(max=-0.3), "frequency": Bounds(max=-0.3)},
        message="Lead them to the second order: a welcome series and a small voucher within 30 days.",
    ),
    Play(when={"rating_mean": Bounds(max=-0.4)}, message="Answer them one by one before selling anything more."),
    Play(when={"rating_mean": Bounds(min=0.4)}, message="Ask them to recommend: reviews, referrals, photos."),
    Play(message="Find out what they need: a short question after the next contact."),
)
_SAY = {
    "quality_complaints": "Say what was improved ({keywords}) and offer an exchange.",
    "price_sensitivity": "Lead with the price: what a bundle saves, what it is worth ({keywords}).",
    "delivery": "Promise a date and keep them posted ({keywords}).",
    "service": "Give them one person to turn to ({keywords}).",
    "design": "Show the looks: new colours and styles first ({keywords}).",
}


class Playbook(Section):
    """Templates with {segment}, {customers}, {customer_share}, {category}, {topic} and {keywords}.

    A template whose placeholder has no value in a segment does not apply there.
    """

    behaviour: tuple[Play, ...] = Field(_DO, description="the first play that holds is the first half of the message")
    themes: Mapping[str, str] = Field(_SAY, description="theme -> second half, where the segment's first topic has it")
    topic: str = Field("Write to them about {topic} ({keywords}).", description="second half for any other topic")
    min_lift: float = Field(1.2, ge=1, description="lift from which a segment is said to write about a topic")
    features: int = Field(2, ge=0, le=10, description="features named in what sets a segment apart, at the most")

    @model_validator(mode="after")
    def _templates(self) -> Playbook:
        for text in (*(play.message for play in self.behaviour), *self.themes.values(), self.topic):
            try:
                found = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
            except ValueError as fault:
                raise ValueError(f"{text!r} is no template: {fault}") from None
            unknown = sorted(found - set(PLACEHOLDERS))
            if unknown:
                raise ValueError(f"{text!r}: unknown placeholders {unknown}; allowed: {', '.join(PLACEHOLDERS)}")
        allowed = (*FEATURES, *REVIEW_FEATURES)
        strange = sorted({name for play in self.behaviour for name in play.when} - set(allowed))
        if strange:
            raise ValueError(f"behaviour: unknown features {strange}; allowed: {', '.join(allowed)}")
        return self
