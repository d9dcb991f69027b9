#!/bin/sh
# ablation.sh RNN-TRAIN CONFIG SEQUENCES [EPOCHS [SEEDS]]: what each part of the
# model gives. Trains CONFIG on SEQUENCES as it is and with one part changed at
# a time, each with several seeds, two runs at once, and prints the median over
# the seeds of the best validation loss (nats per step) and what it has more
# than the whole. Begun again, it goes on; other settings are another folder.
train=$1 config=$2 sequences=$3 epochs=${4:-6} seeds=${5:-3}
folder=${TMPDIR:-/tmp}/nott-ablation-$(basename "$config" .ini)-$epochs
mkdir -p "$folder" || exit 1

variants='the whole
without position|model.position=0
without meter|model.meter=0
without number of the bar|model.bars=0
without key|model.key=0
without degrees|model.relative=0
without key and degrees|model.relative=0|model.key=0
without sounding pitch|model.sounding=0
without durations|model.durations=0
without best lag|model.best_lag=0
lags 8 16 only|model.lags=8 16
lags seen, not copied|model.copy=0
without any lag|model.lags=|model.best_lag=0|model.copy=0
independent heads|model.heads=independent
without end|model.end=0
without transposition|train.transpose=0
without mean of weights|train.average=0
input noise 2 %|train.input_noise=0.02
no dropout|train.dropout=0|train.input_dropout=0
batch 32|train.batch=32
two layers|model.layers=2'

# one LINE of variants and a seed: trains unless that is done already
run() {
    name=${1%%|*} parts=${1#"$name"} seed=$2
    dir="$folder/$(echo "$name" | tr ' ' '-')-$seed"
    test "$dir/done" -nt "$config" && test "$dir/done" -nt "$sequences" && return
    IFS='|'
    set --
    for part in $parts; do test -z "$part" || set -- "$@" --set "$part"; done
    unset IFS
    "$train" --config "$config" --run "$dir" --force -q "$@" \
        --set data.sequences="$sequences" \
        --set train.seed="$seed" --set train.epochs="$epochs" \
        --set train.threads=1 && touch "$dir/done"
}

each() { # every variant and seed whose number is $1 modulo 2
    i=0
    echo "$variants" | while read -r line; do
        for seed in $(seq "$seeds"); do
            i=$((i + 1))
            test $((i % 2)) = "$1" && run "$line" "$seed"
        done
    done
}

each 0 &
each 1
wait

lowest() { # validation nats of a run, where they are lowest
    awk -F '\t' 'NR > 1 && (!n++ || $8 < min) {min = $8} END {print min}' "$1/metrics.tsv"
}

echo "$variants" | while read -r line; do
    name=${line%%|*}
    for seed in $(seq "$seeds"); do
        lowest "$folder/$(echo "$name" | tr ' ' '-')-$seed"
    done | sort -g | awk -v name="$name" '{v[NR] = $1}
        END {printf "%s\t%s\t%s\t%s\n", name, v[int((NR + 1) / 2)], v[1], v[NR]}'
done | awk -F '\t' 'BEGIN {print "                          nats per step        lowest highest"}
    NR == 1 {whole = $2}
    {printf "%-26s %.4f %+.4f  %.4f  %.4f\n", $1, $2, $2 - whole, $3, $4}'
