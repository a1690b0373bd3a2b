"""How the page is served, and how much one user may ask for."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from d2animator.arguments import check_fields
from d2animator.errors import ConfigError

MB = 1_000_000


@dataclass(frozen=True)
class WebOptions:
    """How the page is served, and how much one user may ask for."""

    # Address to listen at; 127.0.0.1 is this machine alone.
    host: str = "127.0.0.1"
    # Port, 0 for any that is free.
    port: int = 8420
    # User and password that a browser has to give; None for nobody's.
    auth: tuple[str, str] | None = None
    # Names besides localhost, the machine's own and ``host`` that a browser may know the server
    # by, such as a proxy's. Numeric addresses always may.
    allowed_hosts: tuple[str, ...] = ()
    # Largest file that is taken, in bytes.
    max_upload: int = 200 * MB
    # Longest part of a driver that is animated, in seconds.
    max_seconds: float = 60.0
    # Longer side of the largest result, in pixels.
    max_side: int = 2048
    # Files that a session may hold at once, work that it may have waiting or running, and sessions.
    max_files: int = 16
    max_jobs: int = 4
    max_sessions: int = 64
    # People before their cameras at once.
    max_live: int = 2
    # Seconds after which a session and its files are removed: since its page was closed; since its
    # last request where it never had a page, as a script's.
    grace_s: float = 30.0
    keep_s: float = 600.0

    def __post_init__(self) -> None:
        check_fields(self)
        if not 0 <= self.port <= 65535:
            raise ConfigError("port", f"expected 0 to 65535, got {self.port}")
        for name in ("max_upload", "max_seconds", "max_side", "max_files", "max_jobs"):
            if getattr(self, name) <= 0:
                raise ConfigError(name, f"expected more than 0, got {getattr(self, name):g}")
        if self.auth is not None and not all(self.auth):
            raise ConfigError("auth", "expected user:password, one of both is empty")

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def read_auth(text: str) -> tuple[str, str]:
    """Read ``user:password``.

    Raises:
        ConfigError: It is not of that form.
    """
    user, colon, password = text.partition(":")
    if not (user and colon and password):
        raise ConfigError("auth", "expected user:password")
    return user, password
