"""The command line: `audiences run|plan|generate|report|history|query|config|doctor`."""

from audiences.cli.app import main

__all__ = ["main"]
