#!/usr/bin/env bats
# rnn-sample with a tiny network that is told the form of a tune before its
# notes, and with one that is not. SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
    make_starter
    export FORMED=$BATS_FILE_TMPDIR/formed PLAIN=$BATS_FILE_TMPDIR/plain
    export JIG=$TUNES/test/jigs-haste-to-the-wedding.mid
    # $TINY is several words
    # shellcheck disable=SC2086
    "$BIN/rnn-train" -q --set data.sequences="$SEQ" --run "$FORMED" $TINY \
        --set model.form=1 --set model.intervals=1 --set model.ahead=1 \
        --set train.critic_tunes=6 --set train.critic_rounds=1
    # shellcheck disable=SC2086
    "$BIN/rnn-train" -q --set data.sequences="$SEQ" --run "$PLAIN" $TINY \
        --set train.epochs=1
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
}

# No tune of an earlier command is taken for that of this one.
sample() {
    rm -f song.mid song.abc
    t rnn-sample --config "$FORMED" --seed 1 "$@"
}

# The letters of the parts that are shown: AABB.
letters() {
    sed -n 's/^rnn-sample: form: \([A-P]\)[0-9]* .*/\1/p' <<<"$stderr" |
        tr -d '\n'
}

# How long the tune is, in steps.
steps() {
    sed -n 's/.* \([0-9]*\) steps, seed.*/\1/p' <<<"$stderr"
}

# A tune without what says by which command it was made.
notes_of() {
    grep -v rnn-sample "$1"
}

