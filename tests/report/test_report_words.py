"""Numbers and names as a reader sees them."""

import pytest

from audiences.report import words

SPACE = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1234567, "1,234,567"), (0, "0"), (3, "3"), (12.345, "12.3"), (0.1234, "0.12"), (0.0123, "0.012"),
     (-1234.5, "−1,234"), (-0.0001, "0.000"), (None, "–"), (float("nan"), "–"), (float("inf"), "–")],
)  # fmt: skip
def test_a_number_has_separators_and_no_more_digits_than_count(value, expected):
    assert words.number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(999, "999"), (1000, "1.00 k"), (999_950, "1.00 M"), (12_345_678, "12.3 M"), (-2.5e9, "−2.50 bn")],
)  # fmt: skip
def test_a_large_number_is_shortened(value, expected):
    assert words.compact(value).replace(SPACE, " ") == expected


def test_money_names_its_currency_and_shares_are_per_cent():
    assert words.money(1888320.4, "GBP") == f"GBP{SPACE}1,888,320"
    assert words.money(12.5, "GBP") == f"GBP{SPACE}12.50"
    assert words.money(-3.777e6, "GBP", is_compact=True) == f"GBP{SPACE}−3.78{SPACE}M"
    assert words.share(0.5012) == f"50.1{SPACE}%"
    assert words.share(0.00001) == f"<{SPACE}0.1{SPACE}%"
    assert words.quantity(0.25, "share", "EUR") == f"25.0{SPACE}%"
    assert words.quantity(14, "days", "EUR") == f"14{SPACE}days"


def test_a_column_name_becomes_words():
    assert words.label("spend_90d") == "Spend, 90 days"
    assert words.label("recency_days") == "Recency"
    assert words.label("average_order_value") == "Average order value"


def test_text_for_plotly_keeps_no_markup_and_wraps():
    assert words.plotly_text("<b>A&B</b>\n<script>") == "&lt;b&gt;A&amp;B&lt;/b&gt; &lt;script&gt;"
    assert words.plotly_text("one two three", width=7) == "one two<br>three"
    assert len(words.plotly_text("x" * 500)) == 120
