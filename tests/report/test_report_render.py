"""The page from plain data: complete, stable, safe, and honest about what is missing."""

import json
import os
import re
import stat
from dataclasses import replace
from datetime import date

import pytest
from report_sample import sample_data

from audiences.config import Settings
from audiences.errors import MachineError
from audiences.report import SECTIONS, ReportData, render, write
from audiences.report.data import Deliveries, Density, Rejected
from audiences.report.density_sections import _anomalies

RAW = Settings.model_validate({"report": {"show_raw": True}})
EVIL = '<script>alert("x")</script>'


@pytest.fixture(scope="module")
def page():
    return render(sample_data(), settings=Settings())


@pytest.fixture
def data():
    return sample_data()


def words_of(html):
    """The page without its scripts and styles, tags dropped, spaces joined."""
    body = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).replace("\xa0", " ")


def figures_of(html):
    found = re.findall(r'<script type="application/json" id="(fig-[a-z-]+)-data">(.*?)</script>', html, flags=re.S)
    return {name: json.loads(text) for name, text in found}


def section_of(html, name):
    return words_of(re.search(rf'<section id="{name}".*?</section>', html, flags=re.S).group())


def test_every_section_is_there_once_and_in_the_navigation(page):
    for section in SECTIONS:
        assert page.count(f'<section id="{section.id}"') == 1
        assert f'<a href="#{section.id}">' in page


def test_the_figures_have_the_fixed_names_that_links_and_tests_rely_on(page):
    assert list(figures_of(page)) == [
        "fig-sizes", "fig-centres", "fig-space", "fig-side-recency", "fig-side-frequency", "fig-k-inertia",
        "fig-k-silhouette", "fig-k-calinski-harabasz", "fig-k-stability", "fig-rfm", "fig-categories",
        "fig-correlations", "fig-rejected",
    ]  # fmt: skip


def test_two_renders_are_equal_byte_for_byte(page):
    assert render(sample_data(), settings=Settings()) == page


def test_the_page_says_what_a_reader_needs(page):
    text = words_of(page)
    for said in (
        "2,000 customers fall into 5 segments. High-value brings most money: 8.4 % of customers, 50.1 % of net spend.",
        "EUR 1,888,320",
        "k = 5. The elbow: from 5 segments on",
        "541,909 read = 397,884 kept + 144,025 rejected",
        "A sample of 1,200 of 2,000 customers",
        "Frequency far above typical: 18.1 orders, typical 3.96 orders",
        "Frequency: mean 21 orders, of all 4.60 orders (+3.2 sd)",
        "75.0 % of its customers fit this name by themselves. Close to Loyal.",
        "Density segments are not configured.",
        "features/rfm 4 written 2,000",
        "online_retail.csv.gz",
        "value_segments.seed 7",
        "D minus the day of the last purchase line, in days; 1 is yesterday.",
    ):
        assert said in text


def test_every_rfm_name_is_defined_in_days_orders_and_money_with_a_play(page):
    text = section_of(page, "rfm")
    for rule in Settings().rfm.segments:
        assert f"RFM: {rule.name}" in text
    assert "RFM: Champions up to 12 days ago mean of both 4 to 5 Thank them first" in text
    assert "RFM: Loyal Customers 13 to 70 days ago mean of both 4 to 5 Reward the habit" in text
    assert "RFM: Lost more than 178 days ago mean of both 1 One cheap reminder a year" in text
    assert "5 up to 12 more than 5 more than EUR 2,010" in text
    assert "2 more than 70, up to 178 none more than EUR 250, up to EUR 480" in text


def test_nothing_is_fetched_and_only_the_two_own_scripts_run(page):
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page).group(1)
    assert "default-src &#39;none&#39;" in policy
    assert policy.count("sha256-") == 2
    markup = re.sub(r"<script>.*?</script>", "", page, flags=re.S)
    assert not re.search(r'(?:src|href)="(?!#)', markup)
    assert "@import" not in markup
    assert "url(" not in markup


