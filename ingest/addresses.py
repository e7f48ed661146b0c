"""Host names to addresses that may be reached: by default none inside the machine or its own network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence

from indexes.errors import NotAllowed, UnreadableSource

Resolve = Callable[[str, int], Sequence[str]]
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def resolve_host(host: str, port: int) -> Sequence[str]:
    """Return every address that the system's resolver gives for the host.

    Raises:
        UnreadableSource: there is no such host, or no name server answers.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnreadableSource(f"host {host} was not found: {error}", hint="Check the address and network.") from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def reachable_addresses(host: str, port: int, *, allow_private: bool, resolve: Resolve) -> Sequence[str]:
    """Return the host's addresses after all of them were checked.

    Raises:
        NotAllowed: one of them is private, loopback, link-local, multicast or reserved.
        UnreadableSource: there is no such host.
    """
    addresses = resolve(host, port)
    for address in addresses:
        if not allow_private and not is_public(address):
            raise NotAllowed(
                f"host {host} is at {address}, which is not a public address",
                hint="Set RONBUN_ALLOW_PRIVATE_ADDRESSES=true if sources on your own network are wanted.",
            )
    return addresses


def is_public(address: str) -> bool:
    """Say whether an address is on the public internet, whatever form an IPv4 address hides in."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return all(form.is_global and not form.is_multicast for form in (parsed, *_embedded(parsed)))


def _embedded(address: _Address) -> list[_Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    inner: list[_Address | None] = [address.ipv4_mapped, address.sixtofour]
    if address in _NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if address.teredo is not None:
        inner.extend(address.teredo)
    return [form for form in inner if form is not None]
