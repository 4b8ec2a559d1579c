"""What the service takes and answers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from audiences.scoring import Score

MOST_EVENTS = 100_000
"""More are refused while they are read, whatever the settings say."""


def _writable(text: str) -> str:
    """JSON can escape halves of characters (such as \\ud800), which no answer could give back."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("half a character (an unpaired surrogate) is no text") from None
    return text


Text = Annotated[str, Field(max_length=1_000), AfterValidator(_writable)]


class Message(BaseModel):
    """A field that is not declared is refused: a misspelt product_id would be lost else."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Event(Message):
    """A purchase or return line as the shop wrote it."""

    invoice_id: Text = Field(min_length=1, examples=["536365"])
    ts: datetime = Field(description="without a zone: in the model's time zone", examples=["2011-12-01T08:26:00"])
    quantity: Decimal = Field(description="below 0 for a return", examples=["6"])
    unit_price: Decimal = Field(description="in the model's currency", examples=["2.55"])
    product_id: Text | None = Field(None, examples=["85123A"])


class Customer(Message):
    """All events of one customer; those of as_of and later do not count."""

    customer_id: Text | None = Field(None, description="given back as it is")
    as_of: date = Field(description="only events before this day 00:00 count")
    events: list[Event] = Field(min_length=1, max_length=MOST_EVENTS)


class Features(Message):
    """Every early feature by name, as GET /model lists them."""

    customer_id: Text | None = Field(None, description="given back as it is")
    features: dict[Text, float] = Field(max_length=1_000)


class Answer(Message):
    """A score, or why there is none."""

    customer_id: str | None
    segment: str | None = Field(description="the likeliest; null: unscorable says why")
    probability: float | None
    runner_up: str | None
    runner_up_probability: float | None
    probabilities: dict[str, float] = Field(description="of every segment; empty where there is none")
    reasons: list[str] = Field(description="feature, its value, and what it adds")
    unscorable: str | None
    rejected: list[list[str]] = Field(description="of each event that the cleaning rules reject, the reasons")
    model: str = Field(description="fingerprint of the model")

    @classmethod
    def of(cls, score: Score, customer_id: str | None, model: str) -> Answer:
        """The answer that tells this score."""
        return cls(
            customer_id=customer_id, segment=score.segment, probability=score.probability, runner_up=score.runner_up,
            runner_up_probability=score.runner_up_probability, probabilities=dict(score.probabilities),
            reasons=list(score.reasons), unscorable=score.unscorable, rejected=[list(one) for one in score.rejected],
            model=model,
        )  # fmt: skip


class Model(Message):
    """The model that answers."""

    fingerprint: str
    as_of: date
    kind: str
    segments: list[str]
    features: list[str]
    window_days: int
    time_zone: str


class Health(Message):
    """The service's state."""

    status: str
    model: str
