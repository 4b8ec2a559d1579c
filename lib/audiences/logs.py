"""Log records of runs: one logger per module, and the run and the stage that a record belongs to.

Libraries write records through `logging.getLogger(__name__)`; only the command line decides how they are shown.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, Literal

Style = Literal["text", "json"]

_RUN: ContextVar[str] = ContextVar("run", default="")
_STAGE: ContextVar[str] = ContextVar("stage", default="")

_OWN_FIELDS = ("status", "rows", "version", "seconds", "number", "stages", "note")
"""Values that the records of a stage carry; the JSON form writes them as they are."""


@contextmanager
def context(*, run: str | None = None, stage: str | None = None) -> Iterator[None]:
    """While it is open, records of this thread carry the run's id and the stage's name."""
    tokens = [
        (variable, variable.set(value)) for variable, value in ((_RUN, run), (_STAGE, stage)) if value is not None
    ]
    try:
        yield
    finally:
        for variable, token in reversed(tokens):
            variable.reset(token)


def show(style: Style, stream: IO[str], *, level: int = logging.INFO) -> None:
    """Writes the records of `audiences` to `stream`; what an earlier call set up is replaced."""
    handler = logging.StreamHandler(stream)
    handler.addFilter(_with_context)
    handler.setFormatter(_Json() if style == "json" else _Text())
    logger = logging.getLogger("audiences")
    for earlier in logger.handlers[:]:
        logger.removeHandler(earlier)
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False


def _with_context(record: logging.LogRecord) -> bool:
    record.run = _RUN.get()
    record.stage = _STAGE.get()
    return True


class _Text(logging.Formatter):
    """Clock, level, the first eight characters of the run's id, the message."""

    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        run = getattr(record, "run", "")[:8] or "-"
        text = f"{clock} {record.levelname:<7} {run:<8} {record.getMessage()}"
        return text if record.exc_info is None else f"{text}\n{self.formatException(record.exc_info)}"


class _Json(logging.Formatter):
    """One JSON object a line: time (ISO 8601, UTC), level, logger, run_id, stage, message, and the stage's figures."""

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        fields = {
            "time": f"{moment}.{int(record.msecs):03d}Z", "level": record.levelname, "logger": record.name,
            "run_id": getattr(record, "run", "") or None, "stage": getattr(record, "stage", "") or None,
            "message": record.getMessage(),
        }  # fmt: skip
        fields |= {name: value for name in _OWN_FIELDS if (value := getattr(record, name, None)) is not None}
        if record.exc_info is not None:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False, default=str)
