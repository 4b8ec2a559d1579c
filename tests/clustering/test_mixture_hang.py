"""Spark's first GaussianMixture fit can hang for ever (SPARK-59618): ours must not, in any fresh process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300  # a fit takes some 20; a hang never ends


@pytest.mark.slow
@pytest.mark.parametrize("number", range(6))
def test_the_first_mixture_of_a_fresh_process_ends(number):
    child = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("mixture_child.py"))],
        env={**os.environ, "PYTHONPATH": str(ROOT / "lib")}, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr[-2000:]
    assert "fitted 2" in child.stdout
