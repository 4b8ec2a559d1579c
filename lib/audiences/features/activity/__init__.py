"""Events of an activity log to one row of features per user."""

from audiences.features.activity.features import activity_features
from audiences.features.activity.scaling import activity_scaled, fit_activity_scaling

__all__ = ["activity_features", "activity_scaled", "fit_activity_scaling"]
