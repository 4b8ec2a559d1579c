"""Carrying stages out: surveys of what is to be landed, runs, their plans and their manifests."""
