"""Orders, daily partial aggregates and the customer features made from them."""

from __future__ import annotations

from pyspark.sql import types as T

from audiences.schema.table import (
    AS_OF,
    BOOLEAN,
    CUSTOMER_ID,
    DATE,
    DOUBLE,
    INT,
    LINE_AMOUNT,
    LONG,
    MONEY,
    STRING,
    TIMESTAMP,
    Column,
    Table,
    array,
)

HOUR_BANDS = ("night", "morning", "afternoon", "evening")
CATEGORY_SPEND = T.StructType([T.StructField("category", STRING), T.StructField("spend", LINE_AMOUNT)])

orders = Table(
    zone="features",
    name="orders",
    comment="One row per order: a customer's purchase invoice, on the day of its first purchase line.",
    columns=(
        CUSTOMER_ID,
        Column("invoice_id", STRING, "Invoice number.", nullable=False),
        Column("day", DATE, "Day of the first purchase line (configured time zone).", nullable=False),
        Column("first_ts", TIMESTAMP, "Time of the first purchase line.", nullable=False),
        Column("lines", LONG, "Purchase lines, whatever their day.", nullable=False),
        Column("units", DOUBLE, "Units bought.", nullable=False),
        Column("gross", MONEY, "Money of the purchase lines, in the configured currency.", nullable=False),
    ),
    key=("customer_id", "invoice_id"),
    checks={"positive": "gross >= 0 AND lines > 0"},
)

customer_days = Table(
    zone="features",
    name="customer_days",
    comment="Mergeable daily partial aggregates: one row per customer and day with a purchase, return or adjustment line.",
    columns=(
        CUSTOMER_ID,
        Column("day", DATE, "Day in the configured time zone.", nullable=False),
        Column("orders", LONG, "Orders whose first purchase line is on this day.", nullable=False),
        Column("lines", LONG, "Purchase lines.", nullable=False),
        Column("units", DOUBLE, "Units bought.", nullable=False),
        Column("gross", LINE_AMOUNT, "Money of purchase lines.", nullable=False),
        Column("return_lines", LONG, "Return lines.", nullable=False),
        Column("returned", LINE_AMOUNT, "Money of return lines, <= 0.", nullable=False),
        Column(
            "adjusted",
            LINE_AMOUNT,
            "Money of adjustments, such as manual corrections, <= 0; null where it was written before there were any.",
        ),
        Column(
            "products",
            array(LONG),
            "Distinct products bought, as sorted 64-bit hashes; empty without product ids.",
            nullable=False,
        ),
        *(Column(f"gross_{band}", LINE_AMOUNT, f"Gross in the {band} hours.", nullable=False) for band in HOUR_BANDS),
        Column("first_ts", TIMESTAMP, "Time of the first line.", nullable=False),
        Column("last_ts", TIMESTAMP, "Time of the last line.", nullable=False),
        Column(
            "categories",
            array(CATEGORY_SPEND),
            "Gross per category, sorted by category; empty without categories.",
            nullable=False,
        ),
        Column(
            "country", STRING, "Country of the day's last line that has one (ties: the smallest); null where unknown."
        ),
        Column(
            "discount",
            LINE_AMOUNT,
            "Money that was taken off the purchase lines as discount; null where one of them has a null discount, and where "
            "there is none.",
        ),
        Column("full_price_lines", LONG, "Purchase lines with a discount of 0; null likewise."),
    ),
    key=("customer_id", "day"),
    checks={
        "returns_are_negative": "returned <= 0",
        "adjustments_are_negative": "adjusted IS NULL OR adjusted <= 0",
        "gross_not_negative": "gross >= 0",
    },
)

RFM_METRICS = ("recency_days", "frequency", "monetary")

rfm_cut_points = Table(
    zone="features",
    name="rfm_cut_points",
    comment="Where the RFM scores change: a value's bin is 1 + the number of cut points below it. Reusable for newcomers.",
    columns=(
        AS_OF,
        Column("metric", STRING, "recency_days, frequency or monetary.", nullable=False),
        Column(
            "cut_points",
            array(DOUBLE),
            "Ascending; each is the value at rank ceil(p*n), p = 1/bins, 2/bins, …",
            nullable=False,
        ),
        Column(
            "origin",
            STRING,
            "fitted (quantiles of this as_of), configured, or frozen (taken from a published run).",
            nullable=False,
        ),
    ),
    key=("metric",),
    slice_by=("as_of",),
)

