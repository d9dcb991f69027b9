#!/usr/bin/env bats
# rnn-train with tiny networks on the starter tunes.
# SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
    make_starter
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
}

train() {
    t rnn-train --set data.sequences="$SEQ" $TINY --run ./run "$@"
}

# A longer run in the background: $PID
start() {
    interruptible "$BIN/rnn-train" --set data.sequences="$SEQ" $TINY \
        --set train.epochs=20 --run ./run "$@" >out 2>err 3>&- &
    PID=$!
}

# End of the background process: $status
ended() {
    status=0
    wait $PID || status=$?
}

# The run in the folder parts/ is the one in whole/, byte for byte.
same_result() {
    local f
    for f in best.safetensors last.safetensors config.ini metrics.tsv loss.svg; do
        cmp whole/run/$f parts/run/$f
    done
}

# Everything in the run, to see whether it changed.
sums() {
    (cd run && find . -type f -exec sha256sum {} + | sort -k2)
}

@test "trains, tells, and writes what it says" {
    train --set train.epochs=3
    done_well
    [ -z "$output" ]
    [[ $stderr == *"45 training tunes, "*"; 6 validation tunes"* ]]
    [[ $stderr == *"rnn-train: Best loss so far encountered, saving model."* ]]
    [ "$(grep -c '^rnn-train: epoch ' <<<"$stderr")" -eq 3 ]
    [ "$(ls run)" = "$(printf '%s\n' best.safetensors config.ini \
        last.safetensors loss.svg metrics.tsv training.log)" ]
    well_formed run/loss.svg
    grep -q '^command: .*rnn-train' run/training.log
    grep -q '^rnn-train: best model: epoch [123] of 3, ' <<<"$stderr"
    grep -q 'Best loss so far encountered, saving model.' run/training.log
    awk -F'\t' 'NF != 13 || NR > 1 && $1 != NR - 1 {bad = 1}
        END {exit bad || NR != 4}' run/metrics.tsv
    [ "$(head -1 run/metrics.tsv | cut -f1,8,13)" = \
        $'epoch\tvalid_nats\tbest' ]
    # config.ini is complete: it alone gives the same settings
    "$BIN/rnn-train" --config run/config.ini --dump-config |
        cmp - run/config.ini
    grep -qx 'hidden = 16' run/config.ini
    grep -qx 'dir = ./run' run/config.ini
}

# learns LESS OPTION...: the validation loss falls by that much
learns() {
    rm -rf run
    train --set train.epochs=4 --set train.rate=0.02 --set train.dropout=0 \
        "${@:2}"
    done_well
    awk -F'\t' -v less="$1" 'NR == 2 {first = $8} {last = $8}
        END {print first, last; exit !(last < first - less)}' run/metrics.tsv
}

@test "it learns" {
    learns 0.5 --set model.copy=0 --set model.lags=
    learns 0.2 # what can be copied costs little from the first epoch on
}

@test "the next command that it names makes a tune" {
    train
    done_well
    local next
    next=$(next_command)
    [[ $next == "rnn-sample --config ./run/config.ini -o song.mid" ]]
    PATH=$BIN:$PATH run bash -c "$next"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(head -c 4 song.mid)" = MThd ]
}

@test "the next command is right for names with blanks" {
    t rnn-train --set data.sequences="$SEQ" $TINY --run "./my run"
    done_well
    local next
    next=$(next_command)
    PATH=$BIN:$PATH run bash -c "$next"
    echo "$output"
    [ "$status" -eq 0 ]
    [ -s song.mid ]
}

@test "quiet means quiet" {
    train -q
    done_well
    [ -z "$output$stderr" ]
    grep -q 'epoch   2' run/training.log
}

@test "all kinds of networks" {
    local a
    for a in "cell=gru" "cell=tanh" "heads=independent" "layers=1" \
        "position=0 --set model.meter=0"; do
        rm -rf run song.mid
        train -q --set train.epochs=1 --set model.$a
        made run/best.safetensors
        t rnn-sample --config run --bars 2
        made song.mid
    done
    for a in optimizer=rmsprop schedule=step schedule=constant transpose=0 \
        batch=7 window=1000 shards=5 melody_weight=1 clip=0; do
        rm -rf run
        train -q --set train.epochs=1 --set train.$a
        made run/best.safetensors
    done
}

