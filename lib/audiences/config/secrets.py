"""Secrets are told by reference, never by value: env:NAME or file:PATH. On Databricks a scope's secret is put into the
environment by the cluster's settings."""

from __future__ import annotations

import os
from pathlib import Path

from audiences.errors import ConfigError

_SHORTEST = 16


def secret_of(reference: str, *, setting: str) -> bytes:
    """The secret that a reference names; `setting` is where the reference stands.

    Raises:
        ConfigError: there is none, or it is too short to be one. The message never holds it.
    """
    kind, _, name = reference.partition(":")
    try:
        text = os.environ[name] if kind == "env" else Path(name).read_text(encoding="utf-8")
    except (KeyError, OSError, UnicodeDecodeError):
        raise ConfigError(
            "the secret is missing", where=setting, found=f"nothing at {reference}",
            advice="put a long random text there, and keep it: without it nothing hashed with it can be read again",
        ) from None  # fmt: skip
    secret = text.strip().encode()
    if len(secret) < _SHORTEST:
        raise ConfigError(
            "the secret is too short", where=f"{setting}, {reference}", found=f"{len(secret)} bytes",
            allowed=f"{_SHORTEST} or more",
        )  # fmt: skip
    return secret
