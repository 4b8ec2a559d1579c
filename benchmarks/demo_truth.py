"""How well the demo's planted value groups and bots were found."""

from __future__ import annotations

import sys

import duckdb
from deltalake import DeltaTable

from audiences.clustering.k_selection import adjusted_rand


def main(folder: str) -> None:
    """Compares published/customers with the generator's truth."""
    customers = DeltaTable(f"{folder}/tables/published/customers").to_pyarrow_dataset()
    connection = duckdb.connect()
    connection.register("customers", customers)
    counts = connection.execute(
        "SELECT t.value_group, c.segment, count(*) FROM customers c "
        "JOIN read_parquet(?) t USING (customer_id) GROUP BY ALL ORDER BY ALL",
        [f"{folder}/raw/truth/*.parquet"],
    ).fetchall()
    groups, segments = (sorted({row[place] for row in counts}) for place in (0, 1))
    numbered = [(groups.index(group), segments.index(segment), count) for group, segment, count in counts]
    print(f"planted value groups found: adjusted Rand index {adjusted_rand(numbered):.3f} (1 is all, 0 is chance)")
    for group, segment, count in counts:
        print(f"  {group:<12} -> {segment:<28} {count:>6,}")
    validation = DeltaTable(f"{folder}/tables/control/validation").to_pyarrow_dataset()
    connection.register("validation", validation)
    figures = connection.execute(
        "SELECT name, found, low, high, detail FROM validation WHERE \"check\" = 'density' AND name IN "
        "('precision', 'recall', 'lift', 'auc', 'precision_at_known') ORDER BY name"
    ).fetchall()
    print("planted bots found by density segments (95 % intervals):")
    for name, found, low, high, detail in figures:
        interval = "" if low is None else f" [{low:.3f}, {high:.3f}]"
        print(f"  {name:<20} {found:.3f}{interval}  {detail}")


if __name__ == "__main__":
    main(sys.argv[1])
