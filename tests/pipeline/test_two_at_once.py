"""Two runs of the same inputs at the same time: one table, no row lost or doubled, whoever wins."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import small_shop
from deltalake import DeltaTable

pytestmark = pytest.mark.usefixtures("quick_jvms")

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_two_runs_at_once_end_in_0_or_4_and_a_retry_changes_nothing(tmp_path):
    rows = small_shop.lines()
    small_shop.write(tmp_path / "raw" / "one.csv", rows)
    arguments = ["run", "--as-of", "2011-12-10", "--set", f"store.root={tmp_path / 'tables'}"]
    arguments += ["--set", f"sources.transactions.path={tmp_path / 'raw'}", "--set", "session.is_short=true"]
    arguments += ["--set", "value_segments.k_max=3", "--set", "value_segments.starts=2"]
    arguments += ["--set", "session.shuffle_partitions=2", "--set", "session.driver_memory=1g"]

    def start() -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-c", "import sys; from audiences.cli import main; sys.exit(main())", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "lib")},
        )  # fmt: skip

    both = [start(), start()]
    told = [process.communicate(timeout=900) for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes in ([0, 0], [0, 4], [4, 4]), "\n---\n".join(messages for _, messages in told)
    for process, (_, messages) in zip(both, told, strict=True):
        if process.returncode == 4:
            assert "another run wrote this table at the same time" in messages
            assert "run again" in messages

    def rows_of(name: str) -> list[dict]:
        return DeltaTable(str(tmp_path / "tables" / name)).to_pyarrow_table().to_pylist()

    again = start()
    _, messages = again.communicate(timeout=900)
    assert again.returncode == 0, messages
    landed = rows_of("landed/landed_transactions")
    assert len(landed) == len(rows)
    assert len(rows_of("clean/transactions")) + len(rows_of("clean/rejected_rows")) == len(rows)
    customers = rows_of("published/customers")
    assert len(customers) == len({row["customer_id"] for row in customers}) == 60
    # whoever published: one manifest, each stage once
    manifest = rows_of("control/run_manifest")
    assert len({row["run_id"] for row in manifest}) == 1
    first = [row["stage"] for row in manifest if row["sequence"] == 1]
    assert len(first) == len(set(first))
