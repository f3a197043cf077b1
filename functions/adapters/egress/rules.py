"""Where a connection may lead: ports, host lists, what this machine's settings open, and what is ours."""

import ipaddress
from collections.abc import Sequence

from msgspec import Struct

from functions.adapters.egress import addresses
from functions.adapters.egress.addresses import Address
from functions.ports import Bounds
from subjects.errors import InvalidInput, InvalidRequest

PORTS = frozenset((80, 443, 8080, 8443))

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Rules(Struct, frozen=True):
    """The settings of this machine. A task cannot widen them.

    `hosts`: only these, all where empty. `places` and `networks`: private ones that are opened. `own`: our
    own services, never reached; `here`: every address of this machine.
    """

    hosts: tuple[str, ...] = ()
    places: frozenset[tuple[str, int]] = frozenset()
    networks: tuple[_Network, ...] = ()
    own: frozenset[tuple[Address, int]] = frozenset()
    here: frozenset[Address] = frozenset()

    def of_name(self, host: str, port: int, bounds: Bounds) -> str:
        """Why this host and port are refused before anything is looked up; empty where they are not."""
        if not host or len(host) > 253 or any(own in host for own in " /\\@\0#?"):
            return "no host name"
        if any(matches(host, pattern) for pattern in bounds.closed):
            return "closed to this program"
        for allowed in (self.hosts, bounds.hosts):
            if allowed and not any(matches(host, pattern) for pattern in allowed):
                return "not in the list of allowed hosts"
        if port not in PORTS and (host, port) not in self.places:
            return f"port {port} is not one of {', '.join(map(str, sorted(PORTS)))}"
        return ""

    def of_address(self, host: str, port: int, address: Address) -> str:
        """Why an address is refused that the host's name led to; empty where it is not."""
        if any(port == own and addresses.same(address, ours) for ours, own in self.own):
            return "one of our own services"
        if (host, port) in self.places or addresses.within(address, self.networks):
            return ""
        reason = addresses.not_public(address)
        if reason:
            return f"not a public address ({reason})"
        if any(addresses.same(address, ours) for ours in self.here):
            return "an address of this machine"
        return ""


def opened(entries: Sequence[str]) -> tuple[frozenset[tuple[str, int]], tuple[_Network, ...]]:
    """The setting that opens private places: host:port, or a network.

    >>> opened(["127.0.0.1:8000", "10.1.0.0/16"])
    (frozenset({('127.0.0.1', 8000)}), (IPv4Network('10.1.0.0/16'),))
    """
    places: set[tuple[str, int]] = set()
    networks: list[_Network] = []
    for entry in entries:
        host, _, port = entry.rpartition(":")
        try:
            if "/" in entry:
                networks.append(ipaddress.ip_network(entry))
            else:
                places.add((host.strip("[]").lower(), _port(port)))
        except ValueError as error:
            raise InvalidRequest(f"{entry!r} is no host:port and no network: {error}") from None
    return frozenset(places), tuple(networks)


def matches(host: str, pattern: str) -> bool:
    """Whether a host is meant: the name itself, or `*.name` for all below it.

    >>> matches("docs.example.org", "*.example.org"), matches("example.org.evil.net", "example.org")
    (True, False)
    """
    pattern = pattern.lower().rstrip(".")
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1
    return host == pattern


def target(text: str, default: int | None) -> tuple[str, int]:
    """Host and port of an authority, lower case and without the dot of the root; InvalidInput where none is.

    >>> target("EXAMPLE.org.", 80), target("[::1]:443", None)
    (('example.org', 80), ('::1', 443))
    """
    host, port = text, default
    if text.startswith("["):
        host, mark, rest = text[1:].partition("]")
        if not mark or (rest and not rest.startswith(":")):
            raise InvalidInput(f"{text[:200]!r} is no host and port")
        text = rest
    elif text.count(":") > 1 and port is not None:
        return canonical(text), port  # an IPv6 address as some clients write it
    elif ":" in text:
        host = text.rpartition(":")[0]
    if ":" in text:
        digits = text.rpartition(":")[2]
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 5):
            raise InvalidInput(f"{text[:200]!r} has no port that can be")
        port = int(digits)
    if port is None or not 0 < port < 65536:
        raise InvalidInput(f"{text[:200]!r} has no port that can be")
    return canonical(host), port


def canonical(host: str) -> str:
    """One spelling of a host: lower case, ASCII, no dot of the root, addresses as Python writes them.

    >>> canonical("Bücher.example."), canonical("::FFFF:10.0.0.1") == canonical("::ffff:a00:1")
    ('xn--bcher-kva.example', True)
    """
    host = host.rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise InvalidInput(f"{host[:200]!r} is no host name") from None


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise ValueError(f"{text!r} is no port")
    return int(text)
