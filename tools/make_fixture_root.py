"""Makes a fixture root: the tables of one tiny published run, packed as one archive for tests/fixtures.

    PYTHONPATH=lib python tools/make_fixture_root.py tests/fixtures/root_format_1.tar.gz

Run it with the code whose format the fixture is to hold: `root_format_1` was made by commit 5df39e6, the last one
before roots had a format number. A fixture is never made again with later code; a later format gets one of its own.
"""

from __future__ import annotations

import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

AS_OF = "2011-12-10"
SETTINGS = (
    "session.is_short=true", "session.shuffle_partitions=1", "session.master=local[1]",
    "value_segments.k_max=3", "value_segments.starts=1",
)  # fmt: skip


def main(target: Path) -> int:
    import small_shop

    from audiences.cli import main as audiences

    with tempfile.TemporaryDirectory() as folder:
        raw = small_shop.write(Path(folder) / "raw.csv", small_shop.lines())
        tables = Path(folder) / "tables"
        chosen = [*SETTINGS, f"store.root={tables}", f"sources.transactions.path={raw}"]
        code = audiences(["run", "--as-of", AS_OF, *(part for one in chosen for part in ("--set", one))])
        if code:
            return code
        target.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(target, "w:gz", compresslevel=9) as archive:
            for file in sorted(tables.rglob("*")):
                # checksum files help nobody, and the report is no table
                if file.is_file() and not file.name.endswith((".crc", ".html")):
                    archive.add(file, file.relative_to(tables), filter=_without_owner)
    print(f"{target}: {target.stat().st_size:,} bytes")
    return 0


def _without_owner(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """The entry without the name and the number of whoever made it."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
