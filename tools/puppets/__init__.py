"""Puppets: synthetic heads that we render, and the models trained on them."""
