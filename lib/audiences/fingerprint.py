"""The hash that names what was made from what, and the keyed one that names a person to the holder of a key."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any


def digest(*parts: Any) -> str:
    """A short stable hash of JSON-like values."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def keyed_digest(secret: bytes, parts: Sequence[str | None]) -> str:
    """HMAC-SHA256 of some texts in their order, in hexadecimal: only the holder of the key can work it out again."""
    return hmac.digest(secret, json.dumps(parts).encode(), "sha256").hex()
