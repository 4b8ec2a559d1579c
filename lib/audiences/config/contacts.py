"""Settings of contacts: what becomes of e-mail addresses that are used as ids, and which columns hold addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from audiences.config.secret import SecretReference, resolve
from audiences.config.section import Names, Section
from audiences.fingerprint import keyed_digest

ADDRESS = r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"
"""What an e-mail address looks like, for Python and for Java."""

KEY_SETTING = "contacts.key"
_MIN_LENGTH = 16
_CHARACTERS = 32  # 128 bits: two of a billion addresses get one id with a chance below 1 in 10^20
_PREFIX = "mail-"  # begins with a letter, so that no program reads an id such as 12e45 as a number


def is_address(text: str) -> bool:
    """Whether an id is an e-mail address."""
    return re.match(ADDRESS, text) is not None


class IdKey(Section):
    """The key that e-mail addresses are hashed with.

    Args:
        reference: where the key is; which place that is changes no row.
        check: tells one key from another and nothing else.
    """

    reference: SecretReference = Field(exclude=True)
    check: str

    @classmethod
    def of(cls, reference: str) -> IdKey:
        """The key behind the reference.

        Raises:
            ConfigError: there is none, or it is too short.
        """
        return cls(reference=reference, check=keyed_digest(_secret(reference), ["check"])[:16])

    def secret(self) -> bytes:
        """The key itself."""
        return _secret(self.reference)


def id_of(identifier: str, secret: bytes) -> str:
    """The id that stands in the tables: of an e-mail address its keyed hash, equal in capitals or not; else the id."""
    if not is_address(identifier):
        return identifier
    return _PREFIX + keyed_digest(secret, ["mail", identifier.lower()])[:_CHARACTERS]


def _secret(reference: str) -> bytes:
    return resolve(reference, setting=KEY_SETTING, min_length=_MIN_LENGTH).encode()


class Consent(Section):
    """A column that says whether a customer may be written to, such as {channel: email, columns: Accepts Marketing}."""

    channel: Literal["email", "sms", "phone", "post"] = Field(description="how the customer may be reached")
    purpose: str = Field("marketing", min_length=1, description="what for")
    columns: Names = Field(min_length=1, description="columns of any source, the first with a value counts")


class Contacts(Section):
    """Addresses of customers: they stand in clean/contacts and in no other table that is made from raw rows."""

    ids: Literal["refuse", "hash", "keep"] = Field(
        "refuse",
        description="e-mail addresses used as ids of customers or users. refuse: a delivery with them is not landed; "
        "hash: a keyed hash takes their place in every table but clean/contacts and the raw rows; keep: they are ids",
    )
    key: SecretReference = Field(
        "env:AUDIENCES_KEY",
        description="the secret that addresses are hashed with: env:NAME or file:PATH; 16 characters or more; "
        "under another key every customer has another id",
    )
    columns: Mapping[Literal["email", "phone", "post"], Names] = Field(
        default_factory=dict,
        description="kind of address -> columns of any source that hold one, the first with a value counts",
    )
    consent: tuple[Consent, ...] = Field(
        (), description="what sources say of consent; a word that is neither yes nor no is no consent and no refusal"
    )

    @property
    def id_key(self) -> IdKey | None:
        """The key, where addresses are replaced.

        Raises:
            ConfigError: the key is missing or too short.
        """
        return IdKey.of(self.key) if self.ids == "hash" else None

    @property
    def kept_in_a_table(self) -> bool:
        """Whether there is anything for clean/contacts."""
        return self.ids == "hash" or bool(self.columns)
