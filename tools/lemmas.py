"""Makes lib/audiences/text/lemmas_en.txt from lemminflect's table (MIT): `python tools/lemmas.py`; needs lemminflect.

One line per lemma: the lemma, a tab, its other forms. A form that is read as a verb goes to the verb's lemma, else to
the noun's, else the adjective's or adverb's; forms that are their own lemma in all of these are left out, and so are
words with anything but a to z in them, and long ones: they are rare.
"""

from __future__ import annotations

import gzip
import re
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "lib" / "audiences" / "text"
WORD = re.compile("[a-z]{2,12}")
ORDER = ("aux", "verb", "noun", "adj", "adv")
# where the rule above reads a word of reviews wrongly
KEPT = {
    "evening",
    "ceiling",
    "wedding",
    "morning",
    "stocking",
    "clothing",
    "building",
    "string",
    "bass",
    "left",
    "being",
}


def lemmas() -> dict[str, str]:
    """Form -> lemma."""
    table = gzip.decompress((files("lemminflect") / "resources" / "lemma_lu.csv.gz").read_bytes()).decode()
    readings: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for line in table.splitlines():
        form, kind, found = line.split(",")
        readings[form][kind] = found.split("/")
    pairs = {}
    for form, kinds in readings.items():
        others = [kinds[kind][0] for kind in ORDER if kind in kinds and form not in kinds[kind][:1]]
        if WORD.fullmatch(form) and others and WORD.fullmatch(others[0]) and form not in KEPT:
            pairs[form] = others[0]
    # one step must do: a lemma is no form of another
    return {form: pairs.get(lemma, lemma) for form, lemma in pairs.items() if pairs.get(lemma, lemma) != form}


def main() -> None:
    forms = defaultdict(list)
    for form, lemma in sorted(lemmas().items()):
        forms[lemma].append(form)
    lines = [f"{lemma}\t{' '.join(found)}\n" for lemma, found in sorted(forms.items())]
    (OUT / "lemmas_en.txt").write_text("".join(lines))
    print(f"{len(lines)} lemmas, {sum(map(len, forms.values()))} forms")


if __name__ == "__main__":
    main()
