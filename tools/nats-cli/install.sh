#!/usr/bin/env bash
# Builds the real `nats` command line into .tools/bin of this checkout, for the tests that drive the system with it.
# The module is pinned here with its checksums; `go install NAME@VERSION` would trust what it finds on the day.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
bin="$here/../../.tools/bin"
wanted="$(sed -n 's/.*nats-io\/natscli \(v[0-9.]*\).*/\1/p' "$here/go.mod" | head -n 1)"
[[ -n "$wanted" ]] || { echo "no version of natscli in go.mod" >&2; exit 1; }

if [[ -x "$bin/nats" && "$("$bin/nats" --version)" == "$wanted" ]]; then
    echo "nats $wanted is there already"
    exit 0
fi
mkdir -p "$bin"
cd "$here"
GOTOOLCHAIN=local GOFLAGS=-mod=readonly go build \
    -trimpath -ldflags "-s -w -X main.version=$wanted" -o "$bin/nats" github.com/nats-io/natscli/nats
"$bin/nats" --version
