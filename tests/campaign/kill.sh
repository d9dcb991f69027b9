#!/bin/sh
# kill.sh: kill -9 at random moments, for BUDGET seconds (0 = 200 kills), half of
# them of training, half of unpacking. After each the best model, if there is
# one, can be used; a training that is gone on with again and again ends with
# the bytes of one that was never disturbed; a folder of tunes is whole, or not
# there. SEED=N repeats the moments, as far as a clock does.
# SPDX-License-Identifier: MIT
BIN=${BIN:-build/release} BUDGET=${BUDGET:-60} SEED=${SEED:-$$}
BIN=$(cd "$BIN" && pwd) || exit 1
zip=$PWD/data/starter.zip
work=$(mktemp -d) || exit 1
pid= kills=0 passed=0 failed=0 moment=0
trap 'test -z "$pid" || kill -9 "$pid" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
cd "$work" || exit 1

check() { # check WHAT COMMAND...: one more that passed or failed
    what=$1
    shift
    if "$@" >out 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "kill: $what (SEED=$SEED, kill $kills): $*"
        head -5 out
    fi
}

# killed SECONDS COMMAND...: at a random moment before that; 1 = it was over
killed() {
    most=$1
    shift
    moment=$((moment + 1))
    when=$(awk -v seed="$SEED" -v n=$moment -v most="$most" \
        'BEGIN {srand(seed * 1000 + n); printf "%.3f", rand() * most}')
    "$@" >out 2>&1 &
    pid=$!
    sleep "$when"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    status=$?
    pid=
    test $status -eq 137 || return 1
    kills=$((kills + 1))
}

over() { # over PART OF: has it had its share of the time, or of the kills?
    if test "$BUDGET" -eq 0; then
        test $kills -ge $((200 * $1 / $2))
    else
        test $(($(date +%s) - began)) -ge $((BUDGET * $1 / $2))
    fi
}

began=$(date +%s)
"$BIN/nott-fetch" -q --zip "$zip" --sha256 none -d good || exit 1
"$BIN/midi2seq" -q -o tunes.seq good || exit 1

SMALL="--set data.sequences=tunes.seq --set model.hidden=8
    --set model.project=4 --set train.epochs=5 --set train.threads=1
    --set train.save_seconds=1"
train() {
    # shellcheck disable=SC2086
    "$BIN/rnn-train" -q $SMALL "$@"
}
same() {
    diff -r -x training.log whole run
}

# ---- training: begun, gone on with, and begun anew over another run ----

from=$(date +%s.%N 2>/dev/null || date +%s)
train --set run.dir=run || exit 1
mv run whole
takes=$(awk -v a="$from" -v b="$(date +%s.%N 2>/dev/null || date +%s)" \
    'BEGIN {print b - a < 0.5 ? 0.5 : b - a}')
train --set run.dir=run --set train.seed=2 || exit 1
mv run other
rounds=0
until over 1 2; do
    rm -rf run
    how=--resume
    if test $((rounds % 2)) -eq 1; then
        cp -r other run
        how=--force
    fi
    rounds=$((rounds + 1))
    # shellcheck disable=SC2086
    while killed "$takes" "$BIN/rnn-train" -q $SMALL --set run.dir=run $how; do
        if test $how = --force; then
            check "no model after beginning anew" test -s run/best.safetensors
        fi
        if test -e run/best.safetensors; then
            check "a model that cannot be used" "$BIN/rnn-sample" -q \
                --config run --bars 2 --seed 1 --force -o song.mid
        fi
        # the earlier run stands until there is another
        if test -s run/last.safetensors &&
            ! cmp -s run/last.safetensors other/last.safetensors; then
            how=--resume
        fi
        ! over 1 2 || break
    done
    check "not gone on with" train --set run.dir=run $how
    check "other bytes than undisturbed" same
done
trained=$kills

# ---- unpacking ----

until over 2 2; do
    rm -rf tunes
    killed 0.15 "$BIN/nott-fetch" -q --zip "$zip" --sha256 none -d tunes
    test ! -e tunes || check "half a folder" diff -r good tunes
    check "not unpacked after a kill" "$BIN/nott-fetch" -q --zip "$zip" \
        --sha256 none -d tunes
    check "other files" diff -r good tunes
    rm -rf tunes.tmp-*
done

echo "kill: $trained kills of $rounds trainings, $((kills - trained)) of unpacking"
echo "$passed passed, $failed failed"
test $failed -eq 0 && test $kills -gt 0
