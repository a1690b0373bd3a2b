"""The command line: a thin layer over the facade."""

from d2animator.cli.main import app, main

__all__ = ["app", "main"]
