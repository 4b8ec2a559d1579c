"""How rows come in: files and Delta tables, what they list and what is new in them."""
