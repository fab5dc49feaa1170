#!/usr/bin/env bash
# Installs the two FHIR validators that the tests use (versions and hashes in tests/fhir_validator/package-lock.json).
# Without Node it says so and goes on: the tests that need it are skipped with that reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../tests/fhir_validator"
if ! command -v node > /dev/null || ! command -v npm > /dev/null; then
    echo "not installed (needs node and npm): the FHIR validators" >&2
    exit 0
fi
stamp=$(cat package.json package-lock.json | sha256sum | cut -d' ' -f1)
[ "$(cat node_modules/.installed 2> /dev/null)" = "$stamp" ] && exit 0
npm ci --silent
echo "$stamp" > node_modules/.installed
