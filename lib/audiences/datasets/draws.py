"""Random numbers that depend on nothing but the seed, a purpose and a key.

Every draw is a hash of (seed, purpose, key...), so a row is the same whatever the number of partitions, the order of
tasks or the cluster, and any row can be made without making the others. `rand()` has none of these properties.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

_SEPARATOR = "\n"
_SQL_TYPES: dict[type, str] = {str: "string", bool: "boolean", int: "int", float: "double"}


def uniform(seed: int, purpose: str, *keys: Column) -> Column:
    """A double in [0, 1) with 53 random bits: the same for the same seed, purpose and (non-null, bigint) keys."""
    bits = F.xxhash64(F.lit(salt(seed, purpose)), *keys)
    return F.shiftrightunsigned(bits, 11).cast("double") * F.lit(2.0**-53)


def salt(seed: int, purpose: str) -> int:
    """A 64-bit integer for (seed, purpose), so that the hash per row starts from one number and not from a string."""
    digest = hashlib.blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def normal(seed: int, purpose: str, *keys: Column) -> Column:
    """A standard normal double (Box-Muller)."""
    radius = F.sqrt(F.lit(-2.0) * F.log(F.lit(1.0) - uniform(seed, f"{purpose}/radius", *keys)))
    return radius * F.cos(F.lit(2 * math.pi) * uniform(seed, f"{purpose}/angle", *keys))


def lognormal(seed: int, purpose: str, *keys: Column, median: Column | float, sigma: Column | float) -> Column:
    """A double with the given median and standard deviation of its logarithm."""
    return _column(median) * F.exp(_column(sigma) * normal(seed, purpose, *keys))


def geometric(u: Column, *, mean: Column | float) -> Column:
    """0, 1, 2, ... (bigint) with the given mean > 0, from a uniform draw `u`."""
    return F.floor(F.log(F.lit(1.0) - u) / -F.log1p(F.lit(1.0) / _column(mean)))


def below(u: Column, count: Column | int) -> Column:
    """0 .. count-1 (bigint), each as likely, from a uniform draw `u`; count < 2^53."""
    return F.floor(u * _column(count))


def pick(u: Column, weights: Mapping[str, int] | Mapping[int, int]) -> Column:
    """One of the mapping's keys, with integer weights, from a uniform draw `u`: one look into a constant table."""
    cells = [value for value, weight in weights.items() for _ in range(weight)]
    return at(cells, below(u, len(cells)))


def at(values: Sequence[str | float], index: Column) -> Column:
    """`values[index]`, 0-based, for values of one type (str, int, float, bool).

    The values travel as one string of lines, which the optimiser splits and casts once: a literal for each would cost
    a call to the JVM for each, a second for the tables of one frame.
    """
    split = F.split(F.lit(_SEPARATOR.join(map(str, values))), _SEPARATOR)
    return split.cast(f"array<{_SQL_TYPES[type(values[0])]}>")[index.cast("int")]


def numbered(count: Column) -> Column:
    """A generator: the row once for each of 0 .. count-1 (bigint); count >= 1."""
    return F.explode(F.sequence(F.lit(0).cast("bigint"), count.cast("bigint") - 1))


def _column(value: Column | float) -> Column:
    return F.lit(float(value)) if isinstance(value, (int, float)) else value
