"""Bad texts, as a newcomer would bring them: a clear message or a rejected row, and never a stack trace."""

from __future__ import annotations

import pytest
from deltalake import DeltaTable
from small_talk import SAID, arguments

from audiences.cli import main

HEADER = "customer_id,ts,text\n"
LINES = [f'c{i},2011-10-01 10:00:00,"{text} number {i}"' for i, text in enumerate(SAID["delivery"] * 3)]


@pytest.fixture
def attempt(spark, tmp_path, capsys):
    """A function: what `audiences run STAGE …` over one file of texts exits with, and says on stderr."""

    def run(content: str | bytes, *settings: str, stages: tuple[str, ...] = ("topics",)) -> tuple[int, str]:
        file = tmp_path / "said.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        given = arguments(tmp_path / "tables", f"sources.reviews.path={file}", *settings)
        code = main(["run", *stages, "--as-of", "2011-12-10", *given])
        return code, capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    ("lines", "settings", "said"),
    [
        pytest.param([], [], ["no text before as_of has a word that counts", "found:   0 texts"], id="no-text-at-all"),
        pytest.param(
            [line.replace("2011-10", "2012-10") for line in LINES], [], ["no text before as_of"], id="only-later-texts"
        ),
        pytest.param(LINES[:1], [], ["the vocabulary is empty", "lower min_documents"], id="one-text"),
        pytest.param(
            LINES[:1], ["text.vocabulary.min_documents=1", "text.vocabulary.max_documents=5"],
            ["fewer terms or texts than topics", "3 terms, 0 texts besides those held out", "text.topics"], id="one-text-and-every-word-counts",
        ),
        pytest.param(
            LINES, ["text.vocabulary.min_documents=50"], ["the vocabulary is empty", "text.vocabulary"],
            id="no-word-is-left",
        ),
    ],
)  # fmt: skip
def test_too_little_to_find_a_topic_in(attempt, lines, settings, said):
    code, told = attempt(HEADER + "\n".join(lines) + "\n", *settings)
    assert code == 1
    for part in said:
        assert part in told
    assert "Traceback" not in told


def test_a_file_of_which_every_text_is_too_short_is_not_landed(attempt):
    code, told = attempt(HEADER + "\n".join(f"{line.split(',')[0]},2011-10-01 10:00:00,x" for line in LINES) + "\n")
    assert code == 3
    assert f"{len(LINES)} of {len(LINES)} rows rejected: too_short {len(LINES)}" in told
    assert "Traceback" not in told


def read(tmp_path, name):
    return DeltaTable(str(tmp_path / "tables" / name)).to_pyarrow_table().to_pandas()


def test_latin_1_emoji_html_and_a_megabyte_are_kept_or_rejected_with_a_reason(attempt, tmp_path):
    odd = [
        b'c1,2011-10-01 10:00:00,"caf\xe9 tr\xe8s bon, a good table"',  # Latin-1 in a UTF-8 file
        'c2,2011-10-01 10:00:00,"\N{THUMBS UP SIGN}\N{THUMBS UP SIGN} love this café, not cheap"'.encode(),
        b'c3,2011-10-01 10:00:00,"<p>The <b>courier</b> was late &amp; rude<br/>never again</p><script>alert(1)</script>"',
        b'c4,2011-10-01 10:00:00,"' + b"very good " * 100_000 + b'"',
    ]
    content = HEADER.encode() + b"\n".join(odd) + b"\n"
    code, told = attempt(content, stages=("review_tokens", "rejected_reviews"))
    assert code == 3
    assert "1 of 4 rows hold characters that the encoding cannot read; set sources.reviews.encoding" in told
    code, told = attempt(content, "gates.max_undecodable_share=1", stages=("review_tokens", "rejected_reviews"))
    assert code == 0, told
    kept = read(tmp_path, "features/review_tokens").set_index("customer_id")["tokens"].map(list)
    assert kept["c2"] == ["love", "café", "not_cheap"]
    assert {"courier", "late", "rude"} <= set(kept["c3"])
    assert not {"script", "br", "amp"} & set(kept["c3"])
    refused = read(tmp_path, "clean/rejected_rows")
    assert sorted(reason for reasons in refused["reasons"] for reason in reasons) == ["too_long", "undecodable_text"]
    assert refused["row"].str.len().max() < 1_100_000


def test_a_latin_1_file_is_read_as_what_it_is(attempt, tmp_path):
    content = (HEADER + 'c1,2011-10-01 10:00:00,"A café with good tables"\n').encode("latin-1")
    code, told = attempt(content, "sources.reviews.encoding=ISO-8859-1", stages=("review_tokens",))
    assert code == 0, told
    assert list(read(tmp_path, "features/review_tokens")["tokens"][0]) == ["café", "good", "table"]
