"""Plausible report data made without Spark: five segments of some 2,000 customers, twelve features, a sweep of k."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np

from audiences.report.data import Deliveries, Rejected, ReportData, Scatter, SourceFiles

AS_OF = date(2011, 12, 10)
FEATURES = {
    "recency_days": "days", "frequency": "orders", "monetary": "EUR", "tenure_days": "days",
    "average_order_value": "EUR", "items_per_basket": "units", "days_between_orders_mean": "days",
    "return_rate": "share", "distinct_products": "products", "weekend_share": "share", "spend_90d": "EUR",
    "spend_trend": "",
}  # fmt: skip
SEGMENTS = (  # name, customers, mean recency, frequency, money
    ("High-value", 168, 14, 21.0, 11_240.0),
    ("Loyal", 402, 28, 7.2, 2_310.0),
    ("At-risk", 388, 142, 4.1, 1_480.0),
    ("New", 517, 22, 1.6, 430.0),
    ("Quiet (long gone, small basket)", 525, 246, 1.2, 290.0),
)
CATEGORIES = ("Kitchen", "Lights & candles", "Christmas", "Bags", "Stationery", "Toys <3 years", "Garden", "other")


def sample_data(names: tuple[str, ...] = (), sample_customers: int = 1_200) -> ReportData:
    """The same values at every call; `names` replace the segments' names."""
    rng = np.random.default_rng(5)
    named = [(names[i] if i < len(names) else row[0], *row[1:]) for i, row in enumerate(SEGMENTS)]
    total = sum(row[1] for row in named)
    revenue = [count * mean for _, count, _, _, mean in named]
    columns: dict[str, list[float]] = {"recency_days": [], "frequency": [], "monetary": []}
    ids: list[int] = []
    for segment, (_, count, recency, frequency, mean) in enumerate(named):
        columns["recency_days"] += list(np.clip(np.round(rng.gamma(2.2, recency / 2.2, count)), 1, 373))
        columns["frequency"] += list(1 + rng.poisson(frequency - 1, count))
        columns["monetary"] += list(np.round(rng.lognormal(np.log(mean) - 0.25, 0.7, count), 2))
        ids += [segment] * count
    columns["monetary"][-3:] = [-120.0, 0.0, 3.75]
    order = rng.permutation(total)
    scores = {m: np.searchsorted(np.quantile(v, (0.2, 0.4, 0.6, 0.8)), v) + 1 for m, v in columns.items()}
    r, f = 6 - scores["recency_days"], scores["frequency"]
    money = np.array(columns["monetary"])
    grid = [
        {"r_score": i, "f_score": j, "customers": int(here.sum()), "monetary": float(money[here].mean())}
        for i in range(1, 6) for j in range(1, 6) if (here := (r == i) & (f == j)).any()
    ]  # fmt: skip
    shown = order[:sample_customers]
    return ReportData(
        as_of=AS_OF,
        run_id="3f9a1c77e2b04d58a6c1",
        kept_rows=397_884,
        k_selection=tuple(_k_row(k) for k in range(2, 9)),
        names=tuple(_name_row(i, row, rng) for i, row in enumerate(named)),
        profiles=tuple(
            _profile(i, row, feature, rank, total, revenue, rng)
            for i, row in enumerate(named) for rank, feature in enumerate(FEATURES, 1)
        ),
        rfm_grid=tuple(grid),
        rfm_segments=tuple(
            {"segment": name, "customers": n, "monetary": m, "recency_days": days, "frequency": orders}
            for name, n, m, days, orders in (
                ("Champions", 281, 2_410_330.5, 8.2, 15.1), ("Hibernating", 420, 160_400.0, 201.0, 1.3),
                ("Loyal Customers", 330, 701_000.0, 44.0, 6.2), ("Potential Loyalists", 301, 240_120.0, 21.0, 2.4),
                ("At Risk", 240, 360_700.0, 153.0, 3.4), ("Lost", 428, 88_020.0, 280.0, 1.0),
            )
        ),
        rfm_cut_points=(
            {"metric": "recency_days", "cut_points": [12.0, 31.0, 70.0, 178.0]},
            {"metric": "frequency", "cut_points": [1.0, 1.0, 3.0, 5.0]},
            {"metric": "monetary", "cut_points": [250.0, 480.5, 940.0, 2_010.0]},
        ),
        scatter=Scatter(*([float(v[i]) for i in shown] for v in columns.values()), [ids[i] for i in shown]),
        features=tuple(_feature_row(f, form, total, rng) for form in ("raw", "scaled") for f in FEATURES),
        rejected=_rejected(),
        deliveries=_deliveries(),
        categories=tuple(
            {"category": c, "segment_id": i, "spend": float(m * w)}
            for i, m in enumerate(revenue)
            for c, w in zip(CATEGORIES, rng.dirichlet([4.0] * len(CATEGORIES)), strict=True)
        ),
        validation=_validation(),
        manifest=_manifest(),
        source_files=SourceFiles(
            1, 7_548_686, ({"source": "transactions", "path": "file:/data/landing/online_retail.csv.gz",
                            "modified": "2026-10-02T09:14:03Z", "size": 7_548_686},)
        ),
        sample_customers=sample_customers,
        currency="EUR",
    )  # fmt: skip


