"""Typed settings, judged before Spark starts. Precedence: --set > environment > files > defaults."""

from audiences.config.features import FEATURES, Affinity, Behaviour, Rfm, RfmRule, Scaling
from audiences.config.hybrid import Hybrid
from audiences.config.load import load
from audiences.config.reviews import ReviewCleaning, ReviewSource
from audiences.config.segments import Bounds, NameRule, Report, Session, Store, ValueSegments
from audiences.config.settings import Settings
from audiences.config.show import as_yaml
from audiences.config.sources import Categories, Cleaning, Gates, Source, SourceColumns, TransactionSource
from audiences.config.text import Preprocessing, PreviousTopic, Text, Topics, Vocabulary

__all__ = [
    "FEATURES",
    "Affinity",
    "Behaviour",
    "Bounds",
    "Categories",
    "Cleaning",
    "Gates",
    "Hybrid",
    "NameRule",
    "Preprocessing",
    "PreviousTopic",
    "Report",
    "ReviewCleaning",
    "ReviewSource",
    "Rfm",
    "RfmRule",
    "Scaling",
    "Session",
    "Settings",
    "Source",
    "SourceColumns",
    "Store",
    "Text",
    "Topics",
    "TransactionSource",
    "ValueSegments",
    "Vocabulary",
    "as_yaml",
    "load",
]
