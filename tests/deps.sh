#!/bin/sh
# deps.sh PKG-CONFIG-NAMES APT-PACKAGES BREW-PACKAGES: installs what is missing.
# Asks pkg-config and PATH first, and does nothing when all is there. A second
# compiler and a browser are asked for only where CI is set: tests that find none
# say so.
set -e
missing=
command -v pkg-config >/dev/null || missing=pkg-config
for p in $1; do
    test -n "$missing" || pkg-config --exists "$p" || missing=$p
done
for program in bats python3 clang-format abc2midi abcm2ps prove ps \
    ${CI:+clang chromedriver}; do
    command -v $program >/dev/null || missing=$program
done
if test -z "$missing"; then
    echo "deps: everything is there"
    exit 0
fi
echo "deps: $missing is missing"
if command -v apt-get >/dev/null; then
    sudo=
    test "$(id -u)" = 0 || sudo=sudo
    $sudo apt-get update
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $2 \
        ${CI:+clang chromium chromium-driver python3-selenium}
elif command -v brew >/dev/null; then
    brew install $3
else
    echo "deps: install these (Debian's names): $2" >&2
    exit 1
fi
