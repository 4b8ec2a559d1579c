"""The deterministic generator of demo, test and benchmark data, with planted truth."""

from audiences.datasets.activity import activity
from audiences.datasets.customers import attributes, truth
from audiences.datasets.reviews import reviews
from audiences.datasets.transactions import customers_for, transactions
from audiences.datasets.write import generate

__all__ = ["activity", "attributes", "customers_for", "generate", "reviews", "transactions", "truth"]
