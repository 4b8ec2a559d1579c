from datetime import date, datetime
from decimal import Decimal

import pytest
from clean_lines import line
from pyspark.sql import functions as F

from audiences import schema
from audiences.config import Behaviour
from audiences.features import customer_days, orders


def test_an_order_adds_up_its_purchase_lines(transactions, body):
    frame = transactions(
        line("a", "1", "2024-01-05 10:00", 2, "1.50"),
        line("a", "1", "2024-01-05 10:00", 0.5, "0.33"),
        line("a", "C2", "2024-01-06 10:00", -2, "1.50"),
    )
    (order,) = body(orders(frame), schema.orders)
    assert (order.customer_id, order.invoice_id, order.day) == ("a", "1", date(2024, 1, 5))
    assert order.first_ts == datetime(2024, 1, 5, 10)
    assert (order.lines, order.units, order.gross) == (2, 2.5, Decimal("3.17"))  # 3.165, rounded once


def test_only_purchase_lines_of_known_customers_make_orders(transactions, body):
    frame = transactions(
        line(None, "1", "2024-01-05 10:00"),
        line("a", "2", "2024-01-05 10:00", -1),
        line("a", "3", "2024-01-05 10:00", 1, "0.00"),
        line("a", "C4", "2024-01-05 10:00", -1),
    )
    assert body(orders(frame), schema.orders) == []
    found = customer_days(frame, orders=orders(frame), behaviour=Behaviour())
    (day,) = body(found, schema.customer_days)
    assert (day.customer_id, day.lines, day.return_lines, day.orders) == ("a", 0, 2, 0)  # both have negative money


def test_one_invoice_number_of_two_customers_is_two_orders(transactions, body):
    frame = transactions(line("a", "1", "2024-01-05 10:00"), line("b", "1", "2024-01-05 10:00"))
    assert len(body(orders(frame), schema.orders)) == 2


def test_an_invoice_that_spans_midnight_is_one_order_on_its_first_day(transactions, body):
    frame = transactions(line("a", "1", "2024-01-06 00:01", 1, "4.00"), line("a", "1", "2024-01-05 23:59", 1, "3.00"))
    (order,) = body(orders(frame), schema.orders)
    assert (order.day, order.lines, order.gross) == (date(2024, 1, 5), 2, Decimal("7.00"))
    first, second = body(customer_days(frame, orders=orders(frame), behaviour=Behaviour()), schema.customer_days)
    assert (first.day, first.orders, first.gross) == (date(2024, 1, 5), 1, Decimal("3.0000"))
    assert (second.day, second.orders, second.gross) == (date(2024, 1, 6), 0, Decimal("4.0000"))


def test_an_invoice_whose_first_day_has_only_a_return_starts_with_its_first_purchase_line(transactions, body):
    frame = transactions(line("a", "C1", "2024-01-05 10:00", -1), line("a", "1", "2024-01-06 10:00"))
    first, second = body(customer_days(frame, orders=orders(frame), behaviour=Behaviour()), schema.customer_days)
    assert (first.orders, first.return_lines) == (0, 1)
    assert (second.orders, second.lines) == (1, 1)


def test_a_day_keeps_purchases_and_returns_apart(days, body):
    found = days(
        line("a", "1", "2024-01-05 05:59", 1, "1.00", product="p"),
        line("a", "1", "2024-01-05 06:00", 2, "2.00", product="q"),
        line("a", "2", "2024-01-05 12:00", 1, "4.00", product="p"),
        line("a", "2", "2024-01-05 18:00", 1, "8.00", product="p"),
        line("a", "C3", "2024-01-05 20:00", -2, "2.00", product="r"),
    )
    (day,) = body(found, schema.customer_days)
    assert (day.orders, day.lines, day.units, day.gross) == (2, 4, 5.0, Decimal("17.0000"))
    assert (day.return_lines, day.returned) == (1, Decimal("-4.0000"))
    assert (day.gross_night, day.gross_morning, day.gross_afternoon, day.gross_evening) == (1, 4, 4, 8)
    assert (day.first_ts, day.last_ts) == (datetime(2024, 1, 5, 5, 59), datetime(2024, 1, 5, 20))
    assert len(day.products) == 2
    assert day.products == sorted(day.products)


