"""Every way to write a private address is the same private address."""

import ipaddress

import pytest

from functions.adapters.egress import addresses, heads, rules
from functions.adapters.egress.rules import Rules
from functions.ports import Bounds
from subjects.errors import InvalidInput, InvalidRequest

PUBLIC = ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
PRIVATE = [
    "0.0.0.0", "10.0.0.1", "127.0.0.1", "127.255.255.254", "100.64.0.1", "100.100.100.200",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "168.63.129.16", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808",
    "2002:7f00:1::", "2002:808:808::1", "2001:0:808:808::1", "2001:db8::1", "fc00::1", "fd00:ec2::254",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2606:4700::5efe:7f00:1", "2606:4700::200:5efe:a00:1",
    "100::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_public(address):
    assert addresses.not_public(addresses.parsed(address)) == ""


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_not_however_it_is_wrapped(address):
    assert addresses.not_public(addresses.parsed(address))


@pytest.mark.parametrize(
    "text", ["", "a:b", "a:", "a:99999", "a:0", "[::1", "[::1]x:80", "a:8\u0660", "\udc80:80"]
)
def test_an_authority_that_is_none_is_refused(text):
    with pytest.raises(InvalidInput):
        rules.target(text, None)


def test_only_listed_hosts_and_their_children_match():
    own = Rules(hosts=("example.org", "*.example.org"))
    for host, allowed in {
        "example.org": True,
        "a.b.example.org": True,
        "evil-example.org": False,
        "example.org.evil.net": False,
        "evil.net": False,
        ".example.org": False,
    }.items():
        assert (own.of_name(host, 443, Bounds()) == "") is allowed, host


def test_a_task_can_narrow_the_hosts_but_not_widen_them():
    own = Rules(hosts=("*.example.org",))
    assert own.of_name("a.example.org", 443, Bounds(hosts=("a.example.org",))) == ""
    assert own.of_name("b.example.org", 443, Bounds(hosts=("a.example.org",)))
    assert own.of_name("evil.net", 443, Bounds(hosts=("evil.net",)))


@pytest.mark.parametrize("port", [0, 22, 25, 4222, 6379, 8222, 12000])
def test_ports_of_other_services_are_closed(port):
    assert "port" in Rules().of_name("example.org", port, Bounds())


def test_an_opened_place_is_one_host_and_one_port():
    places, networks = rules.opened(["127.0.0.1:9000", "[::1]:9001", "10.1.0.0/16"])
    own = Rules(places=places, networks=networks)
    home = ipaddress.ip_address("127.0.0.1")
    assert own.of_name("127.0.0.1", 9000, Bounds()) == ""
    assert own.of_address("127.0.0.1", 9000, home) == ""
    assert own.of_address("localhost", 9000, home)
    assert own.of_address("127.0.0.1", 80, home)
    assert own.of_address("::1", 9001, ipaddress.ip_address("::1")) == ""
    assert own.of_address("intranet", 80, ipaddress.ip_address("10.1.2.3")) == ""
    assert own.of_address("intranet", 80, ipaddress.ip_address("10.2.2.3"))


def test_our_own_services_stay_closed_where_their_network_is_open():
    home = ipaddress.ip_address("10.1.0.9")
    own = Rules(networks=(ipaddress.ip_network("10.1.0.0/16"),), own=frozenset({(home, 8080)}))
    assert own.of_address("nats", 8080, home) == "one of our own services"
    assert own.of_address("nats", 8080, ipaddress.ip_address("::ffff:10.1.0.9")) == "one of our own services"
    assert own.of_address("other", 80, home) == ""


def test_a_public_address_of_this_very_machine_is_closed():
    here = ipaddress.ip_address("93.184.215.14")
    assert Rules(here=frozenset({here})).of_address("me", 443, here) == "an address of this machine"


@pytest.mark.parametrize("entry", ["", "x", "x:", "x:0", "x:99999", "10.0.0.0/33", "10.0.0.1/8", "a/b"])
def test_a_setting_that_opens_nothing_is_an_error(entry):
    with pytest.raises(InvalidRequest):
        rules.opened([entry])


@pytest.mark.parametrize(
    "head",
    [
        b"GET",
        b"GET http://a/ HTTP/2",
        b"GET  http://a/ HTTP/1.1",
        b"GET http://a/ HTTP/1.1\r\nno colon",
        b"GET http://a/ HTTP/1.1\r\nA : b",
        b"POST http://a/ HTTP/1.1\r\nTransfer-Encoding: chunked",
        b"POST http://a/ HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2",
        b"POST http://a/ HTTP/1.1\r\nContent-Length: -1",
        b"GET http://a/ HTTP/1.1\r\nA: b\nHost: c",
    ],
)
def test_a_head_that_two_could_read_differently_is_refused(head):
    with pytest.raises(InvalidInput):
        heads.parsed(head + b"\r\n\r\n")


def test_the_server_gets_the_host_that_was_checked_and_nothing_of_the_proxy():
    head = heads.parsed(
        b"GET http://Shop.example:80/a?b HTTP/1.1\r\nHost: inside.example\r\nProxy-Authorization: x\r\n"
        b"Accept: */*\r\nConnection: keep-alive\r\n\r\n"
    )
    assert heads.forwarded(head) == (
        b"GET /a?b HTTP/1.1\r\nHost: shop.example\r\naccept: */*\r\nConnection: close\r\n\r\n"
    )
