"""What a person or a program reads: tables and JSON on stdout, messages and progress on stderr."""

from __future__ import annotations

import json
import logging
import math
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable

from audiences import logs
from audiences.engine.scheduler import Watch
from audiences.engine.stage import Receipt, Stage
from audiences.errors import ConfigError
from audiences.output_file import PRIVATE
from audiences.published.spreadsheet import SafeCsv

messages = Console(stderr=True, highlight=False, soft_wrap=True)

Counts = Callable[[], tuple[int, int]]
"""Finished and all tasks of the Spark stages that are running."""


def show(rows: Sequence[dict[str, Any]], style: str, *, names: Sequence[str] = ()) -> None:
    """Rows on stdout as `table`, `csv` or `json`; `names` are their columns, by default those of the first row."""
    names = names or list(rows[0] if rows else ())
    show_columns(names, [[row[name] for name in names] for row in rows], style)


def show_columns(names: Sequence[str], rows: Sequence[Sequence[Any]], style: str) -> Mapping[str, int]:
    """Rows by position on stdout, so that columns of equal name each show their own values.

    In JSON, whose objects cannot hold a name twice, the second `a` is `a_2`.

    Returns:
        Of CSV the columns with cells that were defused, and how many; else nothing.
    """
    if style == "json":
        keys = _distinct(names)
        print_json([dict(zip(keys, row, strict=True)) for row in rows])
        return {}
    if style == "csv":
        # a terminal is no spreadsheet: there what would steer it is written out, elsewhere every value stays whole
        shown_rows = (
            [[visible(v) if isinstance(v, str) else v for v in row] for row in rows] if _on_terminal() else rows
        )
        table = SafeCsv(sys.stdout, [visible(name) for name in names] if _on_terminal() else names)
        table.write(shown_rows)
        return table.defused
    shown = RichTable(box=None, header_style="bold", pad_edge=False)
    for number, name in enumerate(names):
        values = [row[number] for row in rows]
        is_number = any(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
        shown.add_column(visible(name), justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(visible(_cell(value)) for value in row))
    # a pipe has no width: let no line be folded for it
    Console(highlight=False, width=None if _on_terminal() else 1000, markup=False).print(shown)
    return {}


def _on_terminal() -> bool:
    return sys.stdout.isatty()


def print_json(value: Any) -> None:
    """JSON on stdout; NaN and infinities, which JSON has not, as the texts "NaN", "Infinity" and "-Infinity"."""
    text = json.dumps(_as_json(value), indent=2, default=str, ensure_ascii=False, allow_nan=False)
    print(_HIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def _as_json(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {str(name): _as_json(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_json(item) for item in value]
    return value


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, each further one of equal names with its number: a, a_2, a_3."""
    distinct: dict[str, None] = {}
    for name in names:
        free, number = name, 1
        while free in distinct:
            number += 1
            free = f"{name}_{number}"
        distinct[free] = None
    return list(distinct)


# What a terminal obeys instead of showing it (C0, C1, DEL), what turns the direction of writing around, and halves of
# characters that cannot be written; a tab and a line feed stay.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """Text from data as a terminal may show it: signs that would move the cursor or change colours are written out."""
    return _HIDDEN.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def tell_defused(defused: Mapping[str, int], *, advice: str) -> None:
    """A word on stderr where cells of a CSV are not what the table holds."""
    if defused:
        columns = ", ".join(f"{name}: {count:,}" for name, count in defused.items())
        messages.print(
            f"an apostrophe stands before cells that a spreadsheet would run ({visible(columns)}); {advice}",
            markup=False,
        )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value)
    return str(value)


def explained(told: dict[str, Any], style: str) -> None:
    """What `explain` found: as JSON, or as a few lines and a table."""
    if style == "json":
        print_json(told)
        return
    single = {name: value for name, value in told.items() if not isinstance(value, (dict, list))}
    for part in (
        single,
        told.get("name") or {},
        told["border"] or {},
        told["rfm"],
        {f"before: {k}": v for k, v in told["before"].items()},
    ):
        show([{"what": name, "is": _cell(value)} for name, value in part.items() if value is not None], "table")
        print()
    show(told["features"], "table")


def save(path: Path, text: str) -> None:
    """A new file, readable by its owner alone; one that exists is not overwritten.

    Raises:
        ConfigError: it exists, or cannot be written.
    """
    try:
        with open(path, "x", encoding="utf-8", opener=_private) as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError("the file exists already", where="--out", found=path, advice="name another") from None
    except OSError as fault:
        raise ConfigError("the file cannot be written", where="--out", found=f"{path}: {fault.strerror}") from None


@contextmanager
def watching(style: logs.Style) -> Iterator[Watch]:
    """What a run tells of its stages: a bar per stage on a terminal, log records elsewhere and where JSON is asked for.

    Records of warnings and faults are shown in either case.
    """
    from audiences.spark.session import running_tasks

    if messages.is_terminal and style == "text":
        logs.show(style, sys.stderr, level=logging.WARNING)
        with Watcher(running_tasks).running() as watcher:
            yield watcher
    else:
        logs.show(style, sys.stderr)
        yield lambda stage, receipt: None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE)


class Watcher:
    """A bar per stage, on a terminal."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.progress = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(20), TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(), console=messages,
        )  # fmt: skip
        self._bars: dict[str, TaskID] = {}  # of the stages that are running

    def __call__(self, stage: Stage, receipt: Receipt | None) -> None:
        if receipt is None:
            self._bars[stage.name] = self.progress.add_task(f"{stage.name:<22}", total=None, told="")
            return
        bar = self._bars.pop(stage.name)
        self.progress.update(bar, total=1, completed=1, told=receipt.in_words())
        self.progress.stop_task(bar)

    @contextmanager
    def running(self) -> Iterator[Watcher]:
        done = threading.Event()
        poller = threading.Thread(target=self._poll, args=(done,), daemon=True)
        with self.progress:
            poller.start()
            try:
                yield self
            finally:
                done.set()
                poller.join()

    def _poll(self, done: threading.Event) -> None:
        while not done.wait(0.3):
            finished, total = self.counts()
            bars = list(self._bars.values())
            if len(bars) == 1 and total:  # of several stages Spark does not say whose tasks they are
                self.progress.update(bars[0], total=total, completed=min(finished, total - 1))
