"""Settings of the review texts: where they are, how they are read, and which are kept."""

from __future__ import annotations

import re
from datetime import date

from pydantic import Field, field_validator, model_validator

from audiences.config.notations import NOBODY
from audiences.config.row_rule import RowRule
from audiences.config.section import Names, Section
from audiences.config.sources import Source, SourceColumns
from audiences.schema.text import REVIEW_OPTIONAL, REVIEW_REQUIRED


class ReviewColumns(SourceColumns):
    """Source columns of each canonical column: the first name that a file's header has is taken."""

    REQUIRED = REVIEW_REQUIRED
    OPTIONAL = REVIEW_OPTIONAL

    customer_id: Names = Field(("customer_id", "reviewerID"), description="required")
    ts: Names = Field(("ts", "unixReviewTime"), description="required")
    text: Names = Field(("text", "reviewText"), description="required")
    review_id: Names = Field(("review_id",), description="optional; without it the id is a hash of the row")
    product_id: Names = Field(("product_id", "asin"), description="optional")
    rating: Names = Field(("rating", "overall"), description="optional")
    source: Names = Field(("source",), description="optional: review, survey, support_ticket, …")
    summary: Names = Field(("summary",), description="optional; a heading, joined to the text")
    helpfulness: Names = Field(("helpfulness", "helpful"), description="optional: a share, or [helpful, all] votes")


class ReviewSource(Source):
    """The raw texts of customers: reviews, survey answers, support tickets."""

    JUDGED = (*Source.JUDGED, "where")

    where: tuple[RowRule, ...] = Field(
        (), description="only rows for which all of these rules hold count; the others are rejected as filtered_out"
    )
    columns: ReviewColumns = Field(default_factory=ReviewColumns)


class ReviewCleaning(Section):
    """Which texts are rejected. Missing customers and texts and unreadable dates and ratings always are."""

    min_words: int = Field(2, ge=1, description="fewer words, summary included: too_short; emoji are no words")
    max_characters: int = Field(20_000, ge=100, description="more characters in the raw text: too_long")
    min_rating: float = Field(1.0, description="lowest rating in range")
    max_rating: float = Field(5.0, description="highest rating in range")
    min_date: date = Field(date(1995, 1, 1), description="earliest day in range")
    max_date: date = Field(date(2100, 12, 31), description="latest day in range")
    default_source: str = Field("review", min_length=1, description="source of a text that names none")
    nobody: Names = Field(
        NOBODY, description="customer ids, in any case, that stand for no customer; a guest is nobody"
    )
    id_suffix_pattern: str = Field(r"\.0+$", description="removed from customer ids: 17850.0 is 17850; empty: nothing")

    @field_validator("id_suffix_pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as fault:
            raise ValueError(f"not a regular expression: {fault}") from None
        return pattern

    @model_validator(mode="after")
    def _ranges(self) -> ReviewCleaning:
        if self.max_rating <= self.min_rating:
            raise ValueError(f"max_rating {self.max_rating} is not above min_rating {self.min_rating}")
        if self.max_date < self.min_date:
            raise ValueError(f"max_date {self.max_date} is before min_date {self.min_date}")
        return self
