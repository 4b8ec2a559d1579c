"""No message and no page tells people to install a name from a package index that is not ours there."""

from __future__ import annotations

import re
from pathlib import Path

from audiences.errors import extra_advice

ROOT = Path(__file__).resolve().parent.parent
_NAMED = re.compile(r"pip install[^\n]*?[\s'\"]audiences(\[|['\"\s,;.)]|$)")


def test_the_pattern_finds_what_it_is_meant_for():
    for text in (
        "pip install 'audiences[query]'",
        "pip install audiences[dbscan], or",
        "pip install audiences",
        'pip install -U "audiences"',
    ):
        assert _NAMED.search(text)
    for text in (
        extra_advice("query", "serve"),
        "pip install '.[query]'",
        "pip install dist/audiences-1.0-py3-none-any.whl",
    ):
        assert not _NAMED.search(text)


def test_nobody_is_sent_to_an_index_for_this_product():
    files = [path for folder in ("lib", "docs", "jobs", "notebooks", "conf", "resources", "benchmarks")
             for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".md", ".yaml", ".yml", ".ipynb", ".jinja", ".txt"}]  # fmt: skip
    found = [f"{path.relative_to(ROOT)}: {match[0]}" for path in [*files, *ROOT.glob("*.*")]
             if path.is_file() and path.suffix != ".whl" for match in [_NAMED.search(path.read_text(encoding="utf-8", errors="replace"))] if match]  # fmt: skip
    assert not found


def test_the_advice_names_the_extra():
    assert (
        extra_advice("query")
        == "in the checkout: pip install '.[query]'; from the wheel: pip install 'PATH/TO/WHEEL.whl[query]'"
    )
