"""Host names to addresses that may be reached: by default none inside the machine or its own network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence

from indexes.errors import NotAllowed, UnreadableSource

Resolve = Callable[[str, int], Sequence[str]]
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_DOCUMENTATION = ipaddress.ip_network("3fff::/20")
_ISATAP = (0x00005EFE, 0x02005EFE)


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
    """Say whether an address is on the public internet, whatever form an IPv4 address hides in.

    Of IPv6 only the allocated unicast space (2000::/3) is public, and the forms that stand for a public IPv4 address:
    Python calls the deprecated site-local, IPv4-compatible and local NAT64 ranges global.
    """
    parsed = ipaddress.ip_address(address.partition("%")[0])
    inner = _embedded(parsed)
    return _is_global(parsed, carries_ipv4=bool(inner)) and all(_is_global(form) for form in inner)


def _is_global(address: _Address, *, carries_ipv4: bool = False) -> bool:
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    return address not in _DOCUMENTATION and (address in _GLOBAL_UNICAST or carries_ipv4)


def _embedded(address: _Address) -> list[_Address]:
    """Return the IPv4 addresses that an IPv6 one stands for: mapped, 6to4, NAT64, Teredo, ISATAP."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    inner: list[_Address | None] = [address.ipv4_mapped, address.sixtofour]
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _NAT64 or int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
        inner.append(last)
    if address.teredo is not None:
        inner.extend(address.teredo)
    return [form for form in inner if form is not None]
