"""What both engines share: the text as they get it, and tokens with negation from the words that they give."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

NEGATED = "not_"
_PREPARED = (
    (r"[\u2018\u2019\u02bc`´]", "'"),
    (r"\bcan't\b|\bcannot\b|\bcant\b", "can not"),
    (r"\bwon't\b|\bwont\b", "will not"),
    (r"n't\b", " not"),
    (r"\b(does|do|did|is|was|were|has|have|had|would|should|could)nt\b", "$1 not"),
    (r"'(s|re|ve|ll|d|m)\b", " "),
    (r"(?<=[\p{L}\p{Nd}])[.!?]+(?=\p{L})", ". "),  # "pop sounds.now": a sentence ends there
    (r"[^\p{L}\p{M}.!?\s]+", " "),
)


def prepared(text: Column) -> Column:
    """Lower case, contractions written out ("don't" is "do not"), nothing but letters and the ends of sentences."""
    plain = F.lower(text)
    for pattern, replacement in _PREPARED:
        plain = F.regexp_replace(plain, pattern, replacement)
    return plain


def tokens(pairs: Column, *, negators: Sequence[str], min_letters: int, has_bigrams: bool) -> Column:
    """Tokens of a text, in order: a word after a negator is `not_word`, negators themselves go.

    Args:
        pairs: array of (previous, word) without stop words; previous is null at the start of a sentence.
    """

    def said(pair: Column) -> Column:
        is_negated = F.coalesce(pair["previous"].isin(*negators), F.lit(False))
        token = F.when(is_negated, F.concat(F.lit(NEGATED), pair["word"])).otherwise(pair["word"])
        if not has_bigrams:
            return F.array(token)
        has_pair = pair["previous"].isNotNull() & ~is_negated & (F.length(pair["previous"]) >= min_letters)
        return F.array_compact(F.array(token, F.when(has_pair, F.concat_ws("_", pair["previous"], pair["word"]))))

    kept = F.filter(pairs, lambda pair: ~pair["word"].isin(*negators) & (F.length(pair["word"]) >= min_letters))
    return F.flatten(F.transform(kept, said))
