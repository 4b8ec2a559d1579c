"""Names, members and profiles of segments, and the tables to act on."""
