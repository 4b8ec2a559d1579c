"""Settings of the density stages."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from audiences.config.section import Names, Section

DENSITY_FEATURES = (
    "logins_per_week", "events_per_active_hour", "step_seconds_median", "step_cv", "path_repetition", "type_rarity",
)  # fmt: skip
"""How often, how fast, how evenly, how repetitively, how unusually: six features in which bots and people differ."""


class Personas(Section):
    """What users of clusters and outside them are called, and what their anomaly score is measured from."""

    power_user: str = Field("Power User", min_length=1, description="of a large cluster, high activity level")
    casual_user: str = Field("Casual User", min_length=1, description="of a large cluster, any other level")
    anomalous: str = Field("Anomalous", min_length=1, description="noise, and clusters below density.min_share")
    level_features: Names = Field(
        (), description="activity level: mean of these scaled features; empty: events_per_week, else density.features"
    )
    power_sd: float = Field(
        1.0, ge=0, description="a power user's level: so many sd above the mean of the large clusters' users"
    )
    reference_share: float = Field(
        0.05, gt=0, le=1, description="the score is the distance to core rows of clusters with at least this share"
    )


class Density(Section):
    """Exact DBSCAN of the users' scaled features."""

    features: Names = Field(
        (), description=f"empty: {', '.join(DENSITY_FEATURES)} of events, else all measured features"
    )
    pca_components: int | None = Field(None, ge=1, description="cluster so many principal components of the features")
    eps: float | None = Field(None, gt=0, description="neighbours are this near, scaled units; null: the suggestion")
    min_points: int | None = Field(None, ge=1, description="users within eps that make a core; null: 2 * dimensions")
    queries: int = Field(10_000, ge=100, description="users that the k-distance curve is sampled from")
    leaf_rows: int = Field(262_144, ge=1, description="users of a leaf at the most: bounds a worker's memory")
    max_dimensions: int = Field(12, ge=1, description="more dimensions are refused")
    max_shuffle_gb: float = Field(500.0, gt=0, description="a plan that ships more is refused")
    max_core_hours: float = Field(100.0, gt=0, description="a plan that takes longer is refused")
    min_share: float = Field(0.01, gt=0, le=1, description="clusters with a smaller share of all users are anomalous")
    seed: int = Field(7, description="of the KMeans beside it")

    @field_validator("features")
    @classmethod
    def _distinct(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names):
            raise ValueError("each feature once")
        return names

    @model_validator(mode="after")
    def _fits(self) -> Density:
        if self.pca_components is None and len(self.features) > self.max_dimensions:
            raise ValueError(
                f"{len(self.features)} features, max_dimensions {self.max_dimensions}; take fewer, or pca_components"
            )
        if self.pca_components is not None and self.features and self.pca_components > len(self.features):
            raise ValueError(f"pca_components {self.pca_components} of {len(self.features)} features")
        return self
