"""The exports that people have, in small: files of the documented headers, from the file to settings and a preview."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from raw_shop import Line, drafted_and_previewed, settings_of, shop_lines, total, write_table

from audiences.cli import main
from audiences.errors import InputError
from audiences.scaffold.draft import draft
from audiences.scaffold.draft_preview import draft_preview
from audiences.scaffold.raw_rows import Lines, raw_rows

_ISO = "%Y-%m-%dT%H:%M:%S+00:00"


def _woo_items(line: Line) -> Sequence[object]:
    return (line.order, line.order, f"{line.when:%Y-%m-%d %H:%M:%S}", "completed", line.customer,
            f"c{line.customer}@example.org", "DE", "EUR", line.amount, line.product, f"SKU{line.product}",
            f"Item {line.product}", line.quantity, line.amount)  # fmt: skip


def _woo_advanced(line: Line) -> Sequence[object]:
    return (line.order, "Completed", f"{line.when:%Y-%m-%d %H:%M}", f"c{line.customer}@example.org", "DE",
            f"SKU{line.product}", f"Item {line.product}", line.quantity, line.price, "EUR")  # fmt: skip


def _stripe(line: Line) -> Sequence[object]:
    return (f"ch_{line.order}{line.product}", "Payment", f"{line.when:%Y-%m-%d %H:%M:%S}", line.amount, "0.00", "eur",
            "0.30", "Paid", f"cus_{line.customer}", f"c{line.customer}@example.org")  # fmt: skip


def _amazon(line: Line) -> Sequence[object]:
    return (f"302-{line.order}", f"{line.order}{line.product}", f"{line.when:{_ISO}}", f"{line.when:{_ISO}}",
            f"b{line.customer}@marketplace.example", "Buyer", f"SKU{line.product}", f"Item {line.product}",
            line.quantity, "EUR", line.amount, "0.00", "0.00", "DE")  # fmt: skip


def _square(line: Line) -> Sequence[object]:
    return (f"{line.when:%Y-%m-%d}", f"{line.when:%H:%M:%S}", "Berlin", "Cups", f"Item {line.product}", line.quantity,
            f"SKU{line.product}", line.amount, "0.00", line.amount, "0.00", f"T{line.order}", "Payment",
            f"C{line.customer}")  # fmt: skip


def _olist(line: Line) -> Sequence[object]:
    return (line.order, f"c{line.order}", f"u{line.customer}", "delivered", f"{line.when:%Y-%m-%d %H:%M:%S}", 1,
            f"p{line.product}", line.amount, "3.10", "cups")  # fmt: skip


def _superstore(line: Line) -> Sequence[object]:
    return (1, f"US-{line.order}", f"{line.when:%m/%d/%Y}", f"{line.when:%m/%d/%Y}", f"CG-{line.customer}", "United States",
            f"P{line.product}", "Furniture", "Chairs", f"Item {line.product}", line.amount, line.quantity, "0.2", "-1.20")  # fmt: skip


_SHOPS: dict[str, tuple[Sequence[str], Callable[[Line], Sequence[object]], str]] = {
    "WooCommerce, one row for each line item": (
        ("order_id", "order_number", "date", "status", "customer_id", "billing_email", "billing_country",
         "order_currency", "order_total", "item_product_id", "item_sku", "item_name", "item_quantity", "item_total"),
        _woo_items, "line_amount: item_total"),
    "WooCommerce (Advanced Order Export)": (
        ("Order Number", "Order Status", "Order Date", "Email (Billing)", "Country Code (Billing)", "SKU", "Item Name",
         "Quantity", "Item Cost", "Currency"), _woo_advanced, "unit_price: Item Cost"),
    "Stripe payments": (
        ("id", "Description", "Created (UTC)", "Amount", "Amount Refunded", "Currency", "Fee", "Status", "Customer ID",
         "Customer Email"), _stripe, "order_amount: Amount"),
    "Amazon order report": (
        ("order-id", "order-item-id", "purchase-date", "payments-date", "buyer-email", "buyer-name", "sku",
         "product-name", "quantity-purchased", "currency", "item-price", "item-tax", "shipping-price", "ship-country"),
        _amazon, "line_amount: item-price"),
    "Square item sales": (
        ("Date", "Time", "Time Zone", "Category", "Item", "Qty", "SKU", "Gross Sales", "Discounts", "Net Sales", "Tax",
         "Transaction ID", "Event Type", "Customer ID"), _square, "line_amount: Net Sales"),
    "Olist orders joined with their items": (
        ("order_id", "customer_id", "customer_unique_id", "order_status", "order_purchase_timestamp", "order_item_id",
         "product_id", "price", "freight_value", "product_category_name"), _olist, "line_amount: price"),
    "Superstore": (
        ("Row ID", "Order ID", "Order Date", "Ship Date", "Customer ID", "Country", "Product ID", "Category",
         "Sub-Category", "Product Name", "Sales", "Quantity", "Discount", "Profit"), _superstore, "line_amount: Sales"),
}  # fmt: skip


@pytest.mark.parametrize("name", _SHOPS)
def test_an_export_of_purchases_is_known_and_read_with_its_money(tmp_path, name):
    header, cells, money = _SHOPS[name]
    delimiter = "\t" if "Amazon" in name else ","
    file = write_table(tmp_path / "export.txt", header, cells, delimiter=delimiter)
    drafted, settings, found = drafted_and_previewed(file, tmp_path)
    assert drafted.messages[0].startswith(f"taken for an export of {name}")
    assert money in drafted.text
    assert (found.tally.kept.rows, found.tally.kept.money) == (len(shop_lines()), total())
    assert len(found.tally.spend) == len({line.customer for line in shop_lines()})
    assert settings.currency == "EUR"


def test_a_day_and_a_time_of_day_in_two_columns_are_one_time(tmp_path):
    header, cells, _ = _SHOPS["Square item sales"]
    drafted, settings, _ = drafted_and_previewed(write_table(tmp_path / "items.csv", header, cells), tmp_path)
    source = settings.sources.transactions
    assert (source.time_column, source.timestamp_format) == ("Time", "yyyy-M-d H:mm:ss")
    assert f"{shop_lines()[0].when}" in drafted.text


def test_the_states_of_an_export_that_are_no_sales_are_left_out(tmp_path):
    header, cells, _ = _SHOPS["Stripe payments"]
    failed = {shop_lines()[0].order, shop_lines()[-1].order}
    state = header.index("Status")

    def with_failures(line: Line) -> Sequence[object]:
        row = list(cells(line))
        row[state] = "Failed" if line.order in failed else "Paid"
        return row

    _, _, found = drafted_and_previewed(write_table(tmp_path / "payments.csv", header, with_failures), tmp_path)
    left_out = sum(line.amount for line in shop_lines() if line.order in failed)
    assert (found.tally.filtered.money, found.tally.kept.money) == (left_out, total() - left_out)


def test_what_was_refunded_of_a_payment_is_taken_off(tmp_path):
    header, cells, _ = _SHOPS["Stripe payments"]
    refunded = header.index("Amount Refunded")

    def with_refunds(line: Line) -> Sequence[object]:
        row = list(cells(line))
        row[refunded] = line.amount / 2 if line.product == 3 else Decimal(0)
        return row

    _, _, found = drafted_and_previewed(write_table(tmp_path / "payments.csv", header, with_refunds), tmp_path)
    back = sum((line.amount / 2 for line in shop_lines() if line.product == 3), Decimal(0))
    assert back > 0
    assert found.tally.kept.money == total() - back


def test_one_of_several_files_of_a_shop_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "olist_order_items_dataset.csv").write_text(
        "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n"
        "a,1,p,s,2017-09-19 09:45:35,58.90,13.29\n"
    )
    with pytest.raises(InputError, match="one of several files of a shop") as fault:
        draft([tmp_path])
    assert "join them by order_id" in str(fault.value)


def _shop_in_three_files(folder: Path) -> list[Path]:
    lines = shop_lines()
    orders = {line.order: line for line in lines}
    items = write_table(
        folder / "items.csv", ("order_id", "order_item_id", "product_id", "shipping_limit_date", "price", "freight_value"),
        lambda line: (line.order, 1, f"p{line.product}", f"{line.when:%Y-%m-%d %H:%M:%S}", line.amount, "3.10"),
    )  # fmt: skip
    headers = write_table(
        folder / "orders.csv", ("order_id", "customer_id", "order_status", "order_purchase_timestamp"),
        lambda line: (line.order, f"c{line.order}", "delivered", f"{line.when:%Y-%m-%d %H:%M:%S}"),
        lines=list(orders.values()),
    )  # fmt: skip
    people = write_table(
        folder / "customers.csv", ("customer_id", "customer_unique_id", "customer_zip_code_prefix"),
        lambda line: (f"c{line.order}", f"u{line.customer}", "01151"), lines=list(orders.values()),
    )  # fmt: skip
    return [items, headers, people]


def test_lines_and_orders_are_told_with_the_command_that_joins_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    paths = [path.relative_to(tmp_path) for path in _shop_in_three_files(tmp_path)]
    with pytest.raises(InputError, match="the lines and the orders of one shop") as fault:
        draft(paths)
    assert "orders.csv has one row for each order_id, items.csv names it" in fault.value.details["found"]
    assert (
        "customer_id is another one for every order: customer_unique_id is the person" in fault.value.details["found"]
    )
    command = fault.value.details["advice"].split(": ", 1)[1].split(" && ")[0]
    subprocess.run(command.replace("python", sys.executable, 1), shell=True, check=True)
    drafted, _, found = drafted_and_previewed(tmp_path / "orders_with_lines.csv", tmp_path)
    assert drafted.messages[0].startswith("taken for an export of Olist orders joined with their items")
    assert (found.tally.kept.rows, found.tally.kept.money) == (len(shop_lines()), total())
    assert set(found.tally.spend) == {f"u{line.customer}" for line in shop_lines()}


def test_orders_that_stand_twice_are_counted_and_files_of_one_kind_are_no_shop(tmp_path):
    items, headers, _ = _shop_in_three_files(tmp_path)
    lines = headers.read_text().splitlines()
    headers.write_text("\n".join([*lines, lines[3].replace("delivered", "canceled")]) + "\n")
    with pytest.raises(InputError, match="1 orders of the sample stand more than once"):
        draft([items, headers])
    header, cells, _ = _SHOPS["Superstore"]
    one, two = (write_table(tmp_path / f"{name}.txt", header, cells) for name in ("one", "two"))
    assert draft([one, two]).messages[0].startswith("taken for an export of Superstore")


def _events(path: Path, objects: Sequence[dict]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in objects), encoding="utf-8")
    return path


_GA4 = {"event_date": "20230103", "event_timestamp": 1672735260000000, "event_name": "page_view",
        "event_params": [{"key": "page_location", "value": {"string_value": "/a"}}], "user_pseudo_id": "u1.2",
        "device": {"category": "mobile"}}  # fmt: skip
_SEGMENT = {"messageId": "m1", "type": "track", "event": "Order Completed", "userId": "u1", "anonymousId": "a1",
            "timestamp": "2023-01-03T12:41:00.000Z", "context": {"page": {"path": "/cart"}}}  # fmt: skip
_MIXPANEL = {"event": "Signed up", "properties": {"time": 1602611311, "distinct_id": "u1", "$current_url": "/x"}}
_AMPLITUDE = {"amplitude_id": 1, "user_id": "u1", "device_id": "d1", "event_type": "open", "session_id": 7,
              "event_time": "2023-01-03 12:41:00.000000", "event_properties": {"page": "/x"}}  # fmt: skip


@pytest.mark.parametrize(
    ("event", "name", "columns"),
    [
        pytest.param(_GA4, "GA4 events", {"user_id": "user_pseudo_id", "ts": "event_timestamp"}, id="ga4"),
        pytest.param(_SEGMENT, "Segment events", {"user_id": "userId", "path": "context.page.path"}, id="segment"),
        pytest.param(_MIXPANEL, "Mixpanel events",
                     {"user_id": "properties.distinct_id", "ts": "properties.time"}, id="mixpanel"),
        pytest.param(_AMPLITUDE, "Amplitude events", {"user_id": "user_id", "session_id": "session_id"}, id="amplitude"),
    ],
)  # fmt: skip
def test_an_export_of_events_is_known_with_its_nested_fields(tmp_path, event, name, columns):
    drafted = draft([_events(tmp_path / "events.json", [event, event])])
    assert drafted.messages[0].startswith(f"taken for an export of {name}")
    source = settings_of(drafted, tmp_path).sources.activity
    assert source.format == "json"
    assert {canonical: getattr(source.columns, canonical)[0] for canonical in columns} == columns


def test_zendesk_tickets_are_texts_of_customers(tmp_path):
    ticket = {"id": 35436, "created_at": "2023-01-03T12:41:00Z", "subject": "Where is it", "requester_id": 20978392,
              "description": "The parcel has not come and nobody answers my mails, what is it that I should do?"}  # fmt: skip
    drafted = draft([_events(tmp_path / "tickets.json", [ticket, ticket])])
    source = settings_of(drafted, tmp_path).sources.reviews
    assert (source.columns.customer_id, source.columns.text) == (("requester_id",), ("description",))
    assert source.columns.summary == ("subject",)


@pytest.mark.slow
def test_an_export_runs_as_its_preview_says(spark, tmp_path):
    """Square's items below a title: the day and the time in two columns, amounts of lines, no currency in the file."""
    header, cells, _ = _SHOPS["Square item sales"]
    file = write_table(tmp_path / "items.csv", header, cells, above="Item sales\n\n")
    drafted, _, found = drafted_and_previewed(file, tmp_path)
    (tmp_path / "conf.yaml").write_text(drafted.text, encoding="utf-8")
    root = tmp_path / "tables"
    code = main(["run", "ingest", "--config", str(tmp_path / "conf.yaml"), "--set", f"store.root={root}",
                 "--as-of", "2024-01-01"])  # fmt: skip
    assert code == 0
    kept = spark.read.format("delta").load(str(root / "clean" / "transactions")).collect()
    assert sum(row["amount"] for row in kept) == found.tally.kept.money == total()
    assert {(row["invoice_id"], f"{row['ts']:%Y-%m-%d %H:%M:%S}") for row in kept} == {
        (f"T{line.order}", f"{line.when:%Y-%m-%d %H:%M:%S}") for line in shop_lines()
    }


