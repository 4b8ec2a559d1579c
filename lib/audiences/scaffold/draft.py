"""Raw files -> a drafted settings file: a bounded sample, plain Python, no Spark."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from audiences.errors import ConfigError, InputError
from audiences.scaffold import line_discounts
from audiences.scaffold.activity_columns import columns_of_activity
from audiences.scaffold.cells import joined
from audiences.scaffold.chosen_text import chosen_lines
from audiences.scaffold.cleaning_rules import rules, worth
from audiences.scaffold.columns import Guess, formats_of, guess
from audiences.scaffold.contact_columns import KEY, contact_lines, has_addresses, ids_in
from audiences.scaffold.currency import Currency, currency_of
from audiences.scaffold.discounts import told_discounts
from audiences.scaffold.exports import Export, export_of, part_of_a_shop
from audiences.scaffold.given_files import samples_of
from audiences.scaffold.money_columns import COUNTS_ONCE
from audiences.scaffold.order_files import check_is_one_file
from audiences.scaffold.other_sources import columns_of_reviews, draft_other
from audiences.scaffold.roles import BY_CONTENT
from audiences.scaffold.sample import Sample
from audiences.scaffold.settings_text import as_file, transactions_text
from audiences.scaffold.states import states_of
from audiences.scaffold.timestamps import Reading
from audiences.sources.connectors.paths import SkippedFile, skipped_files

_COLUMNS = "sources.transactions.columns."
SETTABLE = (f"{_COLUMNS}NAME", "currency")
_MONEY = ("unit_price", "line_amount", "order_amount")


@dataclass(frozen=True)
class Draft:
    """A settings file as text, and what its reader must know or choose.

    Args:
        options: readings that are left to choose: in words, and the settings below `sources.transactions` of each.
        chosen: what each role was taken for, one line each, for the terminal.
        as_of: the day after the newest time; None where the times are left to choose.
        needs_key: ids are e-mail addresses, which a key hashes.
        likely_currency: where the currency is left to choose, the one that most lines may be in; None: none is likely.
    """

    text: str
    messages: tuple[str, ...]
    options: tuple[tuple[str, Mapping[str, object]], ...] = ()
    as_of: date | None = None
    needs_key: bool = False
    likely_currency: str | None = None
    chosen: tuple[str, ...] = ()

    def next_command(self, path: Path) -> str:
        """What to type when the file is settled."""
        return f"audiences run --config {path} --as-of {self.as_of or 'DATE'}"


def draft(paths: Sequence[Path], assignments: Sequence[str] = (), *, key: str = KEY) -> Draft:
    """Settings for files of one kind (their headers may differ; a folder stands for its files).

    Args:
        assignments: NAME=VALUE of what a person knows: columns of transactions, and the currency.
        key: env:NAME or file:PATH of the key that is written into the draft where it needs one.

    Raises:
        InputError: a file is missing, no text or no transaction file; the files are written in different ways.
        ConfigError: an assignment is none that a draft takes.
    """
    known = _assigned(assignments)
    samples = samples_of(paths)
    if f"{_COLUMNS}customer_id" not in known:
        check_is_one_file(samples)
    export = export_of(samples[0].header)
    if export is not None and export.source != "transactions":
        return _with_contacts(Draft(*draft_other(samples, export.source, export)), samples, _ids(samples, export), key)
    guesses = [guess(sample, _chosen(sample, export, known)) for sample in samples]
    for sample, guessed in zip(samples, guesses, strict=True):
        if guessed.missing and export is None and not known:
            other = draft_other_if_it_fits(samples)
            if other is not None:
                return _with_contacts(other, samples, _ids(samples, None), key)
        _check_is_transactions(sample, guessed)
    _check_are_alike(samples, guesses)
    ids = [cell for guessed in guesses for cell in guessed.columns["customer_id"].filled]
    skipped = skipped_files([str(path) for path in paths])
    return _with_contacts(_of_transactions(samples, guesses, export, known, skipped), samples, ids, key)


def _with_contacts(drafted: Draft, samples: Sequence[Sample], ids: Sequence[str], key: str) -> Draft:
    """The draft, with settings for e-mail addresses where these are the ids."""
    if not has_addresses(ids):
        return drafted
    header = list(dict.fromkeys(name for sample in samples for name in sample.header))
    said = f"ids are e-mail addresses: a keyed hash takes their place; the key is {key}"
    return replace(
        drafted, text=drafted.text + as_file(list(contact_lines(header, key))), needs_key=True,
        messages=(*drafted.messages, said),
    )  # fmt: skip


def _ids(samples: Sequence[Sample], export: Export | None) -> list[str]:
    """The ids of customers or users in files of activity or texts."""
    first = samples[0]
    found = columns_of_reviews(first) or columns_of_activity(first) or {}
    return ids_in(samples, export.mapped(first.header) if export is not None else found)


def draft_other_if_it_fits(samples: Sequence[Sample]) -> Draft | None:
    """A draft of reviews or of events where the files hold those, and no purchases."""
    if all(columns_of_reviews(sample) is not None for sample in samples):
        return Draft(*draft_other(samples, "reviews", None))
    if all(columns_of_activity(sample) is not None for sample in samples):
        return Draft(*draft_other(samples, "activity", None))
    return None


def _of_transactions(
    samples: Sequence[Sample],
    guesses: Sequence[Guess],
    export: Export | None,
    known: Mapping[str, str],
    skipped: Sequence[SkippedFile],
) -> Draft:
    formats = formats_of(guesses)
    if not formats:
        raise InputError(
            "no one timestamp format reads the times of all files", where=", ".join(sample.path for sample in samples),
            found="; ".join(guessed.times[0] for guessed in guesses), advice="draft one config for each kind",
        )  # fmt: skip
    columns = {
        name: joined([guessed.columns[name] for guessed in guesses])
        for name in set.intersection(*(set(guessed.columns) for guessed in guesses))
    }
    money = next((columns[name] for name in _MONEY if name in columns), None)
    currency = currency_of(columns.get("currency"), money, samples[0].header)
    if "currency" in known:
        others = f"; {currency.evidence}" if currency.lines else ""
        currency = Currency(known["currency"], f"as it was given{others}", currency.lines)
    style = guesses[0].numbers.style or "unambiguous"
    proposed = rules(columns, style)
    states = states_of(guesses, samples[0].header, export, worth(columns, style))
    text = transactions_text(samples, guesses, formats, proposed, currency, export, states)
    messages = tuple(_messages(samples, guesses, formats, currency, export))
    messages += tuple(f"not read: {file.path}, {file.why}" for file in skipped)
    messages += tuple(told_discounts(guesses[0].others, style) if export is None else ())
    messages += tuple(rule.evidence for rule in states if rule.is_told)
    messages += tuple(rule.told for rule in proposed if rule.told)
    as_of = formats[0].last.date() + timedelta(days=1) if len(formats) == 1 else None
    return Draft(
        text, messages, tuple(_options(guesses[0], formats)), as_of, chosen=tuple(chosen_lines(guesses[0])),
        likely_currency=currency.likely,
    )  # fmt: skip


def _options(guessed: Guess, formats: Sequence[Reading]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every combination of what is left to choose."""
    axes: list[list[tuple[str, dict[str, object]]]] = []
    if len(formats) > 1:
        axes.append([(reading.pattern, {"timestamp_format": reading.pattern}) for reading in formats])
    if guessed.numbers.style is None:
        axes.append([("decimal point", {"numbers": "point", "decimal": "."}), ("decimal comma", {"decimal": ","})])
    for canonical, choice in guessed.choices.items():
        name = choice.column.name
        if choice.is_open and canonical in _MONEY:
            axes.append([(f"{name} as {role}", {"columns": {role: name}}) for role in choice.options])
        elif choice.is_open:
            axes.append(
                [
                    (f"{canonical} {option or 'none'}", {"columns": {canonical: option or []}})
                    for option in choice.options
                ]
            )
    for combination in itertools.product(*axes) if axes else ():
        columns = {name: value for _, change in combination for name, value in _columns_of(change).items()}
        changes = {name: value for _, change in combination for name, value in change.items()}
        yield ", ".join(words for words, _ in combination), changes | ({"columns": columns} if columns else {})


