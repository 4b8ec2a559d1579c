"""The frames between the steps: every column name and type, written once.

A key is a row key: bigint or string, as `idCol` is. `key_type` is that type's name.
"""

from __future__ import annotations

KEY = "key"
WEIGHT = "weight"
FEATURES = "features"
LEAF = "leaf"
BIN = "bin"
IS_FOREIGN = "is_foreign"
IS_CORE = "is_core"
NAMES = "names"
REACH = "reach"
IS_LINKING = "is_linking"
LABEL = "label"
NAME = "name"
NEAR = "near"
IS_FIRST = "is_first"
IS_REPEATED = "is_repeated"


def unique_rows(key_type: str) -> str:
    """S0: distinct feature vectors, the smallest key and the summed weight of their rows."""
    return f"{KEY} {key_type}, {WEIGHT} bigint, {FEATURES} array<double>"


def routed_rows(key_type: str) -> str:
    """S2: a row once in its home and once, as foreign, in every other leaf within eps; foreign rows need no key."""
    return f"{BIN} int, {LEAF} int, {IS_FOREIGN} boolean, {unique_rows(key_type)}"


def solved_rows(key_type: str) -> str:
    """S3: own rows with core flag, their component's name (or the names near by) and the other leaves within eps."""
    return (
        f"{KEY} {key_type}, {FEATURES} array<double>, {IS_CORE} boolean, {NAMES} array<{key_type}>, "
        f"{LEAF} int, {REACH} array<int>"
    )


def crossed_rows(key_type: str) -> str:
    """S4: links between names (without a key, two names), and rows that are not core with all names near by."""
    return f"{KEY} {key_type}, {FEATURES} array<double>, {NAMES} array<{key_type}>"


def visits() -> str:
    """Core rows at home, and as foreign rows those that ask in the leaf."""
    return f"{BIN} int, {LEAF} int, {IS_FOREIGN} boolean, {FEATURES} array<double>, {LABEL} int"


def labelled_rows(key_type: str) -> str:
    """S6: distinct rows with their label, -1 for noise."""
    return f"{KEY} {key_type}, {FEATURES} array<double>, {LABEL} int, {IS_CORE} boolean"


def lone_rows(key_type: str) -> str:
    """S0 to S6 in one leaf: every row with its label; the smallest key of equal rows and repeated keys are marked."""
    return f"{labelled_rows(key_type)}, {IS_FIRST} boolean, {IS_REPEATED} boolean"
