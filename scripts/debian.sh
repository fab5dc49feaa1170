#!/usr/bin/env bash
# Installs from Debian what the tests use where it is there: R and its packages (the referee of the statistics),
# PostgreSQL (started by the tests themselves), Chromium (driven by the browser tests), Java (Spark), gettext (the
# referee of the registry's catalogues).
# Without root or apt it says what is missing and goes on: the tests that need it are skipped with that reason.
set -euo pipefail
PACKAGES=(
    r-base-core r-cran-survival r-cran-cmprsk r-cran-proc r-cran-matchit r-cran-metafor r-cran-brglm2 r-cran-jsonlite
    postgresql chromium default-jre-headless gettext
)
missing=()
for package in "${PACKAGES[@]}"; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get > /dev/null; then
    echo "not installed (needs root and apt-get): ${missing[*]}" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
