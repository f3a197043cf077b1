"""What a project says it needs."""

import pytest

from functions.agents import pins, supply
from functions.agents.pins import Pin, Pins

ONE = '[[package]]\nname = "a"\nversion = "1"\n'


@pytest.fixture
def read(tmp_path):
    def of(**files):
        for name, text in files.items():
            place = tmp_path / name.replace("__", "/").replace("_DOT_", ".")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return pins.read(tmp_path)

    return of


def short(found):
    return [(own.name, own.version, own.line) for own in found.pins]


def test_requirements_with_all_that_pip_takes(read, tmp_path):
    (tmp_path / "more.txt").write_text("tail==9\n")
    found = read(requirements_DOT_txt="""# head
Zope.Interface == 5.0 ; python_version > "3"   # why
requests[socks]>=2,<3
jinja2==2.10 \\
    --hash=sha256:abc
-r more.txt
-e git+https://example.org/a.git@main#egg=a-b
pkg @ https://example.org/pkg.whl
--extra-index-url=http://example.org/simple
ä=1
""")  # fmt: skip
    assert short(found) == [
        ("zope-interface", "5.0", 2), ("requests", "", 3), ("jinja2", "2.10", 4), ("a-b", "", 7),
        ("pkg", "", 8), ("tail", "9", 1),
    ]  # fmt: skip
    assert [own.hashed for own in found.pins[:3]] == [False, False, True]
    assert [own.name for own in found.options] == ["file", "--extra-index-url"]
    assert found.notes == ["requirements.txt:10: not a requirement that can be read: ä=1"]
    rules = {own.rule for own in supply.risky(found)}
    assert rules == {"insecure-index", "moving-source", "no-hashes"}


def test_pyproject_in_the_words_of_the_standard_and_of_poetry(read):
    found = read(pyproject_DOT_toml="""
[project]
dependencies = ["click==8.1.0", "rich>13"]
[project.optional-dependencies]
x = ["numpy==2.0"]
[dependency-groups]
dev = ["pytest==9.0", {include-group = "x"}]
[tool.poetry.dependencies]
python = "^3.11"
django = "^4.2"
flask = "2.0.1"
own = {git = "https://example.org/own.git", rev = "abc"}
""")  # fmt: skip
    assert {own.name: own.version for own in found.pins} == {
        "click": "8.1.0", "rich": "", "numpy": "2.0", "pytest": "9.0", "django": "", "flask": "2.0.1",
        "own": "",
    }  # fmt: skip
    assert next(own.specifier for own in found.pins if own.name == "django") == ">=4.2,<5"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uv_DOT_lock", ONE + '[[package]]\nname = "me"\nversion = "0"\nsource = { editable = "." }\n'),
        ("poetry_DOT_lock", ONE),
        ("pdm_DOT_lock", ONE.replace('"a"', '"A"')),
        ("pylock_DOT_toml", '[[packages]]\nname = "a"\nversion = "1"\n'),
        ("Pipfile_DOT_lock", '{"default": {"a": {"version": "==1"}}, "develop": {}}'),
    ],
)  # fmt: skip
def test_every_lock_file_names_exact_versions(read, name, text):
    found = read(**{name: text})
    assert [(own.name, own.version, own.locked) for own in found.pins] == [("a", "1", True)]


def test_a_lock_settles_what_the_project_leaves_open(read):
    found = read(
        pyproject_DOT_toml='[project]\ndependencies = ["a", "b"]\n',
        uv_DOT_lock='[[package]]\nname = "a"\nversion = "1"\n',
    )
    assert [own.name for own in pins.unpinned(found.pins)] == ["b"]


def test_setup_cfg_is_read_and_setup_py_is_said_not_to_be(read):
    text = "[options]\ninstall_requires =\n  a==1\n  b>=2\n[options.extras_require]\nx = c==3\n"
    found = read(setup_DOT_cfg=text, setup_DOT_py="")
    assert [own.name for own in found.pins] == ["a", "b", "c"]
    assert found.script


@pytest.mark.parametrize(
    "name", ["pyproject_DOT_toml", "uv_DOT_lock", "Pipfile_DOT_lock", "setup_DOT_cfg", "requirements_DOT_txt"]
)
@pytest.mark.parametrize(
    "text", ["[[[", '"a"', "\0\0", "x", "[project]\ndependencies = 5", "[tool]\npoetry = 1"]
)
def test_files_that_make_no_sense_are_named_and_nothing_breaks(read, name, text):
    found = read(**{name: text})
    assert isinstance(found, Pins)


def test_a_name_like_a_popular_one_is_asked_about():
    found = Pins(
        [
            Pin("reqeusts", "1", "r.in", 1),
            Pin("django", "4", "r.in", 2),
            Pin("colorama2", "", "r.in", 3, ">1"),
        ]
    )
    assert [(own.rule, own.line) for own in supply.risky(found)] == [
        ("lookalike-name", 1),
        ("lookalike-name", 3),
    ]
