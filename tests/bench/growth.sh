#!/bin/sh
# growth.sh TRAIN-BENCH: how the rate of training grows with the sizes. The last
# column is the time per step over that of the first line, divided by the same
# ratio of the work (24 H^2 (2L - 1) + 6 H O multiply-adds a step): 1.00 where
# time grows as the work does.
bench=$1
base=
row() {
    out=$("$bench" --seconds ${SECONDS_EACH:-1.5} "$@") || exit 1
    echo "$out" | awk -v base="$base" '
        /^B / {B = $2; T = $4; H = $6; L = $8; n = $10}
        /^wall/ {wall = $2}
        /GFLOP/ {gf = $1}
        /peak memory/ {mib = $3}
        END {
            work = 24 * H * H * (2 * L - 1) + 6 * H * 66
            cost = n / wall / work
            if (base == "") base = cost
            printf "%4d %4d %4d %2d %2d %9.0f %8.1f %8.1f %6.2f\n",
                B, T, H, L, n, wall, gf, mib, cost / base
        }'
    test -n "$base" || base=$(echo "$out" | awk '
        /^B / {H = $6; L = $8; n = $10}
        /^wall/ {wall = $2}
        END {print n / wall / (24 * H * H * (2 * L - 1) + 6 * H * 66)}')
}
echo "   B    T    H  L  n   steps/s  GFLOP/s      MiB  cost"
row --batch 64
for H in 64 128 256 304 384 512; do row --batch 64 --hidden $H; done
for H in 1024 2048; do row --batch 64 --window 16 --hidden $H; done
for L in 1 3 4; do row --batch 64 --layers $L; done
for B in 8 16 32 128; do row --batch $B; done
for T in 16 32 64 256; do row --batch 64 --window $T; done
for n in 2 4; do row --batch 64 --threads $n; done
