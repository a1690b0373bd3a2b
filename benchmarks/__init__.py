"""Measurements and pictures for the documentation; none of it is installed with the package."""
