#!/usr/bin/env bats
# Signals, broken pipes and closed standard streams, of all tools.
# SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
    make_starter
    # enough to be at work on for a while
    export MODEL=$ROOT/models/nottingham MANY=$BATS_FILE_TMPDIR/many.seq
    local i
    mkdir "$BATS_FILE_TMPDIR/many"
    for i in {1..20}; do
        cp -r "$TUNES/train" "$BATS_FILE_TMPDIR/many/$i"
    done
    "$BIN/midi2seq" -q --like "$MODEL" -o "$MANY" "$BATS_FILE_TMPDIR/many"
    export OPENBLAS_NUM_THREADS=1
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
}

# What a failed test leaves running
teardown() {
    if [ -n "$PID" ]; then
        kill -KILL -$PID 2>/dev/null || :
    fi
}

# start TOOL [ARGUMENT...]: in the background, as from a terminal: $PID
start() {
    TOOL=$1
    interruptible "$BIN/$1" "${@:2}" <&0 >out 2>err 3>&- &
    PID=$!
}

# Until the command says yes, or the background process is gone.
until_it() {
    until "$@"; do
        kill -0 $PID
        sleep 0.02
    done
}

# End of the background process: $status
ended() {
    status=0
    wait $PID || status=$?
    PID=
    cat err
}

# heard SIGNAL STATUS [all]: ends it (or its whole group, as a terminal does)
# so, soon ($SOON seconds), and leaves nothing half done
SOON=4 # of a busy machine
heard() {
    local began=$SECONDS
    kill -$1 ${3:+-}$PID
    ended
    echo "$TOOL: $status after $((SECONDS - began)) s"
    [ "$status" -eq $2 ]
    [ $((SECONDS - began)) -le $SOON ]
    [ -z "$(find . -name '*.tmp-*')" ]
}

# A training whose first epoch is long
LONG="--set model.hidden=4 --set model.project=2 --set train.epochs=1
    --set train.window=1 --set train.batch=1 --set train.threads=1"

# ---- signals ----

@test "a signal is heard at once, whatever the tool is at" {
    mkfifo silence
    start midi2seq -q -o new.seq - <>silence
    sleep 0.5
    heard TERM 143
    [ ! -e new.seq ]
    start rnn-eval --judge "$MANY" --reference "$MANY"
    sleep 0.5
    heard TERM 143
    start rnn-eval --harmony --config "$MODEL" --set data.sequences="$MANY"
    sleep 0.2
    heard INT 130
    start rnn-sample -q --config "$MODEL" --seed 1 --count 1000 -o page.html
    sleep 0.5
    heard HUP 129
    [ "$(ls)" = $'err\nout\nsilence' ]
}

@test "a signal is heard while a critic is taught, and --resume teaches it" {
    local set="--set data.sequences=$SEQ --set model.form=1
        --set model.hidden=4 --set model.project=2 --set train.epochs=1"
    start rnn-train $set --run ./run --set train.critic_tunes=5000
    until_it grep -q 'a critic is taught' err
    sleep 0.2
    heard TERM 143
    [ "$(grep -ca critic run/best.safetensors)" -eq 0 ]
    t rnn-train $set --run ./run --resume --set train.critic_tunes=3
    done_well
    [ "$(grep -ca '"critic"' run/best.safetensors)" -eq 1 ]
}

@test "a signal is heard before a training begins" {
    local i
    for i in 0.0 0.1 0.2 0.4; do
        rm -rf run
        start rnn-train -q --set data.sequences="$MANY" $LONG --run ./run
        sleep $i
        heard TERM 143
        [ ! -e run/best.safetensors ]
    done
}

