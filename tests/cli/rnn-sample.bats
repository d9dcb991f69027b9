#!/usr/bin/env bats
# rnn-sample with a tiny network; the tunes are looked at with mido (Python).
# SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
    make_starter
    export MODEL=$BATS_FILE_TMPDIR/model MIDI=$BATS_FILE_TMPDIR/midi.py
    "$BIN/rnn-train" -q --set data.sequences="$SEQ" --run "$MODEL" \
        --set train.threads=1 \
        --set model.hidden=24 --set model.project=8 --set train.epochs=6 \
        --set train.rate=0.02
    export JIG=$TUNES/test/jigs-haste-to-the-wedding.mid
    export REEL=$TUNES/test/reels-soldiers-joy.mid
    find_mido
    cat >"$MIDI" <<'END'
"""midi.py info FILE: what a song says about itself
midi.py notes FILE TRACK: "onset end pitch" in 16ths, a line for each note
midi.py chords FILE TRACK: pitch classes that sound in each 16th"""
import sys
import mido
what, song = sys.argv[1], mido.MidiFile(sys.argv[2])
step = song.ticks_per_beat / 4
def played(track):
    now, on, out = 0, {}, []
    for m in track:
        now += m.time
        if m.type == "note_on" and m.velocity:
            assert m.note not in on
            on[m.note] = now
        elif m.type in ("note_on", "note_off"):
            out.append((round(on.pop(m.note) / step), round(now / step), m.note))
    assert not on
    return sorted(out)
if what == "info":
    print("format", song.type, "tracks", len(song.tracks))
    for t in song.tracks:
        print("track", t.name, "steps", round(sum(m.time for m in t) / step))
        channels = {m.channel for m in t if not m.is_meta}
        print("channels", *channels)
        for m in t:
            if m.type == "set_tempo":
                print("tempo", round(mido.tempo2bpm(m.tempo)))
            elif m.type == "time_signature":
                print("meter %d/%d" % (m.numerator, m.denominator))
            elif m.type == "key_signature":
                print("key", m.key)
            elif m.type == "program_change":
                print("program", m.program)
            elif m.type == "text":
                print("text", m.text)
elif what == "notes":
    for note in played(song.tracks[int(sys.argv[3])]):
        print(*note)
else:
    notes = played(song.tracks[int(sys.argv[3])])
    for k in range(max(n[1] for n in notes)):
        print(*sorted({n[2] % 12 for n in notes if n[0] <= k < n[1]}))
END
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
}

# No tune of an earlier command is taken for that of this one.
compose() {
    rm -f song.mid song.svg
    t rnn-sample "$@"
}

sample() {
    compose --config "$MODEL" --seed 1 "$@"
}

midi() {
    "$MIDO" "$MIDI" "$@"
}

need_mido() {
    [ "$MIDO" ] || skip "no mido for python3"
}

# The length that it says, in steps.
said_steps() {
    [[ $stderr =~ \ ([0-9]+)\ steps,\ seed ]]
    echo "${BASH_REMATCH[1]}"
}

@test "a tune: named tracks, tempo, signatures, two channels, the seed" {
    need_mido
    sample -o song.mid --set sample.tempo=96
    done_well
    [ -z "$output" ]
    [[ ${stderr_lines[-1]} =~ song.mid:\ [0-9]+/[0-9]+,\ key\ [A-G] ]]
    [[ ${stderr_lines[-1]} == *", seed 1, "*" nats a step" ]]
    midi info song.mid >info
    cat info
    grep -qx 'format 1 tracks 3' info
    [ "$(grep -c '^track ' info)" -eq 3 ]
    grep -qx "track melody steps [0-9]*" info
    grep -qx "track chords steps [0-9]*" info
    grep -qx 'tempo 96' info
    grep -qx 'meter [0-9]*/[0-9]*' info
    grep -qx 'key [A-G].*' info
    grep -q '^text .*seed 1' info
    grep -q '^text nott .*rnn-sample --config' info
    grep -qx 'program 73' info
    grep -qx 'program 24' info
    [ "$(grep '^channels .' info | sort -u | wc -l)" -eq 2 ]
    [ "$(midi notes song.mid 1 | wc -l)" -gt 10 ]
    [ "$(midi notes song.mid 2 | wc -l)" -gt 10 ]
}

@test "the melody is one voice" {
    need_mido
    sample -o song.mid
    midi notes song.mid 1 >1
    [ -s 1 ]
    awk '$1 < end {bad = 1} {end = $2} END {exit bad}' 1
}

@test "song.mid is the default, and nothing else is written" {
    sample
    done_well
    [ "$(ls)" = song.mid ]
    sample -q -o other.mid
    made other.mid
    [ -z "$output$stderr" ]
}

@test "programs can be left out" {
    need_mido
    sample --set sample.melody_program=-1 --set sample.chord_program=5
    done_well
    [ "$(midi info song.mid | grep '^program' | xargs)" = "program 5" ]
}

@test "the same seed gives the same bytes" {
    sample -o song.mid --svg song.svg
    made song.mid song.svg
    mkdir again
    cp song.* again
    sample -o song.mid --svg song.svg --set train.threads=1
    made song.mid song.svg
    cmp song.svg again/song.svg
    sample -o song.mid --svg song.svg
    made song.mid song.svg
    cmp song.mid again/song.mid
    cmp song.svg again/song.svg
    compose --config "$MODEL" --seed 2 -o song.mid
    made song.mid
    differ song.mid again/song.mid
}

