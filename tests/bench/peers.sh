#!/bin/sh
# peers.sh TRAIN-BENCH: alternates it with PyTorch, prints each run's steps/s by
# wall clock, and the medians with their ratio.
#
#   TORCH     command that runs python with torch; default: python3, if it has it
#   RUNS      runs of each (5)
#   BACKEND   train.backend of ours (auto)
#   THREADS   numbers of threads to compare at ("1 2")
#
# One thread is pinned to the last processor. With two, PyTorch has its best of
# two ways to share them between itself and its BLAS. To hold both to AVX2:
#   BACKEND=avx2 ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 \
#       OPENBLAS_CORETYPE=Haswell make bench-peers
bench=$1
runs=${RUNS:-5} backend=${BACKEND:-auto}
here=$(dirname "$0")
if test -z "${TORCH:-}"; then
    for p in python3 /usr/bin/python3; do
        $p -c 'import torch' 2>/dev/null && TORCH=$p && break
    done
fi
if test -z "${TORCH:-}"; then
    echo "peers: no python3 with torch; TORCH=command says how to run one"
    exit 0
fi
grep -m1 'model name' /proc/cpuinfo 2>/dev/null
last=$(($(nproc) - 1))
pin() { # threads, command...
    n=$1
    shift
    if test "$n" = 1 && command -v taskset >/dev/null; then taskset -c $last "$@"; else "$@"; fi
}
wall() {
    awk '/^wall/ {print $2}'
}
median() {
    tr ' ' '\n' | grep . | sort -g | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}
ours() { # threads, then options of train-bench
    n=$1
    shift
    pin "$n" "$bench" --threads "$n" --backend "$backend" "$@" | wall
}
torch() { # threads of torch, threads of its BLAS, cores, then what torch-train.py wants
    t=$1 b=$2 n=$3
    shift 3
    pin "$n" env OMP_NUM_THREADS="$t" OPENBLAS_NUM_THREADS="$b" $TORCH - "$t" "$@" <"$here/torch-train.py"
}
compare() { # cores, batch, hidden, layers, window
    n=$1
    shift
    we= they= other=
    for i in $(seq "$runs"); do
        we="$we $(ours "$n" --batch "$1" --hidden "$2" --layers "$3" --window "$4")"
        they="$they $(torch "$n" 1 "$n" "$@" | wall)"
        test "$n" = 1 || other="$other $(torch 1 "$n" "$n" "$@" | wall)"
    done
    a=$(echo "$we" | median) b=$(echo "$they" | median) c=$(echo "$other" | median)
    echo "$n cores, batch $1, $3 x $2, window $4: nott$we; torch$they${other:+; torch by its BLAS$other}"
    echo "$a $b ${c:-0}" | awk '{best = $2 > $3 ? $2 : $3
        printf "  medians %.0f and %.0f steps/s: %.2f times\n", $1, best, $1 / best}'
}
torch 1 1 1 8 32 1 8 | head -1
"$bench" --seconds 0.1 --backend "$backend" | grep '^B '
for n in ${THREADS:-1 2}; do
    compare "$n" 8 304 1 64
    compare "$n" 32 200 2 128
    compare "$n" 64 200 2 128
done
