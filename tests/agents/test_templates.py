"""Templates make files that pass their tests; those that want more than that are refused."""

import pytest

from functions.adapters.projects import LocalProjects
from functions.agents import templating
from functions.ports import Limits
from subjects.errors import InvalidInput
from tests.agents.conftest import FakeHost

FUNCTION = {"queue": "text", "name": "count_words", "description": "How long a text is."}


@pytest.fixture
async def bench(bwrap, tmp_path):
    async with LocalProjects((tmp_path,)) as projects:
        yield FakeHost(bwrap, projects)


@pytest.fixture
def template(tmp_path):
    """Writes a template, gives its input."""

    def make(questions, **files):
        place = tmp_path / "template"
        place.mkdir()
        (place / "copier.yml").write_text(questions)
        for name, text in {"a.txt.jinja": "{{ word }}", **files}.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text)
        return {"path": str(place)}

    return make


async def test_our_function_template_makes_a_function_whose_tests_pass(bench):
    report = await bench.call("code_generator.from_template", {"builtin": "function", "answers": FUNCTION})
    assert report.status == "ok"
    assert report.metrics["files"] == ["tests/test_text_count_words.py", "text_count_words.py"]
    assert [own.status for own in report.tools] == ["ran"] * 4


async def test_our_package_template_makes_a_package_whose_tests_pass(bench):
    answers = {"package": "my_shop", "description": "Sells things.", "command": True}
    report = await bench.call("code_generator.from_template", {"builtin": "package", "answers": answers})
    assert report.status == "ok"
    assert "src/my_shop/__main__.py" in report.metrics["files"]


async def test_a_template_of_a_project_is_filled_in(bench, template):
    input = template(
        "word:\n  type: str\ncount:\n  type: int\n  default: 2\n", **{"b.py.jinja": "x = {{ count }}\n"}
    )
    report = await bench.call(
        "code_generator.from_template", {**input, "answers": {"word": "hello", "count": 3}}
    )
    made = {own.name: await bench.artifacts.get(own.ref) for own in report.artifacts}
    assert made["a.txt"] == b"hello"
    assert made["b.py"] == b"x = 3\n"


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"word": "a", "colour": "red"}, "does not ask for colour"),
        ({}, "word"),
        ({"word": "a", "count": "many"}, "many"),
    ],
)
async def test_answers_that_do_not_fit_are_refused(bench, template, answers, said):
    input = template("word:\n  type: str\ncount:\n  type: int\n  default: 2\n")
    with pytest.raises(InvalidInput, match=said):
        await bench.call("code_generator.from_template", {**input, "answers": answers})


@pytest.mark.parametrize(
    ("questions", "files", "said"),
    [
        ("word: a\n_tasks: [touch /tmp/x]\n", {}, "wants to run something"),
        ("word: a\n_jinja_extensions: [os.path]\n", {}, "wants to run something"),
        ("word: a\n", {"{{ '..' }}/{{ '..' }}/out.txt.jinja": "x"}, "cannot be written out"),
        (
            "word: a\n",
            {"b.txt.jinja": "{{ ''.__class__.__mro__[1].__subclasses__() }}"},
            "cannot be written out",
        ),
        ("word: a\n", {"b.txt.jinja": "{% for x in range(10**9) %}x{% endfor %}"}, "cannot be written out"),
        ("- not\n- questions\n", {}, "cannot be written out"),
    ],
)
async def test_a_template_that_wants_more_than_to_be_filled_in_is_refused(
    bench, template, questions, files, said
):
    with pytest.raises(InvalidInput, match=said):
        await bench.call("code_generator.from_template", {**template(questions, **files), "answers": {}})


async def test_a_template_without_end_is_stopped(bench, template, monkeypatch):
    monkeypatch.setattr(templating, "LIMITS", Limits(seconds=3, file_size=1 << 20))
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    report = await bench.call(
        "code_generator.from_template", {**template("word: a\n", **{"b.txt.jinja": loop}), "answers": {}}
    )
    assert (report.status, report.tools[0].status) == ("failed", "timeout")


async def test_code_that_does_not_compile_or_fails_its_tests_is_not_ok(bench, template):
    input = template(
        "word: a\n",
        **{"b.py.jinja": "def broken(:\n", "test_c.py.jinja": "def test_c():\n    assert 1 == 2\n"},
    )
    report = await bench.call("code_generator.from_template", input)
    assert report.status == "partial"
    assert {own.name: own.status for own in report.tools} == {
        "copier": "ran", "ruff check": "failed", "compile": "failed", "pytest": "failed",
    }  # fmt: skip
    assert report.findings[0].file == "b.py"
