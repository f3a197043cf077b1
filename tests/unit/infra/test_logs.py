import io
import json
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import io, sys
import structlog
from infra import logs
terminal = io.StringIO()
logs.configure("info", "worker-1", terminal)
log = structlog.get_logger()
log.debug("too quiet")
log.info("task ended", task="t", seconds=1)
log.warning("loop blocked", task="t")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("worker failed")
print(terminal.getvalue())
"""


def test_lines_are_json_where_nobody_looks_and_warnings_reach_the_terminal():
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, cwd=root
    )
    lines = [json.loads(line) for line in io.StringIO(done.stderr)]
    assert [line["event"] for line in lines] == ["task ended", "loop blocked", "worker failed"]
    assert "ZeroDivisionError" in lines[2]["exception"]
    assert done.stdout.splitlines()[:2] == [
        "    worker-1 | loop blocked task=t",
        "    worker-1 | worker failed",
    ]
