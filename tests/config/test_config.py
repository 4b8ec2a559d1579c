"""Settings: precedence, faults reported together, and conf/base.yaml equal to the defaults."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from audiences.config import COMMON, Settings, as_page, as_yaml, load
from audiences.config.section import Section
from audiences.errors import ConfigError

CONF = Path(__file__).resolve().parents[2] / "conf"


def test_base_yaml_is_the_defaults_with_their_comments():
    assert (CONF / "base.yaml").read_text() == as_yaml(Settings(), only=COMMON) + "\n", "run: make base-config"
    assert load([CONF / "base.yaml"], environment={}) == Settings()


def test_the_page_of_settings_tells_every_one_of_them():
    page = as_page(Settings())
    assert (CONF.parent / "docs" / "settings.md").read_text() == page, "run: make docs"

    def leaves(section, above=""):
        for name in type(section).model_fields:
            value = getattr(section, name)
            yield from leaves(value, f"{above}{name}.") if isinstance(value, Section) else [f"{above}{name}"]

    told = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert sorted(told) == sorted(leaves(Settings()))


def test_common_settings_are_settings_and_few():
    for dotted in COMMON:
        Settings().at(dotted)
    assert len(as_yaml(Settings(), only=COMMON).splitlines()) <= 80


@pytest.mark.parametrize("file", sorted(CONF.glob("*.yaml")), ids=lambda file: file.name)
def test_every_settings_file_of_the_project_is_valid(file):
    load([file], environment={})


def test_later_sources_win_set_over_environment_over_files_over_defaults(tmp_path):
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("rfm: {bins: 3}\nstore: {root: of-file-one}\ncurrency: GBP\n")
    two.write_text("store: {root: of-file-two}\n")
    environment = {"AUDIENCES__STORE__ROOT": "of-environment", "AUDIENCES__CURRENCY": "USD", "OTHER": "x"}
    settings = load([one, two], ["store.root=of-set"], environment)
    assert (settings.store.root, settings.currency, settings.rfm.bins) == ("of-set", "USD", 3)
    assert load([one, two], [], {}).store.root == "of-file-two"
    assert settings.store.retention_days == Settings().store.retention_days


def test_all_faults_come_in_one_message_with_place_origin_and_what_is_allowed(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text(
        "rfm: {bin: 4}\ntime_zone: Mars/Olympus\nsources: {transactions: {timestamp_format: 'yyyy-MM-jj'}}\n"
    )
    with pytest.raises(ConfigError) as fault:
        load([file], ["value_segments.k_max=1", "nothing.here=1"], {})
    told = str(fault.value)
    assert told.startswith("5 settings are wrong; nothing was read or written")
    assert f"rfm.bin: unknown setting; did you mean bins?  [{file}]" in told
    assert "time_zone: not a time zone" in told
    assert "found 'Mars/Olympus'" in told
    assert "sources.transactions.timestamp_format: not a timestamp pattern: letters ['j'] mean nothing" in told
    assert "value_segments.k_max" in told
    assert "[--set value_segments.k_max]" in told
    assert "nothing: unknown setting; allowed: time_zone" in told


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        pytest.param("store.root", "--set takes NAME=VALUE", id="no-equals"),
        pytest.param("=x", "--set takes NAME=VALUE", id="no-name"),
        pytest.param("store.root=[", "the value cannot be read", id="not-yaml"),
        pytest.param("value_segments.k=4", "k and choose: fixed belong together", id="k-without-fixed"),
        pytest.param("value_segments.features=[country]", "which scaling.features does not list", id="not-scaled"),
        pytest.param("rfm.cut_points={monetary: [1, 2]}", "4 ascending values are needed", id="too-few-cuts"),
        pytest.param("rfm.segments=[{name: All, r: [1, 4]}]", "no rule matches r=5", id="rule-gap"),
        pytest.param("scaling.features=[recency_days, age]", "unknown: ['age']", id="unknown-feature"),
        pytest.param("behaviour.hour_starts=[6, 0, 12, 18]", "four ascending hours", id="hours"),
    ],
)
def test_a_wrong_assignment_is_told(assignment, said):
    with pytest.raises(ConfigError, match=said.replace("[", r"\[").replace("]", r"\]")):
        load([], [assignment], {})


def test_a_missing_or_broken_file_is_told(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        load([tmp_path / "none.yaml"], [], {})
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [1\n")
    with pytest.raises(ConfigError, match="cannot be read"):
        load([broken], [], {})
    broken.write_text("- 1\n")
    with pytest.raises(ConfigError, match="holds names and values"):
        load([broken], [], {})


def test_settings_are_frozen_and_shown_settings_can_be_loaded_again(tmp_path):
    settings = load([], ["rfm.bins=4", "categories.keywords={tea: [tea, teapot]}"], {})
    with pytest.raises(Exception, match="frozen"):
        settings.currency = "USD"
    shown = tmp_path / "shown.yaml"
    shown.write_text(as_yaml(settings))
    assert yaml.safe_load(shown.read_text())["rfm"]["bins"] == 4
    assert load([shown], [], {}) == settings


def test_where_the_input_lies_is_no_part_of_the_dump_that_fingerprints_are_made_of():
    assert "path" not in load([], ["sources.transactions.path=x"], {}).sources.transactions.model_dump()
