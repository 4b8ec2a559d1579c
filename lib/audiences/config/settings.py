"""The whole tree of settings."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator, model_validator

from audiences.config.features import Affinity, Behaviour, Rfm, Scaling
from audiences.config.section import Section
from audiences.config.segments import Report, Session, Store, ValueSegments
from audiences.config.sources import Categories, Cleaning, Gates, Sources, checked_zone


class Settings(Section):
    """Every setting, with its default."""

    time_zone: str = Field("UTC", description="days and hours are counted in this zone")
    currency: str = Field("EUR", pattern="^[A-Z]{3}$", description="ISO 4217 code of all money")
    store: Store = Field(default_factory=Store)
    session: Session = Field(default_factory=Session)
    sources: Sources = Field(default_factory=Sources)
    cleaning: Cleaning = Field(default_factory=Cleaning)
    categories: Categories = Field(default_factory=Categories)
    gates: Gates = Field(default_factory=Gates)
    rfm: Rfm = Field(default_factory=Rfm)
    behaviour: Behaviour = Field(default_factory=Behaviour)
    affinity: Affinity = Field(default_factory=Affinity)
    scaling: Scaling = Field(default_factory=Scaling)
    value_segments: ValueSegments = Field(default_factory=ValueSegments)
    report: Report = Field(default_factory=Report)

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, zone: str) -> str:
        return checked_zone(zone)

    @model_validator(mode="after")
    def _features_are_scaled(self) -> Settings:
        rules = {feature for rule in self.value_segments.names for feature in rule.when}
        missing = sorted({*self.value_segments.features, *rules} - set(self.scaling.features))
        if missing:
            raise ValueError(f"value_segments uses {missing}, which scaling.features does not list")
        return self

    def at(self, dotted: str) -> Any:
        """The setting or section at a dotted path; `time_zone`, `sources.transactions`, …"""
        value: Any = self
        for name in dotted.split("."):
            value = getattr(value, name)
        return value
