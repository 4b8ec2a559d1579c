"""Typed settings, judged before Spark starts. Precedence: --set > environment > files > defaults."""

from audiences.config.features import FEATURES, Affinity, Behaviour, Rfm, RfmRule, Scaling
from audiences.config.load import load
from audiences.config.segments import Bounds, NameRule, Report, Session, Store, ValueSegments
from audiences.config.settings import Settings
from audiences.config.show import as_yaml
from audiences.config.sources import Categories, Cleaning, Gates, Source, SourceColumns, TransactionSource

__all__ = [
    "FEATURES",
    "Affinity",
    "Behaviour",
    "Bounds",
    "Categories",
    "Cleaning",
    "Gates",
    "NameRule",
    "Report",
    "Rfm",
    "RfmRule",
    "Scaling",
    "Session",
    "Settings",
    "Source",
    "SourceColumns",
    "Store",
    "TransactionSource",
    "ValueSegments",
    "as_yaml",
    "load",
]
