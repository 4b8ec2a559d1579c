"""The only place that builds a SparkSession, or takes the one that is there."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from audiences.config import Session
from audiences.errors import MachineError
from audiences.spark.jars import LINES, check_java, jars, line

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_EXTENSION = "io.delta.sql.DeltaSparkSessionExtension"
_S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem"

# Hadoop's own defaults try an address that does not answer for a quarter of an hour
_S3A_PATIENCE = {
    "spark.hadoop.fs.s3a.attempts.maximum": "3",
    "spark.hadoop.fs.s3a.retry.limit": "3",
    "spark.hadoop.fs.s3a.connection.establish.timeout": "5000",
}

# What results depend on; set on any session, also on one that was there already.
_SEMANTICS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    # the default raises where the old parser would have read a date; we want null and a reason
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    # Parquet's nanoseconds, which pandas writes, are refused otherwise; the reader makes times of them
    "spark.sql.legacy.parquet.nanosAsLong": "true",
}

# Set on any session too; results do not depend on it. Groupings that collect arrays have far more groups than the 128
# that a hash table of objects may hold before it falls back to sorting: sort at once, by an order that can be reused.
# The checks of raw rows are long expressions under many names. Spark would look for constraints among all of them, in a
# time that grows with every combination of names (SPARK-33152): minutes for one plan. What that is for, filters that
# are inferred for joins, matters little here.
_SPEED = {
    "spark.sql.execution.useObjectHashAggregateExec": "false",
    "spark.sql.constraintPropagation.enabled": "false",
}

# For runs on few rows, where compiling each plan takes longer than running it: plans are interpreted.
SHORT = {
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
_COMPILED = {"spark.sql.codegen.wholeStage": "true", "spark.sql.codegen.factoryMode": "FALLBACK"}

# py4j asks the JVM for each part of a dotted name whenever it is used, and what is a package or wants an import is
# looked for in every JAR: most of the time that F.col takes. Looked up once, they are attributes of the view.
_NAMES = (
    "functions", "PythonUtils", "PythonSQLUtils", "SparkSession", "org.apache.spark.sql.catalyst.expressions",
    "org.apache.spark.ml.clustering", "org.apache.spark.ml.feature", "org.apache.spark.ml.python",
    "org.apache.spark.sql.types", "io.delta.tables", "java.lang", "java.util",
)  # fmt: skip

# Python raises what the JVM would log; the gateway logger's level keeps Spark's start-up lines away.
_QUIET_LOG = """\
rootLogger.level = fatal
logger.repl.name = org.apache.spark.api.python.PythonGatewayServer
logger.repl.level = fatal
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
"""


def get_spark(settings: Session, addresses: Iterable[str] = ()) -> SparkSession:
    """The session that exists (spark-submit's or Databricks' own), else a new local one with Delta.

    Args:
        addresses: paths that it must reach: one with s3a:// makes a new session carry that file system.

    Raises:
        MachineError: no fitting Java, a Spark line without a known set of JARs, or JARs that cannot be had.
    """
    from pyspark.sql import SparkSession

    needs_s3a = any(address.startswith("s3a:") for address in addresses)
    existing = SparkSession.getActiveSession()
    if existing is None and "PYSPARK_GATEWAY_PORT" in os.environ:
        existing = _submitted(needs_s3a=needs_s3a)
    if existing is None:
        existing = _built(settings, needs_s3a=needs_s3a)
    for name, value in {**_SEMANTICS, **_SPEED}.items():
        existing.conf.set(name, value)
    _look_up_names()
    return existing


def _look_up_names() -> None:
    """Keeps `_NAMES` where py4j looks first; nothing where there is no JVM beside this process."""
    from pyspark import SparkContext

    for dotted in _NAMES if SparkContext._jvm is not None else ():
        owner = SparkContext._jvm
        for part in dotted.split("."):
            setattr(owner, part, getattr(owner, part))
            owner = getattr(owner, part)


def _submitted(*, needs_s3a: bool) -> SparkSession:
    """Under spark-submit the JVM is already there, with the JARs that it was given."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    SparkContext._ensure_initialized()  # connects to that JVM; the session does not exist yet
    known = LINES.get(line())
    _check_loadable(_EXTENSION, "Delta JAR", known.delta if known else ("io.delta:delta-spark_<scala>:<version>",))
    if needs_s3a:
        coordinates = known.s3a if known and known.s3a else ("org.apache.hadoop:hadoop-aws:<Spark's Hadoop version>",)
        _check_loadable(_S3A, "hadoop-aws JAR for s3a://", coordinates)
    builder = SparkSession.builder
    for name, value in {**_delta(), **_SEMANTICS}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _check_loadable(name: str, jar: str, coordinates: Sequence[str]) -> None:
    """Raises MachineError where the JVM of this spark-submit lacks the class; `--packages` brings the rest along."""
    from pyspark import SparkContext

    jvm = SparkContext._jvm
    if jvm is None or not jvm.org.apache.spark.util.Utils.classIsLoadable(name):
        raise MachineError(
            f"this spark-submit carries no {jar}", where="spark.jars", advice=f"add --packages {coordinates[0]}"
        )


