"""Settings of the segment playbook: what to do with a segment, by what its customers do and by what they say."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

from pydantic import Field, field_validator, model_validator

from audiences.config.features import FEATURES, REVIEW_FEATURES
from audiences.config.names import Bounds
from audiences.config.section import Section

PLACEHOLDERS = ("segment", "customers", "customer_share", "category", "topic", "keywords")


class Play(Section):
    """One message: all its bounds must hold at the segment's position_difference; no bounds always hold.

    The position difference of a feature is the share of all customers between the segment's median and the typical
    customer's: 0.2 is 20 % of the customers above it, -0.2 as many below.
    """

    when: Mapping[str, Bounds] = Field(default_factory=dict)
    message: str = Field(min_length=1)


_NAMED = {
    "value-high_value": "Look after them in person: early access and thanks instead of discounts.",
    "value-loyal": "Reward the habit: points, refills, bundles of what they buy.",
    "value-new": "Welcome them: show the range, and give a small voucher for the next order within 30 days.",
    "value-at_risk": "Win them back before it is too late: a personal offer while they still remember the shop.",
    "value-quiet": "One cheap reminder, then spend the budget elsewhere.",
    "value-recent": "Keep the contact warm: what goes well with their last order, before their usual gap has passed.",
    "value-occasional": "Find out what they need: a short question after the next contact.",
    "rfm-champions": "Thank them first: early access, a say in what comes next, a reward for bringing friends.",
    "rfm-loyal_customers": "Reward the habit: points, refills, bundles of what they buy.",
    "rfm-potential_loyalists": "Make the next order easy: what goes well with the last one, membership, refills.",
    "rfm-new_customers": "Lead them to the second order: a welcome series and a small voucher within 30 days.",
    "rfm-promising": "Show the rest of the range: best sellers of other categories, a reason to come back this month.",
    "rfm-needs_attention": "Remind them of what they liked: an offer that ends soon, on their own categories.",
    "rfm-about_to_sleep": "Ask before they are gone: a question, and a small offer with the answer.",
    "rfm-cannot_lose_them": "Call or write in person: ask what went wrong, and offer to put it right.",
    "rfm-at_risk": "Win them back before it is too late: a personal offer while they still remember the shop.",
    "rfm-lost": "One cheap reminder a year, no paid contact.",
    "rfm-hibernating": "One cheap reminder with the season's news, then spend the budget elsewhere.",
}
_DO = (
    Play(when={"monetary": Bounds(min=0.3), "recency_days": Bounds(max=0.1)}, message=_NAMED["value-high_value"]),
    Play(when={"recency_days": Bounds(min=0.2), "monetary": Bounds(min=0.0)}, message=_NAMED["value-at_risk"]),
    Play(when={"recency_days": Bounds(min=0.2)}, message=_NAMED["value-quiet"]),
    Play(when={"frequency": Bounds(min=0.15)}, message=_NAMED["value-loyal"]),
    Play(when={"recency_days": Bounds(max=-0.15)}, message=_NAMED["value-recent"]),
    Play(when={"rating_mean": Bounds(max=-0.15)}, message="Answer them one by one before selling anything more."),
    Play(when={"rating_mean": Bounds(min=0.15)}, message="Ask them to recommend: reviews, referrals, photos."),
    Play(message=_NAMED["value-occasional"]),
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

    named: Mapping[str, str] = Field(
        _NAMED,
        description="segmentation-rule -> first half of the message of every segment that this rule named; "
        "a rule that is not listed keeps its default",
    )
    behaviour: tuple[Play, ...] = Field(
        _DO, description="segments without such a message: the first play that holds is the first half"
    )
    themes: Mapping[str, str] = Field(_SAY, description="theme -> second half, where the segment's first topic has it")
    topic: str = Field("Write to them about {topic} ({keywords}).", description="second half for any other topic")
    min_lift: float = Field(
        1.2, ge=1, description="so many times as much as all customers: from here a segment writes about a topic"
    )
    features: int = Field(2, ge=0, le=10, description="features named in what sets a segment apart, at the most")

    @field_validator("named", mode="before")
    @classmethod
    def _beside_the_defaults(cls, named: Any) -> Any:
        return {**_NAMED, **named} if isinstance(named, Mapping) else named

    @model_validator(mode="after")
    def _templates(self) -> Playbook:
        for text in (
            *self.named.values(),
            *(play.message for play in self.behaviour),
            *self.themes.values(),
            self.topic,
        ):
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
        edges = [edge for play in self.behaviour for bounds in play.when.values() for edge in (bounds.min, bounds.max)]
        too_far = sorted({edge for edge in edges if edge is not None and abs(edge) >= 1})
        if too_far:
            raise ValueError(f"behaviour: bounds are shares of customers between -1 and 1, not {too_far}")
        return self
