"""A stage's fingerprint holds what can change its rows, and nothing else."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import small_shop
from pydantic import BaseModel
from pyspark.sql import DataFrame
from settings_table import REMADE_BY

from audiences import schema
from audiences.clustering.k_selection import fit_value_segments
from audiences.clustering.methods import method_of
from audiences.config import Settings, ValueSegments, load
from audiences.engine.landing import Survey
from audiences.engine.runner import Run
from audiences.engine.stage import Receipt, Stage, stage_of
from audiences.engine.stage_settings import Fields, handed_over
from audiences.pipeline.stages import STAGES
from audiences.prediction.train import EARLY, MODEL
from audiences.schema import Column
from audiences.schema.table import DOUBLE, INT, STRING
from audiences.sources.connectors.files import raw_rows
from audiences.sources.reader_digest import former_reader_digest, reader_digest

EVERY = (*STAGES, EARLY, MODEL)
SETTINGS = load([], ["text.sentiment.themes=all"], {})  # else the stages of sentiment are absent


def leaves(section: BaseModel, above: str = "") -> Iterator[str]:
    """The dotted path of every setting."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        yield from leaves(value, f"{above}{name}.") if isinstance(value, BaseModel) else [f"{above}{name}"]


def another(value: Any) -> Any:
    """A value that differs; it need not be allowed, as nothing is run with it."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, tuple):
        return (*value, value[-1] if value else "x")
    if isinstance(value, dict):
        return {**value, "x": "x"}
    return date(2020, 1, 1) if isinstance(value, date) else "x"


def with_value(section: Any, path: str, value: Any) -> Any:
    """A copy in which the setting at the dotted path has another value, unchecked."""
    name, _, rest = path.partition(".")
    return section.model_copy(update={name: with_value(getattr(section, name), rest, value) if rest else value})


class Unread(Run):
    """A run that asks no store: what an earlier run made is known by that run's date."""

    def earlier(self, stage: Stage) -> dict[str, Receipt]:
        dates = {name: self.settings.at(wanted.at) for name, wanted in stage.earlier.items()}
        return {
            name: Receipt(stage.name, stage.makes, str(day), "written", 1, {}) for name, day in dates.items() if day
        }


def fingerprints(settings: Settings, as_of: date = date(2024, 1, 1)) -> dict[str, str]:
    """Stage -> fingerprint, of a run in which no branch is absent; nothing is read or computed."""
    landings = {
        name: Survey(name, reader_digest(name, getattr(settings.sources, name)), (), (), ())
        for name in type(settings.sources).model_fields
    }
    run = Unread(None, settings, as_of, landings)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Pydantic serializer warnings")  # of values that are not allowed
        return {stage.name: run.fingerprint(stage) for stage in EVERY}


def remade(changed: Settings) -> set[str]:
    before, after = fingerprints(SETTINGS), fingerprints(changed)
    return {name for name in before if before[name] != after[name]}


def with_what_follows(names: set[str]) -> set[str]:
    """The stages and every stage that reads, near or far, what they make."""
    for stage in EVERY:  # in order
        if any(stage_of(need).name in names for need in stage.needs.values()):
            names = {*names, stage.name}
    return names


def test_every_setting_has_a_row_in_the_table():
    assert set(REMADE_BY) == set(leaves(SETTINGS)), "settings_table.py: one line per setting"


@pytest.mark.parametrize("path", sorted(REMADE_BY))
def test_a_setting_remakes_the_stages_of_its_row_and_what_follows_them_and_no_others(path):
    expected = set(REMADE_BY[path].split())
    assert expected <= {stage.name for stage in EVERY}
    changed = with_value(SETTINGS, path, another(SETTINGS.at(path)))
    assert remade(changed) == with_what_follows(expected)


def test_a_function_can_read_no_setting_that_its_fingerprint_does_not_hold():
    """All others are taken out of what it gets; the few that are left and not held are listed here, with why."""
    harmless = {
        "value_segments.fits_at_once": "fits that run at the same time; their results are taken in the seeds' order",
        "customer_attributes.max_levels": "refuses; rows that were made are the same",
        "customer_attributes.allow_sensitive": "refuses; rows that were made are the same",
        "density.max_dimensions": "refuses; rows that were made are the same",
        "density.max_shuffle_gb": "refuses; rows that were made are the same",
        "density.max_core_hours": "refuses; rows that were made are the same",
    }
    untracked = {
        f"{wanted.path}.{name}"
        for stage in EVERY
        for wanted in stage.settings.values()
        if isinstance(wanted, Fields)
        for name in wanted.untracked
    }
    assert untracked == set(harmless)


