#!/usr/bin/env bats
# Trainings that are interrupted, and what they leave.
# SPDX-License-Identifier: MIT
load training

# stopped_again_and_again OPTION...: a run in whole/, and the same one in parts/,
# which is resumed after each stop
stopped_again_and_again() {
    local stops=0 first=
    mkdir whole parts
    cd whole
    start -q "$@"
    ended
    [ "$status" -eq 0 ]
    cd ../parts
    while start "$@" ${first:+--resume}; do
        # later and later, so that it ends on a slow machine too
        sleep $((stops / 4)).$((1 + stops % 9))
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

@test "Ctrl-C with mean weights and input noise: resumed to the same files" {
    stopped_again_and_again --set train.average=0.95 \
        --set train.input_noise=0.05
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

@test "Ctrl-C again and again: resumed to the same files" {
    stopped_again_and_again --set train.epochs=8 # sanitizers are slow
    [ "$(grep -c '^resumed after epoch ' parts/run/training.log)" -ge 2 ]
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