@test "train.precision=bf16: other bytes, the same again" {
    train -q --set train.precision=bf16
    if [ "$status" -eq 2 ] && [[ $stderr == *"this processor cannot"* ]]; then
        skip "this processor cannot multiply in bfloat16"
    fi
    done_well
    grep -qx 'precision = bf16' run/config.ini
    mv run half
    train -q --set train.precision=bf16 --set train.threads=1
    cmp {half,run}/best.safetensors
    train -q --force
    differ {half,run}/best.safetensors
    # what is made by it is a model as any other
    t rnn-sample --config half --bars 2
    made song.mid
    train -q --resume --set train.precision=bf16
    says 2 "run/config.ini: has another train.precision"
}

@test "train.average: the mean is saved, the weights go on" {
    train -q
    mv run plain
    train -q --set train.average=0.9
    done_well
    grep -qx 'average = 0.9' run/config.ini
    grep -qa optim.average run/last.safetensors
    [ "$(grep -ca optim.average plain/last.safetensors)" -eq 0 ]
    differ {plain,run}/best.safetensors
    differ {plain,run}/metrics.tsv
    # what is learnt is the same, only what is judged is another
    [ "$(cut -f1-5 plain/metrics.tsv)" = "$(cut -f1-5 run/metrics.tsv)" ]
    train -q --resume --set train.average=0.8
    says 2 "run/config.ini: has another train.average"
    train -q --force --set train.average=1
    says 2 "train.average: '1'"
}

# has ENGINE: this processor and build can multiply so
has() {
    train -q --force --set train.backend="$1" --set train.epochs=1
    [ "$status" -eq 0 ]
}

@test "train.backend: who multiplies, said in training.log; kernels give the same bytes" {
    local kernel best=
    train -q --set train.backend=plain
    done_well
    grep -qx 'products: plain, fp32' run/training.log
    mv run plain
    train -q --set train.backend=blas
    done_well
    grep -qx 'products: blas, fp32' run/training.log
    train -q --force --set train.backend=fastest
    says 2 "auto, blas, plain, avx2, avx512, neon, kernel"
    for kernel in neon avx2 avx512; do
        has $kernel || continue
        train -q --force --set train.backend=$kernel --set train.threads=3
        done_well
        grep -qx "products: $kernel, fp32" run/training.log
        cmp {plain,run}/best.safetensors
        cmp {plain,run}/metrics.tsv
        best=$kernel
    done
    [ "$best" ] || skip "no kernel for this processor"
    train -q --force --set train.backend=kernel
    grep -qx "products: $best, fp32" run/training.log
    train -q --force --set train.precision=bf16
    [ "$status" -ne 0 ] ||
        grep -qx "products: $best, bf16 in the layers" run/training.log
}

@test "train.backend: what the processor lacks is refused, not replaced" {
    local kernel
    for kernel in neon avx2 avx512; do
        ! has $kernel || continue
        rm -rf run
        train --force --set train.backend=$kernel
        says 2 "train.backend: this processor has no $kernel; auto takes"
        [ ! -e run ]
    done
}

@test "train.input_noise: another training, the same validation" {
    train -q
    mv run plain
    train -q --set train.input_noise=0.1
    done_well
    grep -qx 'input_noise = 0.1' run/config.ini
    differ {plain,run}/best.safetensors
    mv run first
    train -q --set train.input_noise=0.1
    cmp {first,run}/best.safetensors
    train -q --resume --set train.input_noise=0
    says 2 "run/config.ini: has another train.input_noise"
    train -q --force --set train.input_noise=0.6
    says 2 "train.input_noise: '0.6'"
}

@test "Ctrl-C with mean weights and input noise: resumed to the same files" {
    local set="-q --set train.average=0.95 --set train.input_noise=0.05"
    local stops=0 first=
    mkdir whole parts
    cd whole
    start $set
    ended
    [ "$status" -eq 0 ]
    cd ../parts
    while start $set ${first:+--resume}; do
        sleep $((stops / 9)).$((2 + stops % 8))
        kill -INT $PID 2>/dev/null || :
        ended
        [ "$status" -eq 130 ] || break
        [ -e run/last.safetensors ] && first=1
        stops=$((stops + 1))
        [ $stops -lt 60 ]
    done
    cat err
    [ "$status" -eq 0 ]
    [ $stops -ge 2 ]
    cd ..
    same_result
}

