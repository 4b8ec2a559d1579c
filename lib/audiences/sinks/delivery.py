"""Handing a published run on to its sinks: each is tried, and what could not be reached is told at the end.

The run is published by then. A sink that fails must neither hide that nor keep the others from being reached.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from audiences.errors import AudiencesError, ConfigError, DeliveryError

Result = TypeVar("Result")


class Delivery:
    """What became of the sinks of one published run."""

    def __init__(self) -> None:
        self._faults: dict[str, Exception] = {}

    def attempt(self, sink: str, step: Callable[[], Result]) -> Result | None:
        """What the step returns; None where it fails, which `check` tells.

        Args:
            sink: the setting that asks for the sink, such as store.catalog.
        """
        try:
            return step()
        except Exception as fault:  # a tracker's or a catalog's client raises whatever it likes
            self._faults[sink] = fault
            return None

    def check(self) -> None:
        """Raises the fault of the sinks that were not reached, if there are any.

        Raises:
            ConfigError: a setting is wrong, so that a repeat would fail again.
            DeliveryError: a repeat of the command may reach the sinks.
        """
        for fault in self._faults.values():
            if isinstance(fault, ConfigError):
                raise fault
        if self._faults:
            raise DeliveryError(
                "the tables are complete, but not everything that they are handed to was reached",
                where=", ".join(self._faults), found="; ".join(map(_in_a_line, self._faults.values())),
                advice="the same command reaches what is missing and repeats nothing else",
            ) from next(iter(self._faults.values()))  # fmt: skip


def _in_a_line(fault: Exception) -> str:
    if isinstance(fault, AudiencesError):
        details = [f"{label} {text}" for label, text in fault.details.items() if label != "advice"]
        return f"{fault.what} ({', '.join(details)})" if details else fault.what
    return f"{type(fault).__name__}: {' '.join(str(fault).split())}"
