"""Secrets are named in the settings by reference only; the value is read where it is used and never shown.

On Databricks the cluster's settings put a scope's secret into the environment.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field

from audiences.errors import ConfigError

SecretReference = Annotated[str, Field(pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$")]
"""env:NAME (a variable of the environment) or file:PATH (its first line)."""

_MAX_BYTES = 65_536


def resolve(reference: str, *, setting: str, min_length: int = 1) -> str:
    """The secret that the reference leads to, without blanks around it.

    Args:
        reference: env:NAME or file:PATH.
        setting: which setting holds the reference, for the message.
        min_length: a shorter secret is refused.

    Raises:
        ConfigError: there is none, or it is too short; the message never holds the value.
    """
    kind, _, name = reference.partition(":")
    if kind == "env":
        value = os.environ.get(name)
        if value is None:
            raise _missing(setting, f"no variable for {reference}")
    else:
        try:
            with Path(name).open("rb") as file:
                lines = file.read(_MAX_BYTES).decode("utf-8").splitlines()
        except (OSError, ValueError) as fault:
            reason = fault.strerror if isinstance(fault, OSError) else "not UTF-8"
            raise _missing(setting, f"{reference}: {reason}") from None
        value = lines[0] if lines else ""
    value = value.strip()
    if len(value) < min_length:
        raise ConfigError(
            "the secret is too short", where=setting, found=f"{reference}: {len(value)} characters",
            allowed=f"{min_length} or more",
        )  # fmt: skip
    return value


def _missing(setting: str, found: str) -> ConfigError:
    return ConfigError(
        "the secret is missing", where=setting, found=found,
        advice="put a long random text there, and keep it: what was hashed with it cannot be read without it",
    )  # fmt: skip
