"""The command line: fit, predict, explain, datasets. One module a command."""

from baremath.cli.app import main

__all__ = ["main"]
