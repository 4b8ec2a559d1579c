"""The Spark lines that this package knows, their JARs as files, and the Java that runs them."""

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

import pyspark

from audiences.errors import MachineError

JAVA_VERSIONS = (17, 21)


@dataclass(frozen=True)
class Line:
    """A Spark line: the JARs that this package needs on it, complete, as group:artifact:version.

    `comet` is the accelerator, `nlp` the annotators of Spark NLP that we use, without its deep-learning engines, `s3a`
    the file system for s3a:// in the build that goes with the line's Hadoop; empty where the line has none.
    """

    delta: tuple[str, ...]
    s3a: tuple[str, ...] = ()
    comet: tuple[str, ...] = ()
    nlp: tuple[str, ...] = ()


LINES = {
    "3.5": Line(
        delta=("io.delta:delta-spark_2.12:3.3.3", "io.delta:delta-storage:3.3.3"),
        s3a=(
            "org.apache.hadoop:hadoop-aws:3.3.4",
            "com.amazonaws:aws-java-sdk-bundle:1.12.262",
            "org.wildfly.openssl:wildfly-openssl:1.0.7.Final",
        ),
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


def line() -> str:
    """The Spark line of the installed pyspark, such as 3.5."""
    return ".".join(pyspark.__version__.split(".")[:2])


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


def jars(*, comet: bool = False, s3a: bool = False) -> list[Path]:
    """The JARs of the installed Spark line as files, resolved once into the cache folder.

    Args:
        comet: with the accelerator's.
        s3a: with those for s3a:// addresses.

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
    if s3a and not known.s3a:
        raise MachineError(
            "no JARs for s3a:// are known for this Spark line",
            where=f"pyspark {pyspark.__version__}",
            allowed="pyspark of the line " + ", ".join(name for name, one in LINES.items() if one.s3a),
            advice="or bring a session that carries hadoop-aws: spark-submit --packages",
        )
    nlp = known.nlp if find_spec("sparknlp") is not None else ()  # the extra brings them
    if s3a:  # the bundle holds this one too, in a build of its own: two on one class path do not go together
        nlp = tuple(coordinate for coordinate in nlp if not coordinate.startswith("com.amazonaws:"))
    chosen = (*known.delta, *nlp, *(known.s3a if s3a else ()), *(known.comet if comet else ()))
    return [_resolved(coordinate) for coordinate in chosen]


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
