#!/usr/bin/env bats
# Memory that runs out, in every tool: a part of what `make campaign` tries.
# SPDX-License-Identifier: MIT
BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-240} # the tries alone are 20 seconds
load helper

setup_file() {
    find_tools
    export STARVER=$BATS_FILE_TMPDIR/starve.so
    ${CC:-cc} -O1 -shared -fPIC -o "$STARVER" "$BATS_TEST_DIRNAME/starve.c" ||
        rm -f "$STARVER"
}

setup() {
    [ -f "$STARVER" ] || skip "the failing allocator is for glibc"
    ! grep -q __asan_init "$BIN/rnn-train" ||
        skip "a sanitizer has an allocator of its own"
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
}

# starved N TOOL [ARGUMENT...]: with its Nth allocation failing
starved() {
    local n=$1
    TOOL=$2
    shift 2
    run --separate-stderr timeout 250 env STARVE="$n" LD_PRELOAD="$STARVER" \
        "$BIN/$TOOL" "$@"
}

@test "options that cannot be read are not taken for none" {
    starved 1 nott-fetch --url http://127.0.0.1:9/none.zip --sha256 none
    says 1 "options: Cannot allocate memory"
    starved 1 midi2seq -o made.seq "$ROOT/data/starter"
    says 1 "options: Cannot allocate memory"
    starved 1 rnn-train --run ./run
    says 1 "options: Cannot allocate memory"
    starved 1 rnn-eval --music "$ROOT/data/starter"
    says 1 "options: Cannot allocate memory"
    [ -z "$(ls -A)" ]
}

@test "an archive is not said to be damaged, whatever fails" {
    local n failed=0
    for n in 1 2 3 4 5 6 7 8 9 {10..60..2}; do
        rm -rf d
        starved $n nott-fetch -q --zip "$ROOT/data/starter.zip" --sha256 none \
            --dest d
        [ -z "$(find . -name '*.tmp-*')" ]
        [ "$status" -ne 0 ] || continue
        says 1 "memory"
        [ ! -e d ]
        failed=$((failed + 1))
    done
    [ $failed -gt 20 ]
}

@test "memory runs out at many places in every tool: said, and nothing half" {
    run env BUDGET=20 python3 "$ROOT/tests/campaign/memory.py"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ ${lines[-1]} == *" passed, 0 failed" ]]
    [ "${lines[-1]%% *}" -gt 60 ] # or next to nothing was tried
}