@test "without --seed no two runs have the same, and all can be typed" {
    local n
    for n in 1 2 3; do
        compose --config "$MODEL" --steps 2
        made song.mid
        [[ $stderr =~ seed\ ([0-9]+) ]]
        [ "${BASH_REMATCH[1]}" -lt $((1 << 31)) ]
        echo "${BASH_REMATCH[1]}" >>seeds
    done
    [ "$(sort -u seeds | wc -l)" -eq 3 ]
}

@test "without --seed one is chosen and shown, and gives the tune again" {
    need_mido
    t rnn-sample --config "$MODEL" -o 1.mid
    done_well
    [[ $stderr =~ seed\ ([0-9]+) ]]
    t rnn-sample --config "$MODEL" -o 2.mid --seed "${BASH_REMATCH[1]}"
    made 2.mid
    [ "$(midi notes 1.mid 1)" = "$(midi notes 2.mid 1)" ]
    [ "$(midi notes 1.mid 2)" = "$(midi notes 2.mid 2)" ]
}

@test "meter, key and bars" {
    need_mido
    local m
    for m in 2/4 3/4 4/4 6/8 9/8; do
        sample --meter $m --bars 8
        done_well
        [[ $stderr == *": $m, "* ]]
        midi info song.mid >info
        grep -qx "meter $m" info
        local bar=$((16 * ${m%/*} / ${m#*/})) n
        n=$(said_steps)
        # eight bars and less than one of pickup
        [ "$n" -ge $((8 * bar)) ]
        [ "$n" -lt $((9 * bar)) ]
        grep -q "^track .* steps $n$" info
    done
    for m in G D A Em Am; do
        sample --key $m
        done_well
        [[ $stderr == *", key $m, "* ]]
        "$BIN/midi2seq" -q --split 100,0,0 --dump song.mid | grep -q " key $m "
    done
    sample --meter 6/8 --key G
    done_well
    [[ $stderr == *": 6/8, key G, "* ]]
}

@test "--key as people say it" {
    local said
    while IFS== read -r said key; do
        sample --steps 2 --key "$said"
        done_well
        [[ $stderr == *", key $key, "* ]]
    done <<'END'
g=G
em=Em
a minor=Am
E Minor=Em
D MAJOR=D
Ador=Am
e dorian=Em
A mixolydian=A
Dmix=D
G lydian=G
END
}

@test "--steps: that long" {
    need_mido
    local n
    for n in 2 3 100; do
        sample --steps $n
        done_well
        [ "$(said_steps)" -eq $n ]
        midi info song.mid | grep -q "^track .* steps $n$"
    done
}

@test "the option beats the setting" {
    sample --meter 4/4 --set sample.bars=8
    [ "$(said_steps)" -lt 144 ]
    sample --meter 4/4 --set sample.bars=8 --bars 20
    [ "$(said_steps)" -ge 320 ]
}

@test "--bars 0: a tune ends where the network ends it" {
    t rnn-sample --config "$MODEL" --seed 1 --count 12 --bars 0 -o many.mid
    done_well
    local steps
    steps=$(grep -o '[0-9]* steps' <<<"$stderr" | sort -u)
    # each has its own length
    [ "$(wc -l <<<"$steps")" -ge 6 ]
    [ "$(ls many-*.mid | wc -l)" -eq 12 ]
    cp many-3.mid three.mid
    t rnn-sample --config "$MODEL" --seed 3 --set sample.bars=0 -o one.mid
    made one.mid
    same_steps three.mid one.mid
    # a given voice is as long as it is
    sample --bars 0 --given-melody "$JIG"
    done_well
    [ "$(said_steps)" -eq 384 ]
    sample --bars 0 --given-chords "D G A7 D"
    says 2 "sample.bars: "
    sample --bars 0 --primer "$REEL" --primer-bars 2
    done_well
    [ "$(said_steps)" -ge 32 ]
}

@test "--bars 0 of a model that has not learnt where tunes end" {
    "$BIN/rnn-train" -q --set data.sequences="$SEQ" --run ./endless $TINY \
        --set train.epochs=1 --set model.end=0
    compose --config endless --bars 0
    says 2 "sample.bars: this model has not learnt where tunes end"
    [ ! -e song.mid ]
    compose --config endless --bars 4
    made song.mid
}

@test "--method argmax is without chance, and does not get stuck" {
    need_mido
    sample --method argmax --primer "$REEL"
    done_well
    midi notes song.mid 1 >1
    compose --config "$MODEL" --seed 2 --method argmax --primer "$REEL"
    done_well
    midi notes song.mid 1 >2
    cmp 1 2
    # no note longer than a strike and 16 steps of hold
    awk '$2 - $1 > 17 {print; bad = 1} END {exit bad}' 1
    sample --set sample.method=argmax --primer "$REEL"
    done_well
    midi notes song.mid 1 >2
    cmp 1 2
}

@test "--temperature: colder is likelier" {
    local warm cold
    sample --temperature 2 --steps 400
    [[ $stderr =~ ([0-9.]+)\ nats ]]
    warm=${BASH_REMATCH[1]}
    sample --temperature 0.3 --steps 400
    [[ $stderr =~ ([0-9.]+)\ nats ]]
    cold=${BASH_REMATCH[1]}
    awk "BEGIN {exit !($cold < $warm)}"
}

# The surprise that it says, a finite number.
said_nats() {
    [[ $stderr =~ \ ([0-9]+\.[0-9]+)\ nats\ a\ step ]]
    echo "${BASH_REMATCH[1]}"
}

