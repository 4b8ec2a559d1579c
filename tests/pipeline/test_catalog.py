"""Published tables in Spark's own catalog: names, views of what the newest run pinned, and clear words where it fails."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from audiences import schema
from audiences.cli import main
from audiences.config import load
from audiences.errors import ConfigError
from audiences.sinks.catalog import name_in, view_in

AS_OF = "2011-12-10"
SCHEMA = "spark_catalog.shop"


@pytest.fixture(scope="module")
def arguments(tmp_path_factory, small_shop_root, _session) -> list[str]:
    """The small shop's run, published anew with a catalog: every stage is found, so this is cheap."""
    root = tmp_path_factory.mktemp("catalog") / "tables"
    shutil.copytree(small_shop_root, root)
    settings = [f"store.root={root}", f"sources.transactions.path={small_shop_root.parent / 'raw.csv'}",
                "value_segments.k_max=4", "value_segments.starts=2", f"store.catalog={SCHEMA}"]  # fmt: skip
    given = [part for one in settings for part in ("--set", one)]
    assert main(["run", "--as-of", AS_OF, *given]) == 0
    yield given
    _session.sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


def rows(frame) -> list[str]:
    return sorted(json.dumps(row.asDict(recursive=True), default=str, sort_keys=True) for row in frame.collect())


def test_tables_and_views_have_the_names_that_are_promised(spark, arguments):
    names = {row["tableName"] for row in spark.sql(f"SHOW TABLES IN {SCHEMA}").collect()}
    assert {"published_customers", "segments_segment_profiles", "published_segment_profiles", "control_run_manifest",
            "landed_transactions", "features_rfm", "current_customers", "current_segment_profiles",
            "current_rfm", "current_rejected_rows"} <= names  # fmt: skip
    assert not any("review" in name or "landed_landed" in name for name in names)  # the run has no texts
    assert name_in("main.audiences", schema.rfm) == "`main`.`audiences`.`features_rfm`"
    assert name_in("main", schema.landed_transactions) == "`main`.`audiences`.`landed_transactions`"
    assert view_in("main", schema.rfm) == "`main`.`audiences`.`current_rfm`"


def test_views_show_what_the_newest_run_pinned_and_follow_it(spark, arguments, capsys):
    root = Path(arguments[1].removeprefix("store.root="))
    before = rows(spark.table(f"{SCHEMA}.current_customers"))
    assert before == rows(spark.read.format("delta").load(f"{root}/published/customers"))
    profiles = spark.table(f"{SCHEMA}.current_segment_profiles")
    assert {row["segmentation"] for row in profiles.select("segmentation").distinct().collect()} == {"value", "rfm"}
    assert profiles.columns == schema.published_profiles.names
    # another as_of in the same table, and other settings: the view still shows the newest run's rows alone
    assert main(["run", "rfm", "--as-of", "2011-11-01", *arguments]) == 0
    assert rows(spark.table(f"{SCHEMA}.current_rfm")) == rows(
        spark.table(f"{SCHEMA}.features_rfm").where("as_of = '2011-12-10'")
    )
    other = ["--set", "value_segments.names=[{name: Everyone}]"]
    assert main(["run", "--as-of", AS_OF, *arguments, *other]) == 0
    named = {row["segment"].split(" (")[0] for row in spark.table(f"{SCHEMA}.current_customers").collect()}
    assert named == {"Everyone"}
    assert main(["run", "--as-of", AS_OF, *arguments]) == 0
    assert rows(spark.table(f"{SCHEMA}.current_customers")) == before


@pytest.mark.slow
def test_query_history_explain_and_maintain_work_as_without_a_catalog(spark, arguments, capsys):
    capsys.readouterr()
    assert main(["query", "SELECT count(*) AS n FROM published_customers", *arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"n": 60}]
    assert main(["history", "rfm", *arguments, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) >= 2
    assert main(["explain", "10003", *arguments]) == 0
    assert "10003" in capsys.readouterr().out
    before = rows(spark.table(f"{SCHEMA}.current_customers"))
    assert main(["maintain", *arguments, "--set", "store.keep_runs=1", "--set", "store.vacuum_after_days=0"]) == 0
    assert rows(spark.table(f"{SCHEMA}.current_customers")) == before
    for view in spark.sql(f"SHOW VIEWS IN {SCHEMA}").collect():
        spark.table(f"{SCHEMA}.{view['viewName']}").count()


def test_what_the_catalog_forgets_a_run_registers_again(spark, arguments):
    spark.sql(f"DROP TABLE {SCHEMA}.published_customers")
    spark.sql(f"DROP VIEW {SCHEMA}.current_rfm")
    assert main(["run", "--as-of", AS_OF, *arguments]) == 0
    assert spark.table(f"{SCHEMA}.published_customers").count() == 60
    assert spark.table(f"{SCHEMA}.current_rfm").count() == 60


def test_a_schema_of_another_store_is_refused(arguments, small_shop_root, tmp_path, capsys):
    shutil.copytree(small_shop_root, tmp_path / "tables")
    assert main(["run", "--as-of", AS_OF, *arguments, "--set", f"store.root={tmp_path / 'tables'}"]) == 2
    said = capsys.readouterr().err
    assert "the catalog's schema holds the tables of another store" in said
    assert "one schema per store.root" in said


def test_a_catalog_that_does_not_exist_is_told_before_anything_is_computed(spark, arguments, tmp_path, capsys):
    fresh = ["--set", f"store.root={tmp_path / 'fresh'}", "--set", "store.catalog=nowhere.shop"]
    assert main(["run", "--as-of", AS_OF, *arguments, *fresh]) == 1
    said = capsys.readouterr().err
    assert "the catalog's schema cannot be used or made" in said
    assert "store.catalog, schema nowhere.shop" in said
    assert "--set store.catalog=CATALOG.SCHEMA" in said
    assert not (tmp_path / "fresh").exists()


def test_a_schema_that_cannot_be_made_is_told(spark, arguments, capsys):
    warehouse = Path(spark.conf.get("spark.sql.warehouse.dir").removeprefix("file:"))
    warehouse.mkdir(parents=True, exist_ok=True)
    (warehouse / "taken.db").write_text("a file in the schema's place")
    assert main(["run", "--as-of", AS_OF, *arguments, "--set", "store.catalog=spark_catalog.taken"]) == 1
    said = capsys.readouterr().err
    assert "the catalog's schema cannot be used or made" in said
    assert "taken" in said


@pytest.mark.parametrize("name", ["a.b.c", "x; DROP TABLE y", "main.`x`", ""])
def test_a_catalog_is_one_or_two_plain_names(name):
    with pytest.raises(ConfigError, match=r"store\.catalog"):
        load([], [f"store.catalog={name!r}"], {})
