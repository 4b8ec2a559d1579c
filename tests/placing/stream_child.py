"""A scoring stream in a process of its own that kills itself hard at its nth append or merge: python FILE WHAT N ARGUMENTS."""

from __future__ import annotations

import os
import signal
import sys

from audiences.cli import main
from audiences.store import Store


def deadly(method: str, when: str, countdown: int):
    """The store's method, which ends the process before or after its nth call; 0: never."""
    whole = getattr(Store, method)
    left = [countdown]

    def call(self, *args, **kwargs):
        left[0] -= 1
        if left[0] == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        made = whole(self, *args, **kwargs)
        if left[0] == 0 and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return made

    return call


if __name__ == "__main__":
    what, number, *arguments = sys.argv[1:]
    if what != "nothing":
        when, method = what.split("-")
        setattr(Store, method, deadly(method, when, int(number)))
    sys.exit(main(arguments))
