"""Typed settings, judged before Spark starts. Precedence: --set > environment > files > defaults."""

from audiences.config.activity import Activity, ActivityFeatures, ActivityScaling
from audiences.config.activity_sources import (
    ActivityCleaning,
    ActivitySource,
    IdentitySource,
    KnownSource,
    UserMeasures,
    UserSource,
)
from audiences.config.contacts import Consent, Contacts, IdKey
from audiences.config.customers import CustomerAttributes, CustomerSource
from audiences.config.density import Density, Personas
from audiences.config.experiments import Experiments
from audiences.config.features import (
    FEATURES,
    REVIEW_FEATURES,
    Affinity,
    Behaviour,
    Rfm,
    RfmRule,
    ScalerSettings,
    Scaling,
)
from audiences.config.hybrid import Hybrid
from audiences.config.load import load
from audiences.config.names import Bounds, NameRule
from audiences.config.playbook import Play, Playbook
from audiences.config.rates import RateSource
from audiences.config.report import Report
from audiences.config.reviews import ReviewCleaning, ReviewSource
from audiences.config.row_rule import RowRule
from audiences.config.scoring import Scoring, ScoringGate, ScoringGrid
from audiences.config.segments import ValueSegments
from audiences.config.serving import Query, Serving
from audiences.config.session import Session
from audiences.config.settings import Settings
from audiences.config.show import COMMON, as_page, as_yaml
from audiences.config.sources import Categories, Cleaning, Gates, Source, SourceColumns, TransactionSource
from audiences.config.store import Store
from audiences.config.text import Preprocessing, Sentiment, Text, Topics, Vocabulary
from audiences.config.tracking import Tracking

__all__ = [
    "COMMON",
    "FEATURES",
    "REVIEW_FEATURES",
    "Activity",
    "ActivityCleaning",
    "ActivityFeatures",
    "ActivityScaling",
    "ActivitySource",
    "Affinity",
    "Behaviour",
    "Bounds",
    "Categories",
    "Cleaning",
    "Consent",
    "Contacts",
    "CustomerAttributes",
    "CustomerSource",
    "Density",
    "Experiments",
    "Gates",
    "Hybrid",
    "IdKey",
    "IdentitySource",
    "KnownSource",
    "NameRule",
    "Personas",
    "Play",
    "Playbook",
    "Preprocessing",
    "Query",
    "RateSource",
    "Report",
    "ReviewCleaning",
    "ReviewSource",
    "Rfm",
    "RfmRule",
    "RowRule",
    "ScalerSettings",
    "Scaling",
    "Scoring",
    "ScoringGate",
    "ScoringGrid",
    "Sentiment",
    "Serving",
    "Session",
    "Settings",
    "Source",
    "SourceColumns",
    "Store",
    "Text",
    "Topics",
    "Tracking",
    "TransactionSource",
    "UserMeasures",
    "UserSource",
    "ValueSegments",
    "Vocabulary",
    "as_page",
    "as_yaml",
    "load",
]
