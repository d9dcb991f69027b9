#!/usr/bin/env bats
# MIDI files of many kinds (tests/files/kinds.py), and what the tools hear.
# SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
    find_mido
    make_starter
    export KINDS=$BATS_FILE_TMPDIR/kinds FLAT=$BATS_FILE_TMPDIR/flat
    export MODEL=$BATS_FILE_TMPDIR/model
    export EVERY="--split 100,0,0 --set data.chord_min_count=1"
    python3 "$ROOT/tests/files/kinds.py" "$KINDS"
    cd "$BATS_FILE_TMPDIR" || return
    # shellcheck disable=SC2086
    "$BIN/midi2seq" $EVERY --dump --report kinds.tsv "$KINDS" >kinds.dump 2>kinds.said
    mkdir flat
    cp "$TUNES"/*/*.mid flat
    # shellcheck disable=SC2086
    "$BIN/rnn-train" -q $TINY --set data.sequences="$SEQ" --run "$MODEL"
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
}

m2s() {
    t midi2seq "$@"
}

# Bars as midi2seq prints them, with every chord by its name.
dumped() {
    # shellcheck disable=SC2086
    "$BIN/midi2seq" -q $EVERY --dump "$@"
}

# The melody in every bar of the dump.
melody() {
    dumped "$@" | sed -n 's/^  \(.*\) | .*/\1/p'
}

# as_written KIND HOW-MANY: each file of the kind is heard as it is written, and
# there are so many at least.
as_written() {
    cut -f1 "$KINDS/expected.tsv" | grep -c "^$1-" >count
    python3 "$ROOT/tests/files/heard.py" "$KINDS/expected.tsv" \
        "$BATS_FILE_TMPDIR/kinds.dump" "$BATS_FILE_TMPDIR/kinds.tsv" "$1"
    [ "$(cat count)" -ge "$2" ]
}

@test "as written: faults of the container" {
    as_written container 25
}

@test "as written: pickups, counts and signs" {
    as_written frame 25
}

@test "as written: chords that are not struck together" {
    as_written chords 16
}

@test "as written: which track plays what" {
    as_written roles 17
}

@test "as written: no key, or a wrong one" {
    as_written key 9
}

@test "as written: coarse ticks, swing and human hands" {
    as_written grid 8
}

@test "as written: a voice alone, and chords by name" {
    as_written alone 11
}

@test "what disagrees is named" {
    local dump=$BATS_FILE_TMPDIR/kinds.dump
    cp "$KINDS/expected.tsv" "$BATS_FILE_TMPDIR/kinds.tsv" .
    sed '/^alone-melody /s/key C/key G/; /^alone-chords-as-text /,$s/^  \(.*\) | .*/  \1 | A#m:16/' \
        "$dump" >wrong
    run python3 "$ROOT/tests/files/heard.py" expected.tsv wrong kinds.tsv alone
    shown
    [ "$status" -eq 1 ]
    [ "${lines[0]}" = "alone-melody: key is G, not C" ]
    [[ $output == *"alone-chords-as-text: chord of bar 1 is A#m, not C"* ]]
    sed '/^grid-by-hand/,$d' "$dump" >less
    run python3 "$ROOT/tests/files/heard.py" expected.tsv less kinds.tsv grid
    [ "$status" -eq 1 ]
    [[ $output == *"grid-by-hand: refused: "* ]]
}

@test "chords alone are no tune" {
    m2s -o a.seq "$KINDS/no-tune/chords.mid"
    says 1 "chords.mid: no melody track"
    grep -q "no-tune/chords.mid: refused: no melody track" "$BATS_FILE_TMPDIR/kinds.said"
}