@test "sample.min_p: what is unlikely is not drawn" {
    local p plain shy
    sample --steps 400
    plain=$(said_nats)
    sample --steps 400 --set sample.min_p=0.3
    done_well
    shy=$(said_nats)
    [ "$(said_steps)" -eq 400 ]
    awk "BEGIN {exit !($shy < 0.8 * $plain)}"
    # it goes along with all that may leave hardly a class
    for p in "--method argmax" "--given-melody $REEL" "--temperature 0.01" \
        "--set sample.melody_repeat_max=1 --set sample.chord_repeat_max=1"; do
        sample --set sample.min_p=1 $p
        done_well
        said_nats
    done
    for p in -0.1 1.1 x; do
        sample --set sample.min_p=$p
        says 2 "sample.min_p: '$p'"
    done
}

@test "sample.chord_temperature: of the chords alone" {
    need_mido
    local hot cold
    sample --steps 400 --set sample.chord_temperature=20
    made song.mid
    hot=$(midi notes song.mid 2 | wc -l)
    sample --steps 400 --set sample.chord_temperature=0.1
    made song.mid
    cold=$(midi notes song.mid 2 | wc -l)
    [ "$hot" -gt $((2 * cold)) ]
    sample --steps 400 --set sample.chord_temperature=1
    done_well
    midi notes song.mid 2 >2
    sample --steps 400
    done_well
    midi notes song.mid 2 >again
    diff 2 again
}

@test "--given-chords as text: one a bar, again and again" {
    need_mido
    local n p
    sample --meter 4/4 --key D --bars 8 --given-chords "D G A7 D"
    done_well
    n=$(said_steps)
    p=$((n - 128)) # pickup
    midi chords song.mid 2 | tail -n +$((p + 1)) | uniq -c | sed 's/^ *//' >c
    cat c
    printf '%s\n' "16 2 6 9" "16 2 7 11" "16 1 4 7 9" "32 2 6 9" \
        "16 2 7 11" "16 1 4 7 9" "16 2 6 9" | diff - c
}

@test "--given-chords as degrees of the key" {
    need_mido
    local n
    sample --meter 4/4 --key G --bars 4 --given-chords "I-vi-IV-V7"
    done_well
    n=$(said_steps)
    midi chords song.mid 2 | tail -n +$((n - 64 + 1)) | uniq | xargs -d '\n' \
        >c
    cat c
    # G Em C D7
    [ "$(cat c)" = "2 7 11 4 7 11 0 4 7 0 2 6 9" ]
}

# chord_runs BARS: "16 2 6 9 ...", how long each chord sounds after the pickup
chord_runs() {
    local p=$(($(said_steps) - 16 * $1))
    midi chords song.mid 2 | tail -n +$((p + 1)) | uniq -c | sed 's/^ *//' |
        xargs -d '\n' | sed 's/ *$//'
}

@test "--given-chords with bar lines and repeats" {
    need_mido
    local c one
    # D, half G and half A, the same again, E minor; twice
    for c in "|: D | G A | % | Em :|" "||: D | G A | | Em :||" \
        $'[|: D | G A\n% | Em :|]' "D - | G, A | G / A / | Em :|" \
        "d | g a | % | em |" "D|G/B A|%|Em" "I | IV V | % | ii"; do
        sample --meter 4/4 --key D --bars 8 --given-chords "$c"
        done_well
        chord_runs 8 >c
        cat c
        one="16 2 6 9 8 2 7 11 8 1 4 9 8 2 7 11 8 1 4 9 16 4 7 11"
        [ "$(cat c)" = "$one $one" ]
    done
}

@test "--given-chords: the key is that of the chords" {
    local c key
    while IFS== read -r c key; do
        sample --bars 4 --given-chords "$c"
        done_well
        [[ $stderr == *", key $key, "* ]]
    done <<'END'
Am F C G=Am
G C D G=G
am dm e7 am=Am
| D | G A7 | D=D
Em D C B7=Em
END
    # unless another is asked for, or comes with a primer
    sample --bars 4 --given-chords "Am F C G" --key G
    done_well
    [[ $stderr == *", key G, "* ]]
    sample --given-chords "Am F C G" --primer "$REEL" --primer-bars 2
    done_well
    [[ $stderr == *", key D, "* ]]
    # in a key that no training tune has it is composed all the same
    sample --bars 4 --given-chords "C#m F#m G#m C#m"
    done_well
    [[ ${stderr_lines[0]} == *"chords: they are in C#m, in which no training tune fits"* ]]
}

@test "--given-chords from a file" {
    need_mido
    sample --given-chords "$JIG"
    done_well
    [[ $stderr == *": 6/8, key D, 384 steps"* ]]
    midi chords "$JIG" 2 >given
    midi chords song.mid 2 >played
    [ -s given ]
    diff given played
    cp "$JIG" "a tune.MIDI"
    sample --given-chords "a tune.MIDI" --bars 4
    done_well
    [ "$(said_steps)" -eq 48 ]
}

@test "--given-melody keeps every note" {
    need_mido
    local f
    for f in "$JIG" "$REEL" "$TUNES/test/waltzes-the-south-wind.mid"; do
        sample --given-melody "$f"
        done_well
        midi notes "$f" 1 >1
        [ "$(wc -l <1)" -gt 50 ]
        midi notes song.mid 1 | diff 1 -
        [ "$(midi notes song.mid 2 | wc -l)" -gt 10 ]
    done
}

@test "the tempo of a file comes with its signatures" {
    need_mido
    local given
    sample -o given.mid --set sample.tempo=90 --bars 8
    made given.mid
    midi info given.mid | grep '^meter' >meters
    for given in --given-melody --given-chords --primer; do
        sample $given given.mid
        done_well
        midi info song.mid >info
        grep -qx 'tempo 90' info
        diff meters <(grep '^meter' info)
        # what is asked for goes first, were it the default
        sample $given given.mid --set sample.tempo=120
        done_well
        midi info song.mid | grep -qx 'tempo 120'
    done
    cp -r "$MODEL" slow
    sed -i 's/^tempo = .*/tempo = 70/' slow/config.ini
    compose --config slow --given-melody given.mid
    done_well
    midi info song.mid | grep -qx 'tempo 70'
}