def _k_row(k: int) -> dict[str, Any]:
    is_chosen = k == 5
    return {
        "segmentation": "value", "k": k, "inertia": 5_900 * k**-1.15 + 310, "silhouette": 0.43 - 0.035 * abs(k - 4.6),
        "calinski_harabasz": 1_950 - 90 * abs(k - 4.4) ** 1.3, "smallest_share": 0.42 / k, "customers": 2_000,
        "stability": 0.99 - 0.004 * k**2, "seconds": 0.8 + 0.31 * k, "is_chosen": is_chosen,
        "reason": "The elbow: from 5 segments on, one more lowers the inertia by less than 9 % (knee of the curve); "
        "the silhouette of 0.416 is within 0.01 of the best." if is_chosen else None,
    }  # fmt: skip


def _name_row(segment: int, row: tuple[Any, ...], rng: np.random.Generator) -> dict[str, Any]:
    centre = [(row[2] - 105) / 90, (row[3] - 4.6) / 5.2, (row[4] - 1_900) / 3_000]
    return {
        "segmentation": "value", "segment_id": segment, "cluster_id": 4 - segment, "name": row[0], "customers": row[1],
        "reason": f"spends {row[4] / 900:.1f} times a typical customer, last seen {row[2]} days ago",
        "centre": [float(v) for v in centre], "feature_names": ["recency_days", "frequency", "monetary"],
        "segment_key": f"value-{segment}", "rule_id": "rule", "fits": row[1] * 3 // 4,
        "close_to": "Loyal" if segment == 2 else None,
    }  # fmt: skip


def _profile(
    segment: int, row: tuple[Any, ...], feature: str, rank: int, total: int, revenue: list[float],
    rng: np.random.Generator,
) -> dict[str, Any]:  # fmt: skip
    overall = {"share": 0.12, "": 0.02, "EUR": 1_900.0, "days": 105.0, "orders": 4.6}.get(FEATURES[feature], 61.0)
    known = {"recency_days": (row[2], 90.0), "frequency": (row[3], 5.2), "monetary": (row[4], 3_000.0)}
    mean, spread = known.get(feature, (overall * (1 + 0.3 * float(rng.normal(0, 0.5))), overall * 0.3))
    sd = (mean - overall) / spread
    return {
        "segmentation": "value", "segment_id": segment, "name": row[0], "feature": str(feature),
        "unit": FEATURES[feature], "mean": mean, "median": mean * 0.86, "q25": mean * 0.5, "q75": mean * 1.3,
        "overall_mean": overall, "difference_sd": sd, "rank": rank, "customers": row[1],
        "overall_median": overall * 0.86, "position_difference": float(np.tanh(sd)) / 2,
        "customer_share": row[1] / total, "revenue": revenue[segment], "revenue_share": revenue[segment] / sum(revenue),
        "money_at_stake": revenue[segment] * 0.92, "currency": "EUR",
        "top_categories": ["Kitchen", "Lights & candles", "Toys <3 years"],
    }  # fmt: skip


def _feature_row(feature: str, form: str, total: int, rng: np.random.Generator) -> dict[str, Any]:
    values = np.sort(rng.lognormal(3, 1.1, 800) if form == "raw" else rng.normal(0, 1, 800))
    quantiles = {f"q{p:02d}": float(np.quantile(values, p / 100)) for p in (1, 5, 25, 50, 75, 95, 99)}
    return {
        "feature": feature, "form": form, "customers": total, "nulls": 611 if "between" in feature else 0,
        "mean": float(values.mean()), "sd": float(values.std()), "minimum": float(values[0]), **quantiles,
        "maximum": float(values[-1]), "skewness": 4.7 if form == "raw" else 0.3, "outliers": 37 if form == "raw" else 0,
        "transform": "log1p" if "share" not in feature else "none",
        "correlations": [
            {"feature": other, "r": 1.0 if other == feature else float(np.tanh(rng.normal(0, 0.5)))}
            for other in FEATURES
        ],
    }  # fmt: skip


