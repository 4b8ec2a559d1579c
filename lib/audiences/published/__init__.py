"""What published runs hold, read without Spark: snapshots, SQL, members, explanations."""
