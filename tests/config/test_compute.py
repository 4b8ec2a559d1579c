"""Which compute the environment tells of, and the engine of words that `auto` takes there."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from pydantic import ValidationError

from audiences.config import Preprocessing, Topics
from audiences.config.compute import compute
from audiences.config.text import SPARK_NLP_LINES
from audiences.spark.jars import LINES, line

KINDS = [
    pytest.param({}, "classic", id="own machine"),
    pytest.param({"DATABRICKS_RUNTIME_VERSION": "16.4"}, "classic", id="dedicated"),
    pytest.param({"DATABRICKS_RUNTIME_VERSION": "16.4", "SPARK_CONNECT_MODE_ENABLED": "1"}, "connect", id="standard"),
    pytest.param({"SPARK_REMOTE": "sc://localhost"}, "connect", id="remote"),
    pytest.param({"SPARK_API_MODE": "connect"}, "connect", id="Spark 4's mode"),
    pytest.param({"DATABRICKS_RUNTIME_VERSION": "client.4.9"}, "serverless", id="serverless"),
]


@pytest.mark.parametrize(("environment", "expected"), KINDS)
def test_auto_takes_spark_nlp_only_where_its_jar_can_run(monkeypatch, environment, expected):
    for name in (
        "DATABRICKS_RUNTIME_VERSION",
        "IS_SERVERLESS",
        "SPARK_CONNECT_MODE_ENABLED",
        "SPARK_REMOTE",
        "SPARK_API_MODE",
    ):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert compute() == expected
    can_run = expected == "classic" and line() in SPARK_NLP_LINES and find_spec("sparknlp") is not None
    assert Preprocessing().chosen_engine == ("spark-nlp" if can_run else "spark-ml")
    assert Preprocessing(engine="spark-nlp").chosen_engine == "spark-nlp"  # asked for by name: never changed in silence
    if expected == "classic":
        assert Topics(lda_optimizer="em").lda_optimizer == "em"
    else:
        with pytest.raises(ValidationError, match="em does not run over Spark Connect; take online"):
            Topics(lda_optimizer="em")


def test_the_lines_with_spark_nlp_are_those_whose_jars_are_known():
    assert set(SPARK_NLP_LINES) == {name for name, known in LINES.items() if known.nlp}
