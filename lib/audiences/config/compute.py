"""What kind of compute this process talks to, told by its environment: some kinds cannot run all of Spark."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

Compute = Literal["classic", "connect", "serverless"]


def compute(environment: Mapping[str, str] | None = None) -> Compute:
    """Whether Spark runs in this process's own JVM (classic), or is reached over Spark Connect.

    Databricks' standard compute is `connect`; its serverless compute too, told apart by a runtime version that starts
    with `client`. Dedicated compute is classic. pyspark itself marks a Connect session in the environment.
    """
    names = os.environ if environment is None else environment
    if names.get("DATABRICKS_RUNTIME_VERSION", "").startswith("client") or names.get("IS_SERVERLESS") == "TRUE":
        return "serverless"
    is_connect = "SPARK_CONNECT_MODE_ENABLED" in names or bool(names.get("SPARK_REMOTE"))
    return "connect" if is_connect or names.get("SPARK_API_MODE") == "connect" else "classic"
