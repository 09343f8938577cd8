"""The command line."""

from piecewise_mt.cli.command import main

__all__ = ["main"]
