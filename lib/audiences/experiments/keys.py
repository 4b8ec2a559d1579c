"""Keyed hashes: customers stand in the ledgers under a name that only the holder of the key can work out again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from audiences.fingerprint import keyed_digest


def customer_key(secret: bytes, customer_id: str) -> str:
    """HMAC-SHA256 of a customer id, in hexadecimal; equal over all experiments under one key."""
    return keyed_digest(secret, ["customer", customer_id])


def seal(secret: bytes, values: Sequence[Any]) -> str:
    """HMAC-SHA256 of a row's values in their order: who has no key can neither add a row nor change one."""
    return keyed_digest(secret, ["row", *(None if value is None else str(value) for value in values)])
