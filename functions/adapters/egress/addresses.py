"""Which addresses are public. Everything else is this machine's, its network's, or a way to disguise one."""

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_METADATA = frozenset(
    ipaddress.ip_address(own)
    for own in ("169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200", "168.63.129.16")
)
"""Where clouds tell a machine its secrets. The last one is a public address."""
_WRAPPING = tuple(
    (ipaddress.ip_network(net), name)
    for net, name in (
        ("2002::/16", "6to4"),
        ("2001::/32", "Teredo"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("192.88.99.0/24", "6to4 relay"),
        ("fec0::/10", "site-local"),
    )
)
"""Old ways to carry an IPv4 address, or private by an old rule: nobody is served from them."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def parsed(text: str) -> Address:
    """An address as a resolver writes it, without its zone; ValueError where it is none."""
    return ipaddress.ip_address(text.partition("%")[0])


def not_public(address: Address) -> str:
    """Why an address is not a public one; empty where it is.

    >>> not_public(parsed("93.184.215.14")), not_public(parsed("::ffff:10.0.0.1"))
    ('', 'private')
    >>> not_public(parsed("64:ff9b::7f00:1")), not_public(parsed("2002:7f00:1::"))
    ('loopback', '6to4')
    """
    address = _unwrapped(address)
    if address in _METADATA:
        return "cloud metadata"
    if address.is_unspecified:
        return "unspecified"
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    if address.is_multicast:
        return "multicast"
    for net, name in _WRAPPING:
        if address.version == net.version and address in net:
            return name
    if _is_isatap(address):
        return "ISATAP"
    if address.is_private:
        return "private"
    return "" if address.is_global and not address.is_reserved else "reserved"


def within(address: Address, nets: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    """Whether an address is in one of the networks, as itself or as the IPv4 address that it carries."""
    plain = _unwrapped(address)
    return any(plain.version == net.version and plain in net for net in nets)


def same(one: Address, other: Address) -> bool:
    """Whether both lead to the same place."""
    return _unwrapped(one) == _unwrapped(other)


def _unwrapped(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_isatap(address: Address) -> bool:
    return address.version == 6 and (int(address) >> 32) & 0xFDFFFFFF == 0x5EFE
