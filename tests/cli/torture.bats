#!/usr/bin/env bats
# A training run loses nothing, whatever happens to it and to its folder.
# SPDX-License-Identifier: MIT
load helper

SMALL="--set model.hidden=4 --set model.project=2 --set train.epochs=2
    --set train.threads=1 --set train.batch=4"

# Four tunes are enough, and quick: $TUNES and $SEQ; $LONG has all of them
make_few() {
    local all=$TUNES
    make_starter
    export LONG=$BATS_FILE_TMPDIR/long.seq
    mv "$SEQ" "$LONG"
    export TUNES=$BATS_FILE_TMPDIR/few
    mkdir -p "$TUNES"/{train,valid,test}
    cp "$all"/train/jigs-the-[ak]*.mid "$TUNES/train"
    cp "$all"/valid/reels-*.mid "$TUNES/valid"
    cp "$all"/test/polkas-*.mid "$TUNES/test"
    "$BIN/midi2seq" -q -o "$SEQ" "$TUNES"
    # so small a network is not made quicker by threads
    export OPENBLAS_NUM_THREADS=1
}

setup_file() {
    find_tools
    make_few
    export FAULTS=$BATS_FILE_TMPDIR/faults.so
    ${CC:-cc} -shared -fPIC -o "$FAULTS" "$BATS_TEST_DIRNAME/faults.c" ||
        rm -f "$FAULTS"
    export WHOLE=$BATS_FILE_TMPDIR/whole
    mkdir "$WHOLE"
    cd "$WHOLE" || return
    "$BIN/rnn-train" -q --set data.sequences="$SEQ" $SMALL --run ./run
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

train() {
    t rnn-train -q --set data.sequences="$SEQ" $SMALL --run ./run "$@"
}

# A long run in the background: $PID
start() {
    interruptible "$BIN/rnn-train" -q --set data.sequences="$SEQ" $SMALL \
        --set train.epochs=100000 --set train.patience=0 --run ./run "$@" \
        >out 2>err 3>&- &
    PID=$!
}

# Until the best model of the run is there.
saved() {
    until [ -s run/best.safetensors ]; do
        kill -0 $PID
        sleep 0.01
    done
}

# End of the background process: $status, $output, $stderr
ended() {
    TOOL=rnn-train
    status=0
    wait $PID || status=$?
    PID=
    output=$(cat out)
    stderr=$(cat err)
    mapfile -t stderr_lines <err
}

# freeze, what is done to the folder, thaw
freeze() {
    kill -STOP $PID
    until [[ $(ps -o stat= -p $PID) == T* ]]; do
        sleep 0.01
    done
}

thaw() {
    kill -CONT $PID
    ended
}

# A finished run in run/, as it was in before/.
finished_run() {
    rm -rf run before
    cp -r "$WHOLE/run" run
    cp -r run before
}

unchanged() {
    diff -r before run
}

# refused STATUS TEXT [ARGUMENT...]: --resume is, in one line, and nothing
# changed
refused() {
    rm -rf before
    cp -r run before
    train --resume "${@:3}"
    says "$1" "$2"
    unchanged
}

# The best model, if there is one in FOLDER, is whole and can be used.
readable() {
    [ ! -e "$1/best.safetensors" ] && return
    t rnn-eval -q --no-baselines --config "$1" --set data.sequences="$SEQ"
    told
}

# As if the run had never been disturbed.
like_whole() {
    diff -r -x training.log "$WHOLE/run" run
}

# with_fault KIND:N: a run to which that happens, from the beginning
with_fault() {
    TOOL=rnn-train
    [ -f "$FAULTS" ] || skip "cannot make the library of faults"
    rm -rf run
    # shellcheck disable=SC2086
    run --separate-stderr env FAULT="$1" LD_PRELOAD="$FAULTS" \
        ASAN_OPTIONS=verify_asan_link_order=0 timeout 250 "$BIN/rnn-train" -q \
        --set data.sequences="$SEQ" $SMALL --run ./run
    echo "fault $1"
}

# Without what only root may do: to write where nobody may.
humbly() {
    local power=
    mkdir -p locked
    chmod a-w locked
    [ -w locked ] && power="setpriv --bounding-set -dac_override"
    if ! $power true 2>/dev/null || $power test -w locked; then
        skip "file permissions do not hold for this user"
    fi
    TOOL=rnn-train
    # shellcheck disable=SC2086
    run --separate-stderr $power timeout 250 "$BIN/rnn-train" -q \
        --set data.sequences="$SEQ" $SMALL --run ./run "$@"
}

# flip FILE PLACE: one bit of that byte
flip() {
    local byte
    byte=$(od -An -tu1 -j$2 -N1 "$1")
    # shellcheck disable=SC2059
    printf "\\$(printf %o $((byte ^ 4)))" |
        dd of="$1" bs=1 seek=$2 conv=notrunc status=none
}

# ---- two at once ----

# in_use [ARGUMENT...]: refused at once, and nothing changes
in_use() {
    freeze
    rm -rf before
    cp -r run before
    train "$@"
    says 1 "./run: another rnn-train is at work in it"
    [ "${stderr_lines[0]}" = \
        "rnn-train: ./run: another rnn-train is at work in it" ]
    unchanged
    kill -CONT $PID
}

@test "a run is trained by one at a time; others may read it" {
    start
    saved
    in_use
    in_use --resume
    in_use --resume --set train.epochs=100000 --set train.patience=0
    in_use --force
    in_use --init-from "$WHOLE/run"
    freeze
    readable run
    t rnn-sample --config run --bars 2 -o song.mid
    made song.mid
    kill -CONT $PID
    kill -INT $PID
    ended
    [ "$status" -eq 130 ]
    # the lock goes with the process, however it ends, and leaves nothing
    start --resume
    until grep -q '^resumed after' run/training.log; do
        kill -0 $PID
        sleep 0.01
    done
    in_use --resume
    kill -KILL $PID
    ended 2>/dev/null
    train --force
    done_well
    like_whole
}

@test "a run that is begun at the same time: one of two" {
    # the first is in its first epoch, in a folder that was not there before
    start --set data.sequences="$LONG" --set train.window=1 \
        --set train.batch=1
    until [ -e run/training.log ]; do
        kill -0 $PID
        sleep 0.01
    done
    in_use
    in_use --resume
    kill -INT $PID
    ended
    [ "$status" -eq 130 ]
}

@test "a member of a grid is a run like any other: one at a time" {
    printf '[grid]\ntrain.seed = 1, 2\n' >grid.ini
    interruptible "$BIN/rnn-train" -q --config grid.ini $SMALL \
        --set data.sequences="$SEQ" --set train.epochs=100000 \
        --set train.patience=0 --run ./grid >out 2>err 3>&- &
    PID=$!
    until [ -s grid/seed-1/best.safetensors ]; do
        kill -0 $PID
        sleep 0.01
    done
    t rnn-train -q --config grid/seed-1 --resume
    says 1 "seed-1: another rnn-train is at work in it"
    kill -INT $PID
    ended
    [ "$status" -eq 130 ]
    # and the other way round: left to it, and missing in the ranking
    interruptible "$BIN/rnn-train" -q --config grid/seed-1 --resume \
        >out 2>err 3>&- &
    PID=$!
    until grep -q '^resumed after' grid/seed-1/training.log; do
        kill -0 $PID
        sleep 0.01
    done
    t rnn-train --config grid.ini $SMALL --set data.sequences="$SEQ" \
        --run ./grid --set train.patience=0 --set train.epochs=100000 \
        --set train.max_minutes=0.01
    done_well
    [[ $stderr == *"seed-1: another call is training it"* ]]
    kill -INT $PID
    ended
    [ "$status" -eq 130 ]
}

@test "a critic that is still to be taught is taught by one" {
    t rnn-train -q --set data.sequences="$SEQ" $SMALL --run ./run \
        --set model.form=1 --set train.critic_rounds=0
    done_well
    interruptible "$BIN/rnn-train" --config run --resume \
        --set train.critic_rounds=3 --set train.critic_tunes=5000 \
        >out 2>err 3>&- &
    PID=$!
    until grep -q 'a critic is taught' err; do
        kill -0 $PID
        sleep 0.01
    done
    t rnn-train -q --config run --resume
    says 1 "another rnn-train is at work in it"
    kill -TERM $PID
    ended
    [ "$status" -eq 143 ]
}

# ---- the disk ----

@test "killed at every step of every write: the best model whole, and resumed" {
    local n=0
    status=137
    while [ "$status" -eq 137 ]; do
        n=$((n + 1))
        with_fault kill:$n
        [ "$status" -eq 137 ] || break
        readable run
        train --resume
        done_well
        like_whole
        status=137
    done
    done_well
    like_whole
    [ $n -gt 30 ]
}

# Another run than the whole one, finished, in run/ and before/; beginning anew
# over it is to end like the whole one.
other_run() {
    if [ ! -e other ]; then
        "$BIN/rnn-train" -q --set data.sequences="$SEQ" $SMALL \
            --set train.seed=2 --run ./run
        touch run/epoch-001.mid
        mv run other
    fi
    rm -rf run before
    cp -r other run
    cp -r run before
}

# with_fault, but over another run
anew_with_fault() {
    TOOL=rnn-train
    [ -f "$FAULTS" ] || skip "cannot make the library of faults"
    other_run
    # shellcheck disable=SC2086
    run --separate-stderr env FAULT="$1" LD_PRELOAD="$FAULTS" \
        ASAN_OPTIONS=verify_asan_link_order=0 timeout 50 "$BIN/rnn-train" -q \
        --set data.sequences="$SEQ" $SMALL --run ./run --force
    echo "fault $1"
}

# There is a model to play, and it is that of the one run or of the other.
playable() {
    t rnn-sample --config run --bars 2 --seed 1 --force -o song.mid
    made song.mid
}

@test "--force, killed at every step: a model, and its own state or none" {
    local n=0 kept=0 none=0
    while :; do
        n=$((n + 1))
        anew_with_fault kill:$n
        [ "$status" -eq 137 ] || break
        playable
        if [ -e run/last.safetensors ] &&
            cmp -s {other,run}/last.safetensors; then
            # nothing has happened yet
            diff -r -x '*.tmp-*' before run
            kept=$((kept + 1))
            train --resume
            says 2 "run/config.ini: has another train.seed"
            train --resume --set train.seed=2
            done_well
            diff -r -x training.log before run
        elif [ ! -e run/last.safetensors ]; then
            none=$((none + 1))
            train --resume
            says 2 "holds a model, but no last.safetensors to go on from"
            train --force
            done_well
            like_whole
        else
            train --resume
            done_well
            like_whole
        fi
    done
    done_well
    like_whole
    [ $n -gt 30 ]
    [ $kept -gt 15 ]
    [ $none -gt 1 ]
}

@test "--force on a full disk, at every step: the earlier run, or a model" {
    local n=0 kept=0
    while :; do
        n=$((n + 1))
        anew_with_fault full:$n
        [ "$status" -ne 0 ] || break
        says 1 "./run/"
        [[ $stderr == *": No space left on device" ]]
        [ -z "$(find run -name '*.tmp-*')" ]
        playable
        if [ -e run/last.safetensors ] &&
            cmp -s {other,run}/last.safetensors; then
            unchanged
            kept=$((kept + 1))
        fi
        train --force
        done_well
        like_whole
    done
    done_well
    like_whole
    [ $kept -gt 15 ]
}

@test "--force stopped before its first best model: the earlier run as it was" {
    local signal
    for signal in INT TERM KILL; do
        other_run
        start --force --set data.sequences="$LONG" --set model.hidden=400 \
            --set train.window=1 --set train.batch=1 --set train.save_seconds=1
        until [ -e run/training.log.tmp-staged ]; do
            kill -0 $PID
            sleep 0.01
        done
        [ $signal = INT ] && sleep 1.2 # what is saved on the way is not there
        kill -$signal $PID
        ended 2>/dev/null
        [ "$status" -ne 0 ]
        [ $signal = KILL ] || unchanged
        diff -r -x '*.tmp-*' before run
        train --resume --set train.seed=2
        done_well
        diff -r -x training.log before run
    done
    # nor does one that fails
    other_run
    train --force --set train.rate=1e30 --set train.clip=0
    [ "$status" -eq 0 ] || unchanged
    train --force --set train.max_minutes=1e-9
    says 2 "over before the first epoch"
    [ "$status" -eq 2 ]
}

@test "the disk full at every step of every write: one line, and resumed" {
    local n=0
    while :; do
        n=$((n + 1))
        with_fault full:$n
        [ "$status" -ne 0 ] || break
        says 1 "./run/"
        [[ $stderr == *": No space left on device" ]]
        [ -z "$(find run -name '*.tmp-*')" ]
        readable run
        train --resume
        done_well
        like_whole
    done
    done_well
    like_whole
    [ $n -gt 30 ]
}

@test "kill -9 at any moment: the best model is whole" {
    local i
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
        rm -rf run
        start
        saved
        sleep 0.0$((i * 7 % 10))$i
        kill -KILL $PID
        ended 2>/dev/null
        [ "$status" -eq 137 ]
        readable run
    done
}

@test "a limit on file sizes is an error, not a signal" {
    finished_run
    run --separate-stderr bash -c 'ulimit -f 1; exec "$@"' limited \
        "$BIN/rnn-train" -q --config run/config.ini --resume
    TOOL=rnn-train says 1 "./run/"
    [[ $stderr == *": File too large" ]]
    cmp {before,run}/best.safetensors
    cmp {before,run}/last.safetensors
}

@test "a stop whose state cannot be saved does not say that it was" {
    # one epoch is long
    start --set data.sequences="$LONG" --set train.window=1 --set train.batch=1
    until [ -e run/config.ini ]; do
        kill -0 $PID
        sleep 0.01
    done
    freeze
    mv run gone
    kill -INT $PID
    thaw
    says 1 "./run: No such file"
}

@test "a log that cannot be written is an error" {
    [ -c /dev/full ] || skip "no /dev/full"
    finished_run
    rm run/training.log
    ln -s /dev/full run/training.log
    train --resume
    says 1 "./run/training.log: No space left on device"
    cmp {before,run}/best.safetensors
}

@test "a tune that cannot be written: the training goes on, and says so" {
    mkdir -p run/epoch-002.mid/mine
    train --sample-every 1
    says 1 "./run/epoch-002.mid: Is a directory"
    grep -q 'epoch-002.mid: Is a directory' run/training.log
    [ -s run/epoch-001.mid ]
    cmp "$WHOLE"/run/best.safetensors run/best.safetensors
    train --force --sample-every 1
    says 1 "./run/epoch-002.mid: Is a directory"
    [ -d run/epoch-002.mid/mine ]
}

# ---- the folder ----

@test "the folder moved away in mid-training" {
    start
    saved
    freeze
    mv run gone
    cp gone/best.safetensors best
    thaw
    says 1 "./run"
    [[ $stderr == *": No such file or directory" ]]
    [ ! -e run ]
    cmp best gone/best.safetensors
    readable gone
}

@test "the folder replaced by a file in mid-training" {
    start
    saved
    freeze
    mv run gone
    cp gone/best.safetensors best
    echo mine >run
    thaw
    says 1 "./run"
    [[ $stderr == *": Not a directory" ]]
    [ "$(cat run)" = mine ]
    cmp best gone/best.safetensors
}

@test "a folder in the place of a file in mid-training" {
    start
    saved
    freeze
    cp run/best.safetensors best
    rm -f run/metrics.tsv
    mkdir run/metrics.tsv
    thaw
    says 1 "./run/metrics.tsv: Is a directory"
    readable run
}

@test "a folder that nobody may write in" {
    finished_run
    chmod a-w run
    humbly --resume --set train.epochs=3
    says 1 "./run/"
    [[ $stderr == *": Permission denied" ]]
    diff -r -x training.log before run
    # nor does --force take anything out of it, or empty anything
    cp run/training.log before
    humbly --force
    says 1 "./run/"
    [[ $stderr == *": Permission denied" ]]
    unchanged
    chmod u+w run
}

@test "files protected from writing stay" {
    local f
    for f in best last; do
        finished_run
        chmod a-w run/$f.safetensors
        humbly --force
        says 1 "./run/$f.safetensors: Permission denied"
        diff -r -x training.log before run
        humbly --resume --set train.epochs=20
        says 1 "./run/$f.safetensors: Permission denied"
        cmp {before,run}/$f.safetensors
        readable run
    done
}

# ---- the state ----

@test "the state cut anywhere" {
    local n size header
    finished_run
    size=$(stat -c %s run/last.safetensors)
    header=$(od -An -tu8 -N8 run/last.safetensors)
    for n in 0 1 7 8 9 $((header / 2)) $((header + 7)) $((header + 8)) \
        $((header + 9)) $((size / 2)) $((size - 1)); do
        head -c $n "$WHOLE/run/last.safetensors" >run/last.safetensors
        refused 1 "./run/last.safetensors: "
    done
    cp "$WHOLE/run/last.safetensors" run/last.safetensors
    echo >>run/last.safetensors
    refused 1 "./run/last.safetensors: "
}

@test "a bit of the state turned over, in the header or in the data" {
    local n size header
    finished_run
    size=$(stat -c %s run/last.safetensors)
    header=$(od -An -tu8 -N8 run/last.safetensors)
    for n in 0 1 7 8 9 60 $((header / 3)) $((header / 2)) $((header + 7)) \
        $((header + 8)) $((header + 1000)) $((size / 2)) $((size * 3 / 4)) \
        $((size - 1)); do
        cp "$WHOLE/run/last.safetensors" run/last.safetensors
        flip run/last.safetensors $n
        refused 1 "./run/last.safetensors: "
    done
}

@test "a foreign file for the state" {
    finished_run
    cp "$SEQ" run/last.safetensors
    refused 1 "./run/last.safetensors: not a model"
    t rnn-train -q --set data.sequences="$SEQ" $SMALL --run ./wide \
        --set model.hidden=5 --set train.epochs=1
    cp wide/last.safetensors run/
    refused 1 "./run/last.safetensors: is of other data or another network"
    rm run/last.safetensors
    mkdir run/last.safetensors
    refused 1 "./run/last.safetensors: not a regular file"
}

@test "settings beside the state that are not its own" {
    finished_run
    sed -i 's/^hidden = 4$/hidden = 5/' run/config.ini
    cp -r run before2
    refused 2 "run/config.ini: has another model.hidden"
    t rnn-train -q --config run/config.ini --set data.sequences="$SEQ" --resume
    says 1 "./run/last.safetensors: is of other data or another network"
    diff -r before2 run
    rm run/config.ini
    refused 1 "./run/config.ini: No such file"
    echo nonsense >run/config.ini
    refused 2 "./run/config.ini:1: "
}

@test "sequences of another vocabulary, or damaged" {
    "$BIN/midi2seq" -q -o old.seq --set data.encoding=classic "$TUNES"
    finished_run
    train --resume --set data.sequences=old.seq
    says 1 "./run/last.safetensors: is of other data or another network"
    unchanged
    cp "$SEQ" flipped.seq
    flip flipped.seq $(($(stat -c %s flipped.seq) - 3000))
    train --force --set data.sequences=flipped.seq
    says 1 "flipped.seq: damaged"
    unchanged
}

# ---- the best model ----

@test "--resume without the best model writes it again, or does not go on" {
    local n
    finished_run
    [ "$(tail -1 run/metrics.tsv | cut -f13)" -eq 1 ]
    rm run/best.safetensors
    train --resume # the state is at the end of the best epoch
    done_well
    like_whole
    rm -rf run
    start
    saved
    kill -INT $PID
    ended # in another epoch
    [ "$status" -eq 130 ]
    readable run
    cp -r run first
    for n in "rm run/best.safetensors" "flip run/best.safetensors 9000" \
        "cp $SEQ run/best.safetensors"; do
        rm -rf run
        cp -r first run
        $n
        refused 1 "./run/best.safetensors: " --set train.epochs=100000
    done
}

@test "--resume without the state does not begin anew over a model" {
    finished_run
    rm run/last.safetensors
    refused 2 "./run: holds a model, but no last.safetensors"
    train --force
    done_well
    like_whole
}

# ---- beginning anew ----

@test "begun anew: nothing of the earlier run, and all of other people" {
    train --sample-every 1
    done_well
    [ -s run/epoch-002.mid ]
    mkdir others
    touch others/{song.mid,training.done,seed,eval.txt,epoch-2.mid} \
        others/{epoch-0003.mid,epoch-003.mid.tmp-mine,best.safetensors.backup} \
        others/{last.safetensors.tmp-mine,epoch-003.midi,my-epoch-003.mid} \
        others/{epoch--03.mid,notes.tmp-abcdef,epoch-000.mid,metrics.tsv.tmp-}
    mkdir others/epoch-007.mid
    cp -r others/. run
    touch run/{epoch-004,epoch-1000,epoch-99999}.mid \
        run/{best,last}.safetensors.tmp-a1B2c3 run/config.ini.tmp-XXXXXX \
        run/epoch-002.mid.tmp-000000
    train --force
    done_well
    diff <(ls -A run) <({ ls -A others; ls -A "$WHOLE/run"; } | sort -u)
    cmp "$WHOLE"/run/best.safetensors run/best.safetensors
    # going on takes away what a kill left, and nothing else
    touch run/epoch-001.mid run/{best,last}.safetensors.tmp-a1B2c3
    train --resume
    done_well
    diff <(ls -A run) <({ ls -A others; ls -A "$WHOLE/run"; echo epoch-001.mid; } |
        LC_ALL=${LC_ALL-} sort -u)
}
