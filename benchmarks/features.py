"""RFM and behaviour of every customer, beside DuckDB and Polars on the same Parquet files.

    python benchmarks/features.py --rows 20000000 --engines duckdb polars spark comet delta --folder /tmp/bench

Generates the clean transactions once per number of rows, then runs each engine in a process of its own, one after the
other, `--repeat` rounds. Every engine reads the Parquet files and writes the columns of `rfm` (scores included) and
`behaviour` as Parquet, and prints the sum of each numeric column: they must agree.

- `spark`, `comet`: orders -> customer_days (kept as Parquet, as the pipeline keeps it) -> cut points, rfm, behaviour, by
  the pipeline's own functions. Seconds exclude the session's start and a warm-up on a few rows. customer_days also
  holds the money per category, which `duckdb` and `polars` do not compute.
- `duckdb-days`: DuckDB at the pipeline's work: the same daily table first, kept as Parquet.
- `delta`: the same through the store: every table a Delta commit; the difference to `spark` is what Delta costs.

Peak memory is the largest resident set of Python and JVM together (VmHWM). Prints one JSON line per run and a summary.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

DAYS = 730
START = date(2023, 1, 1)
AS_OF = START + timedelta(days=DAYS)
BINS = 5
BANDS = (("night", 0), ("morning", 6), ("afternoon", 12), ("evening", 18))


def session(memory: str, partitions: int, *, comet: bool = False):
    """A local session on all cores, with long-running JVM flags."""
    from audiences.config import Session
    from audiences.spark.session import get_spark

    options = {"spark.sql.files.maxPartitionBytes": "128m"}
    return get_spark(Session(driver_memory=memory, shuffle_partitions=partitions, comet=comet, options=options))


def make_input(folder: Path, rows: int, memory: str) -> float:
    """Clean transactions as Parquet, generated; returns the seconds (0 when they were there)."""
    from pyspark.sql import functions as F

    from audiences import schema
    from audiences.datasets.transactions import customers_for, transactions

    target = folder / f"transactions-{rows}"
    if (target / "_SUCCESS").exists():
        return 0.0
    spark = session(memory, 32)
    started = time.monotonic()
    raw = transactions(spark, customers=customers_for(rows, DAYS), days=DAYS, seed=42, start=START)
    is_return = F.col("invoice_id").startswith("C") & (F.col("quantity") < 0)
    clean = raw.where("customer_id IS NOT NULL AND unit_price > 0").withColumns(
        {
            "amount": F.col("quantity") * F.col("unit_price"),
            "day": F.to_date("ts"),
            "hour": F.hour("ts"),
            "is_return": is_return,
            "is_adjustment": F.lit(False),
        }
    )
    declared = [
        (F.col(column.name) if column.name in clean.columns else F.lit(None)).cast(column.type).alias(column.name)
        for column in schema.transactions.columns
    ]
    clean.select(*declared).write.mode("overwrite").parquet(str(target))
    return time.monotonic() - started


def _duckdb(target: Path, memory: str):
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads = {os.cpu_count()}; SET memory_limit = '{memory}b'; SET TimeZone = 'UTC'")
    connection.execute(f"SET temp_directory = '{target}/spill'")
    return connection


def _duckdb_bands() -> str:
    return ", ".join(
        f"coalesce(sum(amount) FILTER (NOT is_return AND hour >= {low} AND hour < {low + 6}), 0) AS {band}"
        for band, low in BANDS
    )


def duckdb_features(source: str, target: Path, memory: str) -> None:
    """The same definitions in one SQL statement, straight from the lines."""
    d = f"DATE '{AS_OF}'"
    recent = ", ".join(f"sum(amount) FILTER (day >= {d} - {n}) AS spend_{n}d" for n in (30, 90, 365))
    connection = _duckdb(target, memory)
    connection.execute(
        f"""
        CREATE TEMP VIEW lines AS SELECT * FROM read_parquet('{source}/*.parquet') WHERE day < {d};
        CREATE TEMP TABLE features AS
        WITH orders AS (
            SELECT customer_id, invoice_id, min(day) AS day FROM lines WHERE NOT is_return GROUP BY ALL
        ), gaps AS (
            SELECT customer_id, count(*) AS frequency, min(day) AS first_order, max(day) AS last_order,
                   coalesce(sum(gap * gap), 0) AS squared_gaps
            FROM (SELECT customer_id, day, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap FROM orders)
            GROUP BY customer_id
        ), sums AS (
            SELECT customer_id, max(day) FILTER (NOT is_return) AS last_purchase,
                   min(day) FILTER (NOT is_return) AS first_purchase, sum(amount) AS net,
                   sum(amount) FILTER (NOT is_return) AS gross, -coalesce(sum(amount) FILTER (is_return), 0) AS returned,
                   sum(quantity) FILTER (NOT is_return) AS units,
                   count(DISTINCT product_id) FILTER (NOT is_return) AS distinct_products,
                   coalesce(sum(amount) FILTER (NOT is_return AND isodow(day) >= 6), 0) AS weekend,
                   coalesce(sum(amount) FILTER (NOT is_return AND day >= {d} - 90), 0) AS recent,
                   coalesce(sum(amount) FILTER (NOT is_return AND day >= {d} - 180), 0) AS half_year,
                   arg_max(country, ts) AS country, {_duckdb_bands()}, {recent}
            FROM lines GROUP BY customer_id
        )
        {_duckdb_definitions("sums JOIN gaps USING (customer_id)")}
        """
    )
    _duckdb_scored(connection, target)


def duckdb_days_features(source: str, target: Path, memory: str) -> None:
    """The same work as the pipeline's: first the daily table (its distinct products, its money per category), as Parquet."""
    d = f"DATE '{AS_OF}'"
    connection = _duckdb(target, memory)
    connection.execute(
        f"""
        CREATE TEMP VIEW lines AS SELECT * FROM read_parquet('{source}/*.parquet');
        COPY (
        WITH orders AS (
            SELECT customer_id, day, count(*) AS orders
            FROM (SELECT customer_id, invoice_id, min(day) AS day FROM lines WHERE NOT is_return GROUP BY ALL) GROUP BY ALL
        ), categories AS (
            SELECT customer_id, day, list({{'category': category, 'spend': spend}} ORDER BY category) AS categories
            FROM (SELECT customer_id, day, category, sum(amount) AS spend FROM lines
                  WHERE NOT is_return AND category IS NOT NULL GROUP BY ALL) GROUP BY ALL
        ), sums AS (
            SELECT customer_id, day, count(*) FILTER (NOT is_return) AS lines,
                   coalesce(sum(quantity) FILTER (NOT is_return), 0) AS units,
                   coalesce(sum(amount) FILTER (NOT is_return), 0) AS gross, count(*) FILTER (is_return) AS return_lines,
                   coalesce(sum(amount) FILTER (is_return), 0) AS returned,
                   list_sort(list(DISTINCT hash(product_id)) FILTER (NOT is_return)) AS products,
                   min(ts) AS first_ts, max(ts) AS last_ts, arg_max(country, ts) AS country, {_duckdb_bands()}
            FROM lines GROUP BY ALL
        )
        SELECT sums.*, coalesce(orders, 0) AS orders, categories
        FROM sums LEFT JOIN orders USING (customer_id, day) LEFT JOIN categories USING (customer_id, day)
        ) TO '{target}/days.parquet' (FORMAT parquet);
        CREATE TEMP VIEW past AS SELECT * FROM read_parquet('{target}/days.parquet') WHERE day < {d};
        CREATE TEMP TABLE features AS
        WITH gaps AS (
            SELECT customer_id, sum(orders) AS frequency, min(day) AS first_order, max(day) AS last_order,
                   coalesce(sum(gap * gap), 0) AS squared_gaps
            FROM (SELECT customer_id, day, orders, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap
                  FROM past WHERE orders > 0)
            GROUP BY customer_id
        ), distinct_ones AS (
            SELECT customer_id, count(DISTINCT product) AS distinct_products
            FROM (SELECT customer_id, unnest(products) AS product FROM past) GROUP BY customer_id
        ), sums AS (
            SELECT customer_id, max(day) FILTER (lines > 0) AS last_purchase, min(day) FILTER (lines > 0) AS first_purchase,
                   sum(gross + returned) AS net, sum(gross) AS gross, -sum(returned) AS returned, sum(units) AS units,
                   coalesce(sum(gross) FILTER (isodow(day) >= 6), 0) AS weekend,
                   coalesce(sum(gross) FILTER (day >= {d} - 90), 0) AS recent,
                   coalesce(sum(gross) FILTER (day >= {d} - 180), 0) AS half_year, arg_max(country, day) AS country,
                   {", ".join(f"sum({band}) AS {band}" for band, _ in BANDS)},
                   {", ".join(f"sum(gross + returned) FILTER (day >= {d} - {n}) AS spend_{n}d" for n in (30, 90, 365))}
            FROM past GROUP BY customer_id
        )
        {_duckdb_definitions("sums JOIN gaps USING (customer_id) JOIN distinct_ones USING (customer_id)")}
        """
    )
    _duckdb_scored(connection, target)


