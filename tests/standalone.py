"""A standalone Spark cluster on this machine: a master and a worker, by Spark's own classes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark

SPARK_HOME = Path(pyspark.__file__).parent


def bare_environment(folder: Path) -> dict[str, str]:
    """What a process sees on a machine that has Java and a Python of this version, and no package at all."""
    home = folder / "home"
    home.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "bare"], check=True)
    java = os.environ.get("JAVA_HOME") or str(Path(shutil.which("java") or "").resolve().parent.parent)
    return {
        "PATH": os.pathsep.join([f"{folder}/bare/bin", f"{java}/bin", "/usr/bin", "/bin"]), "HOME": str(home),
        "JAVA_HOME": java, "SPARK_HOME": str(SPARK_HOME), "SPARK_LOCAL_IP": "127.0.0.1",
    }  # fmt: skip


@contextmanager
def cluster(folder: Path, environment: dict[str, str], *, cores: int = 2, memory: str = "3g") -> Iterator[str]:
    """The master's address, while a master and a worker run; applications' folders are under `folder`/work."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"spark://127.0.0.1:{port}"
    started: list[subprocess.Popen] = []

    def start(name: str, said: str, *arguments: str) -> None:
        log = folder / f"{name}.log"
        command = [SPARK_HOME / "bin" / "spark-class", f"org.apache.spark.deploy.{name}.{name.title()}", *arguments]
        with log.open("w") as file:
            started.append(subprocess.Popen(command, stdout=file, stderr=file, env=environment, cwd=folder))
        for _ in range(240):
            if said in log.read_text():
                return
            if started[-1].poll() is not None:
                break
            time.sleep(0.5)
        raise AssertionError(f"the {name} did not start:\n{log.read_text()[-3000:]}")

    try:
        start("master", "New state: ALIVE", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
        start("worker", "Successfully registered with master", "--host", "127.0.0.1", "--webui-port", "0",
              "--cores", str(cores), "--memory", memory, "--work-dir", str(folder / "work"), address)  # fmt: skip
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(60)
