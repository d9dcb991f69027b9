#!/usr/bin/env bats
# Tunes that were written in ABC, shown to the programs that people use. They
# are those of the unit test. SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
    export WRITTEN=$BATS_FILE_TMPDIR/written
    mkdir "$WRITTEN"
    (cd "$ROOT" && NOTT_TUNES=$WRITTEN "$BIN/tests/unit/test_abc_write") \
        >"$WRITTEN/log" 2>&1
}

needs() {
    command -v "$1" >/dev/null || skip "needs $1"
}

# played FILE HOW-MANY: abc2midi finds no fault in so many tunes
played() {
    needs abc2midi
    cd "$BATS_TEST_TMPDIR" || return
    abc2midi "$WRITTEN/$1" >said 2>&1
    ! grep -iE 'error|warning' said
    [ "$(grep -c '^writing MIDI file' said)" -eq "$2" ]
}

# engraved FILE: nor does abcm2ps, but that some lines are short or long
engraved() {
    needs abcm2ps
    abcm2ps -q "$WRITTEN/$1" -O "$BATS_TEST_TMPDIR/x.ps" >"$BATS_TEST_TMPDIR/said" 2>&1
    ! grep -iE 'error|warning' "$BATS_TEST_TMPDIR/said" | grep -v 'Line \(under\|over\)full'
    [ -s "$BATS_TEST_TMPDIR/x.ps" ]
}

@test "abc2midi plays the starter tunes that were written" {
    played starter.abc "$(grep -c '^X:' "$WRITTEN/starter.abc")"
    [ "$(grep -c '^X:' "$WRITTEN/starter.abc")" -ge 50 ]
}

@test "abc2midi plays all that a tune can have" {
    played sound.abc 3
}

@test "abcm2ps engraves the starter tunes that were written" {
    engraved starter.abc
}

@test "abcm2ps engraves all that a tune can have" {
    engraved sound.abc
}
