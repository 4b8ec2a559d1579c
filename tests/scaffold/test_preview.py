"""The preview of a delivery: rows, money and reasons as a run has them, gates, and words about what is unusual."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from raw_shop import PLAIN_HEADER, drafted_and_previewed, plain_cells, settings_of, shop_lines, total, write_table

from audiences import config
from audiences.cli import main
from audiences.errors import InputError
from audiences.scaffold import preview as previewing
from audiences.scaffold.draft import draft
from audiences.scaffold.preview import preview
from audiences.scaffold.preview_text import preview_lines
from audiences.scaffold.subscriptions import subscription_words


def _settings(tmp_path, *more: str) -> config.Settings:
    file = write_table(tmp_path / "lines.csv", PLAIN_HEADER, plain_cells)
    (tmp_path / "conf.yaml").write_text(draft([file], ["currency=EUR"]).text, encoding="utf-8")
    return config.load([tmp_path / "conf.yaml"], more, environment={})


def test_rejected_rows_are_told_by_reason_with_money_and_line(tmp_path):
    settings = _settings(tmp_path)
    file = tmp_path / "lines.csv"
    lines = file.read_text().splitlines()
    lines[5] = lines[5].replace("2023-01", "2023-31")
    lines[9] = ",".join([*lines[9].split(",")[:6], "", "Germany"])
    file.write_text("\n".join(lines) + "\n")
    found = preview(settings)
    lost = [shop_lines()[4].amount, shop_lines()[8].amount]
    reasons = {reason: (part.rows, part.money) for reason, part in found.tally.reasons.items()}
    assert reasons == {"invalid_date": (1, lost[0]), "missing_customer": (1, lost[1])}
    assert found.tally.kept.money == total() - sum(lost)
    assert found.tally.examples["invalid_date"][1] == 6
    text = "\n".join(preview_lines(found, "EUR"))
    assert f"{len(shop_lines()) + 1:,} lines in 1 file: {len(shop_lines()):,} records" in text
    assert f"invalid_date         1 row, {lost[0]:,.2f} EUR" in text


def test_revenue_by_month_and_the_top_customer(tmp_path):
    found = preview(_settings(tmp_path))
    january = sum(line.amount for line in shop_lines() if line.when.month == 1)
    assert found.tally.months["2023-01"].money == january
    spend: dict[str, Decimal] = {}
    for line in shop_lines():
        spend[str(line.customer)] = spend.get(str(line.customer), Decimal(0)) + line.amount
    top = max(spend, key=lambda customer: spend[customer])
    assert found.tally.top_customer == (top, pytest.approx(float(spend[top] / total())))
    assert found.tally.order_count == len({line.order for line in shop_lines()})


def test_rows_of_an_earlier_file_count_once_and_equal_rows_of_one_file_all(tmp_path):
    lines = shop_lines()
    folder = tmp_path / "deliveries"
    folder.mkdir()
    write_table(folder / "a.csv", PLAIN_HEADER, plain_cells, lines=[*lines[:60], lines[0]])
    write_table(folder / "b.csv", PLAIN_HEADER, plain_cells, lines=lines[40:])
    settings = settings_of(draft([folder], ["currency=EUR"]), tmp_path)
    found = preview(settings.model_copy(update={"sources": settings.sources.model_copy(
        update={"transactions": settings.sources.transactions.model_copy(update={"path": (str(folder),)})})}))  # fmt: skip
    assert found.tally.reasons["delivered_twice"].rows == 20
    assert found.tally.kept.money == total() + lines[0].amount


def test_a_delivery_in_another_format_is_refused_by_itself(tmp_path, capsys):
    _settings(tmp_path)
    later = write_table(
        tmp_path / "later.csv", PLAIN_HEADER,
        lambda line: [f"{line.when:%d.%m.%Y %H:%M}" if "-" in str(cell) else cell for cell in plain_cells(line)],
    )  # fmt: skip
    conf = str(tmp_path / "conf.yaml")
    assert main(["check", "--config", conf]) == 0
    assert main(["check", "--config", conf, str(tmp_path / "lines.csv")]) == 0
    capsys.readouterr()
    assert main(["check", "--config", conf, str(later)]) == 3
    shown = capsys.readouterr()
    assert "invalid_date" in shown.out
    assert f"{len(shop_lines())} of {len(shop_lines())} rows rejected" in shown.err


def test_too_few_customers_stop_a_run_and_so_a_check(tmp_path, capsys):
    _settings(tmp_path)
    assert main(["check", "--config", str(tmp_path / "conf.yaml"), "--set", "gates.min_customers=1000", "--json"]) == 3
    shown = capsys.readouterr()
    assert json.loads(shown.out)[0]["customers"] == 30
    assert "gate min_customers" in shown.err


def test_files_that_are_too_large_or_elsewhere_are_told(tmp_path, monkeypatch):
    settings = _settings(tmp_path)
    monkeypatch.setattr(previewing, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="too large to be judged without Spark"):
        preview(settings)
    monkeypatch.undo()
    elsewhere = _settings(tmp_path, "sources.transactions.path=s3a://bucket/lines.csv")
    with pytest.raises(InputError, match="only local files are read without Spark"):
        preview(elsewhere)


def test_a_name_with_brackets_is_that_file(tmp_path):
    write_table(tmp_path / "orders 2.csv", PLAIN_HEADER, plain_cells, lines=shop_lines()[:5])
    file = write_table(tmp_path / "orders [2024].csv", PLAIN_HEADER, plain_cells)
    _, _, found = drafted_and_previewed(file, tmp_path)
    assert found.tally.kept.rows == len(shop_lines())


def test_stray_quotes_swallow_no_lines_and_are_told(tmp_path):
    settings = _settings(tmp_path)
    text = (tmp_path / "lines.csv").read_text().splitlines()
    text[3] = text[3].replace("ITEM", '"ITEM', 1)
    text[30] = text[30].replace("ITEM", 'ITEM"', 1)
    (tmp_path / "lines.csv").write_text("\n".join(text) + "\n")
    found = preview(settings)
    assert found.tally.kept.rows == len(shop_lines())
    assert any("hold a quote that is no more than a letter" in warning for warning in found.warnings)


def test_one_id_with_an_unusual_share_of_the_rows_is_told(tmp_path):
    settings = _settings(tmp_path)
    cells = lambda line: [77 if cell == line.customer and line.order % 3 else cell for cell in plain_cells(line)]  # noqa: E731
    write_table(tmp_path / "lines.csv", PLAIN_HEADER, cells)
    assert any("customer 77 holds" in warning for warning in preview(settings).warnings)


def test_equal_amounts_at_equal_gaps_look_like_a_subscription():
    first = date(2023, 1, 31)
    monthly = {
        str(who): {first + timedelta(days=30 * month): Decimal("9.99") for month in range(6)} for who in range(12)
    }
    words = subscription_words(monthly)
    assert words is not None
    assert "12 of 12 customers" in words
    assert "every 30 days" in words
    shop = {str(who): {first + timedelta(days=7 * n * n): Decimal(n + who) for n in range(1, 6)} for who in range(12)}
    assert subscription_words(shop) is None


def _payments(file, day, people=15):
    """A file of people who pay the same each month, each on a day of their own."""
    lines = [
        f"C{who},{(date(2023, 1, 1 + who % 12) + timedelta(days=30 * month)).strftime(day)},{9 + who % 3}.99\n"
        for month in range(8)
        for who in range(people)
    ]
    file.write_text("customer,paid_at,amount\n" + "".join(lines))


def test_init_says_that_a_file_looks_like_a_subscription_s(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    _payments(tmp_path / "payments.csv", "%Y-%m-%d")
    assert main(["init", "payments.csv", "--set", "currency=EUR", "--out", "a.yaml"]) == 0
    shown = " ".join(capsys.readouterr().err.split())
    assert "15 of 15 customers with 3 or more purchases pay equal amounts every 30 days or so" in shown
    assert "this looks like subscriptions" in shown
    write_table(tmp_path / "lines.csv", PLAIN_HEADER, plain_cells)
    assert main(["init", "lines.csv", "--set", "currency=EUR", "--out", "b.yaml"]) == 0
    assert "subscription" not in capsys.readouterr().err


def test_init_says_so_too_where_a_choice_is_left_open(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    first = "customer,paid_at,amount\n"
    lines = [f"C{who},{who % 12 + 1:02d}/{month:02d}/2023,9.99\n" for month in range(1, 9) for who in range(15)]
    (tmp_path / "payments.csv").write_text(first + "".join(lines))  # day and month could be either
    assert main(["init", "payments.csv", "--set", "currency=EUR", "--out", "a.yaml"]) == 0
    shown = " ".join(capsys.readouterr().err.split())
    assert "what is left to choose makes this difference" in shown
    assert shown.count("this looks like subscriptions") == 1  # read the other way the payments lie a day apart


def test_init_writes_the_settings_shows_the_preview_and_the_next_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_table(tmp_path / "lines.csv", PLAIN_HEADER, plain_cells)
    assert main(["init", "lines.csv", "--set", "currency=EUR"]) == 0
    shown = capsys.readouterr().err
    assert f"kept      {len(shop_lines()):,} rows, {total():,.2f} EUR" in shown
    last = max(line.when for line in shop_lines()).date() + timedelta(days=1)
    assert f"audiences run --config audiences.yaml --as-of {last}" in shown
    assert config.load([tmp_path / "audiences.yaml"], environment={}).store.root == "audiences-tables"
    assert main(["init", "lines.csv"]) == 2
    assert "the file exists already" in capsys.readouterr().err
    assert main(["init", "lines.csv", "--out", "-", "--no-preview"]) == 0
    assert "currency: CHOOSE" in capsys.readouterr().out


def _with_activity(tmp_path, *rows: str) -> str:
    """A settings file of purchases and of a log that holds 20 sound events and these rows."""
    _settings(tmp_path)
    sound = [f"u{number},2023-01-{number + 1:02} 10:00:00,1.5" for number in range(20)]
    (tmp_path / "events.csv").write_text("\n".join(["user_id,ts,duration", *sound, *rows]) + "\n")
    more = tmp_path / "more.yaml"
    more.write_text(f"sources:\n  activity:\n    path: {tmp_path / 'events.csv'}\n")
    return str(more)


def test_every_source_is_judged(tmp_path, capsys):
    more = _with_activity(tmp_path, "u1,2023-01-05 10:00:00,-1")
    conf = str(tmp_path / "conf.yaml")
    assert main(["check", "--config", conf, "--config", more]) == 0
    shown = capsys.readouterr().out
    assert f"transactions: {len(shop_lines()) + 1:,} lines" in shown
    assert "activity: 22 lines in 1 file: 21 records" in shown
    assert "    negative_duration    1 row\n" in shown
    assert "  20 people, 2023-01-01 to 2023-01-20" in shown
    assert main(["check", "--config", conf, "--config", more, "--json"]) == 0
    judged = json.loads(capsys.readouterr().out)
    assert [one["source"] for one in judged] == ["transactions", "activity"]
    assert judged[1]["rejected_by_reason"][0]["line"] == 22


def test_a_log_that_a_gate_stops_is_exit_3_beside_sound_purchases(tmp_path, capsys):
    more = _with_activity(tmp_path, *[f"u1,{day}.1.2023,1" for day in range(1, 5)])
    assert main(["check", "--config", str(tmp_path / "conf.yaml"), "--config", more]) == 3
    assert "4 of 24 rows cannot be read" in " ".join(capsys.readouterr().err.split())
    assert main(["check", "--config", str(tmp_path / "conf.yaml"), "--config", more, "--source", "transactions"]) == 0
    capsys.readouterr()
    events = str(tmp_path / "events.csv")
    assert main(["check", "--config", str(tmp_path / "conf.yaml"), "--source", "activity", events]) == 3
    assert main(["check", "--config", str(tmp_path / "conf.yaml"), "--source", "nothing"]) == 2
    assert "there is no such source" in capsys.readouterr().err


def test_repeats_that_only_a_run_rejects_are_shown_and_stop_it_but_not_the_delivery(tmp_path):
    texts = [f"c{n},2023-01-0{n % 9 + 1} 10:00:00,the box is good and it was not dear" for n in range(10)]
    (tmp_path / "texts.csv").write_text("\n".join(["customer_id,ts,text", *texts, *texts, *texts]) + "\n")
    settings = config.load([], [f"sources.reviews.path={tmp_path / 'texts.csv'}"], environment={})
    found = preview(settings, "reviews")
    assert found.tally.reasons["exact_duplicate"].rows == 20
    assert found.fault is None
    assert [gate.name for gate in found.failed] == ["max_rejected_share"]


def test_texts_in_another_language_are_told(tmp_path):
    german = "Die Lampe ist sehr schön und ich bin nicht enttäuscht, aber der Schirm war ein wenig schief"
    rows = [f'c{n},2023-01-0{n % 9 + 1} 10:00:00,"{german}"' for n in range(12)]
    (tmp_path / "texts.csv").write_text("\n".join(["customer_id,ts,text", *rows]) + "\n")
    settings = config.load([], [f"sources.reviews.path={tmp_path / 'texts.csv'}"], environment={})
    [warning] = preview(settings, "reviews").warnings
    assert warning.startswith("the texts are not in English alone: 100% German")