def _columns_of(change: Mapping[str, object]) -> dict[str, object]:
    columns = change.get("columns", {})
    return columns if isinstance(columns, dict) else {}


def _assigned(assignments: Sequence[str]) -> dict[str, str]:
    known = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not value or not (name == "currency" or name.startswith(_COLUMNS)):
            raise ConfigError(
                "init takes no such setting", where="--set", found=assignment, allowed=", ".join(SETTABLE),
                advice="write the others into the drafted file",
            )  # fmt: skip
        known[name] = value
    return known


def _chosen(sample: Sample, export: Export | None, known: Mapping[str, str]) -> dict[str, str]:
    """Canonical name -> column, as a known export has it and as a person says."""
    by_person = {name.removeprefix(_COLUMNS): value for name, value in known.items() if name.startswith(_COLUMNS)}
    missing = [value for value in by_person.values() if value not in sample.header]
    if missing:
        raise ConfigError(
            "the file has no such column", where="--set", found=missing[0], allowed=", ".join(sample.header)
        )
    if any(name in by_person for name in _MONEY):
        return {name: column for name, column in _mapped(sample, export).items() if name not in _MONEY} | by_person
    return _mapped(sample, export) | by_person


def _mapped(sample: Sample, export: Export | None) -> dict[str, str]:
    if export is None:
        return {}
    of_lines = {"discount": line_discounts.COLUMN} if line_discounts.come_off(sample) else {}
    return export.mapped(sample.header) | of_lines


