"""What a run costs by its size, for `lib/audiences/sizing.py`: CPU seconds, memory, bytes.

    python benchmarks/sizing.py FOLDER --customers 5000 50000

One process per run, a fresh store each, generated transactions as CSV. CPU seconds (user and system, of the driver and
all its children) do not change when other work shares the machine, as wall time does.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import resource
import subprocess
import sys
from pathlib import Path

from deltalake import DeltaTable

AS_OF = "2024-12-31"
PR_SET_CHILD_SUBREAPER = 36  # of Linux's prctl


def command(*arguments: str) -> tuple[float, float]:
    """CPU seconds of one `audiences` command, and the peak MB of its largest process so far."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = "import sys; from audiences.cli import main; sys.exit(main())"
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, stdout=subprocess.DEVNULL)
    with contextlib.suppress(ChildProcessError):
        while True:  # the JVM outlives its Python; it counts once it has been waited for
            os.waitpid(-1, 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, after.ru_maxrss / 1024


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, nargs="+", default=[5_000, 50_000])
    parser.add_argument("--set", dest="settings", nargs="*", default=[])
    given = parser.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # orphans become children of this process
    print("| customers | rows | CSV bytes/row | CPU seconds | peak MB | table bytes/row |")
    print("|---|---|---|---|---|---|")
    for customers in sorted(given.customers):
        raw, tables = given.folder / f"raw-{customers}", given.folder / f"tables-{customers}"
        sets = [f"store.root={tables}", f"sources.transactions.path={raw / 'transactions'}", *given.settings,
                f"session.options={{spark.local.dir: {os.environ.get('TMPDIR', '/var/tmp')}}}"]  # fmt: skip
        command("generate", str(raw), "--customers", str(customers), "--format", "csv")
        cpu, peak = command("run", "--as-of", AS_OF, *(part for one in sets for part in ("--set", one)))
        manifest = DeltaTable(tables / "control" / "run_manifest").to_pandas().set_index("stage")
        rows = int(manifest.rows["landed_transactions"])
        print(f"| {int(manifest.rows['rfm']):,} | {rows:,} | {size(raw / 'transactions') / rows:.0f} | {cpu:.0f} | {peak:,.0f} | "
              f"{size(tables) / rows:.0f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