@test "a pickup is a bar of its own length" {
    need_mido
    local waltz=$TUNES/test/waltzes-the-south-wind.mid
    local jig=$TUNES/train/jigs-greensleeves.mid
    signs_of "$waltz" "meter 1/4 meter 3/4" "3/4 key G bar 12 phase 4"
    signs_of "$jig" "meter 1/8 meter 6/8" "6/8 key Am bar 12 phase 2"
    signs_of "$JIG" "meter 6/8" "6/8 key D bar 12 phase 0"
}

# signs_of PRIMER SIGNATURES HEADER: what is written, and what is read of it
signs_of() {
    sample --primer "$1" --bars 16
    done_well
    # of the first track; the others have the same, or none
    [ "$(midi info song.mid | grep '^meter' | head -2 | uniq | xargs)" = "$2" ]
    "$BIN/midi2seq" -q --split 100,0,0 --dump song.mid | head -1 >header
    grep -qF "$3" header
}

@test "the texts tell of no folder" {
    need_mido
    mkdir -p some/place
    cp -r "$MODEL" some/place/fiddler
    cp "$JIG" some/place/jig.mid
    local c
    for c in some/place/fiddler "$PWD/some/place/fiddler/" \
        some/place/fiddler/config.ini; do
        compose --config $c --seed 7 --bars 8 --svg song.svg -o ./song.mid \
            --set data.sequences=/no/such/tunes.seq \
            --primer="$PWD/some/place/jig.mid"
        done_well
        midi info song.mid | sed -n 's/^text //p' >texts
        cat texts
        [ "$(head -1 texts)" = 'Down by the Long Heath' ]
        # the rest is one text in pieces
        tail -n +2 texts | tr -d '\n' >note
        grep -q ' seed 7: rnn-sample --config [a-z.]* --seed 7' note
        grep -q -- ' --set data.sequences=tunes.seq --primer=jig.mid$' note
        [ "$(cat texts note | grep -c /)" -eq 0 ]
        [ "$(cat song.mid song.svg | grep -c place)" -eq 0 ]
    done
    cd some/place/fiddler
    compose --config . --seed 7 --bars 8 --meter 6/8
    done_well
    midi info song.mid >texts
    grep -qx 'text Down by the Long Heath' texts
    grep -q '^text .*--meter 6/8$' texts # it is no path
}

@test "--primer FILE: begins like it" {
    need_mido
    local bars n
    for bars in 2 4 8; do
        sample --primer "$REEL" --primer-bars $bars
        done_well
        [[ $stderr =~ primer:\ .*soldiers-joy.mid,\ ([0-9]+)\ steps ]]
        n=${BASH_REMATCH[1]}
        [ $((n / 16)) -eq $bars ]
        midi notes "$REEL" 1 | awk -v n="$n" '$2 < n' >1
        [ -s 1 ]
        midi notes song.mid 1 | awk -v n="$n" '$2 < n' | diff 1 -
        [[ $stderr == *": 4/4, key D"* ]]
    done
    # what follows is played, not copied
    midi notes "$REEL" 1 >1
    midi notes song.mid 1 >2
    differ 1 2
}

@test "--primer random is one of the test tunes" {
    sample --primer random
    done_well
    [[ $stderr =~ primer:\ (test/[a-z-]+),\ [0-9]+\ steps ]]
    [ -f "$TUNES/${BASH_REMATCH[1]}.mid" ]
    sample --primer random --set data.sequences=missing.seq
    says 1 "missing.seq"
    "$BIN/midi2seq" -q --encoding classic -o classic.seq "$TUNES"
    sample --primer random --set data.sequences=classic.seq
    says 1 "classic.seq: other classes"
    "$BIN/midi2seq" -q -o fine.seq --set data.steps_per_quarter=12 \
        --set data.chord_min_count=96 "$TUNES"
    sample --primer random --set data.sequences=fine.seq
    says 1 "attack in 12 a quarter, not 30 + 17, attack in 4; midi2seq --like "
}

@test "--primer random of a moved model: other options need no sequences" {
    cp -r "$MODEL" here
    compose --config here --set data.sequences=missing.seq
    made song.mid
}

@test "the drawing is well-formed" {
    sample --svg song.svg
    done_well
    well_formed song.svg
    sample --svg 'a&b<c>.svg' -o 'a&b<c>".mid' --seed 3
    done_well
    well_formed 'a&b<c>.svg'
}