def _duckdb_definitions(tables: str) -> str:
    d = f"DATE '{AS_OF}'"
    return f"""
        SELECT customer_id, {d} - last_purchase AS recency_days, frequency, round(net, 2) AS monetary,
               {d} - first_purchase AS tenure_days, gross::DOUBLE / frequency AS average_order_value,
               units::DOUBLE / frequency AS items_per_basket,
               (last_order - first_order) / nullif(frequency - 1, 0) AS days_between_orders_mean,
               sqrt(squared_gaps / nullif(frequency - 1, 0) - ((last_order - first_order) / nullif(frequency - 1, 0)) ** 2)
                   AS days_between_orders_sd,
               returned::DOUBLE / gross::DOUBLE AS return_rate, distinct_products,
               weekend::DOUBLE / gross::DOUBLE AS weekend_share, night::DOUBLE / gross::DOUBLE AS night_share,
               morning::DOUBLE / gross::DOUBLE AS morning_share, afternoon::DOUBLE / gross::DOUBLE AS afternoon_share,
               evening::DOUBLE / gross::DOUBLE AS evening_share, coalesce(round(spend_30d, 2), 0) AS spend_30d,
               coalesce(round(spend_90d, 2), 0) AS spend_90d, coalesce(round(spend_365d, 2), 0) AS spend_365d,
               coalesce((2 * recent - half_year)::DOUBLE / nullif(half_year::DOUBLE, 0), 0) AS spend_trend, country
        FROM {tables};
        CREATE TEMP TABLE cuts AS SELECT
            quantile_disc(recency_days, [0.2, 0.4, 0.6, 0.8]) AS r, quantile_disc(frequency, [0.2, 0.4, 0.6, 0.8]) AS f,
            quantile_disc(monetary, [0.2, 0.4, 0.6, 0.8]) AS m FROM features;"""