@test "a run whose folder was put away does not write into another one" {
    start --set train.patience=0 --set train.epochs=2000
    while [ ! -e run/best.safetensors ]; do
        sleep 0.1
    done
    mv run away
    train -q --set train.seed=5
    done_well
    sums >before
    ended
    cat err
    [ "$status" -eq 1 ]
    [[ $(tail -n 1 err) == *"./run: is another folder"* ]]
    sums | cmp - before
    [ -s away/best.safetensors ]
}

@test "--resume with tunes that are split otherwise" {
    mkdir flat
    cp "$TUNES"/*/*.mid flat
    "$BIN/midi2seq" -q --split 70,20,10 -o cur.seq flat
    train -q --set data.sequences=cur.seq
    done_well
    sums >before
    "$BIN/midi2seq" -q --split 70,5,25 -o cur.seq flat
    t rnn-train --config run/config.ini --resume --set train.epochs=4
    says 1 "is of other data"
    sums | cmp - before
}

@test "training.log may not be a pipe that nobody reads" {
    train -q
    done_well
    rm run/training.log
    mkfifo run/training.log
    t rnn-train -q --config run/config.ini --resume --set train.epochs=4
    says 1 "training.log: "
}

@test "--init-from nothing leaves nothing" {
    train --init-from ./none
    says 1 "none/best.safetensors: No such file"
    [ -z "$(ls)" ]
}

@test "the same seed gives the same files, whatever the threads" {
    local d
    for d in whole parts threads other; do
        mkdir $d
    done
    (cd whole && train -q && done_well)
    (cd parts && train -q && done_well)
    same_result
    (cd threads && train -q --set train.threads=7)
    cmp {whole,threads}/run/best.safetensors
    (cd other && train -q --set train.seed=2)
    differ {whole,other}/run/best.safetensors
}

@test "--run NAME is models/NAME, a path is a path" {
    t rnn-train -q --set data.sequences="$SEQ" $TINY --run first
    done_well
    [ -f models/first/best.safetensors ]
    grep -qx 'dir = models/first' models/first/config.ini
    t rnn-train -q --set data.sequences="$SEQ" $TINY --run a/b/c
    done_well
    [ -f a/b/c/best.safetensors ]
    t rnn-train -q --set data.sequences="$SEQ" $TINY --set run.dir=d
    done_well
    [ -f d/best.safetensors ]
    t rnn-train -q --set data.sequences="$SEQ" $TINY --run ''
    wrong_usage "--run: the name is empty"
    local name
    for name in . ..; do
        t rnn-train --set data.sequences="$SEQ" $TINY --run $name
        wrong_usage "--run: '$name' is no name"
    done
}

@test "config.ini of a run repeats it" {
    train -q
    cp run/config.ini c.ini
    mv run first
    t rnn-train -q --config c.ini
    done_well
    cmp first/best.safetensors run/best.safetensors
}

@test "a model that is there is not touched without --force" {
    train -q
    sums >before
    train
    says 2 "./run: holds a model already; --resume, --force"
    sums | diff before -
    train -q --force --set train.seed=2
    done_well
    sums >after
    differ before after
    grep -qx 'seed = 2' run/config.ini
}

@test "--resume and --force contradict each other" {
    train -q
    sums >before
    train --resume --force
    wrong_usage "--resume"
    sums | diff before -
}

@test "--resume of a finished run changes nothing" {
    train -q
    sums | grep -v training.log >before
    train --resume
    done_well
    [[ $stderr == *"resumed after epoch 2"* ]]
    sums | grep -v training.log | diff before -
    t rnn-train --config run/config.ini --resume
    done_well
    [[ $stderr == *"resumed after epoch 2"* ]]
    sums | grep -v training.log | diff before -
}

@test "--resume writes again what a kill kept from being written" {
    train -q
    cp -r run first
    rm run/metrics.tsv run/loss.svg
    train --resume
    done_well
    cmp {first,run}/metrics.tsv
    cmp {first,run}/loss.svg
}

@test "--resume where nothing is begins" {
    train --resume
    done_well
    [ -f run/best.safetensors ]
}

@test "patience ends the training" {
    train --set train.patience=1 --set train.epochs=40 --set train.rate=2 \
        --set train.schedule=constant
    done_well
    [ "$(wc -l <run/metrics.tsv)" -lt 40 ]
    [ "$(cut -f13 run/metrics.tsv | tail -1)" -eq 0 ]
}

@test "Ctrl-C again and again: resumed to the same files" {
    local stops=0 first=
    mkdir whole parts
    cd whole
    start -q --set train.epochs=8 # sanitizers are slow
    ended
    [ "$status" -eq 0 ]
    cd ../parts
    while start --set train.epochs=8 ${first:+--resume}; do
        # later and later, so that it ends on a slow machine too
        sleep $((stops / 9)).$((1 + stops % 9))
        kill -INT $PID 2>/dev/null || :
        ended
        [ "$status" -eq 130 ] || break
        [ -e run/last.safetensors ] && first=1
        stops=$((stops + 1))
        [ $stops -lt 60 ]
    done
    cat err
    [ "$status" -eq 0 ]
    [ $stops -ge 2 ]
    [ "$(grep -c '^resumed after epoch ' run/training.log)" -ge 2 ]
    cd ..
    same_result
    [ -z "$(ls parts/run | grep -F '.safetensors.')" ]
}

@test "Ctrl-C: by the signal, the state saved, and said so" {
    start
    until [ -s run/metrics.tsv ]; do
        kill -0 $PID
        sleep 0.02
    done
    sleep 0.05
    kill -INT $PID
    ended
    cat err
    [ "$status" -eq 130 ]
    [ -s run/last.safetensors ]
    [[ $(tail -1 err) == *"--resume"* ]]
    [ "$(grep -c Usage err)" -eq 0 ]
}

@test "stopped in the first epoch: not lost, and not begun anew unasked" {
    start --set train.window=1 --set train.batch=1
    until [ -s run/training.log ]; do
        kill -0 $PID
        sleep 0.02
    done
    sleep 0.05
    kill -TERM $PID
    ended
    cat err
    [ "$status" -eq 143 ]
    [ -s run/last.safetensors ]
    [ ! -e run/best.safetensors ]
    sums >before
    train -q
    says 2 "./run: holds a model already"
    sums | diff before -
}

@test "killed again and again: resumed to the same files" {
    local kills=0
    mkdir whole parts
    cd whole
    start -q
    ended
    [ "$status" -eq 0 ]
    cd ../parts
    while touch mark && start --resume; do
        until [ run/last.safetensors -nt mark ] || ! kill -0 $PID; do
            sleep 0.02
        done
        sleep 0.0$((3 + kills % 5))
        kill -KILL $PID 2>/dev/null || :
        ended 2>/dev/null
        [ "$status" -eq 137 ] || break
        kills=$((kills + 1))
        [ $kills -lt 60 ]
    done
    cat err
    [ "$status" -eq 0 ]
    [ $kills -ge 2 ]
    cd ..
    same_result
}

@test "--resume with another network, other data, fewer epochs" {
    train -q
    sums >before
    train --resume --set model.hidden=17
    says 2 "run/config.ini: has another model.hidden"
    train --resume --set model.cell=gru
    says 2 "run/config.ini: has another model.cell"
    "$BIN/midi2seq" -q -o other.seq --split 80,20,0 "$TUNES/train"
    train --resume --set data.sequences=other.seq
    says 1 "other data"
    sums | diff before -
}

@test "--resume with other lanes or fewer epochs says which setting" {
    train -q
    sums >before
    train --resume --set train.epochs=1
    says 2 "train.epochs"
    train --resume --set train.epochs=3 --set train.batch=32
    says 2 "train.batch"
    sums | diff before -
}

@test "--resume with a damaged state" {
    train -q
    head -c 5000 run/last.safetensors >cut
    cp cut run/last.safetensors
    sums >before
    train --resume
    says 1 "run/last.safetensors: "
    echo "not a state" >run/last.safetensors
    train --resume
    says 1 "run/last.safetensors: not a safetensors file"
    cp run/best.safetensors run/last.safetensors
    train --resume
    says 1 "run/last.safetensors: "
    cp cut run/last.safetensors
    sums | diff before -
}

@test "no sequences, or something else" {
    train --set data.sequences=missing.seq
    says 1 "missing.seq: No such file"
    cp "$TUNES/test/reels-soldiers-joy.mid" .
    train --set data.sequences=reels-soldiers-joy.mid
    says 1 "reels-soldiers-joy.mid: not a safetensors file"
    : >empty.seq
    train --set data.sequences=empty.seq
    says 1 "empty.seq: "
    head -c 9000 "$SEQ" >cut.seq
    train --set data.sequences=cut.seq
    says 1 "cut.seq: "
    train --set data.sequences=.
    says 1 ".: not a regular file"
    [ ! -e run ]
    train -q
    train --force --set data.sequences=run/best.safetensors
    says 1 "run/best.safetensors: not a sequence file"
}

@test "sequences without validation tunes are refused by name" {
    "$BIN/midi2seq" -q -o t.seq "$TUNES/train" --split 100,0,0
    train --set data.sequences=t.seq
    says 1 "valid"
    [[ $stderr == *t.seq* ]]
}

@test "places that cannot be written" {
    touch file
    t rnn-train --set data.sequences="$SEQ" $TINY --run ./file
    says 1 "./file: not a folder"
    t rnn-train --set data.sequences="$SEQ" $TINY --run ./file/x
    says 1 "./file"
}

@test "a full disk: an error, and the best model stays" {
    train -q
    sums >before
    limited 20 "$BIN/rnn-train" -q --set data.sequences="$SEQ" $TINY \
        --run ./run --resume --set train.epochs=4
    TOOL=rnn-train says 1 "File too large"
    sums | grep -e best -e last >after
    grep -e best -e last before | diff - after
    train -q --resume --set train.epochs=4
    done_well
    [ "$(tail -1 run/metrics.tsv | cut -f1)" -eq 4 ]
}

# grid.ini: four members
make_grid() {
    cat >grid.ini <<'END'
[grid]
model.hidden = 8, 12
train.rate = 0.004, 0.01
END
}

# The ranking that was printed.
ranking() {
    grep -E '^rnn-train: +[0-9]+[* ] [0-9.]+ nats, epoch' <<<"$stderr"
}

@test "a grid: every member trained, ranked, gone on with" {
    make_grid
    train --config grid.ini
    done_well
    [ "$(ls run | wc -l)" -eq 5 ]
    [ "$(wc -l <run/grid.tsv)" -eq 5 ]
    [ -s run/hidden-12_rate-0.01/best.safetensors ]
    [ "$(cut -f2 run/grid.tsv | tail -4)" = \
        "$(cut -f2 run/grid.tsv | tail -4 | sort -g)" ]
    mv run first
    train --config grid.ini --jobs 2
    done_well
    cmp first/grid.tsv run/grid.tsv
    sums >before
    train --config grid.ini
    done_well
    [ "$(grep -c 'finished already' <<<"$stderr")" -eq 4 ]
    sums | diff before -
    train --config grid.ini --set train.epochs=3
    done_well
    [ "$(grep -c 'resumed after epoch 2 ' <<<"$stderr")" -eq 4 ]
    t rnn-eval --config grid.ini
    says 2 "[grid] is for rnn-train alone"
}

@test "a member of a grid that cannot be read is not passed over" {
    printf '[grid]\ntrain.seed = 1, 2\n' >grid.ini
    train -q --config grid.ini
    done_well
    mkdir kept
    mv run/seed-2/best.safetensors kept
    cp run/grid.tsv kept
    # nothing is known of it
    ln -s best.safetensors run/seed-2/best.safetensors
    train -q --config grid.ini --grid-part 1/2
    says 1 "seed-2/best.safetensors: "
    cmp run/grid.tsv kept/grid.tsv
    # it is known to be damaged
    rm run/seed-2/best.safetensors
    echo junk >run/seed-2/best.safetensors
    train -q --config grid.ini --grid-part 1/2
    done_well
    [[ $stderr == *"seed-2/best.safetensors: "* ]]
    [ "$(grep -c '^-' run/grid.tsv)" -eq 1 ]
}

@test "how members of a grid ended is heard where a parent ignores its children" {
    printf '[grid]\ntrain.seed = 1, 2\n' >grid.ini
    run --separate-stderr perl -e '$SIG{CHLD} = "IGNORE"; exec {$ARGV[0]} @ARGV' \
        "$BIN/rnn-train" -q --set data.sequences="$SEQ" $TINY --run ./run \
        --config grid.ini --jobs 2
    done_well
}

@test "a grid in parts: the ranking of the last is that of one call" {
    local part
    make_grid
    train --config grid.ini
    done_well
    ranking >whole.txt
    [ "$(wc -l <whole.txt)" -eq 4 ]
    mv run whole
    train --config grid.ini --grid-part 1/3
    done_well
    [[ $stderr == *"4 of 4: hidden-12_rate-0.01"* ]]
    [[ $stderr == *"missing: 2 of 4 members are not finished"* ]]
    [ "$(ranking | wc -l)" -eq 2 ]
    [ "$(grep -c '^-' run/grid.tsv)" -eq 2 ]
    [ "$(ls run)" = "$(printf '%s\n' grid.tsv hidden-12_rate-0.01 \
        hidden-8_rate-0.004)" ]
    train --config grid.ini --grid-part 2/3
    done_well
    [[ $stderr == *"missing: 1 of 4 members are not finished"* ]]
    train --config grid.ini --grid-part 3/3 --jobs 2
    done_well
    [[ $stderr != *"missing"* ]]
    ranking | diff whole.txt -
    cmp {whole,run}/grid.tsv
    for part in hidden-{8,12}_rate-0.{004,01}; do
        cmp {whole,run}/$part/best.safetensors
    done
    # what is finished is neither trained again nor written to
    sums >before
    train --config grid.ini
    done_well
    ranking | diff whole.txt -
    sums | diff before -
    rm run/grid.tsv
    train --config grid.ini --grid-part 7/9
    done_well
    [[ $stderr == *"part 7 of 9 has no members: the grid has 4"* ]]
    ranking | diff whole.txt -
    sums | diff before -
}

@test "parts of a grid side by side: the ranking is whole in the end" {
    local part pids=
    make_grid
    train -q --config grid.ini
    done_well
    mv run whole
    for part in 1/4 2/4 3/4 4/4; do
        "$BIN/rnn-train" -q --set data.sequences="$SEQ" $TINY --run ./run \
            --config grid.ini --grid-part $part 2>>err 3>&- &
        pids+=" $!"
    done
    for part in $pids; do
        wait $part
    done
    [ ! -s err ]
    cmp {whole,run}/grid.tsv
    [ "$(ls run | grep -c grid.tsv)" -eq 1 ]
}

@test "a part of a grid that was stopped goes on" {
    local few="--config grid.ini --set train.epochs=6 --set model.hidden=8"
    printf '[grid]\ntrain.seed = 1, 2, 3\n' >grid.ini
    train -q $few
    done_well
    mv run whole
    start $few --grid-part 2/3
    until [ -s run/seed-2/metrics.tsv ]; do
        kill -0 $PID
        sleep 0.02
    done
    kill -TERM $PID
    ended
    [ "$status" -eq 143 ]
    train $few --grid-part 1/3
    done_well
    [[ $stderr == *" - missing; so far "*" nats, epoch "*"  seed-2"* ]]
    [[ $stderr == *" - missing  seed-3"* ]]
    train $few
    done_well
    [ "$(grep -c 'finished already' <<<"$stderr")" -eq 1 ]
    [ "$(grep -c 'resumed after epoch ' <<<"$stderr")" -eq 1 ]
    cmp {whole,run}/grid.tsv
    cmp {whole,run}/seed-2/best.safetensors
}

@test "a member that another call is training is left to it" {
    make_grid
    mkdir -p run/hidden-8_rate-0.01
    python3 -c 'import fcntl, time
f = open("run/hidden-8_rate-0.01/grid.lock", "w")
fcntl.lockf(f, fcntl.LOCK_EX)
open("held", "w").close()
time.sleep(60)' 3>&- &
    PID=$!
    until [ -e held ]; do
        kill -0 $PID
        sleep 0.02
    done
    train --config grid.ini --jobs 2
    kill $PID
    done_well
    [[ $stderr == *"hidden-8_rate-0.01: another call is training it"* ]]
    [[ $stderr == *"missing: 1 of 4 members are not finished"* ]]
    [ "$(ls run/hidden-8_rate-0.01)" = grid.lock ]
    [ "$(ranking | wc -l)" -eq 3 ]
}

@test "a member whose time is over is finished; with more time it goes on" {
    local endless="--set train.epochs=100000 --set train.patience=0"
    printf '[grid]\ntrain.seed = 1\n' >grid.ini
    train -q --config grid.ini --set train.epochs=1
    done_well
    train --config grid.ini $endless --set train.max_minutes=0.001
    done_well
    [[ $stderr == *"train.max_minutes are over"* ]]
    sums >before
    train --config grid.ini $endless --set train.max_minutes=0.001
    done_well
    [[ $stderr == *"finished already"* ]]
    sums | diff before -
    train --config grid.ini $endless --set train.max_minutes=0.002
    done_well
    [[ $stderr == *"resumed after epoch "* ]]
}

@test "a mark of an earlier training does not count" {
    make_grid
    train -q --config grid.ini --grid-part 1/4
    done_well
    t rnn-train -q --config run/hidden-8_rate-0.004 --force \
        --set train.epochs=1
    done_well
    train --config grid.ini --grid-part 2/4
    done_well
    [[ $stderr == *"so far "*" nats, epoch 1  hidden-8_rate-0.004"* ]]
    train --config grid.ini --grid-part 1/4
    done_well
    [[ $stderr == *"resumed after epoch 1"* ]]
}

@test "--grid-part: what is no part, and without a [grid]" {
    local wrong
    make_grid
    for wrong in 3/2 0/2 x 1 1/2/3 1/ -1/2 ''; do
        train --config grid.ini --grid-part "$wrong"
        says 2 "--grid-part: '$wrong' is not I/N with 1 <= I <= N"
    done
    train --grid-part 1/2
    says 2 "--grid-part is for a [grid]"
    [ ! -e run ]
}

# on_threads N [FILE...]: these logs say that so many were used
on_threads() {
    local n=$1 file
    shift
    for file in "$@"; do
        grep -q "; $n threads" "$file" || { cat "$file" && return 1; }
    done
}

@test "the members of a grid share the processors that there are for them" {
    local all share jobs one="--set train.epochs=1 --set model.hidden=8"
    all=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc) ||
        skip "cannot count processors"
    printf '[grid]\ntrain.seed = 1, 2, 3\n' >grid.ini
    train -q --config grid.ini $one
    on_threads "$all" run/*/training.log
    for jobs in 2 3; do
        rm -rf run
        train -q --config grid.ini $one --jobs $jobs
        done_well
        share=$((all / jobs))
        on_threads $((share > 1 ? share : 1)) run/*/training.log
    done
    # who asks for a number gets it
    rm -rf run
    train -q --config grid.ini $one --jobs 2 --set train.threads=3
    done_well
    on_threads 3 run/*/training.log
}

