"""One lazy Spark session for the run, reset after each test; real Delta, tiny shuffles, no UI."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"
sys.path.insert(0, str(ROOT / "lib"))  # a checkout's own code, also where a wheel is installed

SESSIONS: list = []  # the one session, once a test has asked for it

SEMANTIC_CONF = (
    "spark.sql.shuffle.partitions",
    "spark.sql.ansi.enabled",
    "spark.sql.session.timeZone",
    "spark.sql.adaptive.enabled",
)


@pytest.fixture(scope="session")
def _session():
    from audiences.config import Session
    from audiences.session import SHORT, get_spark

    # as in a short run, but not the quick-start flags of the JVM: hundreds of tests are a long run;
    # and what Spark keeps of finished queries would fill its heap
    kept = ("spark.sql.ui.retainedExecutions", "spark.ui.retainedJobs", "spark.ui.retainedStages")
    options = {**SHORT, "spark.default.parallelism": "2", **dict.fromkeys(kept, "10")}
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
def small_shop_root(tmp_path_factory, _session) -> Path:
    """The store.root of one published run of the small shop; shared, so to be read only."""
    import small_shop

    from audiences.cli import main

    folder = tmp_path_factory.mktemp("small-shop")
    raw = small_shop.write(folder / "raw.csv", small_shop.lines())
    settings = [f"store.root={folder / 'tables'}", f"sources.transactions.path={raw}", "value_segments.k_max=4",
                "value_segments.starts=2"]  # fmt: skip
    assert main(["run", "--as-of", "2011-12-10", *(part for one in settings for part in ("--set", one))]) == 0
    return folder / "tables"


@pytest.fixture(scope="session")
def activity_root(tmp_path_factory, _session) -> Path:
    """The store.root of one published run of the small activity log; shared, so to be read only."""
    import small_log

    from audiences.cli import main

    folder = tmp_path_factory.mktemp("small-log")
    small_log.deliver(folder)
    assert main(["run", *small_log.arguments(folder)]) == 0
    return folder / "tables"


@pytest.fixture(scope="session")
def talk_root(tmp_path_factory, _session) -> Path:
    """The store.root of one published run of the small shop and its customers' texts; shared, so to be read only."""
    import small_shop
    import small_talk

    from audiences.cli import main

    folder = tmp_path_factory.mktemp("small-talk")
    raw, said = small_shop.write(folder / "raw.csv", small_shop.lines()), small_talk.write_texts(folder / "said.csv")
    sources = (f"sources.transactions.path={raw}", f"sources.reviews.path={said}")
    few = ("value_segments.k_max=4", "value_segments.starts=2")
    assert main(["run", "--as-of", small_talk.AS_OF, *small_talk.arguments(folder / "tables", *sources, *few)]) == 0
    return folder / "tables"


@pytest.fixture
def shared_data():
    """A function: the path of a file of real data, or the test is skipped."""

    def find(name: str) -> Path:
        file = SHARED_DATA / name
        if not file.exists():
            pytest.skip(f"the real data file {name} is not on this machine")
        return file

    return find


@pytest.fixture(scope="session")
def two_runs_root(tmp_path_factory, small_shop_root) -> Path:
    """The small shop's run and one of 90 days before it; shared, so to be read only."""
    from earlier_run import with_earlier_run

    target = tmp_path_factory.mktemp("two-runs") / "tables"
    with_earlier_run(small_shop_root, target)
    return target


@pytest.fixture(scope="session")
def newcomers_root(tmp_path_factory, _session) -> Path:
    """The store.root of one published run of the newcomers' shop, with a model trained on it; to be read only."""
    import newcomers_shop

    from audiences.cli import main

    folder = tmp_path_factory.mktemp("newcomers")
    newcomers_shop.deliver(folder)
    for command in ("run", "train"):
        assert main([command, "--as-of", newcomers_shop.AS_OF, *newcomers_shop.arguments(folder)]) == 0
    return folder / "tables"