def test_a_field_that_a_stage_does_not_declare_cannot_be_read():
    limited = handed_over(SETTINGS, {"rfm": Fields("rfm", only=("segments",))})["rfm"]
    assert limited.segments == SETTINGS.rfm.segments
    with pytest.raises(AttributeError, match="bins"):
        _ = limited.bins
    with pytest.raises(ValueError, match="rfm has no fields"):
        handed_over(SETTINGS, {"rfm": Fields("rfm", but=("binz",))})


def test_hashing_addresses_remakes_what_holds_ids_and_another_key_does_so_again(monkeypatch, tmp_path):
    """While addresses are not hashed no fingerprint knows of it, so that a root of plain ids stays as it is."""

    def hashing(secret: str, reference: str) -> Settings:
        monkeypatch.setenv("ONE_KEY", secret)
        (tmp_path / "key").write_text(secret)
        changed = with_value(SETTINGS, "contacts.ids", "hash")
        return with_value(changed, "contacts.key", reference)

    judged = {
        "transactions",
        "activity",
        "reviews",
        "user_measures",
        "identities",
        "known_anomalies",
        "customer_attributes",
    }
    refused = {
        f"rejected_{name}"
        for name in ("transactions", "activity", "reviews", "users", "identities", "known", "customers")
    }
    tables = {stage.name for stage in STAGES if stage.makes == schema.contacts}
    assert len(tables) == 6
    one = hashing("0123456789abcdef", "env:ONE_KEY")
    assert remade(one) == with_what_follows(judged | refused | tables)
    made = fingerprints(one)
    assert fingerprints(hashing("0123456789abcdef", f"file:{tmp_path / 'key'}")) == made
    other = fingerprints(hashing("fedcba9876543210", "env:ONE_KEY"))
    assert {name for name in made if made[name] != other[name]} == with_what_follows(judged | refused | tables)
    assert remade(with_value(SETTINGS, "contacts.ids", "keep")) == set()


def test_a_declared_column_enters_the_fingerprint_by_name_and_type_but_not_by_its_comment():
    def fingerprint(*columns: Column) -> str:
        table = replace(schema.orders, columns=(*schema.orders.columns, *columns))
        stage = Stage(table, lambda: None)
        return Run(None, SETTINGS, date(2024, 1, 1), {}).fingerprint(stage)

    made = [fingerprint(), fingerprint(Column("new", INT, "")), fingerprint(Column("new", DOUBLE, "")),
            fingerprint(Column("newer", INT, ""))]  # fmt: skip
    assert len(set(made)) == len(made)
    assert fingerprint(Column("new", STRING, "one")) == fingerprint(Column("new", STRING, "another"))


def test_the_order_of_a_mapping_counts_where_the_first_of_its_entries_wins():
    words = {"Toys": ("car",), "Cars": ("car",)}
    one, two = (
        with_value(SETTINGS, "categories.keywords", dict(pairs)) for pairs in (words.items(), reversed(words.items()))
    )
    assert fingerprints(one)["transactions"] != fingerprints(two)["transactions"]


def test_another_day_remakes_what_depends_on_the_day():
    one, two = (fingerprints(SETTINGS, date(2024, 1, day)) for day in (1, 2))
    same = {name for name in one if one[name] == two[name]}
    assert {"transactions", "orders", "customer_days", "activity", "reviews", "review_tokens"} <= same
    assert not {"rfm", "behaviour", "segments", "published_customers", "early_features"} & same


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [  # computed by the code that made roots of format 1, with the settings' defaults of that time
        pytest.param("transactions", {}, "24ddc6e4ba31733689a2168d", id="transactions"),
        pytest.param("activity", {}, "dba6dd0e919bbfb7f24412af", id="activity"),
        pytest.param("users", {}, "f2be071f090f1b41b796d778", id="users"),
        pytest.param("identities", {}, "7626374bdcadda5dd5d30fa7", id="identities"),
        pytest.param("known", {}, "e083dcdbfe019cba3e9f1a25", id="known"),
        pytest.param("reviews", {}, "1b0256036c8cb7e7a8d95e71", id="reviews"),
        pytest.param("customers", {}, "2dc890e0bfbd958d9e923550", id="customers"),
        pytest.param(
            "transactions",
            {"encoding": "ISO-8859-1", "options": {"sep": ";"}, "decimal": ",", "columns": {"customer_id": ["Kunde"]}},
            "2ad7f08861e27101d9f8dd64",
            id="with settings of its own",
        ),
    ],
)
def test_what_a_root_of_format_1_landed_is_known_again(name, given, expected):
    kind = type(getattr(SETTINGS.sources, name))
    assert former_reader_digest(name, kind.model_validate(given)) == expected