@test "only processors that the tool may use have threads" {
    local first
    command -v taskset >/dev/null || skip "no taskset"
    first=$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')
    TOOL=rnn-train
    run --separate-stderr taskset -c "$first" "$BIN/rnn-train" -q \
        --set data.sequences="$SEQ" $TINY --run ./run
    done_well
    on_threads 1 run/training.log
}

@test "--jobs without a [grid] is refused" {
    train --jobs 2
    says 2 "--jobs is for a [grid]"
    [ ! -e run ]
}

@test "--init-from begins with the weights of another run" {
    train -q --set train.epochs=4
    mv run first
    train -q --init-from first --set train.epochs=1
    made run/metrics.tsv
    # one epoch from there is better than the first one from nothing
    paste <(sed -n 2p first/metrics.tsv) <(sed -n 2p run/metrics.tsv) |
        awk -F'\t' '{exit !($21 < $8 - 0.1)}'
    train --force --init-from first --set model.hidden=17
    says 1 "first/best.safetensors: has model.hidden = 16, not 17; --config first/config.ini"
    train --force --init-from first --set train.epochs=1 --set model.bars=8
    says 1 "first/best.safetensors: has model.bars = 16, not 8; --config"
    train --force --init-from nothing
    says 1 "nothing/best.safetensors: No such file"
}

@test "--sample-every composes while it trains" {
    train -q --set train.epochs=4 --sample-every 2
    done_well
    [ -s run/epoch-002.mid ]
    [ -s run/epoch-004.mid ]
    [ ! -e run/epoch-001.mid ]
}

@test "train.max_minutes ends the training well" {
    local minutes
    for minutes in 0.02 0.1 0.4; do # on a slow machine an epoch takes that long
        train --force --set train.epochs=100000 --set train.patience=0 \
            --set train.max_minutes=$minutes
        [[ $stderr == *"over before the first epoch"* ]] || break
    done
    done_well
    [[ $stderr == *"train.max_minutes are over"* ]]
    [ -s run/last.safetensors ]
}
