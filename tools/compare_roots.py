"""Compares two roots row by row: every table of every published run, read without Spark.

    python tools/compare_roots.py FIRST_ROOT SECOND_ROOT [--ignore zone/table.column …]

Of each as_of the latest published run is compared, stage by stage, each slice at the version that its run pinned. Which
version that is, run ids and fingerprints do not count, nor do measured seconds. Exit 0: all rows are equal; 1: they are
not, with a list of the differences; 2: a root cannot be read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

ALWAYS_IGNORED = {"run_id", "seconds"}
SHOWN = 3
"""Rows of a difference that are printed, of each side."""

# several equal rows count as several
ONLY_IN_FIRST = "SELECT * FROM first_rows EXCEPT ALL SELECT * FROM second_rows"
ONLY_IN_SECOND = "SELECT * FROM second_rows EXCEPT ALL SELECT * FROM first_rows"


def main(arguments: Sequence[str] | None = None) -> int:
    from audiences.errors import AudiencesError

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first")
    parser.add_argument("second")
    parser.add_argument("--ignore", nargs="*", default=[], metavar="ZONE/TABLE.COLUMN", help="columns left out")
    chosen = parser.parse_args(arguments)
    try:
        differences = list(compare(chosen.first, chosen.second, ignored=chosen.ignore))
    except AudiencesError as fault:
        print(fault, file=sys.stderr)
        return 2
    for difference in differences:
        print(difference)
    print(f"{len(differences)} differences" if differences else "all rows are equal")
    return 1 if differences else 0


def compare(first: str, second: str, *, ignored: Sequence[str] = ()) -> Iterator[str]:
    """One text per difference; nothing where all rows are equal."""
    runs, others = _latest_runs(first), _latest_runs(second)
    for as_of in sorted(runs.keys() | others.keys()):
        if as_of not in runs or as_of not in others:
            yield f"{as_of}: published only in the {'first' if as_of in runs else 'second'} root"
            continue
        one, two = runs[as_of], others[as_of]
        for stage in sorted(one.rows.keys() | two.rows.keys()):
            if one.has(stage) != two.has(stage):
                yield f"{as_of} {stage}: made only in the {'first' if one.has(stage) else 'second'} root"
            elif one.has(stage):
                for text in _different(one, two, stage, ignored):
                    yield f"{as_of} {stage}: {text}"


def _latest_runs(root: str) -> dict[date, Any]:
    """as_of -> its latest published run."""
    runs: dict[date, Any] = {}
    for run in published_runs(root):  # newest first, of one as_of the latest first
        runs.setdefault(run.as_of, run)
    return runs


def _different(one: Any, two: Any, stage: str, ignored: Sequence[str]) -> Iterator[str]:
    import duckdb

    row = one.rows[stage]
    left_out = ALWAYS_IGNORED | {
        name.partition(".")[2] for name in ignored if name.partition(".")[0] == f"{row['zone']}/{row['table']}"
    }
    datasets = [run.dataset(stage) for run in (one, two)]
    names = [[name for name in dataset.schema.names if name not in left_out] for dataset in datasets]
    for name in sorted(set(names[0]) ^ set(names[1])):
        yield f"the column {name} is only in the {'first' if name in names[0] else 'second'} root"
    common = [name for name in names[0] if name in names[1]]
    with duckdb.connect() as database:
        for name, dataset in zip(("first_rows", "second_rows"), datasets, strict=True):
            database.register(name, dataset.to_table(columns=common))
        for which, query in (("first", ONLY_IN_FIRST), ("second", ONLY_IN_SECOND)):
            rows = database.sql(query).fetchall()
            if rows:
                examples = "".join(
                    f"\n    {dict(zip(common, values, strict=True))}" for values in sorted(rows, key=repr)[:SHOWN]
                )
                yield f"{len(rows)} rows are only in the {which} root, for example{examples}"


def published_runs(root: str) -> list[Any]:
    from audiences.published.snapshot import published_runs as read

    return read(root)


if __name__ == "__main__":
    sys.exit(main())