def _duckdb_scored(connection, target: Path) -> None:
    connection.execute(
        f"""
        COPY (SELECT features.*, {BINS} - len(list_filter(r, lambda cut: cut < recency_days)) AS r_score,
                     1 + len(list_filter(f, lambda cut: cut < frequency)) AS f_score,
                     1 + len(list_filter(m, lambda cut: cut < monetary)) AS m_score
              FROM features, cuts) TO '{target}/features.parquet' (FORMAT parquet);
        """
    )


def polars_features(source: str, target: Path, _memory: str) -> None:
    """The same definitions as a lazy plan on the streaming engine."""
    import polars as pl

    lines = pl.scan_parquet(f"{source}/*.parquet").filter(pl.col("day") < AS_OF)
    day, amount, bought = pl.col("day"), pl.col("amount"), ~pl.col("is_return")
    per_customer = (
        lines.filter(bought).group_by("customer_id", "invoice_id").agg(day.min()).sort("customer_id", "day")
        .group_by("customer_id")
        .agg(
            frequency=pl.len(), first_order=day.first(), last_order=day.last(),
            squared_gaps=(day.diff().dt.total_days() ** 2).sum(),
        )
    )  # fmt: skip

    def since(days: int) -> pl.Expr:
        return day >= AS_OF - timedelta(days=days)

    def total(where: pl.Expr) -> pl.Expr:
        return amount.filter(where).sum()

    bands = {band: pl.col("hour").is_between(low, low + 5) for band, low in BANDS}
    sums = lines.group_by("customer_id").agg(
        last_purchase=day.filter(bought).max(), first_purchase=day.filter(bought).min(), net=amount.sum(),
        gross=total(bought), returned=-total(~bought), units=pl.col("quantity").filter(bought).sum(),
        distinct_products=pl.col("product_id").filter(bought).n_unique(),
        weekend=total(bought & (day.dt.weekday() >= 6)), recent=total(bought & since(90)),
        half_year=total(bought & since(180)), country=pl.col("country").max_by("ts"),
        **{band: total(bought & inside) for band, inside in bands.items()},
        **{f"spend_{n}d": total(since(n)) for n in (30, 90, 365)},
    )  # fmt: skip
    gross = pl.col("gross").cast(pl.Float64)
    gaps = pl.when(pl.col("frequency") > 1).then(pl.col("frequency") - 1)
    mean = (pl.col("last_order") - pl.col("first_order")).dt.total_days() / gaps
    half_year = pl.col("half_year").cast(pl.Float64)
    features = sums.join(per_customer, on="customer_id").select(
        "customer_id", (pl.lit(AS_OF) - pl.col("last_purchase")).dt.total_days().alias("recency_days"), "frequency",
        pl.col("net").round(2).alias("monetary"),
        (pl.lit(AS_OF) - pl.col("first_purchase")).dt.total_days().alias("tenure_days"),
        (gross / pl.col("frequency")).alias("average_order_value"),
        (pl.col("units").cast(pl.Float64) / pl.col("frequency")).alias("items_per_basket"),
        mean.alias("days_between_orders_mean"),
        (pl.col("squared_gaps") / gaps - mean**2).sqrt().alias("days_between_orders_sd"),
        (pl.col("returned").cast(pl.Float64) / gross).alias("return_rate"), "distinct_products",
        *((pl.col(part).cast(pl.Float64) / gross).alias(f"{part}_share") for part in ("weekend", *bands)),
        *(pl.col(f"spend_{n}d").round(2) for n in (30, 90, 365)),
        pl.when(half_year != 0).then((2 * pl.col("recent").cast(pl.Float64) - half_year) / half_year).otherwise(0.0)
        .alias("spend_trend"),
        "country",
    ).collect(engine="streaming")  # fmt: skip

    def bin_of(metric: str) -> pl.Expr:
        values = features[metric].cast(pl.Float64)
        cuts = sorted(values.sort()[max(0, math.ceil(i * len(values) / BINS) - 1)] for i in range(1, BINS))
        return sum(((pl.col(metric).cast(pl.Float64) > cut).cast(pl.Int32) for cut in cuts), pl.lit(1))

    features.with_columns(
        r_score=BINS + 1 - bin_of("recency_days"), f_score=bin_of("frequency"), m_score=bin_of("monetary")
    ).write_parquet(f"{target}/features.parquet")


