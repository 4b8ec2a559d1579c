"""The whole tree of settings."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator, model_validator

from audiences.config.activity import Activity
from audiences.config.activity_sources import (
    ActivitySource,
    IdentitySource,
    KnownSource,
    UserMeasures,
    UserSource,
)
from audiences.config.density import Density, Personas
from audiences.config.features import Affinity, Behaviour, Rfm, Scaling
from audiences.config.hybrid import Hybrid
from audiences.config.playbook import Playbook
from audiences.config.reviews import ReviewCleaning, ReviewSource
from audiences.config.section import Section
from audiences.config.segments import Report, Session, Store, ValueSegments
from audiences.config.sources import Categories, Cleaning, Gates, Source, TransactionSource, checked_zone
from audiences.config.text import Text


class Sources(Section):
    """Raw inputs; one without a path is not there."""

    transactions: TransactionSource = Field(default_factory=TransactionSource)
    activity: ActivitySource = Field(default_factory=ActivitySource)
    users: UserSource = Field(default_factory=UserSource)
    identities: IdentitySource = Field(default_factory=IdentitySource)
    known: KnownSource = Field(default_factory=KnownSource)
    reviews: ReviewSource = Field(default_factory=ReviewSource)

    def configured(self) -> dict[str, Source]:
        """Name -> source, of those that have a path."""
        sources = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: source for name, source in sources.items() if source.path}


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
    activity: Activity = Field(default_factory=Activity)
    user_measures: UserMeasures = Field(default_factory=UserMeasures)
    density: Density = Field(default_factory=Density)
    personas: Personas = Field(default_factory=Personas)
    review_cleaning: ReviewCleaning = Field(default_factory=ReviewCleaning)
    text: Text = Field(default_factory=Text)
    hybrid: Hybrid = Field(default_factory=Hybrid)
    playbook: Playbook = Field(default_factory=Playbook)
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

    @model_validator(mode="after")
    def _users_are_described_once(self) -> Settings:
        """Density comes from events or from measured users, and only from features that are scaled."""
        if self.sources.activity.path and self.sources.users.path:
            raise ValueError("sources.activity and sources.users exclude each other: one store holds one of them")
        if self.sources.users.path and not self.user_measures.features:
            raise ValueError("user_measures.features: sources.users needs the names of its numeric columns")
        known = self.user_measures.features or self.activity.scaling.features
        missing = sorted({*self.density.features, *self.personas.level_features} - set(known))
        if missing:
            raise ValueError(f"density uses {missing}, which are not scaled; allowed: {', '.join(known)}")
        return self

    def at(self, dotted: str) -> Any:
        """The setting or section at a dotted path; `time_zone`, `sources.transactions`, …"""
        value: Any = self
        for name in dotted.split("."):
            value = getattr(value, name)
        return value
