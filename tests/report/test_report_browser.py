"""The page in a real browser: drawn, silent, self-contained, and no wider than the screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from report_browser import CHROMIUM, Browser
from report_sample import sample_data
from text_sample import NAMES, with_text

from audiences.config import Settings
from audiences.report import render, write

pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no browser here: {CHROMIUM} is not installed")

PLOTS = "Array.from(document.querySelectorAll('.plot'))"
UNDRAWN = f"{PLOTS}.filter(p => !p.querySelector('.main-svg')).map(p => p.id)"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# elements that stick out to the right, other than inside a container that scrolls by itself
STICKING_OUT = """Array.from(document.querySelectorAll('main *')).filter(e =>
    e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    && !e.closest('.scroll') && !e.closest('svg') && !e.closest('nav')).map(e => e.outerHTML.slice(0, 120))"""
INK = "getComputedStyle(document.querySelector('#fig-rfm .xtick text')).fill"
TEXTS = (
    "Array.from(document.querySelectorAll('#fig-centres .ytick text, #fig-sizes .ytick text')).map(t => t.textContent)"
)
EVIL = "<img src=x onerror=\"document.title='owned'\"> <script>document.title='owned'</script>"


@pytest.fixture(scope="module")
def browser():
    with Browser() as found:
        yield found


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    html = render(with_text(sample_data(sample_customers=300)), settings=Settings())
    return write(tmp_path_factory.mktemp("report") / "report.html", html)


@pytest.fixture
def desk(browser, report):
    """The report open at 1280 pixels; loaded once and left as it was found."""
    if browser.at != (report, 1280, "light"):
        browser.open(report, 1280)
    return browser


def faults(browser):
    return [line for line in browser.console if line.startswith(("error", "exception", "assert"))]


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_every_figure_is_drawn_without_an_error_or_a_scroll_bar(browser, report, width, scheme):
    browser.open(report, width, scheme=scheme)
    assert browser.ask(f"{PLOTS}.length") == 16
    assert browser.ask(UNDRAWN) == []
    assert faults(browser) == []
    assert browser.ask(OVERFLOW) == 0
    assert browser.ask(STICKING_OUT) == []


def test_nothing_is_requested_from_anywhere(desk):
    assert {re.match(r"\w+:", url).group() for url in desk.requests} <= {"file:", "data:", "blob:"}
    assert sum(url.startswith("file:") for url in desk.requests) == 1


def test_figures_follow_the_colour_scheme_while_the_page_is_open(desk):
    light = desk.ask(INK)
    desk.prefer("dark")
    desk.wait(f"{INK} !== '{light}'")
    desk.prefer("light")
    desk.wait(f"{INK} === '{light}'")


def test_figures_follow_the_width_of_the_window(desk):
    drawn = "document.querySelector('#fig-sizes .main-svg').getBoundingClientRect().width"
    desk.resize(700)
    desk.wait(f"{drawn} < 700")
    assert desk.ask(OVERFLOW) == 0
    desk.resize(1280)
    desk.wait(f"{drawn} > 900")


def test_it_prints_light_on_a4_with_a_still_of_the_3d_figure(desk, tmp_path):
    desk.prefer("dark")
    desk.pdf(tmp_path / "report.pdf")
    pdf = (tmp_path / "report.pdf").read_bytes()
    boxes = re.findall(rb"/MediaBox \[([\d. ]+)\]", pdf)
    assert 5 <= len(boxes) <= 25
    assert all(_is_a4(box) for box in boxes)
    desk.call("Emulation.setEmulatedMedia", media="print")
    assert desk.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert desk.ask("getComputedStyle(document.querySelector('#fig-space')).display") == "none"
    assert desk.ask("document.querySelector('.still').getBoundingClientRect().height") > 200
    desk.call("Emulation.setEmulatedMedia", media="")
    desk.at = None


def test_names_with_markup_are_shown_as_they_are_and_no_foreign_script_runs(browser, tmp_path):
    data = sample_data((EVIL, "a & b", "1", "2024-01-01", "$x$"), sample_customers=50)
    html = render(with_text(data, (EVIL, *NAMES[1:]), (EVIL,)))
    injected = html.replace("</main>", "<script>document.title='owned'</script></main>")
    browser.open(write(tmp_path / "evil.html", injected), 1280)
    assert browser.ask("document.title") != "owned"
    assert browser.ask("document.querySelectorAll('img[onerror]').length") == 0
    shown = browser.ask(TEXTS)
    assert any(text.startswith("<img src=x") for text in shown)
    assert {"a & b", "1", "2024-01-01", "$x$"} <= set(shown)
    assert browser.ask(UNDRAWN) == []
    assert [line for line in faults(browser) if "Content Security Policy" not in line] == []


def test_without_webgl_a_sentence_stands_in_and_the_flat_figures_remain(report):
    with Browser("--disable-3d-apis") as blind:
        blind.open(report, 1280)
        assert "WebGL is off" in blind.ask("document.querySelector('#fig-space').textContent")
        assert blind.ask(UNDRAWN) == ["fig-space"]
        assert [line for line in faults(blind) if "WebGL" not in line] == []


def _is_a4(box):
    left, bottom, right, top = map(float, box.split())
    return abs(right - left - 595.3) < 2 and abs(top - bottom - 841.9) < 2
