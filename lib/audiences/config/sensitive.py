"""Names of attributes that tell of special categories of personal data (GDPR, article 9)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_WORDS: Mapping[str, str] = {
    "health": "health healthy disease diagnosis illness disability disabled pregnant pregnancy medication allergy "
    "allergies therapy patient blood hiv gesundheit krankheit behinderung schwanger diagnose sante maladie handicap "
    "salud enfermedad",
    "religion or belief": "religion religious faith church belief denomination konfession kirche glaube croyance "
    "iglesia",
    "ethnic origin": "ethnic ethnicity race racial ethnie herkunft abstammung etnia raza",
    "political opinion": "politics political party vote voter partei politisch wahl politique partido",
    "trade union": "union unionised unionized gewerkschaft syndicat sindicato",
    "sex life or orientation": "sexuality sexual orientation sexualitaet sexualität sexuell gay lesbian",
    "genetic or biometric data": "genetic genome dna biometric fingerprint iris genetisch biometrisch",
}
_CATEGORY_OF = {word: category for category, words in _WORDS.items() for word in words.split()}


def sensitive_category(names: Iterable[str]) -> str | None:
    """The category that one of the names tells of by a word of it; None where none does."""
    for name in names:
        words = re.findall(r"[A-ZÄÖÜ]?[a-zà-ÿ]+|[A-ZÄÖÜ]+(?![a-zà-ÿ])", name)
        found = next((_CATEGORY_OF[word.lower()] for word in words if word.lower() in _CATEGORY_OF), None)
        if found is not None:
            return found
    return None
