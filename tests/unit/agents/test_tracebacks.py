"""Tracebacks are found in whatever text they stand in, and read for their cause."""

import subprocess
import sys
import textwrap

import pytest

from functions.agents import causes, debugging, tracebacks
from functions.agents.tracebacks import Frame, Trace

CHAINED = """2026-11-24 10:00:00 INFO started
Traceback (most recent call last):
  File "/srv/app/shop/till.py", line 8, in total
    return row["price"]
           ~~~^^^^^^^^^
KeyError: 'price'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/app/main.py", line 12, in <module>
    run()
  File "/usr/lib/python3.11/site-packages/lib.py", line 3, in call
    raise ValueError("bad rows") from error
ValueError: bad rows
2026-11-24 10:00:01 INFO next
Traceback (most recent call last):
  File "/srv/app/main.py", line 3, in other
    1 / 0
ZeroDivisionError: division by zero
"""

GROUP = """  + Exception Group Traceback (most recent call last):
  |   File "a.py", line 1, in <module>
  |     raise ExceptionGroup("two", errors)
  | ExceptionGroup: two (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "a.py", line 5, in f
    |     int("x")
    | ValueError: invalid literal for int() with base 10: 'x'
    +---------------- 2 ----------------
    | TypeError: 5
    +------------------------------------
"""

PYTEST = """=================================== FAILURES ===================================
_________________________________ test_total __________________________________
tests/test_till.py:7: in test_total
    assert total() == 3
shop/till.py:8: in total
    return row["price"]
E   KeyError: 'price'
=========================== short test summary info ============================
"""


def test_a_log_with_chained_and_separate_tracebacks():
    first, second, third = tracebacks.find(CHAINED)
    assert (first.type, first.frames[0].expression, first.chain) == ("KeyError", 'row["price"]', "")
    assert (second.type, second.message, second.chain) == ("ValueError", "bad rows", "cause")
    assert (third.type, third.chain, third.line) == ("ZeroDivisionError", "", 17)
    assert not any(own.truncated for own in (first, second, third))


def test_groups_and_pytest_output_are_read():
    outer, inner = tracebacks.find(GROUP)
    assert (outer.type, inner.type, inner.frames[0].function) == ("ExceptionGroup", "ValueError", "f")
    (trace,) = tracebacks.find(PYTEST)
    assert (trace.type, trace.message, trace.test) == ("KeyError", "'price'", "test_total")
    assert [(own.file, own.line) for own in trace.frames] == [("tests/test_till.py", 7), ("shop/till.py", 8)]


def test_what_is_cut_off_at_either_end_is_still_read_and_said():
    lines = CHAINED.splitlines()
    (tail, *_) = tracebacks.find("\n".join(lines[2:6]))
    assert (tail.type, tail.truncated) == ("KeyError", True)
    (head,) = tracebacks.find("\n".join(lines[1:4]))
    assert (head.type, head.truncated, head.frames[0].line) == ("", True, 8)


@pytest.mark.parametrize(
    "text", ["", "nothing here", "Traceback (most recent call last):", "\0" * 50, '  File "x", line 1']
)
def test_any_text_is_survived(text):
    tracebacks.find(text)


def test_real_tracebacks_of_this_python_are_read_whole():
    programs = {
        "KeyError": "def f(d): return d['b']\nf({'a': 1})",
        "RecursionError": "def f(): return f()\nf()",
        "SyntaxError": "compile('a b', 'x.py', 'exec')",
        "UnboundLocalError": "def f():\n    print(x)\n    x = 1\nf()",
        "ExceptionGroup": "raise ExceptionGroup('g', [ValueError(1), TypeError(2)])",
    }
    for kind, text in programs.items():
        done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
        found = tracebacks.find(done.stderr)
        assert found[0].type == kind, done.stderr
        assert causes.of(found[0]), kind


@pytest.mark.parametrize(
    ("type", "message", "rule", "said"),
    [
        ("AttributeError", "'NoneType' object has no attribute 'group'", "none-attribute", "before `.group`"),
        ("TypeError", "f() missing 1 required positional argument: 'a'", "missing-arguments", "without 'a'"),
        ("TypeError", "T.f() takes 1 positional argument but 2 were given", "too-many-arguments", "got 2"),
        ("TypeError", "'coroutine' object is not iterable", "missing-await", "without await"),
        ("TypeError", "unsupported operand type(s) for +: 'int' and 'str'", "mixed-types", "'int' and 'str'"),
        ("IndexError", "list index out of range", "empty-or-short", "shorter"),
        ("ImportError", "cannot import name 'a' from partially initialized module 'm'", "circular-import",
         "m is"),
        ("ValueError", "not enough values to unpack (expected 2, got 1)", "unpack-count", "expects 2"),
        ("json.decoder.JSONDecodeError", "Expecting value: line 1 column 1 (char 0)", "not-json", "HTML"),
        ("UnicodeDecodeError", "'utf-8' codec can't decode byte 0xe4 in position 3", "wrong-encoding",
         "0xe4"),
        ("RuntimeError", "asyncio.run() cannot be called from a running event loop", "nested-loop", "loop"),
        ("RuntimeError", "dictionary changed size during iteration", "changed-while-read", "gone through"),
        ("NameError", "name 'jsn' is not defined. Did you mean: 'json'?", "misspelt-name", "json"),
        ("sqlite3.OperationalError", "no such table: orders", "no-such-table", "table orders"),
        ("FileNotFoundError", "[Errno 2] No such file or directory: 'a.txt'", "no-such-file", "'a.txt'"),
    ],
)  # fmt: skip
def test_the_likely_cause_follows_from_what_was_said(type, message, rule, said):
    (cause, *_) = causes.of(Trace(type, message, [Frame("a.py", 1, "f", "x = y")]))
    assert cause.rule == rule
    assert said in cause.cause
    assert "a.py:1 in f" in cause.evidence


def test_the_project_s_own_names_explain_failed_imports():
    files = ["src/shop/__init__.py", "src/shop/till.py", "random.py"]
    absent = Trace("ModuleNotFoundError", "No module named 'shop'", [])
    assert causes.of(absent, files)[0].rule == "not-on-path"
    assert causes.of(absent)[0].rule == "not-installed"
    hidden = Trace("AttributeError", "module 'random' has no attribute 'choice'", [])
    assert "shadowed-module" in {own.rule for own in causes.of(hidden, files)}


def test_frames_from_another_machine_are_found_here_with_the_lines_around(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "till.py").write_text("\n" * 6 + "# seven\n    return row['cost']\n")
    (tmp_path / "main.py").write_text("x\n" * 20)
    answer = debugging.explained(CHAINED, tmp_path)
    first, second, _ = answer.failures
    assert (first.where.file, first.where.own) == ("shop/till.py", True)
    assert first.where.around[-1] == "> 8     return row['cost']"
    assert any(note.startswith("shop/till.py:8 reads otherwise") for note in answer.notes)
    assert [own.own for own in second.trace.frames] == [True, False]
    assert second.causes[0].rule == "missing-key"
    assert [(own.file, own.line) for own in answer.findings] == [("main.py", 3), ("main.py", 12)]


def test_a_text_without_a_traceback_is_said_to_have_none(tmp_path):
    answer = debugging.explained(textwrap.dedent("all is well"), tmp_path)
    assert (answer.status, answer.findings) == ("partial", [])
    assert answer.tools[0].status == "unknown"
