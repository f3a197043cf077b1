"""Functions are found by import path, and what is not there is said with a hint."""

import pytest

from functions import function, registry
from subjects import errors


@function("shop.price")
def price(item: str) -> int:
    """What it costs."""
    return len(item)


ALL = (price,)


def test_our_own_functions_are_an_ordinary_target():
    assert "security.scan" in registry.load(["functions.builtin"])


def test_only_the_named_queues_and_functions_are_taken():
    found = registry.load(["functions.builtin"], only=["security", "parallel_mind.review"])
    security = {name for name in registry.load(["functions.builtin"]) if name.startswith("security.")}
    assert "security.scan" in security
    assert set(found) == {*security, "parallel_mind.review"}


@pytest.mark.parametrize(
    ("targets", "only", "said"),
    [
        (["no_such_module"], [], "no module 'no_such_module'"),
        (["functions.builtin:FUNCTION"], [], "did you mean FUNCTIONS"),
        (["functions.settings:BUILTIN"], [], "is no function"),
        (["functions.builtin"], ["securty"], "did you mean security?"),
        (["entry:nobody"], [], "no installed package"),
    ],
)
def test_what_is_not_there_is_named_with_a_hint(targets: list[str], only: list[str], said: str):
    with pytest.raises(errors.InvalidRequest) as raised:
        registry.load(targets, only)
    assert said in raised.value.message


def test_an_installed_package_offers_its_functions_by_an_entry_point(tmp_path, monkeypatch):
    (tmp_path / "weather_tasks.py").write_text(
        "from functions import function\n\n\n@function('weather.now')\ndef now() -> int:\n    return 21\n"
    )
    about = tmp_path / "weather-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: weather\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[revoagent.functions]\nweather = weather_tasks\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "entry:weather" in registry.entry_points()
    assert registry.load(["entry:weather"])["weather.now"]() == 21
