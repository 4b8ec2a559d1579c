"""Raw files -> a drafted settings file: a bounded sample, plain Python, no Spark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audiences.errors import InputError
from audiences.scaffold.cleaning_rules import rules
from audiences.scaffold.columns import Cells, Guess, guess
from audiences.scaffold.sample import Sample, read_sample
from audiences.scaffold.settings_text import as_text
from audiences.scaffold.timestamps import Reading, readings

__all__ = ["Draft", "draft"]


@dataclass(frozen=True)
class Draft:
    """A settings file as text, and what its reader must know or choose."""

    text: str
    messages: tuple[str, ...]


def draft(paths: Sequence[Path]) -> Draft:
    """Settings for transaction files of one kind (their headers may differ; a folder stands for its files).

    Raises:
        InputError: a file is missing, no text or no transaction file; the files are written in different ways.
    """
    samples = [read_sample(path) for path in _files(paths)]
    guesses = [guess(sample) for sample in samples]
    for sample, one in zip(samples, guesses, strict=True):
        _check_is_transactions(sample, one)
    _check_are_alike(samples, guesses)
    times = [cell for one in guesses for cell in one.columns["ts"].filled]
    formats = readings(times)
    if not formats:
        raise InputError(
            "no one timestamp format reads the times of all files", where=", ".join(sample.path for sample in samples),
            found="; ".join(one.columns["ts"].filled[0] for one in guesses), advice="draft one config for each kind",
        )  # fmt: skip
    columns = {
        name: Cells(name, cells, tuple(filter(None, cells)), ())
        for name in set.intersection(*(set(one.columns) for one in guesses))
        for cells in [tuple(cell for one in guesses for cell in one.columns[name].cells)]
    }
    found = rules(columns, guesses[0].decimals.sign or ".")
    return Draft(as_text(samples, guesses, formats, found), tuple(_messages(guesses, formats)))


def _files(paths: Sequence[Path]) -> list[Path]:
    """The files meant; of a folder those that are not hidden, by name."""
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise InputError("the file does not exist", where=path)
        inside = (
            sorted(one for one in path.iterdir() if one.is_file() and one.name[0] not in "._")
            if path.is_dir()
            else [path]
        )
        if not inside:
            raise InputError("the folder holds no file", where=path)
        found += inside
    return found


def _check_is_transactions(sample: Sample, one: Guess) -> None:
    if not one.missing:
        return
    got = ", ".join(f"{canonical} ({column.name})" for canonical, column in one.columns.items())
    raise InputError(
        f"this is no transaction file: nothing in it looks like {' or '.join(one.missing)}",
        where=sample.path,
        found=f"columns {', '.join(sample.header)}" + (f"; of these recognised: {got}" if got else ""),
        allowed="customer, invoice, time, quantity and unit price of each line",
        advice="if it does hold them, name them: --set sources.transactions.columns." + one.missing[0] + "=NAME",
    )


def _check_are_alike(samples: Sequence[Sample], guesses: Sequence[Guess]) -> None:
    """One source is read in one way; only the names of the columns may differ."""
    kinds: dict[str, set[object]] = {
        "delimiter": {sample.delimiter for sample in samples},
        "header": {sample.has_header for sample in samples},
        "encoding": {one.encoding for one in samples if "ASCII in the sample" not in one.encoding_evidence},
        "decimal sign": {one.decimals.sign for one in guesses},
    }
    unlike = [name for name, found in kinds.items() if len(found) > 1]
    if unlike:
        raise InputError(
            f"the files differ in {', '.join(unlike)}: one source is read in one way",
            where=", ".join(sample.path for sample in samples), advice="draft one config for each kind",
        )  # fmt: skip


def _messages(guesses: Sequence[Guess], formats: Sequence[Reading]) -> list[str]:
    said = []
    if len(formats) > 1:
        ways = " or ".join(f"{one.pattern} ({one.words})" for one in formats)
        said.append(f"choose sources.transactions.timestamp_format: {ways}; the sample reads in each way")
    if guesses[0].decimals.sign is None:
        said.append(f"choose sources.transactions.decimal: {guesses[0].decimals.evidence}")
    by_content = sorted({name for one in guesses for name, why in one.why.items() if "CONTENT" in why})
    if by_content:
        said.append(f"guessed by content alone, check them: {', '.join(by_content)}")
    return said
