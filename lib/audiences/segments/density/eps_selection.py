"""Which eps, and why: the k-distance curve, and what some values of eps would give and cost."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import types as T

from audiences.clustering.k_distance import KDistances, k_distances, rounded_up
from audiences.config import Density
from audiences.schema import eps_selection as table
from audiences.segments.density.points import POINT, chosen_features, fitted_pca, points

_GRID = (0.25, 0.5, 0.75, 0.9, 0.95, 0.99)  # shares of core users that the grid shows


def eps_selection(activity_scaled: DataFrame, *, density: Density) -> DataFrame:
    """The curve and the grid as the body of `schema.eps_selection`; exactly one row of the grid is chosen.

    Args:
        activity_scaled: `schema.activity_scaled` of one as_of.
        density: features, min_points, and eps; null takes the knee of the curve, and the reason says so.

    Raises:
        InputError: as `GridDBSCAN.fit`.
        ConfigError: eps is null and nothing can be suggested; features are wrong.
    """
    features = chosen_features(activity_scaled, density)
    pca = fitted_pca(activity_scaled, features=features, density=density)
    rows = points(activity_scaled, features=features, pca=pca)
    found = k_distances(
        rows, min_points=density.min_points, id_col="user_id", features_col=POINT, queries=density.queries,
        leaf_rows=density.leaf_rows,
    )  # fmt: skip
    eps, reason = chosen(found, density)
    common = (found.k, found.size.dimensions)
    body: list[tuple[object, ...]] = [
        ("curve", i, distance, share, None, None, None, *common, False, None)
        for i, (share, distance) in enumerate(point for point in found.curve() if point[1] < float("inf"))
    ]
    at_shares = [rounded_up(distance) for share in _GRID if 0 < (distance := found.quantile(share)) < float("inf")]
    grid = sorted({*at_shares, eps})
    for i, one in enumerate(found.table(grid)):
        is_chosen = one.eps == eps
        body.append(
            ("grid", i, one.eps, one.core_share, one.replication, one.shuffle_gb, one.core_seconds, *common, is_chosen,
             reason if is_chosen else None)
        )  # fmt: skip
    schema = T.StructType([column.field() for column in table.body])
    return activity_scaled.sparkSession.createDataFrame(body, schema)


def chosen(found: KDistances, density: Density) -> tuple[float, str]:
    """The eps and the reason in words."""
    sampled = f"k = {found.k}, {len(found.distances):,} of {found.size.rows:,} users sampled"
    if density.eps is not None:
        return density.eps, (
            f"eps = {density.eps:g} is set by density.eps; {found.core_share(density.eps):.1%} of users would be core "
            f"({sampled})"
        )
    eps = found.suggestion()
    return eps, (
        f"density.eps is null, so the suggestion is taken: the knee of the k-distance curve ({sampled}); "
        f"{found.core_share(eps):.1%} of users would be core, {found.zero_share:.1%} lie at distance 0"
    )
