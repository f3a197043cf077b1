"""A program of its own: runs a script, module or test, and writes down the frames and values of its failure.

Run as `python -c TEXT` inside the sandbox. It reads `{"kind": "script"|"module"|"code"|"test", "what": ...,
"args": [...], "seconds": ...}` from its input and imports nothing of ours. The answer goes to
`.revo/failure.json`. Values are shown by their own repr, which is foreign code: hence the sandbox.
"""

import faulthandler
import importlib
import json
import os
import re
import runpy
import sys
from pathlib import Path
from typing import Any

OUT = Path(".revo")
MOST_FRAMES, MOST_VALUES, MOST_REPR = 30, 25, 200
SECRET = re.compile(
    r"pass(word|wd|phrase)?$|passw|secret|token|api_?key|private_?key|credential|authori[sz]ation|cookie",
    re.IGNORECASE,
)
IN_TEXT = re.compile(
    r"""(['"])([\w-]*(?:passw|secret|token|api_?key|credential|authorization|cookie)[\w-]*)\1(\s*[:=]\s*)(['"]).*?(?:\4|$)""",
    re.IGNORECASE,
)


def shown(name: str, value: Any) -> str:
    """A value for reading; nothing of what its name calls a secret."""
    if SECRET.search(name):
        return "<redacted>"
    try:
        if isinstance(value, (str, bytes)) and len(value) > 4 * MOST_REPR:
            value = value[: 4 * MOST_REPR]
        text = repr(value)
    except BaseException as error:  # noqa: BLE001 - a foreign repr may do anything
        text = f"<no repr: {type(error).__name__}>"
    text = IN_TEXT.sub(r"\1\2\1\3\4<redacted>\4", text[: 20 * MOST_REPR])
    return text if len(text) <= MOST_REPR else text[: MOST_REPR - 3] + "..."


def variables_of(tb: Any) -> dict[str, str]:
    """Local names of a frame and, where stack_data is there, expressions such as `self.rows`."""
    found: dict[str, str] = {}
    try:
        # By name, and a missing one costs expressions, not the answer.
        info: Any = importlib.import_module("stack_data").FrameInfo(tb)
        for variable in info.variables:
            found[variable.name] = shown(variable.name, variable.value)
    except Exception:  # noqa: BLE001, S110 - the plain names remain
        pass
    for name, value in tb.tb_frame.f_locals.items():
        if name not in found:
            found[name] = shown(name, value)
    plain = {name: text for name, text in found.items() if "__" not in name}
    return dict(list(plain.items())[:MOST_VALUES])


def expression_of(tb: Any) -> str:
    """The part of the line that was being evaluated; empty where this Python does not know."""
    code, lasti = tb.tb_frame.f_code, tb.tb_lasti
    try:
        import executing  # noqa: PLC0415 - as above

        node = executing.Source.executing(tb)
        if node.node is not None:
            return node.text()[:300]
    except Exception:  # noqa: BLE001, S110 - the positions of the code object remain
        pass
    if not hasattr(code, "co_positions"):
        return ""
    line, end_line, start, end = list(code.co_positions())[lasti // 2]
    if line is None or line != end_line:
        return ""
    import linecache  # noqa: PLC0415 - needed here only

    data = linecache.getline(code.co_filename, line).encode()
    return data[start:end].decode("utf-8", "replace")


def frames_of(tb: Any) -> list[dict[str, Any]]:
    """Outermost first; without our own."""
    import linecache  # noqa: PLC0415 - needed here only

    found: list[Any] = []
    while tb is not None:
        code = tb.tb_frame.f_code
        ours = code.co_filename in ("<string>", "<frozen runpy>") or code.co_filename.endswith("/runpy.py")
        if not ours or found:
            found.append((tb, code))
        tb = tb.tb_next
    kept = found if len(found) <= MOST_FRAMES else [*found[:5], *found[5 - MOST_FRAMES :]]
    here = str(Path.cwd()) + os.sep
    rows = []
    for own, code in kept:
        inside = code.co_filename.startswith(here)
        rows.append({
            "file": code.co_filename[len(here) :] if inside else code.co_filename,
            "own": inside,
            "line": own.tb_lineno,
            "function": code.co_name,
            "source": linecache.getline(code.co_filename, own.tb_lineno).strip()[:300],
            "expression": expression_of(own) if inside else "",
            "variables": variables_of(own) if inside else {},
        })  # fmt: skip
    return rows


def exception_of(error: BaseException, tb: Any, deep: int = 0) -> dict[str, Any]:
    """An exception with its frames and what it came from."""
    try:
        message = str(error)
    except BaseException:  # noqa: BLE001 - as for repr
        message = "<no message>"
    message = IN_TEXT.sub(r"\1\2\1\3\4<redacted>\4", message)[:2000]
    row: dict[str, Any] = {"type": type(error).__name__, "message": message, "frames": frames_of(tb)}
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and deep < 5:
        row["chain"] = "cause" if error.__cause__ is not None else "context"
        row["before"] = exception_of(before, before.__traceback__, deep + 1)
    return row


def answer(**fields: Any) -> None:
    """Write what is known, whole or not at all."""
    place = OUT / "failure.json.new"
    place.write_text(json.dumps(fields), encoding="utf-8")
    place.rename(OUT / "failure.json")


class Witness:
    """A pytest plugin that keeps the first failure."""

    def __init__(self) -> None:
        self.seen: dict[str, Any] = {}

    def pytest_exception_interact(self, call: Any) -> None:
        """A test or a collection failed."""
        if not self.seen and call.excinfo is not None:
            self.seen = exception_of(call.excinfo.value, call.excinfo.value.__traceback__)


def test(what: str, args: list[str]) -> None:
    """Run one test."""
    import pytest  # noqa: PLC0415 - a missing one is the failure that is told

    own = Witness()
    words = ["-q", "--tb=short", "--show-capture=no", "-p", "no:cacheprovider", "--rootdir", "."]
    code = int(pytest.main([*words, *args, what], plugins=[own]))
    answer(code=code, exception=own.seen or None)
    sys.stdout.flush()
    os._exit(code)


def script(kind: str, what: str, args: list[str]) -> None:
    """Run a program as Python itself would."""
    sys.argv = [what, *args]
    if kind == "code":
        exec(compile(what, "<code>", "exec"), {"__name__": "__main__"})  # noqa: S102 - that is the wish
    elif kind == "module":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, str(Path(what).resolve().parent))
        runpy.run_path(str(Path(what).resolve()), run_name="__main__")


def main() -> None:
    """Runs it; the exit code is that of the program."""
    os.environ.pop("PYTHONSAFEPATH", None)
    question = json.load(sys.stdin)
    OUT.mkdir(exist_ok=True)
    faulthandler.enable()
    faulthandler.dump_traceback_later(question["seconds"], file=(OUT / "hung.txt").open("w"))
    try:
        if question["kind"] == "test":
            test(question["what"], question["args"])
        script(question["kind"], question["what"], question["args"])
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
        answer(code=code, exception=None if code == 0 else exception_of(error, error.__traceback__))
        raise
    except BaseException as error:
        answer(code=1, exception=exception_of(error, error.__traceback__))
        raise
    answer(code=0, exception=None)


if __name__ == "__main__":
    main()
