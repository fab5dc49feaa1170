#!/usr/bin/env bash
# Installs axe-core, which the browser tests use (version and hash in tests/browser/package-lock.json).
# Without Node it says so and goes on: the test that needs it is skipped with that reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../tests/browser"
if ! command -v node > /dev/null || ! command -v npm > /dev/null; then
    echo "not installed (needs node and npm): axe-core" >&2
    exit 0
fi
stamp=$(cat package.json package-lock.json | sha256sum | cut -d' ' -f1)
[ "$(cat node_modules/.installed 2> /dev/null)" = "$stamp" ] && exit 0
npm ci --silent
echo "$stamp" > node_modules/.installed
