"""Numba's compiler behind one decorator, with a cache that worker processes find again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

config = cast(Any, numba.config)  # its attributes are made at run time
Function = TypeVar("Function", bound=Callable[..., Any])


def _cache_folder() -> Path | None:
    """Where compiled code goes: None is Numba's own choice, `__pycache__` beside the module (or NUMBA_CACHE_DIR).

    An installation that this user cannot write to gets a private folder under the temporary one. The cache holds
    pickles, so a folder that another user could have prepared is not taken.
    """
    here = Path(__file__).parent
    beside = here / "__pycache__"
    if config.CACHE_DIR or os.access(beside if beside.exists() else here, os.W_OK):
        return None
    user = os.getuid() if hasattr(os, "getuid") else 0
    private = Path(tempfile.gettempdir()) / f"audiences-numba-{user}"
    private.mkdir(mode=0o700, exist_ok=True)
    status = private.stat()
    if hasattr(os, "getuid") and (status.st_uid != user or status.st_mode & 0o077):
        return Path(tempfile.mkdtemp(prefix="audiences-numba-"))
    return private


_folder = _cache_folder()
if _folder is not None:
    config.CACHE_DIR = str(_folder)


def compiled(function: Function) -> Function:
    """The function as machine code, cached on disk; no fast-math, so sums keep the order of the formula."""
    return cast(Function, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
