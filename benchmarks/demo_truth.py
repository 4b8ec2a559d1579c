"""How well the demo's planted value groups and bots were found, and who went where."""

from __future__ import annotations

import sys

import duckdb
from deltalake import DeltaTable

from audiences.cli.query import query
from audiences.clustering.k_selection import adjusted_rand


def main(folder: str) -> None:
    """Compares published/customers with the generator's truth, and reads the validation of the bots."""
    customers = DeltaTable(f"{folder}/tables/published/customers").to_pyarrow_dataset()
    connection = duckdb.connect()
    connection.register("customers", customers)
    counts = connection.execute(
        "SELECT t.value_group, c.value_segment, count(*) FROM customers c "
        "JOIN read_parquet(?) t USING (customer_id) WHERE c.value_segment IS NOT NULL GROUP BY ALL ORDER BY ALL",
        [f"{folder}/raw/truth/*.parquet"],
    ).fetchall()
    groups, segments = (sorted({row[place] for row in counts}) for place in (0, 1))
    numbered = [(groups.index(group), segments.index(segment), count) for group, segment, count in counts]
    print(f"planted value groups found: adjusted Rand index {adjusted_rand(numbered):.3f} (1 is all, 0 is chance)")
    for group, segment, count in counts:
        print(f"  {group:<12} -> {segment:<28} {count:>6,}")
    checks = query(f"{folder}/tables", "SELECT name, found, detail FROM validation WHERE \"check\" = 'density'")
    found = {row["name"]: row for row in checks.to_pylist()}
    print("planted bots found:")
    for name in ("recall", "precision", "auc"):
        print(f"  {name:<10} {found[name]['found']:.3f}  {found[name]['detail']}")


if __name__ == "__main__":
    main(sys.argv[1])
