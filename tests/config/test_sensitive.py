"""Attributes that tell of health, religion or origin are refused until someone says why they may be used."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from audiences.config.customers import CustomerAttributes


@pytest.mark.parametrize(
    ("columns", "category"),
    [
        pytest.param({"health_status": ["health_status"]}, "health", id="by-its-name"),
        pytest.param({"group": ["ReligiousGroup"]}, "religion or belief", id="by-the-source's-name"),
        pytest.param({"origin": ["ethnic origin"]}, "ethnic origin", id="two-words"),
        pytest.param(["Gewerkschaft"], "trade union", id="another-language"),
    ],
)
def test_a_special_category_needs_a_reason(columns, category):
    with pytest.raises(ValidationError, match=f"tells of {category}"):
        CustomerAttributes(columns=columns)
    name = next(iter(columns))
    with pytest.raises(ValidationError, match="say why it may be used"):
        CustomerAttributes(columns=columns, allow_sensitive={name: "ok"})
    kept = CustomerAttributes(columns=columns, allow_sensitive={name: "explicit consent, form of May 2024"})
    assert name in kept.columns


def test_other_attributes_need_none_and_a_reason_needs_an_attribute():
    assert CustomerAttributes(columns=["age_band"]).columns == {"age_band": ("age_band",)}
    with pytest.raises(ValidationError, match="allow_sensitive: plan is no attribute"):
        CustomerAttributes(columns=["age_band"], allow_sensitive={"plan": "a long enough reason"})
