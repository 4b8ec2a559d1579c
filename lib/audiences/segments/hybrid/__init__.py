"""Hybrid segments: of what customers do and what they say."""
