#!/usr/bin/env bash
# Writes requirements.lock (to run and build) and requirements-test.lock (what the tests need beyond it):
# versions with hashes for every platform, and no address of a package index.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
        --no-emit-index-url "$@" pyproject.toml
}
compile --extra build --output-file requirements.lock
compile --extra build --extra test --constraints requirements.lock --output-file requirements-test.lock
python3 - <<'PYTHON'
from pathlib import Path

def blocks(text):
    """Yield each pinned requirement with its hashes."""
    block = []
    for line in text.splitlines():
        if block and not line.startswith(" "):
            yield "\n".join(block)
            block = []
        block.append(line)
    yield "\n".join(block)

run = set(blocks(Path("requirements.lock").read_text()))
test = Path("requirements-test.lock")
test.write_text("\n".join(block for block in blocks(test.read_text()) if block not in run) + "\n")
PYTHON
