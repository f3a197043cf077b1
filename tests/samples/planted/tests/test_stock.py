"""The stock is seven; one of these says otherwise."""

from shop import stock
from shop.bare import convert


def test_what_is_left():
    assert stock.left("tea") == 7


def test_what_is_left_of_nothing():
    assert stock.left("tea") == 8


def test_a_price_stays():
    assert convert(3) == 3
