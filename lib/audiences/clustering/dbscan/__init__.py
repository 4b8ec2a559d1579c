"""Exact distributed DBSCAN; what it computes and why it is exact is in `dbscan.md`.

`GridDBSCAN` and its model are loaded on first use: Python workers import the kernels from this package and have no
use for `pyspark.ml`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audiences.clustering.dbscan.estimator import GridDBSCAN
    from audiences.clustering.dbscan.model import GridDBSCANModel

__all__ = ["GridDBSCAN", "GridDBSCANModel"]


def __getattr__(name: str) -> Any:
    if name == "GridDBSCAN":
        from audiences.clustering.dbscan.estimator import GridDBSCAN

        return GridDBSCAN
    if name == "GridDBSCANModel":
        from audiences.clustering.dbscan.model import GridDBSCANModel

        return GridDBSCANModel
    raise AttributeError(name)
