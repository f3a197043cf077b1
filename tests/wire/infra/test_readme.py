"""What the README says is typed here, line by line, at a real stack."""

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MAIN = ROOT / "infra" / "__main__.py"
TEXT = (ROOT / "README.md").read_text()
FUNCTION, CLIENT = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
SHELL = "\n".join(re.findall(r"^```sh\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)).replace("\\\n", " ")
ENDLESS = ("nats sub", "nats kv watch")
"""They watch: it is enough that they start to."""


def lines(program):
    """The lines of the README that call a program, without their comments."""
    return [line.partition("  #")[0].strip() for line in SHELL.splitlines() if line.startswith(f"{program} ")]


@pytest.fixture(scope="module")
def stack(tmp_path_factory, plain_environment):
    """A stack with the README's function, and a shell in its directory."""
    here = tmp_path_factory.mktemp("readme")
    (here / "mine.py").write_text(FUNCTION)
    environment = plain_environment
    process = subprocess.Popen(
        [sys.executable, "-P", MAIN, "up", "mine.py", "-o", "json"],
        cwd=here,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    address = json.loads(process.stdout.readline())

    def shell(line, within=30):
        line = re.sub(r"^revo ", f"{sys.executable} -P {MAIN} ", line)
        line = line.replace("localhost:12000", address["http"].removeprefix("http://"))
        line = re.sub(r"^nats ", f"nats --server {address['nats']} ", line)
        return subprocess.run(
            line,
            shell=True,
            cwd=here,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=within,
        )

    shell.address, shell.path = address, environment["PATH"]
    yield shell
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


def test_the_readme_has_lines_to_type():
    assert len(lines("revo")) >= 6
    assert len(lines("curl")) == 3
    assert len(lines("nats")) >= 6


@pytest.mark.parametrize("line", [line for line in lines("revo") if not line.startswith("revo up")])
def test_a_line_of_revo_does_what_it_says(stack, line):
    done = stack(line)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.timeout(60)
def test_the_lines_of_curl_give_a_task_its_result_and_its_events(stack):
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    submit, result, events = lines("curl")
    assert json.loads(stack(submit).stdout)["id"] == "my-3"
    assert json.loads(stack(result).stdout)["output"] == "HELLO!"
    assert "my-3" in stack(events).stdout


@pytest.mark.parametrize("line", lines("nats"))
def test_a_line_of_nats_does_what_it_says(stack, line):
    if shutil.which("nats", path=stack.path) is None:
        pytest.skip("the nats command line is not here: tools/nats-cli/install.sh builds it")
    if line.startswith(ENDLESS):
        with pytest.raises(subprocess.TimeoutExpired):
            stack(line, within=2)
    else:
        done = stack(line)
        assert done.returncode == 0, done.stderr


def test_the_client_prints_the_outcome(stack):
    code = CLIENT.replace("nats://127.0.0.1:4222", stack.address["nats"])
    script = f"import asyncio\n{code}\nasyncio.run(main())"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (done.stdout, done.stderr) == ("completed b'\"HELLO!\"'\n", "")
