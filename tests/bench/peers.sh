#!/bin/sh
# peers.sh TRAIN-BENCH: alternates it with PyTorch, prints each run's steps/s by
# wall clock, and the medians with their ratio. PyTorch has its best of three
# ways to share two cores between itself and its BLAS.
bench=$1
runs=${RUNS:-5}
python=
for p in python3 /usr/bin/python3; do
    $p -c 'import torch' 2>/dev/null && python=$p && break
done
if test -z "$python"; then
    echo "peers: no python3 with torch; nothing to compare with"
    exit 0
fi
$python -c 'import torch; print("PyTorch", torch.__version__)'
here=$(dirname "$0")
wall() {
    "$@" | awk '/^wall/ {print $2}'
}
median() {
    tr ' ' '\n' | grep . | sort -g | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}
torch() { # threads of torch, threads of its BLAS, batch
    OPENBLAS_NUM_THREADS=$2 OMP_NUM_THREADS=$1 wall $python "$here/torch-train.py" "$1" "$3"
}
for cores in 1 2; do
    for batch in 32 64; do
        ours= half= theirs= other= both=
        for i in $(seq "$runs"); do
            ours="$ours $(wall "$bench" --threads $cores --batch $batch)"
            half="$half $(wall "$bench" --threads $cores --batch $batch --precision bf16 2>/dev/null)"
            theirs="$theirs $(torch 1 $cores $batch)"
            test $cores = 1 || other="$other $(torch 2 1 $batch)"
        done
        a=$(echo "$ours" | median) b=$(echo "$theirs" | median) c=$(echo "$half" | median)
        test $cores = 1 || both=$(echo "$other" | median)
        echo "$cores cores, B $batch: nott$ours; in bf16$half; torch$theirs${other:+; torch with its own threads$other}"
        echo "$a $b ${both:-0} ${c:-0}" | awk '{best = $2 > $3 ? $2 : $3
            printf "  medians %.0f (bf16: %.0f) and %.0f steps/s: %.2f (%.2f) times\n",
                $1, $4, best, $1 / best, $4 / best}'
    done
done