def _check_is_transactions(sample: Sample, guessed: Guess) -> None:
    if not guessed.missing:
        return
    part = part_of_a_shop(sample.header)
    if part is not None:
        raise InputError(
            f"this is one of several files of a shop ({part}): orders, items and customers stand apart",
            where=sample.path, found=", ".join(sample.header),
            advice="join them by order_id and customer_id into one file, and draft from that; `audiences init ITEMS "
            "ORDERS CUSTOMERS`, with all of them named, says the command",
        )  # fmt: skip
    recognised = ", ".join(f"{canonical} ({choice.column.name})" for canonical, choice in guessed.choices.items())
    raise InputError(
        f"this is no transaction file: nothing in it looks like {' or '.join(guessed.missing)}",
        where=sample.path,
        found=f"columns {', '.join(sample.header)}"
        + (f"; of these recognised: {recognised}" if recognised else "")
        + "".join(_refused(guessed)),
        allowed="customer, time and money of each line (with an order's number) or of each order",
        advice="if it does hold them, name them: audiences init FILE --set "
        f"{_COLUMNS}{guessed.missing[0].split(',')[0]}=NAME",
    )


def _refused(guessed: Guess) -> list[str]:
    return [
        f"; not {canonical}: {name}, {reason}"
        for canonical, columns in guessed.refused.items()
        for name, reason in columns.items()
        if canonical.split(",")[0] not in guessed.choices
    ]


def _check_are_alike(samples: Sequence[Sample], guesses: Sequence[Guess]) -> None:
    """One source is read in one way; only the names of the columns may differ."""
    kinds: dict[str, set[object]] = {
        "format": {sample.format for sample in samples},
        "delimiter": {sample.delimiter for sample in samples},
        "header": {sample.has_header for sample in samples},
        "lines above the header": {sample.skip_lines for sample in samples},
        "encoding": {sample.encoding.name for sample in samples if not sample.encoding.is_plain},
        "decimal sign": {guessed.numbers.decimal for guessed in guesses},
        "grain": {guessed.grain for guessed in guesses},
    }
    unlike = [name for name, values in kinds.items() if len(values) > 1]
    if unlike:
        raise InputError(
            f"the files differ in {', '.join(unlike)}: one source is read in one way",
            where=", ".join(sample.path for sample in samples), advice="draft one config for each kind",
        )  # fmt: skip


def _messages(
    samples: Sequence[Sample],
    guesses: Sequence[Guess],
    formats: Sequence[Reading],
    currency: Currency,
    export: Export | None,
) -> list[str]:
    messages = [] if export is None else [f"taken for an export of {export.name}"]
    messages += [note for sample in samples for note in sample.notes]
    messages += [f"the encoding is {sample.encoding.evidence}" for sample in samples if sample.encoding.is_guess]
    if len(formats) > 1:
        ways = " or ".join(f"{reading.pattern} ({reading.words})" for reading in formats)
        messages.append(f"choose sources.transactions.timestamp_format: {ways}; the sample reads in each way")
    if guesses[0].numbers.style is None:
        messages.append(f"choose sources.transactions.decimal: {guesses[0].numbers.evidence}")
    if currency.code is None:
        messages.append(f"choose currency: {currency.evidence}")
    for canonical, choice in guesses[0].choices.items():
        if choice.is_open:
            options = " or ".join(option or "none" for option in choice.options)
            messages.append(f"choose {_COLUMNS}{canonical}: {options}; {choice.why}")
    if guesses[0].grain == "line" and "invoice_id" not in guesses[0].choices:
        messages.append("no column holds the order's number: lines of one customer and time are one order")
    total = guesses[0].choices.get("order_amount")
    if total is not None and COUNTS_ONCE in total.why:
        messages.append(f"{total.column.name}: {total.why.partition('; ')[2]}")
    by_content = sorted(
        {name for guessed in guesses for name, choice in guessed.choices.items() if choice.why == BY_CONTENT}
    )
    if by_content:
        messages.append(f"guessed by content alone, check them: {', '.join(by_content)}")
    return list(dict.fromkeys(messages))
