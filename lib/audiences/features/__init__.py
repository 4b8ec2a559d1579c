"""Transactions to orders, daily partial aggregates, RFM, behaviour, category affinity and scaled features."""

from audiences.features.affinity import category_affinity
from audiences.features.behaviour import behaviour
from audiences.features.customer_days import customer_days
from audiences.features.early import early_features
from audiences.features.orders import orders
from audiences.features.rfm import rfm, rfm_cut_points
from audiences.features.scaling import customer_features, features_scaled, fit_scaling
from audiences.features.summary import feature_summary

__all__ = [
    "behaviour",
    "category_affinity",
    "customer_days",
    "customer_features",
    "early_features",
    "feature_summary",
    "features_scaled",
    "fit_scaling",
    "orders",
    "rfm",
    "rfm_cut_points",
]
