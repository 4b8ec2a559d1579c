"""One lazy Spark session for the run, reset after each test; real Delta, tiny shuffles, no UI."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"
sys.path.insert(0, str(ROOT / "lib"))  # a checkout's own code, also where a wheel is installed

MINUTES = {
    "test_cluster.py": 8, "test_killed.py": 6, "test_stream.py": 6, "test_object_store.py": 5, "test_whole_run.py": 4,
    "test_online_retail.py": 4, "test_maintenance.py": 4, "test_text_branch.py": 4, "test_musical_instruments.py": 3,
    "test_catalog.py": 3, "test_jobs.py": 3, "test_two_at_once.py": 3, "test_mixture_hang.py": 2,
    "test_bad_input.py": 2, "test_notebooks.py": 2, "test_customers_run.py": 2, "test_train_and_score.py": 2,
    "test_tracking.py": 2, "test_side_by_side.py": 2, "test_dbscan_masters.py": 2, "test_activity_run.py": 2,
    "test_experiment_commands.py": 2, "test_contacts_run.py": 2,
}  # fmt: skip
"""What a file may take on two cores with another worker beside it; any other file: one minute. A file that takes longer
is named at the end of the run. The longest files begin first: begun last, one of them would leave the other workers
without work."""

ONE_THREAD = "-XX:+UseSerialGC"
"""The garbage of a test's few rows is collected by one thread: two workers leave no core for a collector's own threads."""

SESSIONS: list = []  # the one session, once a test has asked for it

SEMANTIC_CONF = (
    "spark.sql.shuffle.partitions",
    "spark.sql.ansi.enabled",
    "spark.sql.session.timeZone",
    "spark.sql.adaptive.enabled",
)


QUICK = ("features", "sources")
"""Folders whose tests are quick although they take the session: a few rows each, and no run."""

SECONDS: Counter[str] = Counter()  # what each file has taken so far, its fixtures included


def budget(file: str) -> float:
    """Seconds that a test file may take."""
    return 60 * MINUTES.get(Path(file).name, 1)


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        takes_a_session = "_session" in getattr(item, "fixturenames", ())
        if not item.get_closest_marker("slow") and (not takes_a_session or item.path.parent.name in QUICK):
            item.add_marker("fast")
    items.sort(key=lambda item: -budget(item.path.name))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Also called in the process that distributes the tests, for each report of a worker."""
    SECONDS[report.nodeid.split("::")[0]] += report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    over = {file: seconds for file, seconds in SECONDS.most_common() if seconds > budget(file)}
    if over:
        terminalreporter.section("files that took longer than their budget (MINUTES in tests/conftest.py)")
    for file, seconds in over.items():
        terminalreporter.line(f"{file}: {seconds:.0f} s of {budget(file):.0f}")


@pytest.fixture(scope="session")
def _session():
    from audiences.config import Session
    from audiences.spark.session import SHORT, get_spark

    # as in a short run, but not the quick-start flags of the JVM: hundreds of tests are a long run;
    # and what Spark keeps of finished queries would fill its heap
    kept = ("spark.sql.ui.retainedExecutions", "spark.ui.retainedJobs", "spark.ui.retainedStages")
    options = {**SHORT, "spark.default.parallelism": "2", **dict.fromkeys(kept, "10"),
               "spark.driver.defaultJavaOptions": ONE_THREAD}  # fmt: skip
    os.umask(0o027)  # as `store.umask` has it by default: the JVM is started with it
    settings = Session(master="local[2]", driver_memory="4g", shuffle_partitions=2, options=options)
    session = get_spark(settings)
    SESSIONS.append(session)
    yield session
    SESSIONS.clear()
    session.stop()


@pytest.fixture(scope="module", autouse=True)
def _forgotten() -> Iterator:
    """After each file: what Delta remembers of its tables, and what Python still holds of its frames, is let go."""
    yield
    for session in SESSIONS:
        gc.collect()
        session._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()


@pytest.fixture
def spark(_session) -> Iterator:
    """The session; its settings, cached frames and views are put back after the test."""
    before = {name: _session.conf.get(name) for name in SEMANTIC_CONF}
    yield _session
    for name, value in before.items():
        _session.conf.set(name, value)
    _session.catalog.clearCache()
    for view in _session.catalog.listTables():
        if view.isTemporary:
            _session.catalog.dropTempView(view.name)


