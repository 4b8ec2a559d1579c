"""How well a text reads in the languages of an encoding: by letters that no misread text has all of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

_CENTRAL_EUROPE = {
    "Czech": "áčďéěíňóřšťúůýž", "Slovak": "áäčďéíĺľňóôŕšťúýž", "Polish": "ąćęłńóśźż", "Hungarian": "áéíóöőúüű",
    "Croatian": "čćđšž", "Romanian": "ăâîşţ",
}  # fmt: skip
_LATIN: Mapping[str, Mapping[str, str]] = {
    "cp1250": _CENTRAL_EUROPE,
    "iso8859_2": _CENTRAL_EUROPE,
    "cp1252": {
        "German": "äöüßé", "French": "àâæçéèêëîïôœùûüÿ", "Spanish": "áéíñóúü", "Portuguese": "àáâãçéêíóôõú",
        "Italian": "àèéìíòóùú", "Dutch": "éëïèöüíóáç", "Danish": "æøåé", "Swedish": "åäöé", "Icelandic": "áðéíóúýþæö",
        "Catalan": "àçèéíïòóúü·",
    },
    "cp1254": {"Turkish": "çğıöşüİâîû"},
}  # fmt: skip
"""Encoding -> language -> its letters beyond ASCII."""

_BY_FREQUENCY: Mapping[str, tuple[str, ...]] = {
    "cp1251": ("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "оаинвітерслкумдпьзяыбгйчхцїжшюєщфґ"),
    "koi8_r": ("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",),
    "cp866": ("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",),
    "cp1253": ("αοιετσνηυρπκμλςόίάωγέδήχύθφβώξζψϊϋ",),
    "cp1255": ("יוהלאתמרבשנדעחקםפצטגכסןזךץף",),
    "cp1256": ("اليمنوترةبعدسفكهقحجطشصأخضذزثئغإىءظآؤ",),
}
"""Encoding -> the small letters of its languages, the most frequent first."""

_NEUTRAL = set("€£¥¢§©®°–—‘’“”„‚…•×½¼¾™«»·¿¡\u00a0\u00ad")
_USUAL = 0.8
"""What a text in a language comes to by the frequency of its letters."""
_GREEK_ACCENT = re.compile("[άέήίόύώΐΰ]")
_KANA = re.compile("[\u3041-\u30fe]")
_FULL = re.compile("[\u3000-\u303f\uff01-\uff5e]")
_COMMON_BYTES: Mapping[str, tuple[int, int]] = {
    "gb18030": (0xB0, 0xD7), "big5": (0xA4, 0xC6), "cp949": (0xB0, 0xC8), "euc_jp": (0xB0, 0xCF), "cp932": (0x88, 0x97),
}  # fmt: skip
"""Encoding of characters in two bytes -> the first bytes of those that its language uses daily."""


_ORDER = ("cp1252", "cp1250", "cp1254", "iso8859_2", "cp1251", "koi8_r", "cp866", "cp1253", "cp1255", "cp1256", "cp949",
          "gb18030", "big5", "cp932", "euc_jp")  # fmt: skip
"""Of encodings that explain the bytes alike the first is taken: all Korean reads as Chinese, no Chinese as Korean."""


def fit_of_letters(words: str, encoding: str) -> float:
    """Share of the signs beyond ASCII that one language of the encoding explains, from 0 to 1.

    Of scripts other than Latin a sign counts by how frequent it is.
    """
    signs = Counter(_words_of(words))
    total = sum(signs.values())
    if not total:
        return 0.0
    if encoding in _LATIN:
        return max(
            sum(rows for sign, rows in signs.items() if sign.lower() in letters or sign in letters) / total
            for letters in _LATIN[encoding].values()
        )
    orders = _BY_FREQUENCY.get(encoding, ())
    by_rank = max((_by_rank(signs, order) / total for order in orders), default=0.0)
    return min(1.0, by_rank * _share_of_sound_words(words, encoding) / _USUAL)


def _words_of(words: str) -> list[str]:
    """The signs beyond ASCII; those of money and punctuation tell nothing where no letter stands on both sides."""
    inside = {match.start() for match in re.finditer(r"(?<=\w)[^\w\s](?=\w)", words)}
    return [
        sign for place, sign in enumerate(words)
        if not sign.isascii() and (sign not in _NEUTRAL or (place in inside and sign not in "’·–\u00ad"))
    ]  # fmt: skip


def _by_rank(signs: Counter[str], order: str) -> float:
    """The rows of the letters, each less the rarer it is; the first third counts whole."""
    weights = {letter: min(1.0, 1.33 * (1 - place / len(order))) for place, letter in enumerate(order)}
    return sum(rows * weights.get(sign.lower(), 0.0) for sign, rows in signs.items())


def _share_of_sound_words(words: str, encoding: str) -> float:
    """Share of the words that are built as words of that script are."""
    several = [word for word in re.findall(r"[^\W\d_]{3,}", words) if not word.isascii()]
    return sum(_soundness(word, encoding) for word in several) / len(several) if several else 1.0


def _soundness(word: str, encoding: str) -> float:
    """0 for a word with Latin letters or late capitals, or a Greek one without an accent; less for capitals alone."""
    has_late_capital = any(before.islower() and after.isupper() for before, after in pairwise(word))
    if has_late_capital or re.search("[A-Za-z]", word):
        return 0.0
    if encoding == "cp1253" and not word.isupper():
        return float(_GREEK_ACCENT.search(word) is not None)
    return 0.85 if word.isupper() else 1.0


def fit_of_pairs(content: bytes, encoding: str) -> float:
    """Share of the characters beyond ASCII that are in daily use; 0 where bytes are none of the encoding."""
    text = content.decode(encoding, errors="replace")
    signs = Counter(sign for sign in text if not sign.isascii())
    total = sum(signs.values())
    if not total or signs["\ufffd"] > 0.002 * total:
        return 0.0
    first, last = _COMMON_BYTES[encoding]
    is_japanese = encoding in ("cp932", "euc_jp")
    common = kana = counted = 0
    for sign, rows in signs.items():
        if _FULL.match(sign) or sign == "\ufffd":
            continue
        counted += rows
        encoded = sign.encode(encoding, errors="ignore")
        if _KANA.match(sign):
            kana += rows
            common += rows if is_japanese else 0
        elif len(encoded) == 2 and first <= encoded[0] <= last and (encoding != "gb18030" or encoded[1] >= 0xA1):
            common += rows
    if not counted or (is_japanese and not kana):
        return 0.0
    return common / counted


def rated(content: bytes, words: bytes) -> list[tuple[float, str]]:
    """Each encoding with how well it explains the bytes, the likeliest first.

    Args:
        content: whole lines.
        words: the words of it that hold bytes beyond ASCII.
    """
    scores = [(fit_of_pairs(content, encoding), encoding) for encoding in _COMMON_BYTES]
    scores += [
        (fit_of_letters(words.decode(encoding, errors="replace"), encoding), encoding)
        for encoding in (*_LATIN, *_BY_FREQUENCY)
    ]
    return sorted(scores, key=lambda pair: (-round(pair[0], 2), _ORDER.index(pair[1])))