rfm = Table(
    zone="features",
    name="rfm",
    comment="Recency, frequency and monetary value per customer with at least one purchase line before D.",
    columns=(
        AS_OF,
        CUSTOMER_ID,
        Column(
            "recency_days", INT, "D minus the day of the last purchase line, in days; 1 is yesterday.", nullable=False
        ),
        Column("frequency", LONG, "Distinct purchase invoices.", nullable=False),
        Column(
            "monetary",
            MONEY,
            "Purchases plus (negative) returns and adjustments, in the configured currency; may be negative.",
            nullable=False,
        ),
        Column("r_score", INT, "Recency score, 1 to bins; the most recent customers have the highest.", nullable=False),
        Column("f_score", INT, "Frequency score, 1 to bins; the most frequent have the highest.", nullable=False),
        Column("m_score", INT, "Monetary score, 1 to bins; the highest spenders have the highest.", nullable=False),
        Column("segment", STRING, "Named RFM segment by the configured map, Champions to Lost.", nullable=False),
        Column(
            "border_distance",
            DOUBLE,
            "Distance to the nearest cut point of any metric, as a share of that metric's "
            "cut-point range; 0 lies on it, null without cut points.",
        ),
    ),
    key=("customer_id",),
    slice_by=("as_of",),
    checks={"recency_positive": "recency_days >= 1", "frequency_positive": "frequency >= 1"},
)

behaviour = Table(
    zone="features",
    name="behaviour",
    comment="How each customer of rfm buys. Shares use gross purchases.",
    columns=(
        AS_OF,
        CUSTOMER_ID,
        Column("tenure_days", INT, "D minus the day of the first purchase, in days.", nullable=False),
        Column("average_order_value", DOUBLE, "Gross / orders, in the configured currency.", nullable=False),
        Column("items_per_basket", DOUBLE, "Units / orders.", nullable=False),
        Column(
            "days_between_orders_mean",
            DOUBLE,
            "(last - first order day) / (orders - 1), in days; null with one order, "
            "filled with the median for scaling.",
        ),
        Column(
            "days_between_orders_sd",
            DOUBLE,
            "Population standard deviation of the gaps between consecutive orders, in days "
            "(orders of one day are 0 apart); null with one order, filled with the median for scaling.",
        ),
        Column(
            "return_rate", DOUBLE, "-returned / gross, as a share; 0 without returns, may exceed 1.", nullable=False
        ),
        Column("distinct_products", LONG, "Distinct products bought, exact; null without product ids, filled with 0."),
        Column("weekend_share", DOUBLE, "Gross on Saturday and Sunday / gross.", nullable=False),
        *(
            Column(f"{band}_share", DOUBLE, f"Gross in the {band} hours / gross (hours by config).", nullable=False)
            for band in HOUR_BANDS
        ),
        Column(
            "spend_30d", MONEY, "Purchases plus returns and adjustments of the last 30 days before D.", nullable=False
        ),
        Column(
            "spend_90d", MONEY, "Purchases plus returns and adjustments of the last 90 days before D.", nullable=False
        ),
        Column(
            "spend_365d", MONEY, "Purchases plus returns and adjustments of the last 365 days before D.", nullable=False
        ),
        Column(
            "spend_trend",
            DOUBLE,
            "(g - h) / (g + h), g = gross of the last 90 days, h = gross of the 90 before; -1 to 1, 0 when both are 0.",
            nullable=False,
        ),
        Column("country", STRING, "Country of the last day that has one; null where unknown."),
        Column(
            "discount_share",
            DOUBLE,
            "Discount / (gross + discount) of purchase lines, 0 to 1; null where the source gives no discounts "
            "(sources.transactions.columns.discount), filled with the median for scaling.",
        ),
        Column(
            "full_price_share",
            DOUBLE,
            "Purchase lines with a discount of 0 / purchase lines (of orders with grain order), 0 to 1; null where the source "
            "gives no discounts, filled with the median for scaling.",
        ),
    ),
    key=("customer_id",),
    slice_by=("as_of",),
)

