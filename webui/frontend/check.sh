#!/bin/sh
# Proves that what is committed under webui/static is what these sources and this lock file build. Needs npm.
set -e
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$here/package.json" "$here/package-lock.json" "$here/build.mjs" "$here/src" "$work/"
(cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --silent && node build.mjs "$work/static" >/dev/null)
for part in vendor fonts; do diff -r "$work/static/$part" "$here/../static/$part" || { echo "webui/static/$part is not what the sources build: run node build.mjs" >&2; exit 1; }; done
echo "identical: $(find "$work/static" -type f | wc -l) files"
