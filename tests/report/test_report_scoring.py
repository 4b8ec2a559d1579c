"""The section on newcomers: the model beside its baselines, per segment, its calibration; and what is said without one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_sample import sample_data
from scoring_sample import scoring_rows
from test_report_render import figures_of, section_of, words_of

from audiences.report import render
from audiences.schema import scoring_metrics


@pytest.fixture(scope="module")
def page():
    return render(replace(sample_data(), scoring=scoring_rows()))


def test_the_section_says_how_well_and_beside_what(page):
    text = section_of(page, "newcomers")
    for said in (
        "A random forest saw the first days of 1,200 customers and was judged on 400 customers who came later: for 71.0 %",
        "It beats the baselines, so scoring may use it.",
        "passed macro F1 0.6550, nearest_centre 0.5010: +0.1540; more than 0 is asked",
        "Random forest 0.655 71.0 % 93.0 % 0.701 0.402",
        "Majority 0.216 48.0 % 79.0 % 1.031 0.618",
        "Nearest centre 0.501 55.0 % – – –",
        "High-value 101 70.0 % 70.0 % 70.0 %",
    ):
        assert said in text
    assert "grid" not in text
    figure = figures_of(page)["fig-calibration"]
    assert len(figure["data"][0]["x"]) == 7


def test_a_refused_model_is_called_so_and_a_run_without_one_says_what_to_do():
    refused = words_of(render(replace(sample_data(), scoring=scoring_rows(passed=False))))
    assert "It does not beat the baselines, so scoring does not use it." in refused
    assert "No model of early behaviour was trained on this run" in words_of(render(sample_data()))


def test_the_sample_has_the_table_s_columns():
    assert set(scoring_rows()[0]) == {column.name for column in scoring_metrics.body}
