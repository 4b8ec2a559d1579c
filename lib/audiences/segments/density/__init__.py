"""Density segments of users: choosing eps, fitting GridDBSCAN, naming what it finds, and how well that agrees with
anomalies that are known."""
