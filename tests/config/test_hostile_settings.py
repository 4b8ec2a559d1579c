"""Settings files that are wrong in every way that YAML allows: always exit 2 or settings, never a traceback or a hang."""

from __future__ import annotations

import random
import string
import time
from pathlib import Path

import pytest

from audiences.cli import main
from audiences.config import Settings, as_yaml, load
from audiences.errors import ConfigError

BOMB = "x1: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"x{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(8)
)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        pytest.param("rfm: {bins: 3}\ncleaning: {min_date: 2024-02-30}", 2, "day is out of range", id="30-february"),
        pytest.param("cleaning:\n  min_date: 2024-13-45", 2, "month must be in", id="month-13"),
        pytest.param("cleaning: {min_date: 0000-01-01}", 1, "year 0 is out of range", id="year-0"),
        pytest.param("cleaning: {min_date: 2024-01-01 99:99:99}", 1, "hour must be in", id="hour-99"),
        pytest.param("? [a, b]\n: c", 1, "unhashable key", id="list-as-key"),
        pytest.param("currency: EUR\na: &x [*x]", 2, "contains itself", id="recursion-list"),
        pytest.param("a: &x {b: *x}", 1, "contains itself", id="recursion-mapping"),
        pytest.param("a: !!python/object/apply:os.system ['true']", 1, "constructor for the tag", id="tag-python"),
        pytest.param("a: !!int x", 1, "invalid literal", id="tag-int"),
        pytest.param("a: !!timestamp x", 1, "x", id="tag-timestamp"),
        pytest.param(
            "currency: EUR\ncurrency: GBP", 2, "stands twice in one mapping, first in line 1", id="repeated-key"
        ),
        pytest.param("a: " + "9" * 6_000, 1, "4300 digits", id="digits"),
        pytest.param("\n\na: \x07", 3, "is not allowed", id="control-character"),
        pytest.param('a: "\\UFFFFFFFF"', 1, "too large", id="no-character"),
        pytest.param("a: " + "[" * 100_000, 1, "levels deep", id="deep"),
        pytest.param("a: [1\n", 2, "while parsing a flow sequence", id="cut"),
        pytest.param("--- a\n--- b", 2, "another document", id="two-documents"),
        pytest.param(BOMB, None, "values, each alias counted", id="alias-bomb"),
        pytest.param(
            BOMB.replace("[", "{p: [").replace("]", "]}"), None, "values, each alias", id="alias-bomb-of-maps"
        ),
        pytest.param("a: [" + "b," * 60_000 + "]", 1, "values, each alias", id="many-values"),
    ],
)
def test_each_fault_of_yaml_is_told_with_file_and_line(tmp_path, text, line, said):
    file = tmp_path / "shop.yaml"
    file.write_text(text, encoding="utf-8")
    started = time.monotonic()
    with pytest.raises(ConfigError) as told:
        load([file], [], {})
    assert time.monotonic() - started < 30
    assert said in str(told.value)
    assert told.value.details["where"] == (f"{file}, line {line}" if line else str(file))
    assert len(str(told.value)) < 1_000


def test_the_cases_are_exit_2_from_file_set_and_environment(tmp_path, monkeypatch, capsys):
    file = tmp_path / "a.yaml"
    file.write_text("cleaning: {min_date: 2024-02-30}\n")
    assert main(["config", "show", "--config", str(file)]) == 2
    assert main(["config", "show", "--set", "cleaning.min_date=2024-02-30"]) == 2
    assert main(["config", "show", "--set", ".".join("a" * 5_000) + "=1"]) == 2
    assert main(["config", "show", "--config", "/dev/zero"]) == 2
    assert main(["config", "show", "--config", str(tmp_path)]) == 2
    monkeypatch.setenv("AUDIENCES__CLEANING__MIN_DATE", "2024-02-30")
    assert main(["config", "show"]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "setting", ["store.vacuum_after_days=.nan", "gates.max_rejected_share=.nan", "scoring.gate.log_loss_gain=.inf"]
)
def test_no_setting_is_nan_or_infinite(setting):
    with pytest.raises(ConfigError, match="finite number"):
        load([], [setting], {})


@pytest.mark.parametrize(("given", "mask"), [("027", "027"), ("0077", "077"), ("'022'", "022"), ("7", "007")])
def test_a_mask_is_octal(given, mask):
    assert load([], [f"store.umask={given}"], {}).store.umask == mask


@pytest.mark.parametrize("given", ["27", "0", "999", "true", "[0, 2, 7]"])
def test_a_mask_that_could_mean_another_is_refused(given):
    with pytest.raises(ConfigError, match=r"store\.umask"):
        load([], [f"store.umask={given}"], {})


def test_an_endless_value_is_told_in_short():
    with pytest.raises(ConfigError) as told:
        load([], [f"time_zone={'x' * 200_000}"], {})
    assert len(str(told.value)) < 1_000


_SIGNS = "{}[]:,-?&*!|>'\"%@`#~\n\t \\0123456789.eEyn<=_+" + string.ascii_lowercase[:6]
_TOKENS = ("!!python/name:os.system", "&a", "*a", "<<: *a", "2024-02-30", "0x", "1e999", ".nan", "~", "---", "...", "!!binary x",
           "'", '"', "\ud7ff", "\x85", "\u2028", "0o17", "1:60:60", "!!set {a}", "? ", "- ", "|\n x", "null", "[", "}")  # fmt: skip


def mutated(text: str, draw: random.Random) -> str:
    """The text with a few places cut, doubled, exchanged or put elsewhere."""
    for _ in range(draw.randint(1, 6)):
        start = draw.randrange(len(text) + 1)
        end = min(len(text), start + draw.choice((0, 1, 3, 20, 200)))
        piece = draw.choice((
            "", text[start:end] * 2, draw.choice(_TOKENS), "".join(draw.choices(_SIGNS, k=draw.randint(1, 12))),
            "\n".join(draw.sample(text.splitlines() or [""], k=1)),
        ))  # fmt: skip
        text = text[:start] + piece + text[end:]
    return text


def check_fuzzed(folder: Path, *, count: int, seed: int) -> tuple[int, int]:
    """How many settings files were refused, and how many were settings."""
    draw, file = random.Random(seed), folder / "fuzzed.yaml"
    whole = as_yaml(Settings()).splitlines()
    refused = accepted = 0
    for number in range(count):
        start = draw.randrange(len(whole))
        text = mutated("\n".join(whole[start : start + draw.choice((3, 10, 40))]), draw)
        file.write_text(text, encoding="utf-8", newline="")
        started = time.monotonic()
        try:
            assert isinstance(load([file], [], {}), Settings)
            accepted += 1
        except ConfigError:  # exit code 2
            refused += 1
        except Exception as fault:
            raise AssertionError(f"no. {number} of seed {seed}: {text!r}") from fault
        assert time.monotonic() - started < 20, f"no. {number} of seed {seed}: {text!r}"
    return refused, accepted


def test_fuzzed_settings_files_are_refused_or_settings(tmp_path):
    refused, accepted = check_fuzzed(tmp_path, count=300, seed=1)
    assert refused > 100
    assert accepted > 0


@pytest.mark.slow
def test_ten_thousand_fuzzed_settings_files(tmp_path):
    assert sum(check_fuzzed(tmp_path, count=10_000, seed=2)) == 10_000
