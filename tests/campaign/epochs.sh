#!/bin/sh
# epochs.sh: training takes no more memory from epoch to epoch. The smallest of
# networks learns two tunes for 3,000 epochs, or as many as BUDGET seconds allow
# (0 = all); its resident memory is looked at from the 100th on.
# SPDX-License-Identifier: MIT
BIN=${BIN:-build/release} EPOCHS=${EPOCHS:-3000} BUDGET=${BUDGET:-60}
work=$(mktemp -d) || exit 1
pid=
trap 'test -z "$pid" || kill -9 "$pid" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP

"$BIN/nott-fetch" -q --zip data/starter.zip --sha256 none -d "$work/all" || exit 1
mkdir -p "$work/tunes/train" "$work/tunes/valid"
cp "$work"/all/train/jigs-the-kesh.mid "$work/tunes/train" || exit 1
cp "$work"/all/valid/reels-*.mid "$work/tunes/valid" || exit 1
"$BIN/midi2seq" -q -o "$work/two.seq" "$work/tunes" || exit 1
"$BIN/rnn-train" -q --run "$work/run" --set data.sequences="$work/two.seq" \
    --set model.hidden=4 --set model.project=2 --set train.epochs="$EPOCHS" \
    --set train.patience=0 --set train.threads=1 --set train.batch=2 &
pid=$!

began=$(date +%s) first= last= done=0
metrics=$work/run/metrics.tsv
while now=$(ps -o rss= -p $pid) && test "${now:-0}" -gt 0; do # 0 = has ended
    test ! -e "$metrics" || done=$(wc -l <"$metrics")
    test "$done" -le 100 || first=${first:-$now} last=$now
    test "$BUDGET" -eq 0 || test $(($(date +%s) - began)) -lt "$BUDGET" ||
        kill -TERM $pid
    sleep 0.1
done
wait $pid
status=$?
pid=
test $status -eq 0 || test $status -eq 143 || exit 1
if test -z "$first"; then
    echo "epochs: $((done - 1)) epochs are too few to tell"
    echo "0 passed, 1 failed"
    exit 1
fi
allowed=$((first / 10))
test $allowed -gt 2048 || allowed=2048
echo "epochs: $((done - 1)) of $EPOCHS," $first "KiB after the 100th," $last "KiB at the end"
if test $((last - first)) -le $allowed; then
    echo "1 passed, 0 failed"
else
    echo "0 passed, 1 failed"
    exit 1
fi
