"""The leaf kernel's interface, and the choice between the compiled one and SciPy's.

All kernels agree to the last row on what `within` means: the sum over columns, in column order and in float64, of
(p_j - q_j)^2 is at most eps * eps. Tree libraries differ from that and from each other at ties, see `dbscan.md`.
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from audiences.errors import MachineError, extra_advice

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

KernelName = Literal["auto", "numba", "scipy"]
NO_LABEL = -1


class Lists(NamedTuple):
    """Ragged lists: those of row i are `values[starts[i]:starts[i + 1]]`, ascending and distinct."""

    starts: Ints  # (rows + 1,)
    values: Ints

    def of(self, row: int) -> Ints:
        return self.values[self.starts[row] : self.starts[row + 1]]

    def owners(self) -> Ints:
        """The row that each value belongs to, (len(values),)."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


class Kernel(Protocol):
    """What a leaf asks of its rows; memory stays linear in rows, whatever eps is.

    An index is built over `points`, (n, d) float64 without NaN; what it is made of is the kernel's own business.
    """

    name: str

    def index(self, points: Floats) -> Any:
        """A search tree over the points; n log n."""

    def weigh(self, index: Any, weights: Ints, queries: Floats, counted: Ints, *, eps: float, enough: int) -> Ints:
        """`counted` plus the weight of indexed points within eps of each query, (queries,).

        Exact below `enough`; from there on only "at least enough" is promised: counting stops there. Weights are >= 1.
        """

    def components(self, index: Any, groups: Ints, *, eps: float) -> Ints:
        """Connected components of the points under "within eps" and "same group", as the smallest row in each, (n,).

        `groups` names what is known to hang together already, by numbers from 0 to n - 1; `arange(n)` says nothing.
        """

    def names_within(self, index: Any, names: Ints, queries: Floats, *, eps: float) -> Lists:
        """The distinct names of the indexed points within eps of each query; names are numbers >= 0."""

    def smallest_label(self, index: Any, labels: Ints, queries: Floats, *, eps: float) -> Ints:
        """The smallest label (>= 0) among the indexed points within eps of each query, else -1, (queries,)."""

    def nearest(self, index: Any, queries: Floats) -> Floats:
        """The squared distance from each query to the nearest indexed point, infinite without any, (queries,)."""

    def warm_up(self) -> None:
        """Whatever must happen once per process or machine before the first leaf (compiling)."""


@cache
def choose(name: KernelName, threads: int = 1) -> Kernel:
    """The kernel of that name; `auto` is the compiled one where Numba is installed.

    Args:
        threads: that the compiled one may use for what it asks about many rows; results do not depend on it.

    Raises:
        MachineError: Numba was asked for and is not installed.
    """
    has_numba = importlib.util.find_spec("numba") is not None
    if name == "numba" and not has_numba:
        raise MachineError(
            "the compiled DBSCAN kernel needs Numba", where="kernel", found="numba is not installed",
            advice=f"{extra_advice('dbscan')}; or kernel=scipy",
        )  # fmt: skip
    module = "kernel_numba" if has_numba and name != "scipy" else "kernel_scipy"
    kernel: Kernel = importlib.import_module(f"{__package__}.{module}").make(threads)
    return kernel
