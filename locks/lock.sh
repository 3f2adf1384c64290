#!/bin/sh
# Pins every dependency by version and hash. No addresses are written: each machine uses the index it is set up with.
set -eu
bin=${1:-.venv/bin}
cd "$(dirname "$0")/.."
pin() { "$bin/uv" pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 "$@"; }
pin pyproject.toml -o locks/core.txt
pin pyproject.toml --group test --group lint --extra postgres --extra embedded-redis -c locks/core.txt -o locks/test.txt
echo 'uv' | pin - -o locks/installer.txt
"$bin/python" locks/notice.py
