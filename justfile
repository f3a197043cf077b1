# `just` lists the recipes. Each one works on a fresh checkout: it installs first what it needs, once.

set positional-arguments

bootstrap := "python3 infra/bootstrap.py"
bin := ".venv/bin"

_list:
    @just --list --unsorted

# everything on this machine: server, workers, gateway, analytics
[group('run')]
up *args:
    {{ bootstrap }} up "$@"

# start everything, send it work, show what happens, stop
[group('run')]
demo *args:
    {{ bootstrap }} demo "$@"

# all tests; arguments go to pytest
[group('test')]
test *args:
    {{ bootstrap }} test "$@"

# words and functions only, no server: a few seconds
[group('test')]
unit *args:
    {{ bootstrap }} test tests/unit subjects functions gateway analytics infra "$@"

# against a real nats-server, one per test
[group('test')]
wire *args:
    {{ bootstrap }} test tests/wire "$@"

# that the tree keeps its own rules
[group('test')]
house *args:
    {{ bootstrap }} test tests/house "$@"

# how fast it is here
[group('test')]
bench *args: _install
    {{ bin }}/python -m tests.bench "$@"

# ruff, as CI runs it
[group('check')]
lint: _install
    {{ bin }}/ruff check .
    {{ bin }}/ruff format --check .

# mypy and pyright, as CI runs them
[group('check')]
types: _install
    {{ bin }}/mypy
    {{ bin }}/pyright

# what CI runs, all of it
[group('check')]
check:
    .ci/run

# repair what ruff can repair by itself
[group('check')]
fix: _install
    {{ bin }}/ruff check --fix .
    {{ bin }}/ruff format .

# write docs/reference from the tables in the code
[group('ship')]
docs: _install
    {{ bin }}/python -m infra.reference

# the wheel and the source archive, into dist/
[group('ship')]
build: _install
    {{ bin }}/python -m build --no-isolation

# pin the versions and hashes again; needs uv. With --upgrade: the newest that pyproject.toml allows
[group('ship')]
lock *args:
    requirements/lock.sh "$@"

_install:
    @{{ bootstrap }} install
