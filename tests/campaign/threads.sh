#!/bin/sh
# Do threads touch the same memory without waiting for each other? What works
# with threads is built by clang with ThreadSanitizer; OpenMP's own barriers are
# made known to it by archer (Atzeni et al. 2016), which comes with clang's
# OpenMP. Begins nothing new after BUDGET seconds (0 = all); building, which is
# done once, is not counted.
# SPDX-License-Identifier: MIT
set -u
cd "$(dirname "$0")/../.." || exit 1
B=build/thread-clang
UNITS="team layers audition evaluate train"
archer=$(clang -print-resource-dir 2>/dev/null)/../../libarcher.so
if ! test -f "$archer"; then
    echo "threads: skipped, clang with its OpenMP and archer is not there"
    echo "0 passed, 0 failed"
    exit
fi
make -s -j"$(nproc)" CC=clang SAN=thread all $(for u in $UNITS; do echo $B/tests/unit/test_$u; done) >&2 ||
    exit 1
. tests/campaign/attempts
# BLAS has threads of its own that nobody here can see into.
export OPENBLAS_NUM_THREADS=1 OMP_TOOL_LIBRARIES="$archer"
export TSAN_OPTIONS="ignore_noninstrumented_modules=1 exitcode=66"
races='WARNING: ThreadSanitizer'

# That a race would be seen.
cat >"$work/race.c" <<'END'
int main(void) {
    int n = 0;
#pragma omp parallel num_threads(4)
    n++;
    return n > 9;
}
END
if clang -fopenmp -fsanitize=thread "$work/race.c" -o "$work/race" && "$work/race" 2>/dev/null; then
    echo "threads: a race that was put in on purpose is not seen" >&2
    exit 1
fi

$B/nott-fetch -q --zip data/starter.zip --sha256 none --dest "$work/tunes" &&
    $B/midi2seq -q -o "$work/tunes.seq" "$work/tunes" || exit 1
tiny="--set data.sequences=$work/tunes.seq --set model.hidden=16 --set model.project=8 --set train.epochs=2
      --set train.critic_tunes=10 --set train.critic_rounds=1"
for threads in 2 3 8; do
    for precision in fp32 bf16; do
        attempt "rnn-train, $threads threads, $precision" "$races" $B/rnn-train -q --config configs/nottingham.ini \
            $tiny --set train.threads=$threads --set train.precision=$precision --set run.dir="$work/$threads$precision"
    done
done
attempt "rnn-eval, 4 threads" "$races" $B/rnn-eval -q --config "$work/2fp32" --set train.threads=4
attempt "rnn-sample" "$races" $B/rnn-sample -q --config "$work/2fp32" --bars 8 --seed 1 --force -o "$work/a.mid"
for u in $UNITS; do
    attempt "test_$u" "$races" $B/tests/unit/test_"$u"
done
summary