def _delta() -> dict[str, str]:
    return {
        "spark.sql.extensions": _EXTENSION,
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        # a commit whose reply was lost would otherwise land twice
        "spark.databricks.delta.commit.idempotencyCheck.enabled": "true",
    }


def _built(settings: Session, *, needs_s3a: bool) -> SparkSession:
    from pyspark.sql import SparkSession

    check_java()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    scratch = tempfile.mkdtemp(prefix="audiences-session-")
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    log = Path(scratch) / "log4j2.properties"
    log.write_text(_QUIET_LOG)
    flags = [f"-Dlog4j2.configurationFile={log}", "-Dio.netty.tryReflectionSetAccessible=true"]
    options = {
        "spark.jars": ",".join(str(jar) for jar in jars(comet=settings.comet, s3a=needs_s3a)),
        "spark.master": settings.master,
        "spark.app.name": "audiences",
        "spark.driver.memory": settings.driver_memory,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # Spark 4 would note the line of code that makes each column, which takes longer than making it
        "spark.python.sql.dataFrameDebugging.enabled": "false",
        "spark.sql.shuffle.partitions": str(settings.shuffle_partitions),
        "spark.sql.warehouse.dir": f"{scratch}/warehouse",
        # Hadoop's local file system sets the rights of files by a mask of its own: the process's is to hold there too
        "spark.hadoop.fs.permissions.umask-mode": f"{_umask():03o}",
        **_delta(),
        **_SEMANTICS,
    }
    if needs_s3a:
        options |= _S3A_PATIENCE
    if settings.comet:
        options |= _comet(settings)
    if settings.is_short:
        # one tier of compiler starts fast; its code cache of 48 MB would fill up and end all compiling
        flags += ["-XX:ReservedCodeCacheSize=256m"]
        options |= SHORT
    options["spark.driver.extraJavaOptions"] = " ".join(flags)
    builder = SparkSession.builder
    for name, value in {**options, **settings.options}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _umask() -> int:
    """The process's mask: the system tells it only when another is set."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _comet(settings: Session) -> dict[str, str]:
    return {
        "spark.plugins": "org.apache.spark.CometPlugin",
        "spark.shuffle.manager": "org.apache.spark.sql.comet.execution.shuffle.CometShuffleManager",
        "spark.comet.explainFallback.enabled": "false",
        "spark.memory.offHeap.enabled": "true",
        "spark.memory.offHeap.size": settings.driver_memory,
        # the plugin's classes must be there before the session's own class loader is
        "spark.driver.extraClassPath": os.pathsep.join(str(jar) for jar in jars(comet=True)),
    }


def running_tasks() -> tuple[int, int]:
    """Finished and all tasks of the Spark stages that are running; (0, 0) where the session does not tell."""
    from pyspark import SparkContext

    try:
        context = SparkContext._active_spark_context
        tracker = None if context is None else context.statusTracker()
        infos = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()] if tracker else []
    except (PySparkException, Py4JError):  # a session that is ending has no tracker
        return 0, 0
    return sum(info.numCompletedTasks for info in infos if info), sum(info.numTasks for info in infos if info)


@contextmanager
def compiled(spark: SparkSession, *, is_worth_it: bool) -> Iterator[None]:
    """While it is open, plans are compiled in a short session too, if that is worth it: over many rows it is.

    Stages that run side by side share the session's settings. Of two that end at different times the later one's last
    plans may be interpreted, which changes how long they take and nothing else.
    """
    names = {name: spark.conf.get(name, None) for name in _COMPILED} if is_worth_it else {}
    before = {name: value for name, value in names.items() if value not in (None, _COMPILED[name])}
    for name in before:
        spark.conf.set(name, _COMPILED[name])
    try:
        yield
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)


@contextmanager
def described(spark: SparkSession, group: str, description: str) -> Iterator[None]:
    """While it is open, Spark's UI shows this thread's jobs under the group, with the description.

    Over Spark Connect, which has no job groups, operations carry the group as a tag.
    """
    try:
        context = spark.sparkContext
    except (PySparkException, Py4JError):  # Spark Connect
        spark.addTag(group)
        try:
            yield
        finally:
            spark.removeTag(group)
        return
    names = ("spark.jobGroup.id", "spark.job.description")
    before = [context.getLocalProperty(name) for name in names]
    context.setJobGroup(group, description)
    try:
        yield
    finally:
        for name, value in zip(names, before, strict=True):
            context.setLocalProperty(name, cast("str", value))  # Spark takes None too: the property goes


def core_count(spark: SparkSession) -> int:
    """Cores that the session's tasks run on; this machine's where the session does not tell."""
    try:
        return int(spark.sparkContext.defaultParallelism)
    except (PySparkException, Py4JError):  # Connect does not
        return os.cpu_count() or 1
