# What the tests of the tools share. SPDX-License-Identifier: MIT
bats_require_minimum_version 1.5.0
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-300}

TOOLS="midi2seq rnn-train rnn-sample rnn-eval"
# More threads than one would wait for each other longer than they work.
TINY="--set model.hidden=16 --set model.project=8 --set train.epochs=2 \
--set train.threads=1"

find_tools() {
    export BIN=${BIN:-build/release}
    BIN=$(cd "$BIN" && pwd)
    export ROOT TUNES=$BATS_FILE_TMPDIR/tunes SEQ=$BATS_FILE_TMPDIR/starter.seq
    ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
}

# $MIDO: a python3 that knows mido, or nothing
find_mido() {
    export MIDO=
    local p
    for p in python3 /usr/bin/python3; do
        [ "$MIDO" ] || ! "$p" -c 'import mido' 2>/dev/null || MIDO=$p
    done
}

# The starter tunes in $TUNES and, as sequences, in $SEQ.
make_starter() {
    "$BIN/nott-fetch" -q --zip "$ROOT/data/starter.zip" --sha256 none \
        --dest "$TUNES"
    "$BIN/midi2seq" -q -o "$SEQ" "$TUNES"
}

# t TOOL [ARGUMENT...]: into $status, $output and $stderr
t() {
    TOOL=$1
    shift
    run --separate-stderr timeout 250 "$BIN/$TOOL" "$@"
}

# interruptible COMMAND...: for the background, where a shell lets its jobs
# ignore Ctrl-C, which then stays so; as from a terminal, it leads a group
interruptible() {
    exec perl -e 'setpgrp; $SIG{$_} = "DEFAULT" for qw(INT HUP PIPE);
exec {$ARGV[0]} @ARGV' -- "$@"
}

shown() {
    echo "status $status"
    echo "stdout: ${output:0:2000}"
    echo "stderr: ${stderr:0:2000}"
}

done_well() {
    shown
    [ "$status" -eq 0 ]
}

# made FILE...: done well, and the files are there. What an earlier command left
# under these names is for the test to take away before.
made() {
    local file
    done_well
    for file in "$@"; do
        [ -s "$file" ] || { echo "$file is not there" && return 1; }
    done
}

# told: done well, with something on standard output.
told() {
    done_well
    [ -n "$output" ]
}

# says STATUS TEXT: ended so, with nothing but one line that has TEXT
says() {
    shown
    [ "$status" -eq "$1" ]
    [ -z "$output" ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ ${stderr_lines[0]} == "$TOOL: "*"$2"* ]]
}

# Wrong usage: a line that has TEXT, and at most a hint at --help after it.
wrong_usage() {
    shown
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    [[ ${stderr_lines[0]} == *"$TOOL: "*"$1"* ]]
    [ "${#stderr_lines[@]}" -eq 1 ] ||
        { [ "${#stderr_lines[@]}" -eq 2 ] &&
            [[ ${stderr_lines[1]} == *"--help"* ]]; }
}

# Two files that must be there and not be the same. (A negation would not end
# a test.)
differ() {
    [ -s "$1" ] && [ -s "$2" ] || { echo "$1 or $2 is not there" && return 1; }
    if cmp -s "$1" "$2"; then
        echo "$1 and $2 are the same"
        return 1
    fi
}

# What the tool says to do next.
next_command() {
    sed -n "s/^$TOOL: next: //p" <<<"$stderr"
}

# limited BLOCKS COMMAND...: as on a full disk, no file may be longer
limited() {
    local blocks=$1
    shift
    run --separate-stderr bash -c \
        "ulimit -f $blocks; exec \"\$@\"" limited "$@"
}

# on_terminal TOOL [ARGUMENT...]: as t, but standard output is a terminal
on_terminal() {
    TOOL=$1
    shift
    run --separate-stderr timeout 250 python3 -c 'import os, subprocess, sys
ours, theirs = os.openpty()
sys.exit(subprocess.call(sys.argv[1:], stdout=theirs))' "$BIN/$TOOL" "$@"
}

well_formed() {
    python3 -c 'import sys, xml.dom.minidom as x; x.parse(sys.argv[1])' "$1"
}
