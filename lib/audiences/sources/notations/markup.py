"""Texts without the tags and entities of web pages: a Spark expression and its twin in plain Python."""

from __future__ import annotations

import re

from pyspark.sql import Column
from pyspark.sql import functions as F

_TAG = r"(?s)<!--.*?-->|</?[A-Za-z][^<>]{0,300}>"  # "<3" is no tag
_ENTITIES = {
    "&#34;": '"', "&quot;": '"', "&#39;": "'", "&apos;": "'", "&#x27;": "'", "&rsquo;": "'", "&lsquo;": "'",
    "&#8217;": "'", "&#8220;": '"', "&#8221;": '"', "&nbsp;": " ", "&#160;": " ", "&lt;": "<", "&gt;": ">",
    "&#38;": "&", "&amp;": "&",
}  # fmt: skip
_OTHER_ENTITY = r"&(#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|[a-z]{2,10});"
_BLANKS = r"[\x00-\x20\x7f-\x9f\u00a0]+"


def read_plain_text(text: str | None) -> str | None:
    """Text without tags and entities, white space in one piece; None where nothing is left."""
    if text is None:
        return None
    plain = re.sub(_TAG, " ", text)
    for entity, meaning in _ENTITIES.items():
        plain = plain.replace(entity, meaning)
    plain = re.sub(_OTHER_ENTITY, " ", plain)
    return re.sub(_BLANKS, " ", plain).strip(" ") or None


def without_html(text: Column) -> Column:
    """`read_plain_text` as a Spark expression; null where nothing is left."""
    plain = F.regexp_replace(text, _TAG, " ")
    for entity, meaning in _ENTITIES.items():
        plain = F.replace(plain, F.lit(entity), F.lit(meaning))
    plain = F.regexp_replace(plain, _OTHER_ENTITY, " ")
    return F.nullif(F.trim(F.regexp_replace(plain, _BLANKS, " ")), F.lit(""))