def test_the_preview_of_a_log_shows_what_a_run_would_keep(tmp_path):
    drafted = draft([_events(tmp_path / "events.json", [_SEGMENT, {**_SEGMENT, "timestamp": None}])])
    shown = list(draft_preview(drafted))
    assert shown[0] == "activity: 2 lines in 1 file: 2 records"
    assert shown[1:4] == ["  kept      1 row", "  rejected  1 row", "    invalid_date         1 row"]
    assert any(line.startswith("gate max_rejected_share") or "would refuse" in line for line in shown)


def test_events_of_people_who_have_not_signed_in_go_under_the_id_of_their_device(tmp_path):
    rows = [
        {"event_timestamp": 1_700_000_000_000_000 + place, "event_name": "page_view", "user_pseudo_id": f"d{place % 5}",
         "user_id": f"u{place % 4}" if place % 2 else None}
        for place in range(40)
    ]  # fmt: skip
    file = tmp_path / "events.json"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    source = settings_of(draft([file]), tmp_path).sources.activity
    assert source.columns.user_id == ("user_id", "user_pseudo_id")
    assert source.first_filled == ("user_id",)
    found = [row.values["user_id"] for row in raw_rows(file, source, setting="sources.activity", lines=Lines())]
    assert found == [row["user_id"] or row["user_pseudo_id"] for row in rows]


