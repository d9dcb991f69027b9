#!/bin/sh
# The tools as they are shipped, under valgrind: memory read before it was
# written or after it was freed, and memory that nobody can free any more.
# Begins nothing new after BUDGET seconds (0 = all).
# SPDX-License-Identifier: MIT
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${BIN:-build/release}
if ! command -v valgrind >/dev/null; then
    echo "valgrind: skipped, it is not there"
    echo "0 passed, 0 failed"
    exit
fi
. tests/campaign/attempts

grind() { # TOOL ARGUMENT...
    tool=$1
    shift
    attempt "$(echo "$tool $*" | sed "s#$work/##g" | cut -c 1-70)" '^==' \
        valgrind -q --error-exitcode=66 --leak-check=full --show-leak-kinds=definite \
        --errors-for-leak-kinds=definite "$B/$tool" -q "$@"
}

tiny="--set model.hidden=16 --set model.project=8 --set train.epochs=2 --set train.batch=8
      --set train.critic_tunes=4 --set train.critic_rounds=1 --set train.threads=1"
mkdir "$work/few" "$work/abc"
grind nott-fetch --zip data/starter.zip --sha256 none --dest "$work/tunes"
for f in $(ls "$work/tunes"/*.mid "$work/tunes"/*/*.mid 2>/dev/null | head -8); do cp "$f" "$work/few"; done
for f in $(ls data/starter/*.abc | head -3); do cp "$f" "$work/abc"; done
grind midi2seq --split 50,25,25 --report "$work/report.tsv" -o "$work/few.seq" "$work/few"
grind midi2seq --encoding classic -o "$work/classic.seq" "$work/abc" "$work/few"
grind midi2seq --dump "$work/few"
grind rnn-train --config configs/nottingham.ini $tiny --set data.sequences="$work/few.seq" --set run.dir="$work/m"
grind rnn-train --config configs/reference.ini $tiny --set data.sequences="$work/classic.seq" --set run.dir="$work/r"
grind rnn-train --config configs/nottingham.ini $tiny --set data.sequences="$work/few.seq" --set run.dir="$work/m" \
    --set train.epochs=3 --resume
grind rnn-eval --config "$work/m" --set data.sequences="$work/few.seq" --json
grind rnn-eval --music "$work/few"
grind rnn-sample --config "$work/m" --seed 1 --bars 4 -o "$work/a.mid" -o "$work/a.abc" -o "$work/a.html" \
    -o "$work/a.musicxml" -o "$work/a.svg"
grind rnn-sample --config "$work/m" --seed 1 --given-melody "$(ls "$work"/abc/*.abc | head -1)" -o "$work/b.mid"
grind rnn-sample --config "$work/m" --seed 1 --given-chords 'D | A7 | G | D' -o "$work/c.mid"
grind rnn-sample --config "$work/r" --seed 1 --bars 4 -o "$work/d.mid"
summary
