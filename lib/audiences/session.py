"""The only place that builds a SparkSession and knows the Spark line and its JARs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pyspark
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from audiences.config import Session
from audiences.errors import MachineError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JAVA_VERSIONS = (17, 21)


@dataclass(frozen=True)
class Line:
    """A Spark line: the JARs that this package needs on it, complete, as group:artifact:version.

    `comet` is the accelerator, `nlp` the annotators of Spark NLP that we use, without its deep-learning engines;
    empty where the line has none.
    """

    delta: tuple[str, ...]
    comet: tuple[str, ...] = ()
    nlp: tuple[str, ...] = ()


LINES = {
    "3.5": Line(
        delta=("io.delta:delta-spark_2.12:3.3.3", "io.delta:delta-storage:3.3.3"),
        comet=("org.apache.datafusion:comet-spark-spark3.5_2.12:0.12.0",),
        nlp=(
            "com.johnsnowlabs.nlp:spark-nlp_2.12:5.5.3",
            "com.typesafe:config:1.4.2",
            "com.amazonaws:aws-java-sdk-core:1.12.500",
        ),
    ),
    "4.1": Line(
        delta=(
            "io.delta:delta-spark_4.1_2.13:4.4.0",
            "io.delta:delta-storage:4.4.0",
            "io.delta:delta-kernel-api:4.4.0",
            "io.delta:delta-kernel-defaults:4.4.0",
            "io.delta:delta-kernel-unitycatalog:4.4.0",
            "io.unitycatalog:unitycatalog-client:0.6.0",
        )
    ),
}

_EXTENSION = "io.delta.sql.DeltaSparkSessionExtension"

# What results depend on; set on any session, also on one that was there already.
_SEMANTICS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    # the default raises where the old parser would have read a date; we want null and a reason
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
}

# Set on any session too; results do not depend on it. Groupings that collect arrays have far more groups than the 128
# that a hash table of objects may hold before it falls back to sorting: sort at once, by an order that can be reused.
_SPEED = {"spark.sql.execution.useObjectHashAggregateExec": "false"}

# For runs on few rows, where compiling each plan takes longer than running it: plans are interpreted.
SHORT = {
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}

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


def line() -> str:
    """The Spark line of the installed pyspark, such as 3.5."""
    return ".".join(pyspark.__version__.split(".")[:2])


def get_spark(settings: Session) -> SparkSession:
    """The session that exists (spark-submit's or Databricks' own), else a new local one with Delta.

    Raises:
        MachineError: no fitting Java, a Spark line without a known set of JARs, or JARs that cannot be had.
    """
    from pyspark.sql import SparkSession

    existing = SparkSession.getActiveSession()
    if existing is None and "PYSPARK_GATEWAY_PORT" in os.environ:
        existing = _submitted()
    if existing is None:
        existing = _built(settings)
    for name, value in {**_SEMANTICS, **_SPEED}.items():
        existing.conf.set(name, value)
    return existing


def _submitted() -> SparkSession:
    """Under spark-submit the JVM is already there, with the JARs that it was given."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    SparkContext._ensure_initialized()  # connects to that JVM; the session does not exist yet
    jvm = SparkContext._jvm
    if jvm is None or not jvm.org.apache.spark.util.Utils.classIsLoadable(_EXTENSION):
        coordinate = LINES[line()].delta[0] if line() in LINES else "io.delta:delta-spark_<scala>:<version>"
        raise MachineError(
            "this spark-submit carries no Delta JAR", where="spark.jars", advice=f"add --packages {coordinate}"
        )
    builder = SparkSession.builder
    for name, value in {**_delta(), **_SEMANTICS}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _delta() -> dict[str, str]:
    return {
        "spark.sql.extensions": _EXTENSION,
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        # a commit whose reply was lost would otherwise land twice
        "spark.databricks.delta.commit.idempotencyCheck.enabled": "true",
    }


def _built(settings: Session) -> SparkSession:
    from pyspark.sql import SparkSession

    check_java()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    scratch = tempfile.mkdtemp(prefix="audiences-session-")
    log = Path(scratch) / "log4j2.properties"
    log.write_text(_QUIET_LOG)
    flags = [f"-Dlog4j2.configurationFile={log}", "-Dio.netty.tryReflectionSetAccessible=true"]
    options = {
        "spark.jars": ",".join(str(jar) for jar in jars(comet=settings.comet)),
        "spark.master": settings.master,
        "spark.app.name": "audiences",
        "spark.driver.memory": settings.driver_memory,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": str(settings.shuffle_partitions),
        "spark.sql.warehouse.dir": f"{scratch}/warehouse",
        **_delta(),
        **_SEMANTICS,
    }
    if settings.comet:
        options |= _comet(settings)
    if settings.is_short:
        # one tier of compiler starts fast; its code cache of 48 MB would fill up and end all compiling
        flags += ["-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=256m"]
        options |= SHORT
    options["spark.driver.extraJavaOptions"] = " ".join(flags)
    builder = SparkSession.builder
    for name, value in {**options, **settings.options}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


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