def test_amazons_report_of_all_orders_leaves_out_cancelled_ones_and_takes_promotions_off(tmp_path):
    header = ("amazon-order-id", "purchase-date", "order-status", "sku", "quantity", "currency", "item-price",
              "item-promotion-discount", "buyer-email")  # fmt: skip
    lines = shop_lines()
    file = write_table(
        tmp_path / "all.txt", header,
        lambda line: (f"302-{line.order}", f"{line.when:{_ISO}}", "Cancelled" if line.order % 7 == 0 else "Shipped",
                      f"SKU{line.product}", line.quantity, "EUR", "" if line.order % 7 == 0 else line.amount,
                      "-0.50" if line.order % 7 == 1 else "", f"b{line.customer}@marketplace.example"),
        delimiter="\t",
    )  # fmt: skip
    _, _, found = drafted_and_previewed(file, tmp_path, ())
    sold = [line for line in lines if line.order % 7]
    off = Decimal("0.50") * sum(line.order % 7 == 1 for line in lines)
    assert (found.tally.filtered.rows, found.tally.rejected.rows) == (len(lines) - len(sold), 0)
    assert (found.tally.kept.rows, found.tally.kept.money) == (len(sold), total(sold) - off)


def test_a_log_of_events_without_money_is_drafted_as_activity(tmp_path):
    file = write_table(
        tmp_path / "log.csv", ("timestamp", "visitorid", "event", "itemid"),
        lambda line: (f"{line.when:%Y-%m-%d %H:%M:%S}", line.customer, "view", line.product),
    )  # fmt: skip
    drafted = draft([file])
    source = settings_of(drafted, tmp_path).sources.activity
    assert (source.columns.user_id, source.columns.event_type) == (("visitorid",), ("event",))
    assert any("log of events" in message for message in drafted.messages)
