#!/usr/bin/env bats
# Pages of tunes, heard in a browser: page.py says what. They are those of the
# unit test. SPDX-License-Identifier: MIT
load helper

# A page is played for some time, and a browser has to start.
export BATS_TEST_TIMEOUT=180

setup_file() {
    find_tools
    export PAGES=$BATS_FILE_TMPDIR/pages
    mkdir "$PAGES"
    NOTT_PAGES=$PAGES "$BIN/tests/unit/test_page" >"$PAGES/log" 2>&1
}

# heard FILE: skipped where there is no browser, else page.py finds nothing
heard() {
    local python=python3
    "$python" -c 'import selenium' 2>/dev/null || python=/usr/bin/python3
    run "$python" "$ROOT/tests/cli/page.py" "$PAGES/$1"
    [ "$status" -ne 77 ] || skip "needs chromium, chromedriver and python3-selenium"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c '^ok ' <<<"$output")" -gt 40 ]
}

@test "a page of one tune" {
    heard one.html
}

@test "a page of three tunes, one with a sheet, one without a command" {
    heard three.html
}

@test "a page of hostile texts" {
    heard hostile.html
}