@test "a signal while another program makes a sheet: both end, nothing stays" {
    mkdir bin tmp
    printf '#!/bin/sh\necho $$ >%s/begun\nexec sleep 60\n' "$PWD" >bin/abcm2ps
    cp bin/abcm2ps bin/ps2pdf
    chmod +x bin/*
    PATH=$PWD/bin:$PATH TMPDIR=$PWD/tmp start rnn-sample -q --config "$MODEL" \
        --seed 1 --bars 4 -o sheet.pdf
    until_it test -s begun
    heard TERM 143
    [ ! -e sheet.pdf ]
    [ -z "$(ls tmp)" ]
    if kill -0 "$(cat begun)" 2>/dev/null; then false; fi
}

@test "what is ignored stays ignored: nohup, and Ctrl-C in the background" {
    local epochs
    perl -e '$SIG{$_} = "IGNORE" for qw(INT HUP); exec {$ARGV[0]} @ARGV' -- \
        "$BIN/rnn-train" -q --set data.sequences="$SEQ" $TINY --run ./run \
        --set train.epochs=100000 --set train.patience=0 >out 2>err 3>&- &
    PID=$!
    until_it test -s run/metrics.tsv
    kill -HUP $PID
    kill -INT $PID
    epochs=$(wc -l <run/metrics.tsv)
    until_it eval "[ \$(wc -l <run/metrics.tsv) -gt $((epochs + 1)) ]"
    TOOL=rnn-train
    heard TERM 143
    [ -s run/last.safetensors ]
}

# A grid of two members, each in its own process, both at work: their updates
# take so long that a second signal would come before the first is heeded
start_members() {
    SOON=20 # an update, and to save
    rm -rf run
    printf '[grid]\ntrain.seed = 1, 2\n' >grid.ini
    start rnn-train --config grid.ini --set data.sequences="$MANY" \
        --set model.hidden=300 --set train.batch=16 --set train.epochs=1 \
        --set train.threads=1 --jobs 2 --run ./run
    until_it test -s run/seed-1/training.log
    until_it test -s run/seed-2/training.log
    sleep 0.3
}

# Both have saved where they were, in the first epoch.
members_saved() {
    local i
    for i in 1 2; do
        [ -s run/seed-$i/last.safetensors ]
        [ ! -e run/seed-$i/best.safetensors ]
        t rnn-train --config run/seed-$i --resume --set train.max_minutes=0.001
        [[ $stderr == *"resumed after epoch 0 and "* ]]
    done
}

@test "Ctrl-C, and a signal to the parent or to all: members save once" {
    start_members
    heard INT 130 all
    members_saved
    start_members
    heard TERM 143 all
    members_saved
    start_members
    heard INT 130
    members_saved
    start_members
    heard HUP 129
    members_saved
}

# ---- broken pipes ----

@test "a broken pipe ends a training as Ctrl-C does" {
    local set="--set data.sequences=$SEQ $TINY --set train.threads=1"
    t rnn-train -q $set --run ./whole
    { (interruptible "$BIN/rnn-train" $set --run ./run 2>&1) ||
        echo $? >status; } | head -1
    cat status
    [ "$(cat status)" -eq 141 ]
    [ -s run/last.safetensors ]
    t rnn-train -q $set --run ./run --resume
    done_well
    cmp {whole,run}/best.safetensors
    cmp {whole,run}/last.safetensors
}

# into_closed TOOL [ARGUMENT...]: dies of it quietly
into_closed() {
    status=0
    perl -e 'pipe(R, W); close R; open(STDOUT, ">&W"); $SIG{PIPE} = "DEFAULT";
exec {$ARGV[0]} @ARGV' -- "$BIN/$1" "${@:2}" 2>err || status=$?
    echo "$1: $status"
    cat err
    [ "$status" -eq 141 ]
    [ ! -s err ]
    [ -z "$(find . -name '*.tmp-*')" ]
}

@test "other tools die of a broken pipe, quietly" {
    into_closed midi2seq -q --dump "$TUNES"
    into_closed rnn-eval -q --music --json "$SEQ" --reference "$SEQ"
    into_closed rnn-train --dump-config
    into_closed rnn-sample --dump-config
}

# ---- streams that are closed ----

# unheard STATUS TOOL [ARGUMENT...]: so it ends without a standard output
unheard() {
    status=0
    "$BIN/$2" "${@:3}" >&- 2>err || status=$?
    cat err
    [ "$status" -eq "$1" ]
    if [ $1 -ne 0 ]; then
        [ "$(grep -c "^$2: standard output: Bad file descriptor" err)" -eq 1 ]
        [ "$(wc -l <err)" -eq 1 ]
    fi
}

@test "without a standard output: no failure but for who has to write there" {
    unheard 0 nott-fetch --zip "$ROOT/data/starter.zip" --sha256 none -d tunes
    unheard 0 midi2seq -o new.seq tunes
    cmp new.seq "$SEQ"
    unheard 0 rnn-train --set data.sequences=new.seq $TINY --run ./run
    unheard 0 rnn-sample --config run --bars 2 -o song.mid
    made song.mid
    unheard 1 rnn-sample -q --config run --bars 2 -o - --format abc
    unheard 1 rnn-eval --config run
    unheard 1 midi2seq -q --dump tunes
    unheard 1 rnn-train --dump-config
    unheard 1 nott-fetch --help
}

@test "without a standard error: no message lands in a file" {
    status=0
    "$BIN/midi2seq" -v -o new.seq --report new.tsv "$TUNES" 2>&- || status=$?
    [ "$status" -eq 0 ]
    cmp new.seq "$SEQ"
    [ "$(grep -c '^midi2seq: ' new.tsv)" -eq 0 ]
    "$BIN/rnn-train" -v --set data.sequences="$SEQ" $TINY --run ./run 2>&-
    grep -q 'Best loss so far' run/training.log
    [ "$(grep -c '^rnn-train: ' run/training.log)" -eq 0 ]
    "$BIN/rnn-sample" -v --config run --bars 2 -o song.abc <&- >&- 2>&-
    [ "$(head -c 2 song.abc)" = X: ]
    [ "$(grep -c '^rnn-sample: ' song.abc)" -eq 0 ]
    "$BIN/nott-fetch" -v --zip "$ROOT/data/starter.zip" --sha256 none \
        -d tunes <&- >&- 2>&-
    diff -r tunes "$TUNES"
}

@test "without a standard input: an error for who has to read it" {
    status=0
    "$BIN/midi2seq" -o new.seq - <&- 2>err || status=$?
    cat err
    [ "$status" -eq 1 ]
    grep -q '^midi2seq: standard input: Bad file descriptor' err
}