def test_the_hours_before_the_first_band_belong_to_the_evening(days, body):
    found = days(line("a", "1", "2024-01-05 01:00", 1, "3.00"), behaviour=Behaviour(hour_starts=(2, 8, 14, 20)))
    (day,) = body(found, schema.customer_days)
    assert (day.gross_night, day.gross_evening) == (0, 3)


def test_a_product_has_the_same_hash_on_every_day(days, spark):
    found = days(line("a", "1", "2024-01-05 10:00", product="p"), line("b", "2", "2024-01-07 10:00", product="p"))
    assert found.select("products").distinct().count() == 1
    expected = spark.range(1).select(F.array(F.xxhash64(F.lit("p")))).first()[0]
    assert found.first().products == expected


def test_categories_are_added_up_and_sorted_and_lines_without_one_left_out(days, body):
    found = days(
        line("a", "1", "2024-01-05 10:00", 1, "1.00", category="toys", product="p"),
        line("a", "1", "2024-01-05 10:00", 1, "2.00", category="toys", product="q"),
        line("a", "1", "2024-01-05 10:00", 1, "4.00", category="books"),
        line("a", "1", "2024-01-05 10:00", 1, "8.00"),
        line("a", "C2", "2024-01-05 10:00", -1, "9.00", category="toys"),
        line("a", "C2", "2024-01-05 10:00", -1, "9.00", category="games"),
    )
    (day,) = body(found, schema.customer_days)
    assert [tuple(item) for item in day.categories] == [("books", Decimal("4.0000")), ("toys", Decimal("3.0000"))]
    assert day.gross == 15


def test_without_products_and_categories_the_arrays_are_empty(days, body):
    (day,) = body(days(line("a", "1", "2024-01-05 10:00")), schema.customer_days)
    assert (day.products, day.categories, day.country) == ([], [], None)


@pytest.mark.parametrize(
    ("lines", "country"),
    [
        pytest.param([("10:00", "FR"), ("11:00", "DE")], "DE", id="last"),
        pytest.param([("10:00", "FR"), ("10:00", "DE")], "DE", id="tie-smallest"),
        pytest.param([("10:00", "FR"), ("11:00", None)], "FR", id="last-known"),
        pytest.param([("10:00", None)], None, id="unknown"),
    ],
)
def test_the_country_of_a_day_is_that_of_its_last_line_that_has_one(days, body, lines, country):
    found = days(*(line("a", str(i), f"2024-01-05 {at}", country=c) for i, (at, c) in enumerate(lines)))
    assert [day.country for day in body(found, schema.customer_days)] == [country]


def test_many_small_amounts_add_up_exactly(days, body):
    (day,) = body(days(*(line("a", "1", "2024-01-05 10:00", 1, "0.1001") for _ in range(1000))), schema.customer_days)
    assert day.gross == Decimal("100.1000")


def test_discounts_of_a_day_are_known_only_where_every_purchase_line_says_its_own(days, body):
    found = days(
        line("a", "1", "2024-01-05 10:00", 1, "4.00", discount="1.0001"),
        line("a", "1", "2024-01-05 11:00", 1, "4.00", discount="0"),
        line("a", "2", "2024-01-06 10:00", 1, "4.00", discount="1.00"),
        line("a", "2", "2024-01-06 11:00", 1, "4.00"),
        line("a", "C3", "2024-01-07 11:00", -1, "4.00", discount="1.00"),
    )
    known, mixed, returned = body(found, schema.customer_days)
    assert (known.discount, known.full_price_lines) == (Decimal("1.0001"), 1)
    assert (mixed.discount, mixed.full_price_lines) == (None, None)
    assert (returned.discount, returned.full_price_lines) == (None, None)