IN_MEMORY = {"duckdb": duckdb_features, "duckdb-days": duckdb_days_features, "polars": polars_features}


def spark_features(source: str, target: Path, spark, steps: dict[str, float]) -> None:
    """The pipeline's own functions; the tables in between are Parquet."""
    from audiences.config import Behaviour, Rfm
    from audiences.features import behaviour, customer_days, orders, rfm, rfm_cut_points

    def kept(name: str, frame):
        started = time.monotonic()
        frame.write.mode("overwrite").parquet(f"{target}/{name}")
        steps[name] = round(time.monotonic() - started, 1)
        return spark.read.parquet(f"{target}/{name}")

    lines = spark.read.parquet(source)
    days = kept("customer_days", customer_days(lines, orders=orders(lines), behaviour=Behaviour()))
    cuts = kept("cuts", rfm_cut_points(days, as_of=AS_OF, rfm=Rfm()))
    kept("rfm", rfm(days, cut_points=cuts, as_of=AS_OF, rfm=Rfm()))
    kept("behaviour", behaviour(days, as_of=AS_OF, settings=Behaviour()))


def delta_features(source: str, target: Path, spark, steps: dict[str, float]) -> None:
    """The pipeline's own functions through the store: one Delta commit per table."""
    from audiences import schema
    from audiences.config import Behaviour, Rfm
    from audiences.config import Store as Settings
    from audiences.features import behaviour, customer_days, orders, rfm, rfm_cut_points
    from audiences.store.delta import Store

    store = Store(spark, Settings(root=str(target / "tables")))

    def kept(table, frame):
        started = time.monotonic()
        part = {"as_of": AS_OF} if table.has_as_of else {}
        version = store.write(table, frame, fingerprint="benchmark", metadata={"stage": table.name}, part=part)
        steps[table.name] = round(time.monotonic() - started, 1)
        return store.read(table, version.version, part).drop(*part)

    lines = spark.read.parquet(source)
    bought = kept(schema.orders, orders(lines))
    days = kept(schema.customer_days, customer_days(lines, orders=bought, behaviour=Behaviour()))
    cuts = kept(schema.rfm_cut_points, rfm_cut_points(days, as_of=AS_OF, rfm=Rfm()))
    kept(schema.rfm, rfm(days, cut_points=cuts, as_of=AS_OF, rfm=Rfm()))
    kept(schema.behaviour, behaviour(days, as_of=AS_OF, settings=Behaviour()))


def warm_up(spark) -> None:
    """The first query of a JVM pays for loading classes."""
    from pyspark.sql import functions as F

    spark.range(1000).groupBy((F.col("id") % 7).alias("k")).agg(F.sum("id")).write.mode("overwrite").format(
        "noop"
    ).save()