def task_counts(spark: SparkSession) -> tuple[int, int]:
    """Finished and all tasks of the Spark stages that are running; (0, 0) where the session does not tell."""
    try:
        tracker = spark.sparkContext.statusTracker()
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
    except (PySparkException, Py4JError):  # Connect has no tracker; a session that is ending has none either
        return 0, 0
    return sum(stage.numCompletedTasks for stage in stages if stage), sum(stage.numTasks for stage in stages if stage)


def core_count(spark: SparkSession) -> int:
    """Cores that the session's tasks run on; this machine's where the session does not tell."""
    try:
        return int(spark.sparkContext.defaultParallelism)
    except (PySparkException, Py4JError):  # Connect does not
        return os.cpu_count() or 1


def find_java() -> str | None:
    """The java program: of JAVA_HOME, else of the PATH."""
    home = os.environ.get("JAVA_HOME")
    if home:
        java = Path(home) / "bin" / "java"
        return str(java) if java.exists() else None
    return shutil.which("java")


def check_java() -> str:
    """The version of a fitting Java.

    Raises:
        MachineError: none is found, or another version.
    """
    allowed = " or ".join(str(version) for version in JAVA_VERSIONS)
    advice = f"install OpenJDK {allowed} (a package of your system, or Temurin) and point JAVA_HOME at it"
    where = f"JAVA_HOME={os.environ['JAVA_HOME']}" if os.environ.get("JAVA_HOME") else "PATH"
    java = find_java()
    if java is None:
        raise MachineError("Spark needs Java; none was found", where=where, allowed=f"Java {allowed}", advice=advice)
    try:
        printed = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False).stderr
    except OSError as fault:
        raise MachineError("Java cannot be started", where=java, found=fault, advice=advice) from None
    version = re.search(r'version "(\d+)[^"]*"', printed)
    if version is None or int(version.group(1)) not in JAVA_VERSIONS:
        found = version.group(0) if version else printed.strip()[:200]
        raise MachineError("this Java does not fit", where=java, found=found, allowed=f"Java {allowed}", advice=advice)
    return version.group(0).removeprefix("version ").strip('"')


def jar_folder() -> Path:
    """Where this line's JARs are kept: AUDIENCES_JARS, else the user's cache folder."""
    given = os.environ.get("AUDIENCES_JARS")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return (Path(given) if given else cache / "audiences" / "jars") / line()


def jars(*, comet: bool = False) -> list[Path]:
    """The JARs of the installed Spark line as files, resolved once into the cache folder.

    Args:
        comet: with the accelerator's.

    Raises:
        MachineError: the Spark line is unknown, or a JAR cannot be had.
    """
    if line() not in LINES:
        raise MachineError(
            "no JARs are known for this Spark line",
            where=f"pyspark {pyspark.__version__}",
            allowed=", ".join(LINES),
            advice="install one of these lines, or bring a session that carries Delta",
        )
    known = LINES[line()]
    if comet and not known.comet:
        raise MachineError(
            "Comet is not to be had for this Spark line",
            where=f"session.comet, pyspark {pyspark.__version__}",
            allowed="pyspark of the line " + ", ".join(name for name, one in LINES.items() if one.comet),
        )
    nlp = known.nlp if find_spec("sparknlp") is not None else ()  # the extra brings them
    return [_resolved(coordinate) for coordinate in (*known.delta, *nlp, *(known.comet if comet else ()))]


def _resolved(coordinate: str) -> Path:
    """One JAR by Ivy, which every pyspark brings; Ivy's own default repositories."""
    group, artifact, version = coordinate.split(":")
    folder = jar_folder()
    jar = folder / f"{artifact}-{version}.jar"
    if jar.exists():
        return jar
    ivy = next((Path(pyspark.__file__).parent / "jars").glob("ivy-*.jar"), None)
    java = find_java()
    if ivy is None or java is None:
        raise MachineError("a JAR is missing and cannot be resolved without Ivy and Java", where=jar)
    print(f"audiences: fetching {coordinate} (once)", file=sys.stderr)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        command = [java, f"-Divy.default.ivy.user.dir={scratch}/ivy", "-jar", str(ivy), "-notransitive"]
        command += ["-dependency", group, artifact, version, "-confs", "default", "-types", "jar", "bundle"]
        command += ["-retrieve", f"{scratch}/[artifact]-[revision].[ext]"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        fetched = Path(scratch) / jar.name
        if not fetched.exists():
            raise MachineError(
                "a JAR cannot be had",
                where=coordinate,
                found="\n".join((done.stdout + done.stderr).strip().splitlines()[-3:]),
                advice=f"check the network, or put the file at {jar}",
            )
        # two processes may fetch at once: the last rename wins, both files are the same
        fetched.replace(jar)
    return jar
