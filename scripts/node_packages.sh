#!/usr/bin/env bash
# Installs what the tests use of Node: the two FHIR validators, and axe-core for the browser tests (versions and hashes
# in each folder's package-lock.json). Without Node it says so and goes on: the tests that need them are skipped with
# that reason.
set -euo pipefail
tests="$(dirname "${BASH_SOURCE[0]}")/../tests"
if ! command -v node > /dev/null || ! command -v npm > /dev/null; then
    echo "not installed (needs node and npm): the FHIR validators, axe-core" >&2
    exit 0
fi
for folder in fhir_validator browser; do
    cd "$tests/$folder"
    stamp=$(cat package.json package-lock.json | sha256sum | cut -d' ' -f1)
    if [ "$(cat node_modules/.installed 2> /dev/null)" != "$stamp" ]; then
        npm ci --silent
        echo "$stamp" > node_modules/.installed
    fi
    cd - > /dev/null
done
