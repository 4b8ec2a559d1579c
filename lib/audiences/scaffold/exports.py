"""The exports that people have: known by the names of their columns, which their makers document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Export:
    """One export of one maker.

    Args:
        name: of the maker and the export.
        source: transactions, activity or reviews.
        signature: names that a header of it holds, all of them.
        columns: canonical name -> names of the column, the first that the header has counts.
        status: column that says what became of an order -> values whose rows are no sales.
        of_order: whether that column stands on the first line of an order alone.
        order_deductions: columns with money off a whole order, which stands on its first line.
        per_row: canonical names of which each row takes the first column that is filled in it.
        epoch: unit of whole numbers that stand for times: seconds, milliseconds, microseconds.
        notes: what the export counts and what it leaves out.
    """

    name: str
    source: str
    signature: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    status: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    of_order: bool = False
    order_deductions: tuple[str, ...] = ()
    per_row: tuple[str, ...] = ()
    epoch: str | None = None
    notes: tuple[str, ...] = ()

    def mapped(self, header: Sequence[str]) -> dict[str, str]:
        """Canonical name -> the header's column."""
        mapped = {canonical: names[0] for canonical, names in self.candidates(header).items()}
        if "line_amount" in mapped:
            mapped.pop("unit_price", None)
        return mapped

    def candidates(self, header: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Canonical name -> all of its columns that the header has, the first before the others."""
        present = set(header)
        found = {
            canonical: tuple(name for name in names if name in present) for canonical, names in self.columns.items()
        }
        return {canonical: names for canonical, names in found.items() if names}


_NO_SALE = ("cancelled", "canceled", "failed", "pending", "refunded", "trash", "checkout-draft")

_PER_ROW = (
    "events of people who have not signed in go under the id of their device, so that one person may have two ids: "
    "sources.identities can say which belong together"
)
_AMAZON_NOTES = (
    "item-price is the amount of a line, not of a unit; item-promotion-discount is taken off it",
    "item-tax and shipping-price are left out",
)

EXPORTS: tuple[Export, ...] = (
    Export(
        "Shopify orders", "transactions",
        ("Name", "Email", "Financial Status", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price"),
        {"customer_id": ("Customer ID", "Email"), "invoice_id": ("Name",), "ts": ("Created at",),
         "quantity": ("Lineitem quantity",), "unit_price": ("Lineitem price",), "product_id": ("Lineitem sku",),
         "description": ("Lineitem name",), "currency": ("Currency",), "country": ("Billing Country",)},
        status={"Financial Status": ("voided", "expired")}, of_order=True,
        order_deductions=("Discount Amount", "Refunded Amount"),
        notes=("a line's money is quantity * Lineitem price; shipping and taxes of an order are left out",
               "Discount Amount and Refunded Amount are one sum for an order: they are shared among its lines; of a "
               "refund that holds shipping or tax as well no more is taken than the lines come to",
               "Lineitem discount is taken off a line where the subtotals of the orders say that it was",
               "Financial Status stands on the first line of an order and holds for all of its lines"),
    ),
    Export(
        "WooCommerce, one row for each line item (Customer/Order Export)", "transactions",
        ("order_id", "status", "item_name", "item_quantity", "item_total"),
        {"customer_id": ("billing_email", "customer_id"), "invoice_id": ("order_number", "order_id"),
         "ts": ("date", "order_date"), "quantity": ("item_quantity",), "line_amount": ("item_total",),
         "product_id": ("item_sku", "item_product_id"), "description": ("item_name",),
         "currency": ("order_currency", "currency"), "country": ("billing_country",)},
        status={"status": _NO_SALE},
        notes=("item_total is the amount of a line after discounts, without tax; shipping and fees are left out",),
    ),
    Export(
        "WooCommerce (Advanced Order Export)", "transactions",
        ("Order Number", "Order Status", "Order Date", "Item Name", "Item Cost"),
        {"customer_id": ("Email (Billing)", "Customer User ID"), "invoice_id": ("Order Number",),
         "ts": ("Order Date",), "quantity": ("Quantity", "Quantity (- Refund)"), "unit_price": ("Item Cost",),
         "line_amount": ("Item Total", "Order Line Total", "Line Total"),
         "product_id": ("SKU",), "description": ("Item Name",), "currency": ("Currency", "Order Currency"),
         "country": ("Country Code (Billing)",)},
        status={"Order Status": ("Cancelled", "Failed", "Pending payment", "Refunded", "Draft", "Trash")},
        notes=("Item Cost is the price of a unit before the order's discounts and without tax; a total of the line "
               "goes before it where the file has one",),
    ),
    Export(
        "WooCommerce orders (Import Export Suite)", "transactions",
        ("order_id", "order_date", "status", "order_total", "customer_email"),
        {"customer_id": ("customer_email", "customer_id"), "invoice_id": ("order_number", "order_id"),
         "ts": ("order_date",), "order_amount": ("order_total",), "currency": ("order_currency",),
         "country": ("billing_country",), "tax": ("tax_total",), "shipping": ("shipping_total",)},
        status={"status": _NO_SALE},
        notes=("one row for each order; tax_total and shipping_total are taken off order_total",),
    ),
    Export(
        "Stripe payments", "transactions",
        ("id", "Amount", "Amount Refunded", "Currency", "Status"),
        {"customer_id": ("Customer ID", "Customer Email"), "invoice_id": ("id",),
         "ts": ("Created (UTC)", "Created date (UTC)"), "order_amount": ("Amount",), "currency": ("Currency",),
         "discount": ("Amount Refunded",)},
        status={"Status": ("Failed", "failed", "Canceled", "canceled", "Requires payment method", "Incomplete")},
        notes=("one row for each payment; Amount Refunded is taken off Amount, fees are not",
               "what is refunded stands in columns.discount: the shares of discounts are shares of refunds here"),
    ),
    Export(
        "Amazon order report", "transactions",
        ("order-id", "order-item-id", "purchase-date", "buyer-email", "sku", "quantity-purchased", "item-price"),
        {"customer_id": ("buyer-email",), "invoice_id": ("order-id",), "ts": ("purchase-date",),
         "quantity": ("quantity-purchased",), "line_amount": ("item-price",), "product_id": ("sku",),
         "description": ("product-name",), "currency": ("currency",), "country": ("ship-country",),
         "discount": ("item-promotion-discount",)},
        notes=_AMAZON_NOTES,
    ),
    Export(
        "Amazon all orders report", "transactions",
        ("amazon-order-id", "purchase-date", "order-status", "sku", "quantity", "item-price"),
        {"customer_id": ("buyer-email",), "invoice_id": ("amazon-order-id",), "ts": ("purchase-date",),
         "quantity": ("quantity",), "line_amount": ("item-price",), "product_id": ("sku",),
         "description": ("product-name",), "currency": ("currency",), "country": ("ship-country",),
         "discount": ("item-promotion-discount",)},
        status={"order-status": ("Cancelled", "Pending"), "item-status": ("Cancelled",)},
        notes=_AMAZON_NOTES,
    ),
    Export(
        "Square item sales", "transactions",
        ("Date", "Time", "Item", "Qty", "Gross Sales", "Net Sales", "Transaction ID"),
        {"customer_id": ("Customer ID",), "invoice_id": ("Transaction ID",), "ts": ("Date",), "quantity": ("Qty",),
         "line_amount": ("Net Sales",), "product_id": ("SKU",), "description": ("Item",), "category": ("Category",)},
        notes=("Net Sales is a line's amount after discounts, without tax and tips; refunds stand as negative lines",
               "lines without Customer ID are of people whom Square does not know"),
    ),
    Export(
        "Olist orders joined with their items", "transactions",
        ("order_id", "customer_unique_id", "order_purchase_timestamp", "price"),
        {"customer_id": ("customer_unique_id",), "invoice_id": ("order_id",), "ts": ("order_purchase_timestamp",),
         "line_amount": ("price",), "product_id": ("product_id",),
         "category": ("product_category_name_english", "product_category_name")},
        status={"order_status": ("canceled", "unavailable")},
        notes=("customer_id is another one for every order: customer_unique_id is the person",
               "one row for each item, so that price is the amount of the line; freight_value is left out"),
    ),
    Export(
        "Superstore", "transactions",
        ("Order ID", "Order Date", "Ship Date", "Customer ID", "Product ID", "Sales", "Quantity", "Discount", "Profit"),
        {"customer_id": ("Customer ID",), "invoice_id": ("Order ID",), "ts": ("Order Date",),
         "quantity": ("Quantity",), "line_amount": ("Sales",), "product_id": ("Product ID",),
         "description": ("Product Name",), "category": ("Sub-Category", "Category"),
         "country": ("Country", "Country/Region")},
        notes=("Sales is the amount of a line after its discount; Profit is no money of a customer",),
    ),
    Export(
        "GA4 events (BigQuery export)", "activity", ("event_timestamp", "event_name", "user_pseudo_id"),
        {"user_id": ("user_id", "user_pseudo_id"), "ts": ("event_timestamp",), "event_type": ("event_name",)},
        epoch="microseconds", per_row=("user_id",),
        notes=(_PER_ROW, "sessions are made by inactivity: ga_session_id lies within event_params",),
    ),
    Export(
        "Segment events", "activity", ("messageId", "type", "timestamp"),
        {"user_id": ("userId", "anonymousId"), "ts": ("timestamp",), "event_type": ("event", "type"),
         "path": ("context.page.path", "properties.path")},
        per_row=("user_id", "event_type"), notes=(_PER_ROW,),
    ),
    Export(
        "Mixpanel events", "activity", ("event", "properties.time", "properties.distinct_id"),
        {"user_id": ("properties.distinct_id",), "ts": ("properties.time",), "event_type": ("event",),
         "session_id": ("properties.$session_id",), "path": ("properties.$current_url",)},
        epoch="seconds",
    ),
    Export(
        "Amplitude events", "activity", ("event_type", "event_time", "amplitude_id"),
        {"user_id": ("user_id", "device_id"), "ts": ("event_time",), "event_type": ("event_type",),
         "session_id": ("session_id",)},
        per_row=("user_id",), notes=(_PER_ROW,),
    ),
    Export(
        "Zendesk tickets (JSON)", "reviews", ("id", "created_at", "description", "subject", "requester_id"),
        {"customer_id": ("requester.email", "requester_id"), "ts": ("created_at",), "text": ("description",),
         "summary": ("subject",), "review_id": ("id",)},
    ),
    Export(
        "Zendesk tickets (JSON with requesters)", "reviews", ("id", "created_at", "description", "requester.email"),
        {"customer_id": ("requester.email", "requester.id"), "ts": ("created_at",), "text": ("description",),
         "summary": ("subject", "raw_subject"), "review_id": ("id",)},
    ),
    Export(
        "Zendesk tickets (CSV with texts)", "reviews", ("ID", "Requester", "Subject", "Created at", "Description"),
        {"customer_id": ("Requester email", "Requester id", "Requester"), "ts": ("Created at",),
         "text": ("Description",), "summary": ("Subject",), "review_id": ("ID",)},
    ),
    Export(
        "Zendesk tickets (CSV)", "reviews", ("Id", "Requester", "Subject", "Created at", "Ticket type"),
        {"customer_id": ("Requester email", "Requester id", "Requester"), "ts": ("Created at",), "text": ("Subject",),
         "review_id": ("Id",)},
        notes=("a CSV export holds no more text than the subject; the JSON export has the first message",),
    ),
)  # fmt: skip
"""In the order in which they are tried."""

_PARTS_OF_OLIST: Mapping[str, tuple[str, ...]] = {
    "Olist orders": ("order_id", "customer_id", "order_status", "order_purchase_timestamp"),
    "Olist items": ("order_id", "order_item_id", "product_id", "price", "freight_value"),
    "Olist customers": ("customer_id", "customer_unique_id", "customer_zip_code_prefix"),
    "Olist payments": ("order_id", "payment_sequential", "payment_type", "payment_value"),
}


def export_of(header: Sequence[str]) -> Export | None:
    """The export that the header is of; None where it is of none that is known."""
    names = set(header)
    return next((export for export in EXPORTS if set(export.signature) <= names), None)


def part_of_a_shop(header: Sequence[str]) -> str | None:
    """The name of the one file of several that the header is of, when it cannot be read without the others."""
    names = set(header)
    return next((name for name, signature in _PARTS_OF_OLIST.items() if set(signature) <= names), None)
