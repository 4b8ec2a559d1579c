"""Choosing eps, the fitted density model in figures, and the density segment of each user."""

from __future__ import annotations

from audiences.schema.table import AS_OF, BOOLEAN, CUSTOMER_ID, DOUBLE, INT, LONG, STRING, Column, Table
from audiences.schema.users import USER_ID

eps_selection = Table(
    zone="models",
    name="eps_selection",
    comment="How far users are from their k-th neighbour, k = min_points: the curve, and what each eps would give.",
    columns=(
        AS_OF,
        Column("kind", STRING, "curve (for drawing) or grid (an eps to choose from).", nullable=False),
        Column("position", INT, "From 0, ascending eps, within a kind.", nullable=False),
        Column("eps", DOUBLE, "Distance in scaled units; of the curve the k-distance at core_share.", nullable=False),
        Column("core_share", DOUBLE, "Share of users whose k-distance is at most eps.", nullable=False),
        Column("replication", DOUBLE, "Predicted times that a user's row is shipped; null on the curve."),
        Column("shuffle_gb", DOUBLE, "Predicted GB through shuffles; null on the curve."),
        Column("core_seconds", DOUBLE, "Predicted seconds of one core; null on the curve."),
        Column("min_points", INT, "k, the user included.", nullable=False),
        Column("dimensions", INT, "Features, or principal components of them.", nullable=False),
        Column("is_chosen", BOOLEAN, "The eps that the density model uses.", nullable=False),
        Column("reason", STRING, "Why this eps was chosen; null on the others."),
    ),
    key=("kind", "position"),
    slice_by=("as_of",),
    checks={"known_kind": "kind IN ('curve', 'grid')"},
)

density_model = Table(
    zone="models",
    name="density_model",
    comment="The fit of the density model in figures: its plan, and what was found.",
    columns=(
        AS_OF,
        Column(
            "figure",
            STRING,
            "rows, unique_rows, dimensions, eps, min_points, leaves, replication (times a row is shipped), smallest_leaf "
            "and largest_leaf (rows), shuffle_bytes, core_seconds and task_bytes (predicted), core_rows (distinct), "
            "clusters, noise_rows, large_clusters (at least density.min_share), kmeans_clusters.",
            nullable=False,
        ),
        Column("value", DOUBLE, "Its value.", nullable=False),
    ),
    key=("figure",),
    slice_by=("as_of",),
)

SEGMENT = Column("segment_id", INT, "0 power users, 1 casual users, 2 anomalous ones.", nullable=False)

density_segments = Table(
    zone="segments",
    name="density_segments",
    comment="The density cluster and persona of each user, how anomalous the user is and why.",
    columns=(
        AS_OF,
        USER_ID,
        Column(
            "customer_id",
            STRING,
            "The user's customer by identities; the user_id without one.",
            nullable=False,
            is_person=True,
        ),
        Column("label", INT, "DBSCAN cluster, 0, 1, … by smallest core user id; -1 is noise.", nullable=False),
        Column("is_core", BOOLEAN, "At least min_points users lie within eps, this one included.", nullable=False),
        Column("cluster_size", LONG, "Users with the same label; of noise all noise.", nullable=False),
        Column("cluster_share", DOUBLE, "cluster_size / all users.", nullable=False),
        SEGMENT,
        Column("persona", STRING, "Power User, Casual User or Anomalous, as config calls them.", nullable=False),
        Column(
            "reason",
            STRING,
            "Why: of anomalies the features farthest from the median of the large clusters' users, in their (approximate) "
            "interquartile ranges, or standard deviations where that is 0, of scaled values.",
            nullable=False,
        ),
        Column("activity_level", DOUBLE, "Mean of personas.level_features, scaled units.", nullable=False),
        Column(
            "anomaly_score",
            DOUBLE,
            "Distance to the nearest core row of a cluster with at least personas.reference_share of all users (of the "
            "largest cluster where none has), scaled units; 0 for such rows; null where there is no core row.",
        ),
        Column(
            "forced_cluster",
            INT,
            "The cluster that KMeans would have forced the user into, with as many clusters as there are large ones, at "
            "least 2.",
            nullable=False,
        ),
    ),
    key=("user_id",),
    slice_by=("as_of",),
    checks={"share": "cluster_share BETWEEN 0 AND 1", "score": "anomaly_score IS NULL OR anomaly_score >= 0"},
)

density_customers = Table(
    zone="segments",
    name="density_customers",
    comment="The persona of each customer: that of its most active user, ties by user_id.",
    columns=(
        AS_OF,
        CUSTOMER_ID,
        SEGMENT,
        Column("name", STRING, "The persona.", nullable=False),
        Column("users", LONG, "Users of this customer.", nullable=False),
    ),
    key=("customer_id",),
    slice_by=("as_of",),
)

__all__ = ["density_customers", "density_model", "density_segments", "eps_selection"]