def checksum(engine: str, target: Path) -> dict[str, float]:
    """Rows and the sum of every numeric column."""
    import duckdb

    pattern = f"{target}/tables/features/{{}}/*.parquet" if engine == "delta" else f"{target}/{{}}/*.parquet"
    table = (
        f"read_parquet('{target}/features.parquet')"
        if engine in IN_MEMORY
        else f"read_parquet('{pattern.format('rfm')}') AS scores "
        f"JOIN read_parquet('{pattern.format('behaviour')}') AS habits USING (customer_id)"
    )
    names = [
        "recency_days", "frequency", "monetary", "r_score", "f_score", "m_score", "tenure_days", "average_order_value",
        "items_per_basket", "days_between_orders_mean", "days_between_orders_sd", "return_rate", "distinct_products",
        "weekend_share", "night_share", "evening_share", "spend_30d", "spend_365d", "spend_trend", "length(country)",
    ]  # fmt: skip
    sums = ", ".join(f"sum({name})::DOUBLE" for name in names)
    row = duckdb.connect().execute(f"SELECT count(*), {sums} FROM {table}").fetchone()
    return dict(zip(["rows", *names], row, strict=True))


def peak_megabytes() -> int:
    """The largest resident set of this process and its children so far, added up."""
    own = str(os.getpid())
    parents = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:
            continue
        parents[status.parent.name] = (fields["PPid"].strip(), int(fields.get("VmHWM", "0 kB").split()[0]))

    def is_mine(pid: str) -> bool:
        while pid in parents and pid != own:
            pid = parents[pid][0]
        return pid == own

    return sum(peak for pid, (_, peak) in parents.items() if is_mine(pid)) // 1024


def child(engine: str, source: str, arguments: argparse.Namespace) -> None:
    """One engine, once, in this process."""
    target = Path(tempfile.mkdtemp(dir=arguments.folder))
    steps: dict[str, float] = {}
    try:
        if engine in IN_MEMORY:
            started = time.monotonic()
            IN_MEMORY[engine](source, target, arguments.memory)
        else:
            partitions = max(4, arguments.rows // 1_500_000)
            spark = session(arguments.memory, partitions, comet=engine == "comet")
            warm_up(spark)
            started = time.monotonic()
            (delta_features if engine == "delta" else spark_features)(source, target, spark, steps)
        seconds = time.monotonic() - started
        peak = peak_megabytes()
        print(json.dumps({
            "engine": engine, "rows": arguments.rows, "seconds": round(seconds, 1),
            "rows_per_second": round(arguments.rows / seconds), "peak_mb": peak, "steps": steps,
            "checksum": checksum(engine, target),
        }))  # fmt: skip
    finally:
        shutil.rmtree(target, ignore_errors=True)


def main() -> None:
    """Runs every engine and prints medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--engines", nargs="+", default=["duckdb", "polars", "spark"])
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--memory", default="4g", help="heap of a Spark session, memory limit of DuckDB")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "audiences-benchmark")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    source = str(arguments.folder / f"transactions-{arguments.rows}")
    if arguments.child == "generate":
        print(
            json.dumps(
                {
                    "engine": "generate",
                    "seconds": round(make_input(arguments.folder, arguments.rows, arguments.memory), 1),
                }
            )
        )
        return
    if arguments.child:
        child(arguments.child, source, arguments)
        return
    found: dict[str, list[dict]] = {}
    for engine in ["generate", *arguments.engines * arguments.repeat]:
        done = subprocess.run(
            [sys.executable, __file__, *sys.argv[1:], "--child", engine], stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode:
            print(json.dumps({"engine": engine, "failed": done.returncode}), flush=True)
            continue
        line = json.loads(done.stdout.strip().splitlines()[-1])
        print(json.dumps(line), flush=True)
        found.setdefault(engine, []).append(line)
    summary(found)


def summary(found: dict[str, list[dict]]) -> None:
    """Medians, ratios to DuckDB (where it did not run: to the first engine), and whether the checksums agree."""
    engines = {name: runs for name, runs in found.items() if name != "generate"}
    if not engines:
        return
    beside = "duckdb" if "duckdb" in engines else next(iter(engines))
    base = statistics.median(run["seconds"] for run in engines[beside])
    first = next(iter(engines.values()))[0]["checksum"]
    print(f"{'engine':<11} {'seconds':>8} {'rows/s':>12} {'x ' + beside:>13} {'peak MB':>8}  same sums")
    for name, runs in engines.items():
        seconds = statistics.median(run["seconds"] for run in runs)
        off = [key for key, value in runs[0]["checksum"].items() if not math.isclose(value, first[key], rel_tol=1e-9)]
        print(f"{name:<11} {seconds:>8.1f} {runs[0]['rows'] / seconds:>12,.0f} {seconds / base:>13.2f} "
              f"{max(run['peak_mb'] for run in runs):>8,}  {'yes' if not off else 'no: ' + ', '.join(off)}")  # fmt: skip


if __name__ == "__main__":
    main()
