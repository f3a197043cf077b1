#!/usr/bin/env bash
# Writes the exact versions and hashes that the two commands of the README install. Needs uv, of any recent version.
#   requirements/lock.sh             keeps what is pinned unless pyproject.toml asks for something else
#   requirements/lock.sh --upgrade   takes the newest versions that pyproject.toml allows
# Every file of a version is hashed, so the same lines serve each platform and Python. No index is named in them.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links "$@"
}

# One resolution for all, then the smaller sets out of it, so that no two of them disagree.
running=(--extra agents --extra client --extra models)
testing=("${running[@]}" --extra browser --extra k8s --extra otel --extra test)
compile pyproject.toml requirements/build.in "${testing[@]}" --extra lint -o requirements/dev.txt "$@"
compile pyproject.toml requirements/build.in "${testing[@]}" -c requirements/dev.txt -o requirements/test.txt
compile pyproject.toml requirements/build.in "${running[@]}" -c requirements/dev.txt -o requirements/run.txt
# Node, for those whose machine has none that could build the dashboard; the one that pyright brings.
compile requirements/node.in -c requirements/dev.txt -o requirements/node.txt