def _rejected() -> Rejected:
    found = (
        ("missing_customer", 135_080), ("negative_quantity", 10_587), ("exact_duplicate", 5_225),
        ("non_product", 2_912), ("non_positive_price", 2_517), ("bad_debt", 3),
    )  # fmt: skip
    example = {"InvoiceNo": "536414", "StockCode": "22139", "Description": "", "Quantity": "56", "UnitPrice": "0.0"}
    return Rejected(
        {"transactions": 144_025},
        tuple(
            {"source": "transactions", "reason": reason, "rows": rows, "first": rows,
             "money": 1_714.25 * (i + 1), "credits": -112_165.4 if reason == "non_product" else None,
             "example": {"file": "online_retail.csv.gz", "row_number": 622 + i, "row": json.dumps(example)}}
            for i, (reason, rows) in enumerate(found)
        ),
        tuple(
            {"source": "transactions", "file": "file:/data/landing/online_retail.csv.gz", "row_number": 540_422 + i,
             "reasons": reasons, "amount": amount, "row": json.dumps(example)}
            for i, (reasons, amount) in enumerate(
                ((["non_product", "negative_quantity"], -168_469.6), (["missing_customer"], 77_183.6))
            )
        ),
    )  # fmt: skip


def _deliveries() -> Deliveries:
    def row(
        file: str | None, files: int, records: int, rejected: int, purchases: float, returns: float, lines: int | None
    ):
        return {
            "source": "transactions", "file": file, "level": 0 if file else 1, "files": files, "lines": lines,
            "records": records, "kept": records - rejected, "left_out": 0, "rejected": rejected, "unreadable": 12,
            "kept_money": 17.9 * (records - rejected), "kept_credits": -1_000.0, "money": purchases, "credits": returns,
        }  # fmt: skip

    first = row("file:/data/landing/online_retail_2010.csv.gz", 1, 300_000, 100_000, 1_400_000.0, -300_000.0, 300_001)
    second = row("file:/data/landing/online_retail_2011.csv.gz", 1, 241_909, 44_025, 47_682.0, -115_400.5, None)
    return Deliveries((row(None, 2, 541_909, 144_025, 1_447_682.0, -415_400.5, None),), (first, second))


def _validation() -> tuple[dict[str, Any], ...]:
    return (
        {"check": "quality_gates", "name": "max_rejected_share", "found": 0.266, "required": 0.5, "passed": True,
         "detail": "26.6 % of rows were rejected, mostly for missing_customer; at most 50 % may be."},
        {"check": "quality_gates", "name": "min_customers", "found": 2000.0, "required": 50.0, "passed": True,
         "detail": "2000 customers, at least 50 are required."},
        {"check": "quality_gates", "name": "min_history_days", "found": 373.0, "required": 30.0, "passed": True,
         "detail": "373 days of history, at least 30 are required."},
        {"check": "quality_gates", "name": "known_customer_revenue_share", "found": 0.8602, "required": None, "passed": True,
         "detail": "purchases of 8,911,407.90 by known customers and of 1,447,682.00 by nobody known, who count in no segment"},
    )  # fmt: skip


def _manifest() -> tuple[dict[str, Any], ...]:
    tables = (
        ("clean", "rejected_rows", 144_025), ("clean", "transactions", 397_884), ("features", "behaviour", 2_000),
        ("features", "category_affinity", 9_124), ("features", "rfm", 2_000), ("models", "k_selection", 7),
        ("segments", "density_segments", None), ("segments", "segment_profiles", 60),
        ("segments", "value_segments", 2_000),
    )  # fmt: skip
    return tuple(
        {
            "run_id": "3f9a1c77e2b04d58a6c1", "sequence": 3, "as_of": AS_OF, "stage": table, "zone": zone,
            "table": table, "status": "absent" if rows is None else "written" if i % 3 else "reused",
            "version": None if rows is None else i, "fingerprint": f"{i:02d}c4e19ab77d20", "slice": "{}", "rows": rows,
            "seconds": None if rows is None else 1.25 + i,
            "note": "Density segments are not configured." if rows is None else None,
            "packages": json.dumps({"audiences": "0.1.0", "delta-spark": "3.3.3", "pyspark": "3.5.9"}),
        }
        for i, (zone, table, rows) in enumerate(tables)
    )  # fmt: skip
