"""The command line: `audiences run|plan|init|generate|report|history|query|export|explain|config|doctor`."""

from audiences.cli.app import main

__all__ = ["main"]
