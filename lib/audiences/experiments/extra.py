"""The optional package of this room, imported where it is needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from audiences.errors import MachineError, extra_advice


def statsmodels(module: str) -> Any:
    """The module `statsmodels.stats.<module>`.

    Raises:
        MachineError: the extra `experiments` is not installed.
    """
    try:
        return import_module(f"statsmodels.stats.{module}")
    except ImportError as fault:
        raise MachineError("this needs an extra", found=fault, advice=extra_advice("experiments")) from None
