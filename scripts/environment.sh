# Makes .venv beside the project and installs the locked versions given as files, then Hepatica itself.
# Sourced by demo.sh and test.sh; needs Python 3.11 or newer with pip, and a package index.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PYTHON="${PYTHON:-python3}"
"$PYTHON" -c 'import sys; sys.exit("Hepatica needs Python 3.11 or newer; set PYTHON to it" if sys.version_info < (3, 11) else 0)'
[ -x .venv/bin/python ] || "$PYTHON" -m venv .venv

# install LOCK…: every version and hash is in the lock; nothing is resolved anew.
install() {
    local stamp
    stamp=$(cat "$@" pyproject.toml | sha256sum | cut -d' ' -f1)
    [ "$(cat .venv/.installed 2>/dev/null)" = "$stamp" ] && return
    local each=()
    for lock in "$@"; do each+=(-r "$lock"); done
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes "${each[@]}"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
    echo "$stamp" > .venv/.installed
}
