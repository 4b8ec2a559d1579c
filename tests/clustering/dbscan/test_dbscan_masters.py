"""Acceptance J: the same result on local[1], local[2] and a small cluster, and after a worker was killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from dbscan_families import FAMILIES
from dbscan_oracles import by_sklearn

HERE = Path(__file__).parent
CHILD = HERE / "dbscan_child.py"


def labels_on(master, *options):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parents[2] / "lib"), str(HERE)])}
    done = subprocess.run(
        [sys.executable, str(CHILD), master, *options], capture_output=True, text=True, env=environment, timeout=300,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def expected():
    label, core = by_sklearn(FAMILIES["blobs"](2000, 3, 9), 0.5, 6)
    return label.tolist(), core.tolist()


@pytest.mark.usefixtures("quick_jvms")
@pytest.mark.slow
@pytest.mark.parametrize("master", ["local[1]", "local[2]", "local-cluster[2,1,2048]"])
def test_labels_do_not_depend_on_the_master(master, expected):
    found = labels_on(master)
    assert (found["labels"], found["is_core"]) == expected


@pytest.mark.slow
def test_a_killed_worker_changes_nothing(expected):
    found = labels_on("local[2,4]", "kill")
    assert found["killed"] == 1
    assert (found["labels"], found["is_core"]) == expected
    assert len(np.unique(found["labels"])) > 3
