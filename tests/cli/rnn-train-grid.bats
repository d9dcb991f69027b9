#!/usr/bin/env bats
# Many trainings in one call: grids.
# SPDX-License-Identifier: MIT
load training

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
    local all share jobs one="--set train.epochs=1 --set model.hidden=8 \
--set train.threads=0"
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
        --set data.sequences="$SEQ" $TINY --set train.threads=0 --run ./run
    done_well
    on_threads 1 run/training.log
}

@test "--jobs without a [grid] is refused" {
    train --jobs 2
    says 2 "--jobs is for a [grid]"
    [ ! -e run ]
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
