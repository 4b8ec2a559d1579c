"""The gates of a delivery, in words: which file is beyond one of them, by how much, and why.

The gates are absolute and per file, so that a year of good deliveries does not hide a bad one. Files of few rows are
judged together: three rows say nothing about a file.
"""

from __future__ import annotations

from collections.abc import Mapping

from audiences.config import Gates, Settings
from audiences.errors import QualityGateError
from audiences.sources.deliveries import Figures
from audiences.sources.swapped_dates import swapped_pattern

FEW_ROWS = 20
"""Files with fewer rows are judged as one."""

_WHERE = {"addresses": "contacts.ids", "currency": ""}
"""Gates that are no setting below `gates` -> the setting that decides; empty: the words say it."""

_OF_REASONS = {"max_rejected_share", "max_unreadable_share", "max_rejected_money_share"}
"""The gates that count rejected rows: what they were rejected for is said once."""


def check(found: Mapping[str, Figures], *, source: str, settings: Settings) -> None:
    """Raises QualityGateError where a file is beyond a gate; its message names every such file with the cause."""
    faults, pooled = {}, _pooled(found)
    for file, of_file in pooled.items():
        beyond = {**_unfit(of_file, settings, source), **_beyond(of_file, settings.gates, source, settings.currency)}
        if beyond:
            faults[file] = beyond
    if not faults:
        return
    gates = {gate: required for beyond in faults.values() for gate, (_, required) in beyond.items()}
    raise QualityGateError(
        "a delivery does not pass the quality gates; nothing of it was landed",
        where="; ".join([*faults, *filter(None, (_WHERE.get(gate, f"gates.{gate}") for gate in gates))]),
        found="; ".join(
            f"{file}: {words}" for file, beyond in faults.items() for words in _told_once(beyond, pooled[file])
        ),
        allowed="; ".join(f"{_WHERE.get(gate) or gate} {required}" for gate, required in gates.items()),
        advice=f"correct or take away the file, or the settings that read it (sources.{source}), and run again",
    )


def _pooled(found: Mapping[str, Figures]) -> dict[str, Figures]:
    """The files of many rows, and those of few rows as one."""
    few = {file: one for file, one in found.items() if one.rows < FEW_ROWS}
    if len(few) < 2:
        return dict(found)
    together = Figures()
    for one in few.values():
        together.merge(one)
    names = ", ".join(list(few)[:3]) + (f" and {len(few) - 3} more" if len(few) > 3 else "")
    return {**{file: one for file, one in found.items() if file not in few}, f"{names} (together)": together}


def _unfit(of_file: Figures, settings: Settings, source: str) -> dict[str, tuple[str, str]]:
    """As `_beyond`, of what no share excuses: addresses as ids, and dates in two orders."""
    unfit: dict[str, tuple[str, str]] = {}
    if of_file.swapped > settings.gates.max_swapped_dates:
        pattern = getattr(settings.sources, source).timestamp_format
        words = (
            f"{of_file.swapped} of {of_file.rows} rows, such as {', '.join(of_file.dates)}, tell that in all of it "
            f"or in part of it day and month are the other way round than in {pattern} (sources.{source}."
            "timestamp_format): other rows of that part would be read as other days; deliver the file in one notation, "
            f"or set timestamp_format to {swapped_pattern(pattern)} if all of it is written so"
        )
        unfit["max_swapped_dates"] = words, f"{settings.gates.max_swapped_dates:g}"
    if of_file.addresses:
        words = (
            f"{of_file.addresses} of {of_file.rows} rows have an e-mail address as id, which would stand in every table"
        )
        allowed = f"hash (a keyed hash instead; contacts.key, now {settings.contacts.key}, leads to the key), or keep"
        unfit["addresses"] = words, allowed
    return unfit


def _beyond(of_file: Figures, gates: Gates, source: str, currency: str) -> dict[str, tuple[str, str]]:
    """Gate -> what was found in words, and what is required; only gates that the file is beyond."""
    judged = max(of_file.rows - of_file.filtered, 1)
    rejected_money = of_file.money_rejected - of_file.credit_rejected
    all_money = rejected_money + of_file.money_kept - of_file.credit_kept
    undecodable, foreign = of_file.reasons["undecodable_text"], of_file.reasons["other_currency"]
    rows = f"{of_file.rejected} of {judged} rows rejected"
    beyond: dict[str, tuple[str, str]] = {}
    if of_file.rejected / judged > gates.max_rejected_share or (of_file.rejected and not of_file.kept):
        beyond["max_rejected_share"] = rows, f"{gates.max_rejected_share:g}"
    if of_file.unreadable / judged > gates.max_unreadable_share:
        words = f"{of_file.unreadable} of {judged} rows cannot be read"
        beyond["max_unreadable_share"] = words, f"{gates.max_unreadable_share:g}"
    if all_money and rejected_money / all_money > gates.max_rejected_money_share:
        words = (
            f"{rejected_money:.2f} of {all_money:.2f} {currency} rejected "
            f"({of_file.money_rejected:.2f} of purchases, {of_file.credit_rejected:.2f} of returns)"
        )
        beyond["max_rejected_money_share"] = words, f"{gates.max_rejected_money_share:g}"
    if undecodable / judged > gates.max_undecodable_share:
        words = (
            f"{undecodable} of {judged} rows hold characters that the encoding cannot read; "
            f"set sources.{source}.encoding (often ISO-8859-1)"
        )
        beyond["max_undecodable_share"] = words, f"{gates.max_undecodable_share:g}"
    if foreign:
        words = (
            f"{foreign} of {judged} rows are not in {currency} but, for example, in {of_file.currency}: "
            "money of several currencies is never added"
        )
        beyond["currency"] = words, f"{currency} alone (the setting currency), or rows chosen by sources.{source}.where"
    return beyond


def _told_once(beyond: Mapping[str, tuple[str, str]], of_file: Figures) -> list[str]:
    """What each gate found; the causes that they have in common stand behind the first of them alone."""
    first = next((gate for gate in beyond if gate in _OF_REASONS), None)
    words = {gate: found + (f": {_causes(of_file)}" if gate == first else "") for gate, (found, _) in beyond.items()}
    return list(dict.fromkeys(words.values()))


def _causes(of_file: Figures) -> str:
    """The three most frequent reasons, and an example row."""
    causes = sorted(of_file.reasons.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
    return ", ".join(f"{reason} {rows}" for reason, rows in causes) + f"; for example {(of_file.example or '')[:300]}"