def test_markup_in_data_stays_text():
    names = (EVIL, "<img src=x onerror=alert(1)>", "a & b", '"><svg onload=alert(1)>', "%{x} ${y} {{ 7*7 }}")
    data = sample_data(names)
    manifest = ({**data.manifest[0], "note": EVIL, "table": EVIL}, *data.manifest[1:])
    example = {"file": EVIL, "row_number": 1, "row": f'{{"customer_id": "{EVIL}"}}'}
    rejected = Rejected(
        {EVIL: 3}, ({"source": EVIL, "reason": EVIL, "rows": 3, "first": 3, "example": example},),
        ({**example, "source": EVIL, "reasons": [EVIL], "amount": 1.0},),
    )  # fmt: skip
    totals, worst = data.deliveries.totals, data.deliveries.worst
    deliveries = Deliveries(totals, tuple({**row, "file": EVIL} for row in worst))
    data = replace(
        data, manifest=manifest, rejected=rejected, deliveries=deliveries, currency=EVIL,
        categories=tuple({**row, "category": EVIL} for row in data.categories),
        rfm_segments=tuple({**row, "segment": EVIL} for row in data.rfm_segments),
        validation=tuple({**row, "detail": EVIL} for row in data.validation),
    )  # fmt: skip
    html = render(data, title=EVIL, settings=RAW)
    outside = re.sub(r"<script\b.*?</script>", "", html, flags=re.S)
    assert EVIL not in html
    assert "<img src=x" not in html
    assert "<svg onload" not in html
    assert "&lt;script&gt;alert" in outside
    assert html.count("<script>") == 2  # plotly's own code and the page's
    strings = json.dumps(list(figures_of(html).values()))
    assert "&lt;script&gt;" in strings  # plotly reads pseudo-HTML: what it gets is escaped once more
    assert "<script>" not in strings
    assert "<img" not in strings


def test_text_from_data_never_becomes_a_template_of_plotly():
    traces = [trace for figure in figures_of(render(sample_data(("%{x}",)))).values() for trace in figure["data"]]
    templates = {value for trace in traces for key, value in trace.items() if key in ("hovertemplate", "texttemplate")}
    assert templates
    assert not any("%{x}<b>" in text or text.startswith("<b>%{x}</b>") for text in templates)
    allowed = re.compile(r"%\{(customdata|text|x|fullData\.name)")
    assert all(allowed.match(text, m.start()) for text in templates for m in re.finditer(r"%\{", text))


def test_an_empty_store_still_gives_a_page_that_says_what_is_missing():
    html = render(ReportData(as_of=date(2024, 1, 1)))
    assert figures_of(html) == {}
    for section, said in {
        "overview": "This run has no segments yet.",
        "segments": "No segment profiles were given.",
        "customers": "No customers can be drawn",
        "choice": "No choice of k was recorded",
        "rfm": "No RFM scores were given.",
        "categories": "No category is known",
        "features": "No feature summary was given.",
        "quality": "No table of rejected rows was given.",
        "run": "No manifest was given",
    }.items():
        assert said in section_of(html, section)


def test_a_fixed_k_has_a_sentence_instead_of_curves(data):
    row = {**data.k_selection[3], "reason": "k = 5 is fixed by the settings."}
    html = render(replace(data, k_selection=(row,)))
    assert not any(name.startswith("fig-k-") for name in figures_of(html))
    assert "k was fixed at 5, so there is no curve" in section_of(html, "choice")


def test_one_segment_has_no_silhouette_and_still_a_page(data):
    name = {**data.names[0], "customers": 2000}
    profiles = tuple(
        {**row, "customers": 2000, "customer_share": 1.0, "revenue_share": None, "difference_sd": None,
         "position_difference": None}
        for row in data.profiles if row["segment_id"] == 0
    )  # fmt: skip
    k_row = {**data.k_selection[0], "k": 1, "silhouette": None, "calinski_harabasz": None, "is_chosen": True}
    html = render(replace(data, names=(name,), profiles=profiles, k_selection=(k_row,)))
    assert "All 2,000 customers form one segment, High-value." in section_of(html, "overview")
    assert "every feature is about typical" in section_of(html, "segments")


def test_no_rejected_rows_and_no_categories_are_said(data):
    html = render(replace(data, rejected=Rejected({}, ()), categories=()))
    assert "No row was rejected." in section_of(html, "quality")
    assert "No category is known" in section_of(html, "categories")
    assert not {"fig-rejected", "fig-categories"} & set(figures_of(html))


def test_the_data_section_shows_money_by_reason_by_delivery_and_the_largest_rejected_rows(data, page):
    text = section_of(page, "quality")
    for said in (
        "86.0 % of the money of purchases has a known customer: purchases of 8,911,407.90 by known customers",
        "online_retail_2010.csv.gz 300,001 300,000 200,000 100,000 EUR 3,580,000 EUR −1,000 EUR 1,400,000 EUR −300,000",
        "All 2 files of transactions – 541,909 397,884 144,025",
        "Rejected with their rows: EUR 1,447,682 of purchases and EUR −415,400 of returns; that of 12 rows cannot be read.",
        "missing customer 135,080 24.9 % EUR 1,714 –",
        "EUR −168,470 non product, negative quantity file:/data/landing/online_retail.csv.gz, row 540,422",
    ):
        assert said in text, said
    assert "Known customer revenue share" not in text  # it is no gate
    gone = replace(data, deliveries=None, validation=data.validation[:3])
    assert "Known customers" not in section_of(render(gone), "quality")
    assert "missing customer 135,080 24.9 %" in section_of(render(gone), "quality")


