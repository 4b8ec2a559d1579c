"""Choosing k, fitting clusters."""
