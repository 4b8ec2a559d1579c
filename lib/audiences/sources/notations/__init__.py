"""How cells are written in raw files: one definition of each notation, compiled to Spark and carried out in Python."""
