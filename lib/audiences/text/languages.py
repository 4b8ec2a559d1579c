"""The language of texts, by the words that every text of a language is full of, and by its script."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FUNCTION_WORDS: Mapping[str, frozenset[str]] = {
    "English": _words("the and is it this that was for with not you have are but very they my of to in on"),
    "German": _words("der die das und ist ich nicht ein eine sehr mit auch für war aber sich auf dem den hat"),
    "French": _words("le la les et est je ne pas un une très avec pour mais dans que qui sur il ce des du"),
    "Spanish": _words("el la los las y es no un una muy con para pero que por lo me mi se del está"),
    "Italian": _words("il lo la gli e è non un una molto con per ma che mi di sono della anche questo"),
    "Dutch": _words("de het een en is niet ik van maar met voor zeer heel dat dit op was er ook te"),
    "Portuguese": _words("o os as e é não um uma muito com para mas que por do da em eu meu foi"),
    "Polish": _words("i w nie na się jest z to że do bardzo ale jak tak za od po dla jestem mi"),
    "Swedish": _words("och det är en ett inte jag mycket med men för som på av att den har mig var"),
}
_SCRIPTS = {
    "Chinese or Japanese": r"[\u3040-\u30ff\u3400-\u9fff]", "Korean": r"[\uac00-\ud7af]",
    "Russian or another language in Cyrillic": r"[\u0400-\u04ff]", "Greek": r"[\u0370-\u03ff]",
    "Arabic": r"[\u0600-\u06ff]", "Hebrew": r"[\u0590-\u05ff]", "Thai": r"[\u0e00-\u0e7f]",
}  # fmt: skip
_SHOWN = 0.05
"""A language that so small a share of the texts is in is not mentioned."""
_NEARLY_ALL = 0.9
_FEWEST = 5
"""Of fewer texts nothing is said."""
SAMPLE = 5_000
"""So many texts tell the language of all."""


@dataclass(frozen=True)
class Languages:
    """Shares of the texts in each language; texts that no list knows are left out.

    Args:
        texts: how many are in a language that is known.
    """

    shares: Mapping[str, float]
    texts: int = 0

    @property
    def main(self) -> str | None:
        return max(self.shares, key=lambda name: self.shares[name], default=None)

    @property
    def words(self) -> str:
        return ", ".join(
            f"{share:.0%} {name}"
            for name, share in sorted(self.shares.items(), key=lambda pair: -pair[1])
            if share >= _SHOWN
        )


def languages_of(texts: Sequence[str]) -> Languages:
    """The languages that texts are in, each text counted for one."""
    counted = Counter(language for text in texts if (language := language_of(text)) is not None)
    total = sum(counted.values())
    return Languages({language: times / total for language, times in counted.items()}, total)


def language_of(text: str) -> str | None:
    """The language of one text; None where too little of it is known."""
    letters = len(re.findall(r"[^\W\d_]", text))
    for language, script in _SCRIPTS.items():
        if letters and len(re.findall(script, text)) > 0.5 * letters:
            return language
    words = re.findall(r"[^\W\d_]+", text.lower())
    hits = {language: sum(word in known for word in words) for language, known in _FUNCTION_WORDS.items()}
    best = max(hits, key=lambda language: hits[language])
    return best if hits[best] >= 2 and hits[best] > 0.08 * len(words) else None


def language_warning(texts: Sequence[str]) -> str | None:
    """A sentence where texts are not in English, which words, themes and sentiment are made for; else None.

    Args:
        texts: a sample.
    """
    languages = languages_of(texts)
    if languages.main is None or languages.texts < _FEWEST or languages.shares.get("English", 0.0) >= _NEARLY_ALL:
        return None
    return (
        f"the texts are not in English alone: {languages.words}; stop words, lemmas, themes and sentiment are those "
        "of English, so that topics of other languages are led by their small words (see "
        "text.preprocessing.extra_stop_words)"
    )