def test_what_the_settings_leave_out_stands_apart_from_what_was_rejected(data):
    totals, (first, second) = data.deliveries.totals, data.deliveries.worst
    less = {**first, "kept": 190_000, "left_out": 10_000}
    text = section_of(
        render(replace(data, deliveries=Deliveries(({**totals[0], "left_out": 10_000},), (less, second)))), "quality"
    )
    assert "kept, left out by sources.transactions.where, or rejected" in text
    assert "300,000 190,000 10,000 100,000" in text


def test_a_feature_that_nobody_has_is_neither_listed_nor_defined(data):
    nobody = {"feature": "discount_share", "unit": "share", "median": None, "mean": None, "overall_mean": None,
              "overall_median": None, "difference_sd": None, "position_difference": None}  # fmt: skip
    profiles = tuple({**row, **nobody} if row["feature"] == "spend_trend" else row for row in data.profiles)
    features = tuple(row for row in data.features if row["feature"] != "spend_trend")
    html = render(replace(data, profiles=profiles, features=features))
    assert "Discount share" not in words_of(html)


def test_the_example_row_of_a_gate_is_shown_only_where_that_is_asked_for(data):
    gate = {**data.validation[0], "detail": '3 of 9 rows rejected: invalid_date 3; for example {"customer_id":"jane"}'}
    changed = replace(data, validation=(gate,))
    hidden, shown = render(changed, settings=Settings()), render(changed, settings=RAW)
    assert "3 of 9 rows rejected: invalid_date 3" in section_of(hidden, "quality")
    assert "jane" not in hidden
    assert "jane" in shown


def test_a_failed_gate_stands_out(data):
    gates = ({**data.validation[0], "passed": False}, *data.validation[1:])
    html = render(replace(data, validation=gates))
    assert "1 failed" in section_of(html, "overview")
    assert '<span class="bad">failed</span>' in html


def test_a_segment_keeps_its_place_and_colour_where_it_has_no_point_in_the_sample(data):
    space = figures_of(render(replace(data, scatter=replace(data.scatter, segment_ids=[4] * 1200))))["fig-space"]
    assert [trace["name"] for trace in space["data"]][:2] == ["High-value", "Loyal"]
    assert len(space["data"]) == 5


def test_points_travel_as_float32(page):
    assert {trace["x"]["dtype"] for trace in figures_of(page)["fig-space"]["data"]} == {"f4"}


def test_many_long_names_and_many_segments_are_drawn(data):
    names = tuple({**data.names[0], "segment_id": i, "name": f"Segment {i} " + "long " * 40} for i in range(20))
    profiles = tuple(
        {**row, "segment_id": i, "name": names[i]["name"]} for i in range(20) for row in data.profiles[:12]
    )
    figures = figures_of(render(replace(data, names=names, profiles=profiles)))
    assert len(figures["fig-sizes"]["data"]) == 20


def test_raw_rows_and_ids_are_shown_only_where_that_is_asked_for(data, page):
    assert "536414" not in page  # an invoice of the rejected rows
    assert "online_retail.csv.gz, row 622" in words_of(page)  # where it stands is said
    assert "536414" in render(data, settings=RAW)
    anomaly = {"user_id": "jane@example.org", "anomaly_score": 9.5, "forced_cluster": 2, "reason": "night share 0.9"}
    density = Density((), (), (), {}, (anomaly, {**anomaly, "user_id": "u2"}), None)
    assert [row[0] for row in _anomalies(density, shows_raw=False).rows] == ["no. 1", "no. 2"]
    assert [row[0] for row in _anomalies(density, shows_raw=True).rows] == ["jane@example.org", "u2"]


def test_a_report_is_private_and_replaces_reports_only(tmp_path):
    path = write(tmp_path / "report.html", "first")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert write(path, "second").read_text() == "second"
    fifo, link = tmp_path / "fifo", tmp_path / "link"
    os.mkfifo(fifo)
    link.symlink_to(path)
    for other in (fifo, link, tmp_path):
        with pytest.raises(MachineError, match="the report cannot be written"):
            write(other, "third")
    assert stat.S_ISFIFO(fifo.lstat().st_mode)
    assert path.read_text() == "second"


def test_writing_is_whole_or_not_at_all(tmp_path):
    path = write(tmp_path / "new" / "report.html", "<p>ü</p>")
    assert path.read_text(encoding="utf-8") == "<p>ü</p>"
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]
    with pytest.raises(MachineError, match="the report cannot be written"):
        write(path / "below-a-file.html", "")
