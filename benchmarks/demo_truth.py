"""How well what the demo planted was found: value groups, bots, themes, and segments that neither side alone can tell."""

from __future__ import annotations

import sys

import duckdb
import numpy as np
from deltalake import DeltaTable
from scipy.optimize import linear_sum_assignment

from audiences.clustering.k_selection import adjusted_rand
from audiences.published.sql import query


def main(folder: str) -> None:
    """Compares the tables with the generator's truth, and reads the validation of the bots."""
    customers = DeltaTable(f"{folder}/tables/published/customers").to_pyarrow_dataset()
    connection = duckdb.connect()
    connection.register("customers", customers)
    connection.read_parquet(f"{folder}/raw/truth/*.parquet").create_view("truth")
    value_groups(connection)
    themes(connection)
    hybrid_segments(connection)
    bots(folder)


def numbered(pairs: list[tuple[str, str, int]]) -> list[tuple[int, int, int]]:
    """(planted, found, customers) with places instead of names."""
    planted, found = (sorted({row[place] for row in pairs}) for place in (0, 1))
    return [(planted.index(one), found.index(other), count) for one, other, count in pairs]


def counts(connection: duckdb.DuckDBPyConnection, planted: str, found: str, where: str) -> list[tuple[str, str, int]]:
    """Customers per planted and found group."""
    return connection.execute(
        f"SELECT t.{planted}, c.{found}, count(*) FROM customers c JOIN truth t USING (customer_id) "
        f"WHERE {where} GROUP BY ALL ORDER BY ALL"
    ).fetchall()


def value_groups(connection: duckdb.DuckDBPyConnection) -> None:
    pairs = counts(connection, "value_group", "value_segment", "value_segment IS NOT NULL")
    print(
        f"planted value groups found: adjusted Rand index {adjusted_rand(numbered(pairs)):.3f} (1 is all, 0 is chance)"
    )
    for group, segment, count in pairs:
        print(f"  {group:<12} -> {segment:<28} {count:>6,}")


def themes(connection: duckdb.DuckDBPyConnection) -> None:
    """Each planted theme is matched with one topic at the most, so that most customers are right (Kuhn 1955)."""
    pairs = numbered(rows := counts(connection, "theme", "dominant_topic", "dominant_topic IS NOT NULL"))
    table = np.zeros(tuple(max(row[place] for row in pairs) + 1 for place in (0, 1)), int)
    for planted, found, count in pairs:
        table[planted, found] = count
    matched = zip(*linear_sum_assignment(-table), strict=True)
    names, topics = (sorted({row[place] for row in rows}) for place in (0, 1))
    right = {names[i]: (topics[j], int(table[i, j]), int(table[i].sum())) for i, j in matched}
    share = sum(found for _, found, _ in right.values()) / table.sum()
    print(f"planted themes found: matched topic accuracy {share:.3f} of {table.sum():,} customers with a text")
    for theme, (topic, found, of) in right.items():
        print(f"  {theme:<12} -> {topic:<28} {found:>6,} of {of:,}")


def hybrid_segments(connection: duckdb.DuckDBPyConnection) -> None:
    """Customers with a text and a purchase only: of the others one side is not known."""
    told = "dominant_topic IS NOT NULL AND value_segment IS NOT NULL"
    print("planted hybrid segments (a value group and a theme) found: adjusted Rand index")
    sides = {
        "hybrid segments": "hybrid_segment",
        "value segments alone": "value_segment",
        "topics alone": "dominant_topic",
    }
    for name, column in sides.items():
        print(f"  {name:<22} {adjusted_rand(numbered(counts(connection, 'hybrid_segment', column, told))):.3f}")


def bots(folder: str) -> None:
    checks = query(f"{folder}/tables", "SELECT name, found, detail FROM validation WHERE \"check\" = 'density'")
    found = {row["name"]: row for row in checks.to_pylist()}
    print("planted bots found:")
    for name in ("recall", "precision", "auc"):
        print(f"  {name:<10} {found[name]['found']:.3f}  {found[name]['detail']}")


if __name__ == "__main__":
    main(sys.argv[1])
