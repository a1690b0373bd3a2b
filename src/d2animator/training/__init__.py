"""The training loop that every network shares; it knows no faces."""