@pytest.fixture(scope="session")
def filled_once(tmp_path_factory) -> Callable[[str, Callable[[Path], None]], Path]:
    """A function: a folder's path under a name; the first worker to ask fills it, so it is to be read only."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # that of the whole test run

    def filled(name: str, fill: Callable[[Path], None]) -> Path:
        folder = base / name
        with FileLock(f"{folder}.lock"):
            if not (folder / "made").exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed at it
                folder.mkdir()
                fill(folder)
                (folder / "made").touch()
        return folder

    return filled


@pytest.fixture(scope="session")
def made_once(filled_once, _session) -> Callable[[str, Callable[[Path], None]], Path]:
    """`filled_once` for what the session of the test run makes."""
    return filled_once


@pytest.fixture(scope="session")
def quick_jvms(filled_once) -> str:
    """The JVMs of child processes start sooner from here on; returns the Java options that do it.

    They map Spark's classes from an archive that the first worker made, and collect garbage on one thread. Drivers find
    the options in SPARK_SUBMIT_OPTS; a test gives them to executors and daemons itself.
    """

    def fill(folder: Path) -> None:
        making = f"-XX:ArchiveClassesAtExit={folder / 'spark.jsa'} -Xlog:disable {ONE_THREAD}"
        done = subprocess.run(
            [sys.executable, str(ROOT / "tests" / "class_archive.py")], capture_output=True, text=True, timeout=900,
            env={**os.environ, "PYTHONPATH": str(ROOT / "lib"), "SPARK_SUBMIT_OPTS": making}, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]

    # where an archive does not fit, a JVM does without it, and would say so among what the child prints
    options = f"-XX:SharedArchiveFile={filled_once('classes', fill) / 'spark.jsa'} -Xlog:disable {ONE_THREAD}"
    os.environ["SPARK_SUBMIT_OPTS"] = options
    return options


@pytest.fixture(scope="session")
def small_shop_root(made_once) -> Path:
    """The store.root of one published run of the small shop."""
    import small_shop

    from audiences.cli import main

    def fill(folder: Path) -> None:
        raw = small_shop.write(folder / "raw.csv", small_shop.lines())
        settings = [f"store.root={folder / 'tables'}", f"sources.transactions.path={raw}", "value_segments.k_max=4",
                    "value_segments.starts=2"]  # fmt: skip
        assert main(["run", "--as-of", "2011-12-10", *(part for one in settings for part in ("--set", one))]) == 0

    return made_once("small-shop", fill) / "tables"


@pytest.fixture(scope="session")
def two_runs_root(made_once, small_shop_root) -> Path:
    """The small shop's run and one of 90 days before it."""
    from earlier_run import with_earlier_run

    return made_once("two-runs", lambda folder: with_earlier_run(small_shop_root, folder / "tables")) / "tables"


@pytest.fixture(scope="session")
def activity_root(made_once) -> Path:
    """The store.root of one published run of the small activity log."""
    import small_log

    from audiences.cli import main

    def fill(folder: Path) -> None:
        small_log.deliver(folder)
        assert main(["run", *small_log.arguments(folder)]) == 0

    return made_once("small-log", fill) / "tables"


@pytest.fixture(scope="session")
def talk_root(made_once) -> Path:
    """The store.root of one published run of the small shop and its customers' texts."""
    import small_shop
    import small_talk

    from audiences.cli import main

    def fill(folder: Path) -> None:
        small_shop.write(folder / "raw.csv", small_shop.lines())
        small_talk.write_texts(folder / "said.csv")
        told = small_talk.arguments(folder / "tables", *small_talk.beside_the_shop(folder))
        assert main(["run", "--as-of", small_talk.AS_OF, *told]) == 0

    return made_once("small-talk", fill) / "tables"


@pytest.fixture(scope="session")
def newcomers_root(made_once) -> Path:
    """The store.root of one published run of the newcomers' shop, with a model trained on it."""
    import newcomers_shop

    from audiences.cli import main

    def fill(folder: Path) -> None:
        newcomers_shop.deliver(folder)
        for command in ("run", "train"):
            assert main([command, "--as-of", newcomers_shop.AS_OF, *newcomers_shop.arguments(folder)]) == 0

    return made_once("newcomers", fill) / "tables"


@pytest.fixture
def shared_data():
    """A function: the path of a file of real data, or the test is skipped."""

    def find(name: str) -> Path:
        file = SHARED_DATA / name
        if not file.exists():
            pytest.skip(f"the real data file {name} is not on this machine")
        return file

    return find
