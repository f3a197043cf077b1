import os

import pytest

from infra import address
from infra.address import Address
from subjects import errors

OWN = Address("nats://127.0.0.1:1", "/s", os.getpid(), "2026-01-01T00:00:00+00:00")


def test_a_stack_is_found_from_any_directory_below(tmp_path):
    (tmp_path / ".revo").mkdir()
    address.write(tmp_path / ".revo", OWN)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert address.find(below / ".revo", below) == OWN


def test_a_stack_that_is_gone_is_not_found(tmp_path):
    (tmp_path / ".revo").mkdir()
    address.write(tmp_path / ".revo", Address("nats://127.0.0.1:1", "/s", 2**22 + 1, ""))
    assert address.find(tmp_path / ".revo", tmp_path) is None


def test_an_address_that_cannot_be_read_is_as_good_as_none(tmp_path):
    (tmp_path / address.FILE).write_text("{")
    assert address.read(tmp_path) is None


def test_only_the_owner_takes_an_address_back(tmp_path):
    address.write(tmp_path, Address("nats://127.0.0.1:1", "/s", 1, ""))
    address.forget(tmp_path)
    assert address.read(tmp_path) is not None


def test_a_state_directory_has_one_owner(tmp_path):
    taken = pytest.raises(errors.Conflict, match="REVOAGENT_STATE")
    with address.claimed(tmp_path / "s"), taken, address.claimed(tmp_path / "s"):
        pass
    with address.claimed(tmp_path / "s"):
        pass
