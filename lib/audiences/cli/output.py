"""What a person or a program reads: tables and JSON on stdout, messages and progress on stderr."""

from __future__ import annotations

import csv
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
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
from audiences.published.spreadsheet import defused

messages = Console(stderr=True, highlight=False, soft_wrap=True)

Counts = Callable[[], tuple[int, int]]
"""Finished and all tasks of the Spark stages that are running."""


def show(rows: Sequence[dict[str, Any]], style: str, *, names: Sequence[str] = ()) -> None:
    """Rows on stdout as `table`, `csv` or `json`; `names` are their columns, by default those of the first row."""
    if style == "json":
        print(json.dumps(rows, indent=2, default=str, ensure_ascii=False))
        return
    names = names or list(rows[0] if rows else ())
    if style == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([defused(row[name]) for name in names] for row in rows)
        return
    table = RichTable(box=None, header_style="bold", pad_edge=False)
    for name in names:
        is_number = any(isinstance(row[name], (int, float)) and not isinstance(row[name], bool) for row in rows)
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in names))
    # a pipe has no width: let no line be folded for it
    Console(highlight=False, width=None if sys.stdout.isatty() else 1000, markup=False).print(table)


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
        print(json.dumps(told, indent=2, default=str, ensure_ascii=False))
        return
    single = {name: value for name, value in told.items() if not isinstance(value, (dict, list))}
    for part in (single, told["border"] or {}, told["rfm"], {f"before: {k}": v for k, v in told["before"].items()}):
        show([{"what": name, "is": _cell(value)} for name, value in part.items() if value is not None], "table")
        print()
    show(told["features"], "table")


def save(path: Path, text: str) -> None:
    """A new file; one that exists is not overwritten.

    Raises:
        ConfigError: it exists, or cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8") as file:
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