@test "--tracks: what each track is taken for, and nothing else is done" {
    m2s --tracks -o a.seq "$KINDS/roles-lead-under-backing.mid" \
        "$KINDS/roles-drums-by-name.mid" "$KINDS/alone-chords-as-text.mid" \
        "$KINDS/roles-one-track-many-channels.mid"
    told
    [ ! -e a.seq ]
    [ -z "$stderr" ]
    [ "$(grep -c '^/.*mid$' <<<"$output")" -eq 4 ]
    [[ $output == *'  track 2 "Backing Vox": chords; '* ]]
    [[ $output == *'  track 3 "Gtr": chords; '* ]]
    [[ $output == *'  track 4 "Lead Vox": melody; 59 notes, '* ]]
    [[ $output == *'  track 2 "Drum Kit": drums; '* ]]
    [[ $output == *'  track 3 "Tin Whistle": melody; '* ]]
    [[ $output == *'chords by name in its texts'* ]]
    [[ $output == *'  track 1 channel 1 '*': melody; 31 notes, '* ]]
    [[ $output == *'  track 1 channel 10 '*': drums; '* ]]
    [ "$(grep -c ': melody; ' <<<"$output")" -eq 4 ]
}

@test "--melody-track NAME: a part of the name, whatever its letters" {
    local f=$KINDS/roles-lead-under-backing.mid name
    dumped "$f" >1
    for name in "Lead Vox" lead LEAD 4; do
        dumped --melody-track "$name" "$f" >2
        cmp 1 2
    done
    dumped --melody-track backing "$f" >3
    differ 1 3
    dumped --melody-track 2 "$f" >4
    cmp 3 4
    # of each file the one that has the name
    f=$KINDS/roles-two-in-unison.mid
    m2s --split 100,0,0 --report r.tsv -o a.seq --melody-track accordion "$f"
    done_well
    [ "$(cut -f5 r.tsv | tail -1)" -eq 3 ]
}

@test "--chord-track NAME" {
    local f=$KINDS/chords-band.mid name
    melody "$f" >1
    for name in strings 6; do
        m2s --split 100,0,0 --report $name.tsv -o a.seq --chord-track $name "$f"
        done_well
        [ "$(cut -f6 $name.tsv | tail -1)" -eq 6 ]
        melody --chord-track $name "$f" >2
        cmp 1 2
        # these and no others
        dumped --chord-track $name "$f" >$name
    done
    cmp strings 6
    grep -q '| C:16$' strings
    dumped --chord-track Bass "$f" >bass
    differ strings bass
}

@test "a track of no such name: one line, status 1" {
    local option
    for option in --melody-track --chord-track; do
        m2s $option nosuch -o a.seq "$KINDS/chords-band.mid"
        says 1 'chords-band.mid: no track is called "nosuch"'
        [ ! -e a.seq ]
    done
    m2s --tracks --melody-track nosuch "$KINDS/chords-band.mid"
    says 1 'no track is called "nosuch"'
    # of several files those that have it are kept
    m2s --split 100,0,0 --melody-track voix -o a.seq \
        "$KINDS/roles-flute-over-voice.mid" "$KINDS/chords-band.mid"
    done_well
    [[ $stderr == *"1 of 2 files kept"* ]]
    [[ $stderr == *'chords-band.mid: refused: no track is called "voix"'* ]]
}

