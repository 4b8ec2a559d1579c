"""Makes lib/audiences/text/sentiments_en.txt from VADER's lexicon (MIT): `python tools/sentiments.py`.

Needs vaderSentiment.
One line per lemma, `word,positive` or `word,negative`: the sign of the mean rating of the lemma's forms, where it is at
least `FLOOR` away from 0 (the lexicon's scale is -4 to 4). Words with anything but a to z in them are left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from importlib.resources import files
from pathlib import Path
from statistics import mean

OUT = Path(__file__).resolve().parent.parent / "lib" / "audiences" / "text"
WORD = re.compile("[a-z]{2,15}")
FLOOR = 0.75
# mostly no feeling in reviews: sounds like, pretty bad, kind of, as well, no matter
NEUTRAL = {"like", "pretty", "kind", "well", "matter", "no", "number"}


def lemmas() -> dict[str, str]:
    """Form -> lemma, as the packaged dictionary has it."""
    lines = (line.split("\t") for line in (OUT / "lemmas_en.txt").read_text(encoding="utf-8").splitlines())
    return {form: lemma for lemma, found in lines for form in found.split()}


def sentiments() -> dict[str, str]:
    """Lemma -> positive or negative."""
    known, ratings = lemmas(), defaultdict(list)
    for line in (files("vaderSentiment") / "vader_lexicon.txt").read_text(encoding="utf-8").splitlines():
        form, rating, *_ = line.split("\t")
        if WORD.fullmatch(form):
            ratings[known.get(form, form)].append(float(rating))
    means = {lemma: mean(found) for lemma, found in ratings.items() if lemma not in NEUTRAL}
    return {
        lemma: "positive" if value > 0 else "negative" for lemma, value in sorted(means.items()) if abs(value) >= FLOOR
    }


def main() -> None:
    found = sentiments()
    (OUT / "sentiments_en.txt").write_text("".join(f"{word},{sign}\n" for word, sign in found.items()))
    print(f"{len(found)} words, {sum(sign == 'positive' for sign in found.values())} of them positive")


if __name__ == "__main__":
    main()
