"""Programs that make what the package carries; they are not part of it."""
