#!/usr/bin/env bats
# Signals, broken pipes and closed standard streams, of all tools.
# SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
    make_starter
    export MODEL=$ROOT/models/nottingham MANY=$BATS_FILE_TMPDIR/many
    local i
    mkdir "$MANY"
    for i in {1..30}; do
        cp -r "$TUNES/train" "$MANY/$i"
    done
    # two minutes of reading, if nobody ends it
    "$BIN/midi2seq" -q -o "$BATS_FILE_TMPDIR/many.seq" --split 60,20,20 "$MANY"
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
}

# What a failed test leaves running
teardown() {
    if [ -n "$PID" ]; then
        kill -KILL $PID 2>/dev/null || :
    fi
}
