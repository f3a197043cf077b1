"""One name under another: everywhere that it is meant, and nowhere else."""

import pytest

from functions.agents.codemods import applied

STEP = {"kind": "rename", "old": "pkg.orders.find", "new": "search"}


@pytest.mark.parametrize(
    ("name", "source", "changed"),
    [
        ("pkg.orders", "def find(): pass\nx = find()", "def search(): pass\nx = search()"),
        ("pkg.orders", "__all__ = ['find']\nfind = 1", '__all__ = ["search"]\nsearch = 1'),
        (
            "pkg.orders",
            "def f(a: find): pass\nclass find: pass",
            "def f(a: search): pass\nclass search: pass",
        ),
        (
            "pkg.use",
            "from pkg.orders import find\nfind(find=1)",
            "from pkg.orders import search\nsearch(find=1)",
        ),
        ("pkg.use", "from .orders import find as g\ng()", "from .orders import search as g\ng()"),
        ("pkg.use", "from pkg import orders as o\no.find()", "from pkg import orders as o\no.search()"),
        ("pkg.use", "import pkg.orders\npkg.orders.find()", "import pkg.orders\npkg.orders.search()"),
        (
            "pkg.use",
            "from pkg.orders import find\ndef f(a: 'find | None') -> str: return 'find'",
            "from pkg.orders import search\ndef f(a: 'search | None') -> str: return 'find'",
        ),
        ("pkg.orders", "class K:\n    def find(self): pass\n", None),
        ("pkg.use", "from other import find\nfind()", None),
        ("pkg.use", "def f():\n    def find(): pass\n    find()", None),
        ("pkg.use", "self.find()\nx.find = 1", None),
    ],
)
def test_a_name_is_changed_where_it_is_meant(name, source, changed):
    assert applied(STEP, source, name) == (changed or source)


def test_a_print_that_says_more_than_a_log_can_stays():
    source = "print('a', file=f)\nprint(*b)\nprint('c')\n"
    changed = applied({"kind": "print_to_logging"}, source, "m")
    assert changed.endswith("print('a', file=f)\nprint(*b)\nlogger.info('c')\n")


def test_the_first_line_of_a_module_stays_the_first():
    source = '"""Doc."""\n\nfrom __future__ import annotations\n\nprint("a")\n'
    changed = applied({"kind": "print_to_logging"}, source, "m")
    assert changed.startswith('"""Doc."""\n\nfrom __future__ import annotations\n')
    compile(changed, "m", "exec")


def test_a_called_name_is_replaced_with_its_import():
    step = {"kind": "replace_call", "old": "os.getcwd", "new": "pathlib.Path.cwd"}
    changed = applied(step, "import os\nx = os.getcwd()\n", "m")
    assert "x = pathlib.Path.cwd()" in changed
    assert "import pathlib\n" in changed
