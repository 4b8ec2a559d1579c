"""What GridDBSCAN and its model are told; ranges are judged where a value is set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from pyspark.ml.param import Param, Params
from pyspark.ml.param.shared import HasFeaturesCol, HasPredictionCol, HasWeightCol

from audiences.clustering.dbscan.kernel import KernelName
from audiences.errors import ConfigError

# beyond this, squares of differences leave the range of float64
_SMALLEST, _LARGEST = 1e-150, 1e150


def _number(name: str, allowed: str, is_allowed: Callable[[float], bool]) -> Callable[[Any], float]:
    def convert(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not is_allowed(float(value)):
            raise ConfigError(f"{name} is out of range", where=name, found=repr(value), allowed=allowed)
        return float(value)

    return convert


def _whole(name: str, least: int) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value) or value < least:
            raise ConfigError(
                f"{name} is out of range", where=name, found=repr(value), allowed=f"a whole number >= {least}"
            )
        return int(value)

    return convert


def _word(name: str, *allowed: str) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        if value not in allowed:
            raise ConfigError(f"{name} is unknown", where=name, found=repr(value), allowed=", ".join(allowed))
        return str(value)

    return convert


def _name(name: str) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{name} names no column", where=name, found=repr(value), allowed="a column's name")
        return value

    return convert


class GridDBSCANParams(HasFeaturesCol, HasPredictionCol, HasWeightCol):
    """Params shared by the estimator and the model; numbers from NumPy are taken too."""

    idCol = Param(Params._dummy(), "idCol", "unique row id, an integer or a string", _name("idCol"))
    eps = Param(
        Params._dummy(), "eps", "rows this near are neighbours, in the features' units, inclusive",
        _number("eps", f"a number above 0 ({_SMALLEST:g} to {_LARGEST:g})", lambda x: _SMALLEST <= x <= _LARGEST),
    )  # fmt: skip
    minPoints = Param(
        Params._dummy(), "minPoints", "weight within eps, itself included, that makes a core row; default 2 * features",
        _whole("minPoints", 1),
    )  # fmt: skip
    kernel = Param(
        Params._dummy(), "kernel", "auto (compiled where Numba is installed), numba or scipy",
        _word("kernel", "auto", "numba", "scipy"),
    )  # fmt: skip
    leafRows = Param(
        Params._dummy(),
        "leafRows",
        "own rows of a leaf at the most: what bounds a worker's memory",
        _whole("leafRows", 1),
    )
    maxDimensions = Param(
        Params._dummy(), "maxDimensions", "more features than this are refused", _whole("maxDimensions", 1)
    )
    maxShuffleGb = Param(
        Params._dummy(), "maxShuffleGb", "a plan that ships more is refused",
        _number("maxShuffleGb", "a number above 0", lambda x: x > 0),
    )  # fmt: skip
    maxCoreHours = Param(
        Params._dummy(), "maxCoreHours", "a plan that takes longer is refused",
        _number("maxCoreHours", "a number above 0", lambda x: x > 0),
    )  # fmt: skip

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(
            idCol="id", kernel="auto", leafRows=262_144, maxDimensions=12, maxShuffleGb=500.0, maxCoreHours=100.0
        )

    def getIdCol(self) -> str:  # noqa: N802 -- pyspark.ml's own naming
        """The column of row ids."""
        return str(self.getOrDefault(self.idCol))

    def getEps(self) -> float:  # noqa: N802
        """Rows this near are neighbours.

        Raises:
            ConfigError: it was not set.
        """
        if not self.isDefined(self.eps):
            raise ConfigError("eps is not set", where="eps", allowed="a number above 0", advice="see k_distances")
        return float(self.getOrDefault(self.eps))

    def getMinPoints(self, dimensions: int) -> int:  # noqa: N802
        """The weight that makes a core row; 2 * dimensions if not set."""
        return int(self.getOrDefault(self.minPoints)) if self.isDefined(self.minPoints) else 2 * dimensions

    def getLeafRows(self) -> int:  # noqa: N802
        """Own rows of a leaf at the most."""
        return int(self.getOrDefault(self.leafRows))

    def kernel_name(self) -> KernelName:
        """The kernel asked for."""
        return cast(KernelName, self.getOrDefault(self.kernel))

    def _given_weight_col(self) -> str | None:
        return str(self.getWeightCol()) if self.isDefined(self.weightCol) else None
