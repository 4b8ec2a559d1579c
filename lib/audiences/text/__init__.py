"""Reviews -> tokens -> vocabulary -> topics -> topics per customer and product."""
