"""``python -m d2animator``."""

from __future__ import annotations

from d2animator.cli import main

if __name__ == "__main__":
    main()
