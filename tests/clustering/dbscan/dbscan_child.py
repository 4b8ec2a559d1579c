"""A process of its own for `test_dbscan_masters.py`: fits on the given master and prints labels as JSON.

With `kill`, the first Python worker that solves a leaf in phase A ends by a signal, once.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

from dbscan_families import FAMILIES
from dbscan_frames import answers, frame

from audiences.clustering.dbscan import GridDBSCAN, leaf_jobs
from audiences.config import Session
from audiences.spark.session import get_spark


def killing(program, mark, batches):
    """The program, in a worker that dies before its first row if no other has done so yet."""
    if not os.path.exists(mark):
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return program(batches)


def main(master: str, *options: str) -> None:
    spark = get_spark(Session(master=master, driver_memory="1g", shuffle_partitions=3, is_short=True, options={}))
    with tempfile.TemporaryDirectory() as place:
        mark = f"{place}/killed"
        if "kill" in options:
            sound = leaf_jobs._phase_a
            leaf_jobs._phase_a = lambda batches, job: killing(functools.partial(sound, job=job), mark, batches)
        model = GridDBSCAN(eps=0.5, minPoints=6, leafRows=300).fit(frame(spark, FAMILIES["blobs"](2000, 3, 9)))
        label, core = answers(model.labels)
        killed = int(os.path.exists(mark))
    spark.stop()
    print(json.dumps({"labels": label.tolist(), "is_core": core.tolist(), "killed": killed}))


if __name__ == "__main__":
    main(*sys.argv[1:])
