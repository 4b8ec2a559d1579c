"""Spark itself: sessions, and the JARs that each Spark line needs."""
