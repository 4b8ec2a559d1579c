"""docs/segment_names.md: it holds every default name, rule and play, and its example is a valid setting."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from audiences.config import Playbook, Rfm, ValueSegments
from audiences.config.names import rule_id

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "segment_names.md").read_text(encoding="utf-8")


def rows(first: str) -> list[list[str]]:
    """The rows of the table whose header begins with `first`."""
    lines = PAGE[PAGE.index(f"| {first} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_value_name_is_there_in_order_with_its_play():
    table = rows("name | a customer fits it who | what to do")
    named = Playbook().named
    assert [(row[0], row[2]) for row in table] == [
        (rule.name, named[f"value-{rule.rule_id}"]) for rule in ValueSegments().names
    ]


def test_every_rfm_name_is_there_in_order_with_its_score_and_play():
    table = rows("name | last purchase | both | what to do")
    rules = Rfm().segments
    assert [row[0] for row in table] == [f"RFM: {rule.name}" for rule in rules]
    assert [row[3] for row in table] == [Playbook().named[f"rfm-{rule_id(rule.name)}"] for rule in rules]
    spans = [tuple(map(int, (row[2].split(" to ") * 2)[:2])) for row in table]
    assert spans == [rule.fm for rule in rules]


def test_the_example_of_own_names_is_valid():
    text = re.search(r"\n    value_segments:\n.*?\n\n", PAGE, flags=re.DOTALL).group()
    settings = yaml.safe_load(text)
    names = ValueSegments(**settings["value_segments"]).names
    plays = Playbook(**settings["playbook"]).named
    assert all(
        plays[f"value-{rule.rule_id}"] == settings["playbook"]["named"][f"value-{rule.rule_id}"] for rule in names
    )
    assert plays["value-quiet"] == Playbook().named["value-quiet"]  # what is not listed keeps its default
