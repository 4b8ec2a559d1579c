"""Which encoding a text file is written in: certain where its bytes say so, otherwise a guess shown with a sample."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from charset_normalizer import CharsetMatch, from_bytes

from audiences.scaffold.letters import rated

_NAMES = {
    "cp1250": "windows-1250", "cp1251": "windows-1251", "cp1252": "windows-1252", "cp1253": "windows-1253",
    "cp1254": "windows-1254", "cp1255": "windows-1255", "cp1256": "windows-1256", "latin_1": "ISO-8859-1",
    "koi8_r": "KOI8-R", "gb18030": "GB18030", "cp932": "windows-31j", "cp949": "x-windows-949", "big5": "Big5",
    "euc_jp": "EUC-JP", "iso8859_2": "ISO-8859-2", "cp866": "IBM866",
}  # fmt: skip
"""Python's name of each candidate and the name that Java, and so Spark, knows it by."""
_ONE_ACCENT = ("cp1250", "cp1252", "cp1254", "latin_1")
"""Candidates where bytes beyond ASCII stand alone between plain letters, as accents in European words do."""
_CLEAR, _CLOSE_FIT = 0.8, 0.1
"""So much of the signs must the letters of one language explain; as much less may a rival explain."""
_CLOSE_CHAOS, _CLOSE_COHERENCE = 0.02, 0.1
_SHOWN_CHARACTERS = 40
_MIN_BYTES = 200
_MIN_UTF16 = 8


@dataclass(frozen=True)
class Encoding:
    """The encoding of a file.

    Args:
        name: as Spark knows it.
        evidence: what says so.
        is_plain: the sample is ASCII, so that it speaks for no encoding.
        is_guess: other encodings read the bytes as well; a person has to look at `shown`.
        shown: words of the sample as this encoding reads them.
    """

    name: str
    evidence: str
    is_plain: bool = False
    is_guess: bool = False
    shown: str = ""


