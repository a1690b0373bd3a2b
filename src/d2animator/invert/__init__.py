"""From a picture to its code, and networks tuned to it."""
