#!/usr/bin/env bash
# Installs what the tests need and runs them all. Arguments go to pytest.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
install requirements.lock requirements-test.lock
exec .venv/bin/python -m pytest "$@"
