"""A small activity log: sixty people at irregular steps by day, and three bots on a timetable around the clock."""

from __future__ import annotations

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path

AS_OF = "2024-03-01"
START = datetime(2024, 2, 1)


def events(users: int = 60, bots: int = 3) -> list[tuple]:
    """People at irregular steps by day; bots on a timetable around the clock."""
    draw = random.Random(4)
    rows = []
    for number in range(users + bots):
        is_bot = number >= users
        for session in range(40 if is_bot else draw.randrange(3, 12)):
            ts = (
                START + timedelta(hours=session * 16)
                if is_bot
                else START
                + timedelta(days=draw.randrange(28), hours=draw.randrange(8, 22), seconds=draw.randrange(3600))
            )
            for _ in range(30 if is_bot else draw.randrange(2, 9)):
                kind, path = (
                    ("export", "/all")
                    if is_bot
                    else (draw.choice(("view", "view", "search")), f"/p{draw.randrange(40)}")
                )
                rows.append((f"u{number:02d}", f"{ts:%Y-%m-%d %H:%M:%S}", kind, path))
                ts += timedelta(seconds=2 if is_bot else draw.randrange(5, 300))
    return rows


BAD = [
    ("", "2024-02-02 10:00:00", "view", ""),
    ("u01", "02/02/2024", "view", ""),
    ("u02", "1024-02-02 10:00:00", "view", ""),
]


def write(path: Path, header: tuple, rows: list[tuple]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def deliver(folder: Path) -> None:
    """Writes the log, with bad rows, known bots and identities."""
    write(folder / "log.csv", ("user", "time", "event", "page"), events() + BAD)
    known = [("u60", "1"), ("u61", "yes"), ("u62", "true"), ("u01", "0"), ("ghost", "1")]
    write(folder / "bots.csv", ("user", "flag"), known)
    write(folder / "ids.csv", ("user", "customer"), [("u00", "c1"), ("u59", "c1"), ("u02", "c2")])


def arguments(folder: Path) -> list[str]:
    """What `audiences run` needs to read what was delivered there."""
    settings = {
        "store.root": folder / "tables", "sources.activity.path": folder / "log.csv",
        "sources.known.path": folder / "bots.csv", "sources.identities.path": folder / "ids.csv",
        "density.min_share": 0.1,
    }  # fmt: skip
    return ["--as-of", AS_OF, *(part for name, value in settings.items() for part in ("--set", f"{name}={value}"))]
