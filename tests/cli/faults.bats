#!/usr/bin/env bats
# Calls to the system that fail, one in each run: a part of what the campaign
# tries. SPDX-License-Identifier: MIT
export BATS_TEST_TIMEOUT=240
load helper

setup() {
    find_tools
    if nm -D "$BIN/midi2seq" 2>/dev/null | grep -q __asan_init; then
        skip "the sanitizer takes these calls itself"
    fi
    command -v "${CC:-cc}" >/dev/null || skip "no compiler"
}

@test "whatever call fails: the same bytes, or one line and nothing torn" {
    BUDGET=20 run sh "$ROOT/tests/campaign/files.sh"
    echo "$output" | grep -A3 -e '[1-9][0-9]* failed' -e Error || :
    [ "$status" -eq 0 ]
    [[ ${lines[-1]} == *" passed, 0 failed" ]]
    [ "${lines[-1]%% passed*}" -gt 300 ]
    for tool in $TOOLS nott-fetch; do
        grep -q "^$tool .* tried" <<<"$output"
    done
}
