"""Value segments: their names and their members."""
