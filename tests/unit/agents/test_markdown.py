"""The reference reads well, and a reference that leads nowhere is told."""

from functions.agents import markdown
from functions.agents.markdown import Thing


def thing(path="shop.orders.place", kind="function", signature="place(n: int) -> int", doc="", **others):
    values = {
        "path": path, "module": "shop.orders", "kind": kind, "signature": signature, "file": "shop/orders.py",
        "line": 3, "docstring": doc, "docline": 4, "shown": [], "labels": [],
    }  # fmt: skip
    return Thing(**{**values, **others})


def test_a_function_has_a_heading_its_signature_and_its_words():
    text = "\n".join(markdown.section(thing(doc="Places an order.", shown=["shop.place"])))
    assert "### `place`" in text
    assert "```python\ndef place(n: int) -> int\n```" in text
    assert "Import it as `shop.place`." in text
    assert text.rstrip().endswith("Places an order.")


def test_parameters_become_a_list_and_examples_code():
    lines = markdown.section(
        thing(
            doc="Places.\n\nArgs:\n    n (int): how many\n\n>>> place(1)\n2\n\nSee :func:`~shop.orders.take`."
        )
    )
    assert "- `n`: how many" in lines
    assert lines[lines.index(">>> place(1)") - 1] == "```python"
    assert lines[lines.index("2") + 1] == "```"
    assert "See `shop.orders.take`." in lines


def test_sphinx_fields_become_a_list():
    assert "- `n`: how many" in markdown.section(thing(doc="Places.\n\n:param n: how many\n:returns: it"))


def test_a_reference_that_leads_nowhere_is_told_with_its_line():
    own = thing(doc="Places.\n\nSee :class:`shop.orders.Gone` and :class:`shop.Order`, :exc:`ValueError`.")
    known = markdown.names(
        ["shop", "shop.orders", "shop.orders.Order"], [("shop.Order", "shop.orders.Order")]
    )
    assert list(markdown.broken([own], known)) == [(own, 6, "shop.orders.Gone", True)]


def test_what_other_distributions_have_is_not_judged():
    own = thing(doc="As :class:`flask.Flask` and :func:`os.path.join`.")
    assert list(markdown.broken([own], markdown.names(["shop"], []))) == []


def test_a_short_name_that_is_nowhere_is_told_as_unsure():
    own = thing(doc="As :class:`Nonesuch`.")
    assert [sure for *_, sure in markdown.broken([own], markdown.names(["shop"], []))] == [False]


def test_split_pages_hold_each_thing_once():
    module = thing("shop.orders", "module", "", "Orders.\n", module="shop.orders")
    pages = markdown.pages([module, thing()])
    assert sorted(pages) == ["index", "shop.orders"]
    assert pages["shop.orders"].count("`place`") == 1
    assert "Orders." in pages["index"]
