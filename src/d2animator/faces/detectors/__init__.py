"""Landmark detectors behind one protocol, chosen by name: the bundled one and outside libraries."""
