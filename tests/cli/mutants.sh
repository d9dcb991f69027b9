#!/bin/sh
# mutants.sh TOOLS FILE.bats...: would the tests notice a tool that does nothing?
# Runs every file with all calls of the tools in the folder TOOLS, then the
# first, the second and the third call of each test, replaced by one that does
# nothing, and fails or claims success. Names the tests that pass all the same.
set -u
tools=$(cd "$1" && pwd)
shift
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
${CC:-cc} -static -o "$work/mutant" "$here/mutant.c" || exit 2
for tool in midi2seq nott-fetch rnn-train rnn-sample rnn-eval; do
    ln "$work/mutant" "$work/bin/$tool"
done

# The tests of FILE that pass, though they made the call that is replaced.
survivors() { # FILE CALL STATUS
    rm -rf "$work/calls"
    mkdir "$work/calls"
    BIN=$work/bin MUTANT_TOOLS=$tools MUTANT_CALLS=$work/calls MUTANT_CALL=$2 \
        MUTANT_STATUS=$3 BATS_TEST_TIMEOUT=20 bats --tap "$1" >"$work/tap" 2>&1
    sed -n '/ # skip/d; s/^ok \([0-9]*\) /\1 /p' "$work/tap" | while read -r n name; do
        test -e "$work/calls/$n" || continue
        test "$(wc -c <"$work/calls/$n")" -lt "$2" || echo "$name"
    done
}

bad=0
for file in "$@"; do
    for call in 0 1 2 3; do
        for status in 0 1; do
            survivors "$file" $call $status >"$work/passed"
            while read -r name; do
                echo "$file: call $call, status $status: passes: $name"
                bad=1
            done <"$work/passed"
        done
    done
done
test $bad = 0 && echo "mutants: all noticed"
exit $bad
