"""The examples in docstrings, run as they stand."""

from __future__ import annotations

import doctest


def run_examples(documented: object, **names: object) -> None:
    """Runs the examples of a class or function, in which these names mean something; there must be some."""
    runner = doctest.DocTestRunner(verbose=False)
    for test in doctest.DocTestFinder(recurse=False).find(documented, globs=names):
        runner.run(test)
    found = runner.summarize(verbose=False)
    assert found.attempted > 0
    assert found.failed == 0
