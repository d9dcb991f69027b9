#!/usr/bin/env bats
# rnn-train with tiny networks on the starter tunes.
# SPDX-License-Identifier: MIT
load training

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

@test "patience ends the training" {
    train --set train.patience=1 --set train.epochs=40 --set train.rate=2 \
        --set train.schedule=constant
    done_well
    [ "$(wc -l <run/metrics.tsv)" -lt 40 ]
    [ "$(cut -f13 run/metrics.tsv | tail -1)" -eq 0 ]
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
