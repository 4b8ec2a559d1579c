"""Real-time scores over HTTP: one exported model, no Spark (extra `serve`)."""

from audiences.serving.app import make_app

__all__ = ["make_app"]