# accompanied KIND: the starter tunes with other accompaniments have the chords
# and melodies that they have with block chords.
accompanied() {
    [ "$MIDO" ] || skip "no mido for python3"
    local kind chords melodies
    dumped "$FLAT" >block
    for kind in "$@"; do
        "$MIDO" "$ROOT/tests/files/accompany.py" "$kind" "$FLAT"/*.mid "$kind"
        dumped "$kind" >"$kind.dump"
        read -r chords melodies < <(python3 "$ROOT/tests/files/heard.py" alike block "$kind.dump")
        echo "$kind: chords $chords, melodies $melodies alike"
        [ "$melodies" = 1.0000 ]
        awk "BEGIN {exit !($chords >= 0.97)}"
    done
}

@test "accompanied otherwise: boom-chuck and off the beat" {
    accompanied boomchuck offbeat
}

@test "accompanied otherwise: arpeggios, held and not, and strums" {
    accompanied arpeggio held strum
}

@test "accompanied otherwise: no bass, staccato, a track for each voice" {
    accompanied nobass staccato spread
}

@test "chords = required: what has none is refused, chords by name are some" {
    local f
    for f in melody parts-a-and-b words-like-chords; do
        m2s --set data.chords=required -o a.seq "$KINDS/alone-$f.mid"
        says 1 "alone-$f.mid: no chord track"
    done
    [ ! -e a.seq ]
    # shellcheck disable=SC2086
    m2s $EVERY --set data.chords=required -o a.seq "$KINDS"
    made a.seq
    [[ $stderr == *"alone-pickup-padded.mid: refused: no chord track"* ]]
    [[ $stderr != *"alone-chords-"* ]]
    [[ $stderr != *"container-"* ]]
}

@test "a voice alone: rnn-sample finds chords for it" {
    local f bars
    for f in alone-melody alone-pickup-padded key-voice-alone-c-by-default; do
        rm -f song.mid
        t rnn-sample --config "$MODEL" --seed 1 --given-melody "$KINDS/$f.mid"
        made song.mid
        melody "$KINDS/$f.mid" >1
        melody song.mid >2
        diff 1 2
        # it has chords now, in most of the bars
        bars=$(wc -l <2)
        dumped song.mid >song
        [ "$(grep -c ' | .*[A-G]' song)" -gt $((bars / 2)) ]
        [ "$(grep -c '?' song)" -eq 0 ]
    done
}

@test "a voice alone as a primer, and where chords are wanted" {
    local f=$KINDS/alone-melody.mid
    t rnn-sample --config "$MODEL" --seed 1 --primer "$f" --bars 8
    made song.mid
    [[ $stderr == *"primer: $f, 64 steps"* ]]
    diff <(melody "$f" | head -n 3) <(melody song.mid | head -n 3)
    rm song.mid
    t rnn-sample --config "$MODEL" --seed 1 --given-chords "$f"
    says 1 "alone-melody.mid: has no chords"
    [ ! -e song.mid ]
}

@test "--given-chords takes chords by name, and chords alone" {
    t rnn-sample --config "$MODEL" --seed 1 --given-chords "$KINDS/alone-chords-as-text.mid"
    made song.mid
    dumped song.mid >song
    grep -q ' | G7:16$' song
    rm song.mid
    t rnn-sample --config "$MODEL" --seed 1 --given-chords "$KINDS/no-tune/chords.mid"
    [[ $stderr != *"chords.mid: no melody track" ]] ||
        skip "a file of chords alone is refused: no melody track"
    made song.mid
    dumped song.mid >song
    diff <(sed -n 's/.* | //p' song | head -n 14) \
        <(dumped "$KINDS/alone-chords-as-text.mid" | sed -n 's/.* | //p' | head -n 14)
}

@test "rnn-eval judges voices alone" {
    mkdir voices
    cp "$KINDS"/alone-melody.mid "$KINDS"/alone-p*.mid voices
    t rnn-eval --music --novelty voices --reference "$SEQ" --json
    told
    [ -z "$stderr" ]
    python3 -c 'import json, sys
j = json.load(sys.stdin)
assert j["count"]["tunes"] == 3 and j["count"]["refused"] == 0, j["count"]
assert {t["name"] for t in j["novelty"]["tunes"]} == {
    "alone-melody", "alone-parts-a-and-b", "alone-pickup-padded"}
# the washerwoman is one of the tunes of the reference
run = {t["name"]: t["run"] for t in j["novelty"]["tunes"]}
assert run["alone-pickup-padded"] > 2 * run["alone-melody"], run
assert j["measures"]["onsets_per_bar"]["tunes"] > 3
assert j["measures"]["chord_tones"]["tunes"] is None' <<<"$output"
    t rnn-eval --music --novelty "$KINDS/alone-melody.mid" --reference "$SEQ"
    told
    [ -z "$stderr" ]
}
