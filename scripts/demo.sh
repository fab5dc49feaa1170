#!/usr/bin/env bash
# Installs what Hepatica needs and runs it on an invented centre. Arguments go to `hepatica demo`.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
install requirements.lock
exec .venv/bin/hepatica demo "$@"