category_affinity = Table(
    zone="features",
    name="category_affinity",
    comment="Share of gross spend per category and customer, long form; empty when no category is known.",
    columns=(
        AS_OF,
        CUSTOMER_ID,
        Column(
            "category",
            STRING,
            "One of the top N categories by gross, else 'other'; 'unknown' for lines without one.",
            nullable=False,
        ),
        Column("spend", MONEY, "Gross in the category, in the configured currency.", nullable=False),
        Column("share", DOUBLE, "spend / the customer's gross; sums to 1 per customer.", nullable=False),
        Column("rank", INT, "1 = the customer's largest category; ties by name.", nullable=False),
        Column(
            "shares",
            array(DOUBLE),
            "The customer's shares over all categories, in the order of `categories`.",
            nullable=False,
        ),
        Column(
            "categories",
            array(STRING),
            "The categories in order: top N by gross, then other, then unknown.",
            nullable=False,
        ),
    ),
    key=("customer_id", "category"),
    slice_by=("as_of",),
    when_empty="left out: the source has no category and no mapping or keyword rule gives one",
)

scaling = Table(
    zone="models",
    name="scaling",
    comment="What scaling does to each feature: the fitted pipeline in words.",
    columns=(
        AS_OF,
        Column("feature", STRING, "Feature name.", nullable=False),
        Column("position", INT, "Its place in features_scaled, from 0.", nullable=False),
        Column(
            "fill",
            DOUBLE,
            "What a missing value becomes, natural units: the exact median (value at rank ceil(n/2)); 0 for "
            "distinct_products and where no customer has a value; 0 for a level.",
            nullable=False,
        ),
        Column(
            "transform",
            STRING,
            "none; log1p where skewness exceeds the threshold; signed_log1p = sign(x) * log1p(|x|) where it does and "
            "values are negative; one_hot: attribute=value, 1 or 0, divided by the root of the summed variances of the "
            "attribute's levels, so that an attribute weighs as much as one feature (minmax: as it is).",
            nullable=False,
        ),
        Column(
            "skewness",
            DOUBLE,
            "Population skewness after filling, before the transform; null when constant, and of levels.",
        ),
        Column("is_constant", BOOLEAN, "All customers have one value: scaled to 0.", nullable=False),
    ),
    key=("feature",),
    slice_by=("as_of",),
)

FEATURE_CORRELATION = T.StructType([T.StructField("feature", STRING), T.StructField("r", DOUBLE)])

feature_summary = Table(
    zone="features",
    name="feature_summary",
    comment="Each feature before (raw) and after (scaled) transformation.",
    columns=(
        AS_OF,
        Column("feature", STRING, "Feature name.", nullable=False),
        Column(
            "form",
            STRING,
            "raw: natural units, before filling, a level 1 or 0; scaled: filled, log where skewed, scaled.",
            nullable=False,
        ),
        Column("customers", LONG, "Customers.", nullable=False),
        Column("nulls", LONG, "Customers without a value.", nullable=False),
        *(
            Column(name, DOUBLE, text)
            for name, text in (
                ("mean", "Mean."),
                ("sd", "Sample standard deviation."),
                ("minimum", "Smallest value."),
                ("q01", "1 % quantile (approximate)."),
                ("q05", "5 % quantile (approximate)."),
                ("q25", "Lower quartile (approximate)."),
                ("q50", "Median (approximate)."),
                ("q75", "Upper quartile (approximate)."),
                ("q95", "95 % quantile (approximate)."),
                ("q99", "99 % quantile (approximate)."),
                ("maximum", "Largest value."),
                ("skewness", "Population skewness; null when constant."),
            )
        ),
        Column("outliers", LONG, "Values beyond 3 interquartile ranges from the quartiles.", nullable=False),
        Column("transform", STRING, "What scaling does first: none, log1p, signed_log1p or one_hot.", nullable=False),
        Column(
            "correlations",
            array(FEATURE_CORRELATION),
            "Pearson correlation with every feature of the same form, nulls filled as for scaling; null where one is constant.",
            nullable=False,
        ),
    ),
    key=("feature", "form"),
    slice_by=("as_of",),
)

features_scaled = Table(
    zone="features",
    name="features_scaled",
    comment="The features that segments are made from: filled, log where skewed, scaled; no null, no NaN.",
    columns=(
        AS_OF,
        CUSTOMER_ID,
        Column("features", array(DOUBLE), "Scaled values, in the order of feature_names.", nullable=False),
        Column("feature_names", array(STRING), "Feature names; attribute=value for a level.", nullable=False),
    ),
    key=("customer_id",),
    slice_by=("as_of",),
)

__all__ = [
    "CATEGORY_SPEND",
    "HOUR_BANDS",
    "RFM_METRICS",
    "behaviour",
    "category_affinity",
    "customer_days",
    "feature_summary",
    "features_scaled",
    "orders",
    "rfm",
    "rfm_cut_points",
    "scaling",
]