@test "the model as folder, as folder with slash, as file, from within" {
    need_mido
    local c
    sample
    midi notes song.mid 1 >1
    for c in "$MODEL/" "$MODEL/config.ini"; do
        compose --config "$c" --seed 1
        done_well
        midi notes song.mid 1 | diff 1 -
    done
    cp -r "$MODEL"/* .
    for c in . config.ini ./config.ini; do
        compose --config $c --seed 1
        done_well
        midi notes song.mid 1 | diff 1 -
    done
    # best.safetensors and config.ini are enough
    rm last.safetensors metrics.tsv training.log loss.svg
    compose --config . --seed 1
    made song.mid
}

@test "a long command line is kept whole" {
    need_mido
    local long
    long=$(printf 'D G %.0s' {1..60})
    sample --given-chords "$long"
    done_well
    midi info song.mid | grep '^text' | sed 's/^text //' | tr -d '\n' |
        grep -qF -- "$long"
}

@test "no model, or half of one" {
    mkdir empty half
    t rnn-sample --config missing
    says 1 "missing: No such file"
    t rnn-sample --config empty
    says 1 "empty/config.ini: No such file"
    cp "$MODEL/config.ini" half
    t rnn-sample --config half
    says 1 "half/best.safetensors: No such file"
    head -c 5000 "$MODEL/best.safetensors" >half/best.safetensors
    t rnn-sample --config half
    says 1 "half/best.safetensors: "
    cp "$SEQ" half/best.safetensors
    t rnn-sample --config half
    says 1 "half/best.safetensors: "
    [ ! -e song.mid ]
}

@test "chords that are none" {
    local c
    for c in "D X" "V/V/V" "1 2" "H" "|" "" "Dfoo" "C#b" "IIII" "tunes" "%" \
        $'D\xe2\x99' "$(printf 'D%.0s' {1..5000})" \
        "$(printf 'D %.0s' {1..1025})" "Am F c"; do
        sample --given-chords "$c"
        says 2 "chords: "
    done
    sample --given-chords "| D G | X A"
    says 2 "chords: bar 2: 'X' is no chord such as Am7, Bb/D, vi, bVII or N.C."
    sample --meter 2/4 --given-chords "| D | D G A D G A D G A |"
    says 2 "chords: bar 2: 9 chords in 8 steps"
    sample --given-chords missing.mid
    says 1 "missing.mid: No such file"
    [ ! -e song.mid ]
}

@test "a chord that the model does not have is played as the nearest one" {
    need_mido
    sample --meter 4/4 --key D --bars 4 --given-chords "Dmaj7 Gadd9 A13 Dmaj7"
    made song.mid
    [ "${#stderr_lines[@]}" -eq 3 ]
    [[ ${stderr_lines[0]} == *": chords: the model has no Dmaj7; D is played" ]]
    [[ ${stderr_lines[1]} == *": chords: the model has no Gadd9; G is played" ]]
    [ "$(chord_runs 4)" = "16 2 6 9 16 2 7 11 16 1 4 7 9 16 2 6 9" ]
    # numerals say what they are, in each key of several tunes once
    sample --meter 4/4 --count 9 -o t.mid --given-chords "Imaj7 V Imaj7"
    made t-9.mid
    local keys
    keys=$(grep -o 'key [A-G][#bm]*' <<<"$stderr" | sort -u | wc -l)
    [ "$keys" -gt 1 ]
    grep 'has no Imaj7 (' <<<"$stderr" | sort >told
    sort -u told | diff told -
    [ "$(wc -l <told)" -gt 1 ]
    sample -q --given-chords "Dmaj7 G"
    made song.mid
    [ -z "$stderr" ]
}

@test "the command line keeps chords with a bass, and no folder" {
    need_mido
    mkdir -p some/place
    cp "$JIG" some/place/jig.mid
    local c
    for c in "D/F# G A/C#" "V/V"; do
        sample --given-chords "$c"
        midi info song.mid | grep -qF -- "--given-chords $c"
        sample --given-chords="$c"
        midi info song.mid | grep -qF -- "--given-chords=$c"
    done
    sample --given-chords some/place/jig.mid
    midi info song.mid | grep -q -- '--given-chords jig.mid'
}

@test "signatures that no tune has" {
    sample --meter 7/8
    says 2 "no training tune is in 7/8, only in 4/4, "
    [ ! -e song.mid ]
    sample --key Bbm # one in another key is moved
    made song.mid
    [[ $stderr == *"key Bbm, "* || $stderr == *"key A#m, "* ]]
    local a
    for a in 6-8 6 6/ /8 6/8x 0/4 4/0 -3/4 x; do
        sample --meter=$a
        wrong_usage "--meter: '$a'"
    done
    for a in H D7 '' Gmm GM 'G major key' X "$(printf 'G%.0s' {1..70})"; do
        sample --key="$a"
        wrong_usage "--key: '$a' is no key such as G, Em, F# minor"
    done
    sample --key=$'\xff'
    wrong_usage "--key: '?' is no key such as G, Em, F# minor"
}

@test "a signature beside a given voice that has another is refused" {
    sample --meter 6/8 --given-melody "$REEL"
    says 2 "--meter and --key come with the given tune"
    sample --key Em --primer "$REEL"
    says 2 "--meter and --key come with the given tune"
}

@test "primers that do not fit" {
    sample --primer "$REEL" --primer-bars 100
    says 2 "primer of 100 bars"
    sample --primer "$REEL" --primer-bars 8 --bars 8
    says 2 "primer of 8 bars"
    sample --primer missing.mid
    says 1 "missing.mid: No such file"
    sample --primer "$SEQ"
    says 1 "$SEQ: neither a .mid nor an .abc file"
    sample --given-melody "$ROOT/LICENSE"
    says 1 "LICENSE: neither a .mid nor an .abc file"
    cp "$SEQ" lie.mid
    sample --primer lie.mid
    says 1 "lie.mid: byte 0: not a MIDI file"
    cp "$ROOT/LICENSE" lie.abc
    sample --given-melody lie.abc
    says 1 "lie.abc: no tune in it"
}

@test "a primer without a bar says that it is too short" {
    # this tune has no pickup
    sample --primer "$JIG" --primer-bars 0
    says 2 "primer of 0 bars"
    [[ $stderr != *"the tune "* ]]
}

@test "numbers that are none" {
    local a
    for a in --seed=-1 --seed=x --seed= --steps=1 --steps=100001 --steps=4.5 \
        --primer-bars=-1 --primer-bars=1001; do
        sample $a
        wrong_usage "${a%%=*}: '${a#*=}'"
    done
    for a in bars=-1 bars=x temperature=0 temperature=nan method=best; do
        sample --$a
        says 2 "${a%%=*}: '${a#*=}'"
    done
    [ ! -e song.mid ]
}

@test "options that say more of another are not for themselves" {
    local o
    for o in keep=A rewrite=1-2 vary=0.5; do
        sample --$o
        wrong_usage "--keep, --rewrite and --vary are for --rework"
    done
    sample --primer-bars 2
    wrong_usage "--primer-bars is for --primer"
    for o in "" "-o a.mid" "--svg a.svg"; do
        sample --format abc $o
        wrong_usage "--format is for standard output: -o -"
    done
    sample --format nope -o -
    says 2 "--format nope: its ending"
    # what is long is looked at whole
    local spaces zeros
    spaces=$(printf '%200s.')
    zeros=$(printf '%0200d' 0)
    for o in 40 54 58 60; do
        sample --format "${spaces:0:$o}.mid${spaces:0:9}" -o -
        [ "$status" -eq 2 ]
        [ -z "$output" ]
    done
    for o in "bars 8x" "temperature 1x" "best-of 1x" "tempo 90x" "max-copy 20x"; do
        sample --${o% *} "${zeros:0:80}${o#* }" -o x.mid
        wrong_usage "${o#* }"
        sample --${o% *} "${zeros}${o#* }" -o x.mid
        [ "$status" -eq 2 ]
    done
    [ ! -e x.mid ]
    for o in melody chord; do
        sample --$o-instrument=
        wrong_usage "--$o-instrument: the name is empty"
    done
    [ ! -e song.mid ]
}

@test "a tune of too many steps" {
    sample --bars 10000 --meter 4/4
    says 2 "not in 2..16384"
    sample --bars 1025 --meter 4/4
    says 2 "not in 2..16384"
    sample --steps 16385
    wrong_usage "--steps: '16385'"
    [ ! -e song.mid ]
    sample --method argmax --steps 16384 -o a.mid -o a.abc -o a.html \
        -o a.musicxml -o a.svg --accompaniment boom-chuck
    made a.mid a.abc a.html a.musicxml a.svg
}

@test "a page has no sheet where abcm2ps fails, and says so" {
    mkdir bin
    printf '#!/bin/sh\necho oh >&2\nexit 1\n' >bin/abcm2ps
    chmod +x bin/abcm2ps
    PATH=$PWD/bin:$PATH sample --count 2 -o a.html
    made a.html
    [[ $stderr == *"no sheet of 2 tunes on the page: abcm2ps"*failed* ]]
    PATH=$PWD/bin:$PATH sample -o a.sheet.svg
    says 1 "abcm2ps failed"
}

@test "a program that makes half a thing, or nothing, has failed" {
    local made
    mkdir bin
    for made in 'printf "<svg>half"' true 'printf "%%!PS-Adobe\n"' 'kill -9 $$'; do
        printf '#!/bin/sh\n%s\n' "$made" >bin/abcm2ps
        chmod +x bin/abcm2ps
        PATH=$PWD/bin:$PATH sample -o a.sheet.svg
        says 1 "a.sheet.svg: abcm2ps"
        [ ! -e a.sheet.svg ]
    done
    # ended from outside: no fault of the tune, which goes without its sheet
    PATH=$PWD/bin:$PATH sample -q -o a.html
    says 1 "abcm2ps was ended"
    # nor that it cannot be begun
    printf '#!/no/such\n' >bin/abcm2ps
    run --separate-stderr env PATH="$PWD/bin" "$BIN/rnn-sample" -q \
        --config "$MODEL" --seed 1 -o a.html
    says 1 "abcm2ps could not be begun"
}

@test "how a program ended is heard where a parent ignores its children" {
    mkdir bin
    printf '#!/bin/sh\nprintf "<svg></svg>"\nexit 3\n' >bin/abcm2ps
    chmod +x bin/abcm2ps
    run --separate-stderr perl -e '$SIG{CHLD} = "IGNORE"; exec {$ARGV[0]} @ARGV' \
        env PATH="$PWD/bin:$PATH" "$BIN/rnn-sample" --config "$MODEL" \
        --seed 1 -o a.sheet.svg
    TOOL=rnn-sample
    says 1 "abcm2ps failed"
}

@test "sound that is cut short or silent is none" {
    command -v fluidsynth >/dev/null || skip "no fluidsynth"
    sample --bars 4 -o a.wav
    made a.wav
    rm a.wav
    limited 60 "$BIN/rnn-sample" --config "$MODEL" --seed 1 --bars 4 -o a.wav
    says 1 "fluidsynth"
    [ ! -e a.wav ]
    echo junk >junk.sf2
    SOUNDFONT=junk.sf2 sample --bars 4 -o a.wav
    says 1 "junk.sf2: not a SoundFont"
    SOUNDFONT=. sample --bars 4 -o a.wav
    says 1 "not a regular file"
}

@test "a name of a tune among several that is too long is not cut" {
    local long
    long=$(printf './%.0s' $(seq 1943))$(printf 'n%.0s' $(seq 204)).mid
    sample --count 2 -o "$long"
    says 1 "File name too long"
    [ -z "$(ls)" ]
}

@test "a title may have the words of PostScript" {
    command -v abcm2ps >/dev/null || skip "no abcm2ps"
    command -v ps2pdf >/dev/null || skip "no ps2pdf"
    printf '%s\n' X:1 'T:a \%%\%%Title: b' M:4/4 L:1/8 K:D \
        '"D"d2fd A2FA|"G"B2gf "A7"e4|"D"d2fd A2FA|"A"B2ce "D"d4|]' >p.abc
    t rnn-sample -q --config "$ROOT/models/nottingham" --seed 1 \
        --given-melody p.abc -o p.pdf
    made p.pdf
}

@test "where TMPDIR names no folder a sheet is made elsewhere" {
    command -v abcm2ps >/dev/null || skip "no abcm2ps"
    TMPDIR=/no/such sample --bars 4 -o a.sheet.svg
    made a.sheet.svg
    TMPDIR= sample --bars 4 -o b.sheet.svg
    made b.sheet.svg
}

@test "places that cannot be written" {
    sample -o missing/song.mid
    says 1 "missing/song.mid: No such file"
    mkdir folder.mid
    sample -o folder.mid --force
    says 1 "folder.mid: Is a directory"
    sample --svg missing/song.svg
    shown
    [ "$status" -eq 1 ]
    [[ ${stderr_lines[-1]} == *"missing/song.svg: No such file"* ]]
}

@test "- is standard output, for the tune or the picture" {
    local first="$BIN/rnn-sample --config $MODEL --seed 1"
    sample --svg song.svg
    made song.mid song.svg
    mkdir file stream
    mv song.* file
    cd stream
    $first -o - >../tune.mid 2>../err
    grep -q '^rnn-sample: standard output: ' ../err
    $first -o - --svg beside.svg >../again.mid 2>../err
    $first -q --svg - >../song.svg 2>../err
    [ ! -s ../err ]
    [ "$(ls | xargs)" = "beside.svg song.mid" ]
    well_formed beside.svg
    cd ..
    cmp song.svg file/song.svg
    same_steps tune.mid file/song.mid
    same_steps again.mid file/song.mid
    same_steps stream/song.mid file/song.mid
}

@test "standard output takes one thing, and a terminal no MIDI file" {
    sample -o - --svg -
    says 2 "standard output: only one thing can go there"
    sample -o - --count 2
    says 2 "--count: several tunes cannot go to standard output"
    sample --svg - --count 2
    says 2 "--count: several tunes cannot go to standard output"
    on_terminal rnn-sample --config "$MODEL" --seed 1 -o -
    says 2 "standard output is a terminal"
    [ -z "$(ls)" ]
    on_terminal rnn-sample --config "$MODEL" --seed 1
    made song.mid
    status=0
    "$BIN/rnn-sample" --config "$MODEL" -o - >/dev/full 2>err || status=$?
    [ "$status" -eq 1 ]
    [ "$(cat err)" = \
        "rnn-sample: standard output: No space left on device" ]
}

@test "no two outputs of one name" {
    sample -o x.svg --svg x.svg
    says 2 "x.svg: named twice"
    sample -o x.svg --svg ./x.svg
    says 2 "./x.svg: named twice"
    sample -o x.svg --svg ../here/x.svg --count 2
    says 2 "../here/x-1.svg: named twice"
    sample -o missing/x.mid -o missing/x.mid
    says 2 "missing/x.mid: named twice"
    [ -z "$(ls)" ]
    echo old >x.mid
    ln x.mid hard.mid
    ln -s x.mid soft.mid
    sample -o x.mid -o hard.mid
    says 2 "hard.mid: named twice"
    sample -o soft.mid -o x.mid
    says 2 "x.mid: named twice"
    [ "$(cat x.mid)" = old ]
    # and what only looks alike is not refused
    mkdir -- folder -
    sample -o y.svg --svg folder/y.svg
    made y.svg folder/y.svg
    sample -o ./-/x.mid --svg -
    [ "$status" -eq 0 ]
    made ./-/x.mid
}

@test "an ending says what is written, and no other is taken" {
    local name
    for name in song song.mp3 song.mid.txt song. .mid folder/.mid; do
        sample -o "$name"
        says 2 "$name: its ending says what to write, one of .mid"
    done
    sample --svg song.mid
    says 2 "song.mid: --svg writes .svg files"
    sample -o - --format mp3
    says 2 "mp3: its ending says what to write"
    [ -z "$(ls)" ]
    sample -o a.mid -o b.ABC -o c.musicxml -o d.svg -o e.html
    made a.mid b.ABC c.musicxml d.svg e.html
    grep -qx 'X:1' b.ABC
    grep -q '<score-partwise' c.musicxml
    grep -qi '<!doctype html>' e.html
    well_formed d.svg
    well_formed c.musicxml
    "$BIN/rnn-sample" -q --config "$MODEL" --seed 1 -o - --format abc >f.abc
    cmp f.abc b.ABC
}

@test "what is there is kept, unless its name was ours or --force" {
    echo old >kept.mid
    sample -o kept.mid -o new.mid
    shown
    [ "$status" -eq 1 ]
    [[ $stderr == *"kept.mid: is there already, and is kept; --force"* ]]
    [ "$(cat kept.mid)" = old ]
    cp new.mid same.mid
    # the command stands in the file, and is another one
    sample -q -o new.mid -o other.mid
    [ "$status" -eq 1 ]
    cmp new.mid same.mid
    sample -q -o kept.mid -o new.mid --force
    made kept.mid
    [ "$(head -c 4 kept.mid)" = MThd ]
    sample -o new.abc
    made new.abc
    sample -o new.abc # the same again
    done_well
    echo old >song.mid
    t rnn-sample --config "$MODEL" --seed 1
    made song.mid
    [ "$(head -c 4 song.mid)" = MThd ]
}

@test "a sheet is the same each time, and tells of no folder" {
    command -v abcm2ps >/dev/null || skip "no abcm2ps"
    sample --bars 8 -o one.sheet.svg -o one.html
    made one.sheet.svg one.html
    well_formed one.sheet.svg
    run ! grep -qE 'in\.abc|<title|CreationDate' one.sheet.svg
    sample --bars 8 -o one.sheet.svg -o one.html
    done_well
}

@test "several tunes on one page, and in one ABC file" {
    compose --config "$ROOT/models/nottingham" --seed 1 --count 3 --bars 8 \
        -o ten.html -o ten.abc -o ten.mid
    made ten.html ten.abc ten-1.mid ten-3.mid
    [ ! -e ten.mid ]
    [ "$(grep -c '^X:' ten.abc)" -eq 3 ]
    grep -q 'seed 3' ten.html
    "$BIN/midi2seq" -q --split 100,0,0 -o ten.seq ten.abc
    "$BIN/midi2seq" -q --split 100,0,0 -o mid.seq ten-*.mid
    "$BIN/midi2seq" -q --split 100,0,0 --dump ten.abc | grep -v '^ten' >abc
    "$BIN/midi2seq" -q --split 100,0,0 --dump ten-*.mid | grep -v '^ten' >mid
    cmp abc mid
}

@test "a pasted tune gets chords, and stays as it was written" {
    cat >pasted.abc <<'END'
X:7
T:Pasted & \'Eire
R:jig
M:6/8
L:1/8
K:Ador
E|:~A2B {c}cBA|"^slow"(3efg e dBG|A2B c>BA|1 BAG A2E:|2 BAG A3|]
END
    "$BIN/rnn-sample" -q --config "$ROOT/models/nottingham" --seed 1 \
        --given-melody - -o - --format abc <pasted.abc >out.abc
    grep -qx 'T:Pasted \\& Éire' out.abc
    grep -qx 'K:Ador' out.abc
    grep -qx 'R:jig' out.abc
    # what is left without the chord symbols
    sed -n '/^K:/,$p' out.abc | sed -E '1d; s/"[^"]*"|\[I:[^]]*\]| //g' |
        tr -d '\n' >notes
    echo
    cat notes
    [ "$(cat notes)" = 'E|:A2B{c}cBA|(3efgedBG|A2Bc3/2B/2A|1BAGA2E:|2BAGA3|]' ]
    [ "$(grep -o '"[A-G][^"]*"' out.abc | wc -l)" -ge 4 ]
}

@test "an accompaniment, instruments, a tempo, a swing" {
    need_mido
    sample --bars 8 --meter 4/4 -o block.mid
    made block.mid
    local how
    for how in boom-chuck arpeggio drone none; do
        sample --bars 8 --meter 4/4 --accompaniment $how -o $how.mid
        made $how.mid
        same_melody block.mid $how.mid
    done
    sample --accompaniment loud
    wrong_usage "--accompaniment: 'loud'"
    sample --melody-instrument fiddle --chord-instrument 25 --tempo 200 \
        --bars 8 -o band.mid
    made band.mid
    midi info band.mid | grep -q 'program 110'
    midi info band.mid | grep -q 'program 24'
    midi info band.mid | grep -qx 'tempo 200'
    sample --melody-instrument bodhran
    wrong_usage "--melody-instrument: "
    sample --swing=0.9
    wrong_usage "--swing: '0.9' is not from 0.5 to 0.75"
    sample --bars 8 --meter 4/4 --swing -o swung.mid
    made swung.mid
    differ swung.mid block.mid
}

# The melodies of two files are the same.
same_melody() {
    local f
    for f in "$1" "$2"; do
        "$BIN/midi2seq" -q --split 100,0,0 --dump "$f" | sed 1d | cut -d'|' -f1 \
            >"$f.melody"
    done
    cmp "$1.melody" "$2.melody"
}

@test "nothing that is read is written over" {
    local given
    cp "$JIG" tune.mid
    cp "$JIG" tune-2.mid
    for given in --given-melody --given-chords --primer; do
        sample -o tune.mid $given tune.mid
        says 2 "tune.mid: would be read and written"
        sample -o ./tune.mid $given "$PWD/tune.mid"
        says 2 "./tune.mid: would be read and written"
        sample -o tune.mid $given tune-2.mid --count 2
        says 2 "tune-2.mid: would be read and written"
    done
    cmp tune.mid "$JIG"
    cmp tune-2.mid "$JIG"
    cp -r "$MODEL" model
    for given in best.safetensors config.ini; do
        ln -f model/$given x.mid
        compose --config model -o x.mid --force
        says 2 "x.mid: would be read and written"
    done
    cp "$SEQ" tunes.seq
    ln tunes.seq seq.mid
    sample --primer random --set data.sequences=tunes.seq -o seq.mid --force
    says 2 "seq.mid: would be read and written"
    sample --primer tune.mid --set data.sequences=tunes.seq -o seq.mid --force
    made seq.mid
    diff -r "$MODEL" model
}

@test "a full disk keeps the old tune" {
    echo old >song.mid
    limited 1 "$BIN/rnn-sample" --config "$MODEL" --seed 1
    TOOL=rnn-sample says 1 "File too large"
    [ "$(cat song.mid)" = old ]
    [ "$(ls)" = song.mid ]
}

@test "--count: numbered files, each what its seed gives alone" {
    t rnn-sample --config "$MODEL" --seed 5 --count 3 --bars 4 -o many.mid \
        --svg many.svg
    done_well
    [ -s many-1.mid ]
    [ -s many-3.svg ]
    [ ! -e many.mid ]
    for n in 1 2 3; do
        rm -f one.mid
        t rnn-sample --config "$MODEL" --seed $((4 + n)) --bars 4 -o one.mid
        made one.mid
        same_steps many-$n.mid one.mid
    done
}

# same_steps FILE FILE: the same tune, whatever its name and texts.
same_steps() {
    local file
    for file in "$@"; do
        "$BIN/midi2seq" -q --split 100,0,0 --dump "$file" >dump
        tail -n +2 dump >"$file.steps"
        [ -s "$file.steps" ]
    done
    cmp "$1.steps" "$2.steps"
}