def test_a_reader_that_format_1_could_not_describe_is_another():
    class Later(type(SETTINGS.sources.transactions)):  # a setting that came since
        skip_lines: int = 0

    assert former_reader_digest("transactions", Later()) == former_reader_digest(
        "transactions", SETTINGS.sources.transactions
    )
    assert former_reader_digest("transactions", Later(skip_lines=2)) is None
    assert reader_digest("transactions", Later()) == reader_digest("transactions", SETTINGS.sources.transactions)
    assert reader_digest("transactions", Later(skip_lines=2)) != reader_digest("transactions", Later())


@pytest.mark.parametrize(
    ("given", "is_same"),
    [
        pytest.param({"path": ["elsewhere/*.csv"]}, True, id="path"),
        pytest.param(
            {"timestamp_format": "dd/MM/yyyy", "time_zone": "Asia/Tokyo", "decimal": ","}, True, id="judged later"
        ),
        pytest.param({"encoding": "ISO-8859-1"}, False, id="encoding"),
        pytest.param({"columns": {"customer_id": ["Kunde"]}}, False, id="column"),
        pytest.param({"options": {"sep": ";"}}, False, id="option"),
        pytest.param({"multi_line": False}, False, id="multi-line"),
    ],
)
def test_a_reader_is_what_changes_the_rows_that_it_reads(given, is_same):
    source = SETTINGS.sources.transactions
    other = type(source).model_validate(given)
    assert (reader_digest("transactions", source) == reader_digest("transactions", other)) is is_same


def test_what_only_csv_files_have_is_no_part_of_another_formats_reader():
    kind = type(SETTINGS.sources.transactions)
    one, two = kind(format="parquet"), kind(format="parquet", encoding="ISO-8859-1", multi_line=False)
    assert reader_digest("transactions", one) == reader_digest("transactions", two)


VARIED = (
    "cleaning.rules.non_positive_price=true", "cleaning.max_date=2011-11-15", "categories.keywords={Toys: [P1]}",
    "rfm.bins=4", "rfm.cut_points={frequency: [1, 2, 3, 4]}", "rfm.segments=[{name: All}]", "behaviour.weekend=[5]",
    "behaviour.hour_starts=[1, 2, 3, 4]", "value_segments.names=[{name: Everybody}]", "time_zone=Asia/Tokyo",
)  # fmt: skip
COMPUTED = ("transactions", "rejected_transactions", "orders", "customer_days", "rfm_cut_points", "rfm", "behaviour")


def rows_of(landed: DataFrame, settings: Settings) -> dict[str, list[str]]:
    """Stage -> its rows in a fixed order, computed from the landed rows as the runner does."""
    made: dict[str, Any] = {"landed_transactions": landed}
    for stage in EVERY:
        if stage.name in COMPUTED:
            inputs = {name: made.get(stage_of(need).name) for name, need in stage.needs.items()}  # there are no rates
            day = {"as_of": date(2011, 12, 10)} if stage.makes.has_as_of else {}
            made[stage.name] = stage.function(**inputs, **handed_over(settings, stage.settings), **day).cache()
    return {name: sorted(map(str, made[name].collect())) for name in COMPUTED}


def test_settings_that_give_different_rows_never_share_a_fingerprint(spark, tmp_path):
    file = small_shop.write(
        tmp_path / "a.csv", [*small_shop.lines(6), ("1", "2011-12-01 10:00:00", "7", "P1", "1", "0")]
    )
    landed = raw_rows(spark, [str(file)], SETTINGS.sources.transactions, setting="sources.transactions").cache()
    before, rows = fingerprints(SETTINGS), rows_of(landed, SETTINGS)
    different = set()
    for assignment in VARIED:
        changed = load([], ["text.sentiment.themes=all", assignment], {})
        after, other_rows = fingerprints(changed), rows_of(landed, changed)
        for name in COMPUTED:
            if rows[name] != other_rows[name]:
                assert before[name] != after[name], (assignment, name)
                different.add((assignment, name))
    assert {name for _, name in different} == set(COMPUTED)  # else the assertion above was never put to the test
    assert len({assignment for assignment, _ in different}) == len(VARIED) - 2  # names, and words that no line has


def test_fits_that_run_at_the_same_time_give_the_same_model_and_rows(spark):
    """Why `fits_at_once` is tracked by no fingerprint."""
    rows = [(f"{i:03d}", ["recency_days", "frequency"], [float(i % 7), float(i % 3)]) for i in range(60)]
    frame = spark.createDataFrame(rows, "customer_id string, feature_names array<string>, features array<double>")
    found = []
    for at_once in (1, 3):
        settings = ValueSegments(features=("recency_days", "frequency"), k_max=3, starts=3, fits_at_once=at_once)
        model, figures = fit_value_segments(frame, segments=settings)
        found.append(
            (method_of(model.stages[-1]).centres(model.stages[-1]), sorted(map(str, figures.drop("seconds").collect())))
        )
    assert found[0] == found[1]