@test "--form says which parts come when, and how long the tune is" {
    for form in A AB AABB ABAC AABBCCDD; do
        sample --form $form --show-form --meter 6/8
        made song.mid
        [ "$(letters)" = $form ]
        [ "$(steps)" -ge $((8 * 12 * ${#form})) ]
        [ "$(steps)" -lt $((8 * 12 * ${#form} + 12)) ] # and a pickup
    done
    sample --form xxyx --show-form
    made song.mid
    [ "$(letters)" = AABA ]
}

@test "the same seed and form give the same tune" {
    sample --form AABB
    made song.mid
    mv song.mid first.mid
    sample --form AABB
    made song.mid
    cmp song.mid first.mid
    sample --form ABAC -o song.abc
    made song.abc
    mv song.abc other.abc
    sample --form AABB -o song.abc
    made song.abc
    notes_of song.abc >one
    notes_of other.abc >another
    differ one another
}

@test "--form takes up to 16 letters and nothing else" {
    for form in "" 1 AAB1 "A A" A-B ABABABABABABABABA "$(printf '\303\204')"; do
        sample --form "$form"
        says 2 "form \"$form\": not 1 to 16 letters like AABB"
        [ ! -e song.mid ]
    done
}

@test "--form has its length, and a given melody its form" {
    for a in "--bars 16" "--bars 0" "--steps 99"; do
        # shellcheck disable=SC2086
        sample --form AABB $a
        says 2 "--form has its length"
    done
    sample --form AABB --given-melody "$JIG"
    says 2 "--form comes with the given melody"
    sample --form AABB --meter 5/4
    says 2 "no training tune is in 5/4, only in "
}

@test "--show-form shows a line for each part, and changes nothing" {
    sample --show-form -o song.abc
    made song.abc
    [ "$(grep -c '^rnn-sample: form: ' <<<"$stderr")" -eq 4 ]
    [[ $stderr == *"form: A1    1  "*"form: "*"   25  "* ]]
    [[ $stderr == *"["*"/"*"]"* ]]
    notes_of song.abc >with
    sample -o song.abc
    made song.abc
    [[ $stderr != *"form: "* ]]
    notes_of song.abc >without
    cmp with without
    sample --bars 11 --show-form
    made song.mid
    [ "$(letters)" = AA ]
}

@test "without a length a tune is as long as its form" {
    for seed in 1 2 3; do
        sample --bars 0 --show-form --seed $seed
        made song.mid
        [ -n "$(letters)" ]
    done
}

@test "tunes of a few steps, and longer than any form" {
    sample --steps 3 --show-form
    made song.mid
    [ -z "$(letters)" ]
    sample --bars 131 --set sample.lanes=2 --show-form
    made song.mid
    [ "$(letters)" = AABBCCDDEEFFGGHH ]
}

@test "a primer, and chords, go with a form" {
    sample --form AABB --primer "$JIG" --show-form
    made song.mid
    [ "$(letters)" = AABB ]
    sample --form ABAB --given-chords "D G A7 D" --show-form
    made song.mid
    [ "$(letters)" = ABAB ]
}

@test "chords for a melody are the likeliest together, whatever the seed" {
    sample --given-melody "$JIG"
    made song.mid
    mv song.mid first.mid
    sample --given-melody "$JIG"
    made song.mid
    cmp song.mid first.mid
    sample --given-melody "$JIG" --show-form # its own
    made song.mid
    [ -n "$(letters)" ]
    sample --given-melody "$JIG" --set sample.chord_temperature=1
    made song.mid
}

@test "a model that knows of no forms says so" {
    t rnn-sample --config "$PLAIN" --seed 1 --form AABB
    says 2 "this model has learnt nothing of forms"
    [ ! -e song.mid ]
    t rnn-sample --config "$PLAIN" --seed 1 --show-form
    made song.mid
    [ -z "$(letters)" ]
}

@test "rnn-train composes with a form as well" {
    # shellcheck disable=SC2086
    t rnn-train -q --set data.sequences="$SEQ" --run ./run $TINY \
        --set train.epochs=1 --set model.form=1 --set train.critic_tunes=2 \
        --sample-every 1
    done_well
    made run/*.mid run/best.safetensors
}

# Pitches of the struck notes of a MIDI file, a line each.
pitches() {
    "$BIN/midi2seq" -q --like "$FORMED" --split 100,0,0 --dump "$1" |
        grep -o '[A-G]#\?[0-9]' | sort -u
}

@test "--range keeps the melody within" {
    sample --range D4-D5 --bars 8
    made song.mid
    [ -z "$(pitches song.mid | grep '3$\|C#\?4\|[EFGAB]#\?5\|D#5\|6$')" ]
    sample --range whistle --bars 8
    made song.mid
    for range in D4-E4 kazoo D4- ''; do
        sample --range "$range"
        [ "$status" = 2 ]
        [[ $stderr == *"neither two pitches a fifth apart"*"whistle"* ]]
    done
}

@test "--rework leaves alone what it is not asked for" {
    sample --form AB -o song.mid
    made song.mid
    cp song.mid old.mid
    sample --rework old.mid --rewrite 9-16 -o new.mid
    made new.mid
    for f in old new; do
        "$BIN/midi2seq" -q --like "$FORMED" --split 100,0,0 --dump $f.mid >$f.txt
    done
    differ old.txt new.txt
    sample --rework old.mid --keep A -o new.mid --force
    made new.mid
    sample --rework old.mid --vary 0.3 -o new.mid --force
    made new.mid
    sample --rework old.mid -o new.mid
    says 2 "by one of --keep, --rewrite and --vary"
    sample --rework old.mid --rewrite 99 -o new.mid
    says 2 "is not bars of 1 to 16"
    sample --rework old.mid --keep Z -o new.mid
    says 2 "there is no part Z"
    t rnn-sample --config "$PLAIN" --rework old.mid --keep A -o new.mid
    says 2 "this model has learnt nothing of forms"
}

@test "--best-of keeps one of several, and ranks them" {
    sample --best-of 3
    made song.mid
    sample --count 3 -o three.abc
    made three.abc
    [ "$(grep -c '^X:' three.abc)" = 3 ]
}

# Of training tunes that are short here, all that a tiny network plays is new.
@test "--max-copy: no longer stretch is in a training tune" {
    sample --max-copy 15
    says 2 "sample.max_copy: less than 16 steps"
    sample --max-copy 20 --given-melody "$JIG"
    says 2 "new melodies"
    sample --max-copy 20 --method argmax
    says 2 "drawn in lanes"
    t rnn-sample --config "$PLAIN" --seed 1 --max-copy 20
    says 2 "does not know what its training tunes are like"
    mkdir new
    sample --max-copy 16 --count 5 -q -o new/tune.mid
    done_well
    t rnn-eval --novelty new --reference "$SEQ" --json
    done_well
    python3 -c 'import json,sys
tunes = json.load(sys.stdin)["novelty"]["tunes"]
assert len(tunes) == 5 and max(t["run"] for t in tunes) <= 16' <<<"$output"
    # a primer is there already, and may be any tune
    sample --primer "$TUNES/train/$(ls "$TUNES/train" | head -n 1)" --max-copy 16
    made song.mid
}

@test "rnn-eval --harmony compares chords with those written" {
    t rnn-eval --config "$FORMED" --set data.sequences="$SEQ" --harmony
    done_well
    [[ $output == *"steps with their root"* ]]
    t rnn-eval --config "$FORMED" --set data.sequences="$SEQ" --harmony --json
    done_well
    python3 -c 'import json,sys; d=json.load(sys.stdin); assert 0 <= d["roots"] <= 1' <<<"$output"
}

@test "rnn-eval --harmony finds other chords with a temperature, each time the same" {
    t rnn-eval --config "$FORMED" --set data.sequences="$SEQ" --harmony --json
    done_well
    local usual=$output other
    t rnn-eval --config "$FORMED" --set data.sequences="$SEQ" --harmony --json \
        --set sample.chord_temperature=0.5
    done_well
    other=$output
    [ "$other" != "$usual" ]
    python3 -c 'import json,sys; d=json.load(sys.stdin); assert 0 <= d["roots"] <= 1' <<<"$other"
    t rnn-eval --config "$FORMED" --set data.sequences="$SEQ" --harmony --json \
        --set sample.chord_temperature=0.5
    done_well
    [ "$output" = "$other" ]
}