def encoding_of(content: bytes) -> Encoding:
    """The encoding of some whole lines of a file."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Encoding("UTF-16", "the byte order mark says so")
    beside_zeros = _utf16_without_mark(content[:4096])
    if beside_zeros is not None:
        return beside_zeros
    beyond_ascii = len(re.findall(rb"[\x80-\xff]", content))
    if not beyond_ascii:
        return Encoding("UTF-8", "plain ASCII in the sample; any of the usual encodings reads it", is_plain=True)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _guess(content, beyond_ascii)
    return Encoding("UTF-8", f"{beyond_ascii:,} bytes beyond ASCII, all of them valid UTF-8")


def _utf16_without_mark(start: bytes) -> Encoding | None:
    """Latin letters in UTF-16 have a zero in every second byte."""
    for name, zeros in (("UTF-16LE", start[1::2]), ("UTF-16BE", start[0::2])):
        is_half_zero = len(zeros) >= _MIN_UTF16 and zeros.count(0) > 0.4 * len(zeros)
        if is_half_zero and start.count(0) < 1.2 * zeros.count(0):
            return Encoding(name, "every second byte is zero", is_guess=True, shown=start[:80].decode(name, "ignore"))
    return None


def _guess(content: bytes, beyond_ascii: int) -> Encoding:
    counted = f"{beyond_ascii:,} bytes beyond ASCII are no UTF-8"
    words = b" ".join(_words_beyond_ascii(content)) + b" "
    if not re.search(r"[^\W\d_a-zA-Z]", words.decode("cp1252", "ignore")):
        return _western(content, words, counted)  # signs of money and degrees, no letters
    best, *others = rated(content, words)
    if best[0] >= _CLEAR:
        return _by_letters(content, words, counted, best, others)
    is_one_accent = re.search(rb"[\x80-\xff]{2}", words) is None
    words = words * (1 + _MIN_BYTES // len(words))  # the detector knows no language in a few bytes
    matches = _ranked(from_bytes(words, cp_isolation=list(_ONE_ACCENT if is_one_accent else _NAMES)))
    if not matches or _reads_alike(words, matches[0].encoding, "latin_1"):
        return _western(content, words, counted)
    if _reads_alike(words, matches[0].encoding, "cp1252"):
        return _western(content, words, counted)
    name = _NAMES[matches[0].encoding]
    return Encoding(
        name, f"a guess: {counted}; {name} reads them as {_shown(words, matches[0].encoding)}{_rivals(words, matches)}",
        is_guess=True, shown=_shown(words, matches[0].encoding),
    )  # fmt: skip


def _by_letters(
    content: bytes, words: bytes, counted: str, best: tuple[float, str], others: Sequence[tuple[float, str]]
) -> Encoding:
    """The encoding that a language explains best, with those that come close to it."""
    score, name = best
    close: dict[str, str] = {}
    for other_score, other in others:
        if other_score > score - _CLOSE_FIT and not _reads_alike(words, name, other):
            close.setdefault(_shown(words, other), _NAMES[other])
    named = [f"{other} as {text}" for text, other in close.items()]
    rivals = f"; {', '.join(named[:2])}" if named else ""
    if name == "cp1252" or _reads_alike(words, name, "latin_1"):
        western = _western(content, words, counted)
        return replace(western, evidence=western.evidence + rivals)
    shown = _shown(words, name)
    evidence = f"a guess: {counted}; {_NAMES[name]} reads them as {shown}{rivals}"
    return Encoding(_NAMES[name], evidence, is_guess=True, shown=shown)


def _ranked(matches: Iterable[CharsetMatch]) -> list[CharsetMatch]:
    """The matches, the likeliest first: as orderly as the best, then by language, then Western before the others."""
    known = list(matches)
    if not known:
        return []
    limit = min(match.chaos for match in known) + _CLOSE_CHAOS
    return sorted(
        known,
        key=lambda match: (
            match.chaos > limit,
            -round(match.coherence, 2),
            match.encoding not in ("cp1252", "latin_1"),
        ),
    )


def _western(content: bytes, words: bytes, counted: str) -> Encoding:
    """Western European: windows-1252 only where a byte exists in it alone."""
    has_windows_byte = re.search(rb"[\x80-\x9f]", content) is not None
    name, python_name = ("windows-1252", "cp1252") if has_windows_byte else ("ISO-8859-1", "latin_1")
    why = "; some exist in windows-1252 only" if has_windows_byte else ""
    shown = _shown(words, python_name)
    return Encoding(name, f"a guess: {counted}{why}; read as {shown}", is_guess=True, shown=shown)


def _words_beyond_ascii(content: bytes) -> list[bytes]:
    """Distinct words with bytes beyond ASCII, the most frequent first: these alone speak for an encoding."""
    words = Counter(re.findall(rb"[^\s,;|\"0-9]*[\x80-\xff][^\t\r\n,;|\"0-9]*", content))
    return [word.strip() for word, _ in words.most_common(300)]


def _decoded(words: bytes, encoding: str) -> str | None:
    try:
        return words.decode(encoding)
    except UnicodeDecodeError:
        return None


def _reads_alike(words: bytes, first: str, second: str) -> bool:
    return _decoded(words, first) == _decoded(words, second) is not None


def _shown(words: bytes, encoding: str) -> str:
    text = words.decode(encoding, "ignore").strip()
    return " ".join(dict.fromkeys(text.split(" ")))[:_SHOWN_CHARACTERS]


def _rivals(words: bytes, matches: list[CharsetMatch]) -> str:
    """Other encodings that read the words about as well, and as something else."""
    best = matches[0]
    rivals = [
        f"{_NAMES[match.encoding]} as {_shown(words, match.encoding)}"
        for match in matches[1:]
        if match.chaos - best.chaos < _CLOSE_CHAOS
        and best.coherence - match.coherence < _CLOSE_COHERENCE
        and not _reads_alike(words, match.encoding, best.encoding)
    ]
    return f"; {', '.join(rivals[:2])}" if rivals else ""
