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
from audiences.config.contacts import Contacts
from audiences.config.customers import CustomerAttributes, CustomerSource
from audiences.config.density import Density, Personas
from audiences.config.experiments import Experiments
from audiences.config.features import Affinity, Behaviour, Rfm, Scaling
from audiences.config.hybrid import Hybrid
from audiences.config.playbook import Playbook
from audiences.config.rates import RateSource
from audiences.config.report import Report
from audiences.config.reviews import ReviewCleaning, ReviewSource
from audiences.config.scoring import Scoring
from audiences.config.section import Section
from audiences.config.segments import ValueSegments
from audiences.config.serving import Query, Serving
from audiences.config.session import Session
from audiences.config.sources import CHOOSE, Categories, Cleaning, Gates, Source, TransactionSource, checked_zone
from audiences.config.store import Store
from audiences.config.text import Text
from audiences.config.tracking import Tracking


class Sources(Section):
    """Raw inputs; one without a path is not there."""

    transactions: TransactionSource = Field(default_factory=TransactionSource)
    activity: ActivitySource = Field(default_factory=ActivitySource)
    users: UserSource = Field(default_factory=UserSource)
    identities: IdentitySource = Field(default_factory=IdentitySource)
    known: KnownSource = Field(default_factory=KnownSource)
    reviews: ReviewSource = Field(default_factory=ReviewSource)
    customers: CustomerSource = Field(default_factory=CustomerSource)
    rates: RateSource = Field(default_factory=RateSource)

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
    contacts: Contacts = Field(default_factory=Contacts)
    categories: Categories = Field(default_factory=Categories)
    gates: Gates = Field(default_factory=Gates)
    rfm: Rfm = Field(default_factory=Rfm)
    behaviour: Behaviour = Field(default_factory=Behaviour)
    affinity: Affinity = Field(default_factory=Affinity)
    customer_attributes: CustomerAttributes = Field(default_factory=CustomerAttributes)
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
    scoring: Scoring = Field(default_factory=Scoring)
    experiments: Experiments = Field(default_factory=Experiments)
    tracking: Tracking = Field(default_factory=Tracking)
    report: Report = Field(default_factory=Report)
    query: Query = Field(default_factory=Query)
    serving: Serving = Field(default_factory=Serving)

    @field_validator("currency", mode="before")
    @classmethod
    def _currency_is_chosen(cls, currency: object) -> object:
        if currency == CHOOSE:
            raise ValueError("still to be chosen: the file does not say it; an ISO 4217 code such as EUR")
        return currency

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, zone: str) -> str:
        return checked_zone(zone)

    @model_validator(mode="after")
    def _features_are_scaled(self) -> Settings:
        missing = sorted({*self.value_segments.features} - set(self.scaling.features) - self._attributes())
        if missing:
            raise ValueError(f"value_segments uses {missing}, which scaling.features does not list")
        return self

    def _attributes(self) -> set[str]:
        return set(self.scaling.attributes)

    @model_validator(mode="after")
    def _attributes_are_known(self) -> Settings:
        """An attribute that is a feature comes from a source, and has no covariance that could be inverted."""
        known = self.customer_attributes.columns
        if self.sources.customers.path and not known:
            raise ValueError("customer_attributes.columns: sources.customers needs the names of its attributes")
        missing = sorted(self._attributes() - set(known))
        if missing:
            raise ValueError(
                f"scaling.attributes: {missing} are not in customer_attributes.columns ({', '.join(known)})"
            )
        if self._attributes() and self.sources.transactions.path and not self.sources.customers.path:
            raise ValueError("scaling.attributes needs sources.customers.path")
        mixed = sorted(self._attributes() & set(self.value_segments.features))
        if mixed and self.value_segments.method == "gaussian_mixture":
            raise ValueError(
                f"value_segments.features: {mixed} cannot go into a gaussian_mixture (the levels of an attribute sum "
                "to 1, so their covariance cannot be inverted); allowed with kmeans"
            )
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

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every path that Spark reads or writes: store.root and the sources'."""
        return (self.store.root, *(path for source in self.sources.configured().values() for path in source.path))

    def at(self, dotted: str) -> Any:
        """The setting or section at a dotted path; `time_zone`, `sources.transactions`, …"""
        value: Any = self
        for name in dotted.split("."):
            value = getattr(value, name)
        return value
