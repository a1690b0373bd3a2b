"""One loop from a driver to a file, shared by every application."""
