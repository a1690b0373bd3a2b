"""Which hosts may be talked to when somebody else names them."""

from __future__ import annotations

import ipaddress
import socket
import urllib.parse
import urllib.request
from typing import Any

from d2animator.errors import FetchError

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def is_loopback(url: str) -> bool:
    """Whether an address names this machine by one of its usual names."""
    return (urllib.parse.urlsplit(url).hostname or "") in _LOOPBACK


def check_public(url: str, shown: str) -> None:
    """Check that an address leads to the public internet.

    Args:
        url: The address.
        shown: The same, for messages.

    Raises:
        FetchError: Its host is this machine, or one of a private network.
    """
    host = urllib.parse.urlsplit(url).hostname or ""
    if not is_public_name(host):
        raise FetchError(shown, not_public(host))


def is_public_name(host: str) -> bool:
    """Whether a host, by name or number, has addresses of the public internet alone."""
    if host in _LOOPBACK or not is_public_number(host):
        return False
    if urllib.request.getproxies() and not urllib.request.proxy_bypass(host):
        return True  # the proxy looks the name up
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return True  # nobody can be reached there: connecting says so better
    return all(is_public_number(str(entry[4][0])) for entry in found)


def is_public_number(number: str) -> bool:
    """Whether an IP address is one of the public internet; True for what is none."""
    try:
        address = ipaddress.ip_address(number.partition("%")[0])
    except ValueError:
        return True
    return (getattr(address, "ipv4_mapped", None) or address).is_global


def connect_public(
    address: tuple[str, int], timeout: Any = None, source_address: Any = None
) -> socket.socket:
    """Connect as `socket.create_connection` does, to the public internet alone.

    A name may lead elsewhere now than it did when it was checked: it is the address at the other
    end that counts, before a byte is sent there.

    Raises:
        FetchError: The host is this machine, or one of a private network.
        OSError: It cannot be reached.
    """
    connection = socket.create_connection(address, timeout, source_address)
    if not is_public_number(str(connection.getpeername()[0])):
        connection.close()
        raise FetchError(address[0], not_public(address[0]))
    return connection


def not_public(host: str) -> str:
    """What to say of a host that is not of the public internet."""
    return (
        f"{host} is this machine or one of a private network, and the address was named by a "
        "bundle or a redirect; fetch it yourself, and name the file"
    )
