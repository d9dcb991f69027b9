#!/usr/bin/env bats
# Somebody else's music: the model that comes along, tuned to other tunes.
# SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
    make_starter
    export MODEL=$ROOT/models/nottingham SMALL=$BATS_FILE_TMPDIR/small
    # one that knows other classes: those of the reels alone
    "$BIN/midi2seq" -q --set data.chord_min_count=400 \
        -o "$BATS_FILE_TMPDIR/reels.seq" "$TUNES"/*/reels-*.mid
    # shellcheck disable=SC2086
    "$BIN/rnn-train" -q $TINY --set data.sequences="$BATS_FILE_TMPDIR/reels.seq" \
        --set train.epochs=6 --run "$SMALL"
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
}

m2s() {
    t midi2seq "$@"
}

# The text KEY of a model or sequence file.
text_of() {
    python3 -c 'import json, struct, sys
b = open(sys.argv[1], "rb").read()
n, = struct.unpack("<Q", b[:8])
print(json.loads(b[8:8 + n])["__metadata__"].get(sys.argv[2]))' "$1" "$2"
}

# tune FILE SHIFT PITCH...: quarters in 4/4, and a chord of C for each bar of
# them, all moved by SHIFT; with SHIFT "alone" no chords.
tune() {
    python3 - "$@" <<'END'
import struct, sys
shift, pitches = sys.argv[2], [int(p) for p in sys.argv[3:]]
alone = shift == "alone"
shift = 0 if alone else int(shift)
chunk = lambda kind, body: kind + struct.pack(">I", len(body)) + body
track = lambda events: chunk(b"MTrk", events + b"\0\xff\x2f\0")
def struck(notes, ticks):
    on = b"".join(bytes([0, 0x90, n + shift, 90]) for n in notes)
    off = [bytes([0, 0x80, n + shift, 0]) for n in notes]
    off[0] = b"\x83\x60" + off[0][1:] if ticks == 480 else b"\x8f\0" + off[0][1:]
    return on + b"".join(off)
signs = track(b"\0\xff\x58\x04\x04\x02\x18\x08")
melody = track(b"".join(struck([p], 480) for p in pitches))
bars = len(pitches) // 4
chords = [] if alone else [track(struck([48, 52, 55], 1920) * bars)]
tracks = [signs, melody] + chords
open(sys.argv[1], "wb").write(
    chunk(b"MThd", struct.pack(">HHH", 1, len(tracks), 480)) + b"".join(tracks))
END
}

@test "--like takes the classes of a model" {
    m2s --like "$MODEL" -o a.seq "$TUNES"
    made a.seq
    [[ $stderr == *"57 of 57 files kept, 36 melody and 38 chord classes"* ]]
    local key
    for key in low encoding steps_per_quarter melody_classes chord_classes \
        chord_voicings; do
        [ "$(text_of a.seq $key)" = "$(text_of "$MODEL/best.safetensors" $key)" ]
    done
    [ "$(text_of "$SEQ" chord_classes)" != "$(text_of a.seq chord_classes)" ]
    # so that the model can judge them
    t rnn-eval --config "$MODEL" --set data.sequences="$SEQ" --no-baselines
    [ "$status" -eq 1 ]
    t rnn-eval --config "$MODEL" --set data.sequences=a.seq --no-baselines
    told
    # even if none is trained on
    m2s -q --like "$MODEL" --split 0,0,100 -o b.seq "$TUNES"/test/*.mid
    made b.seq
}

@test "--like: a tune out of range is transposed as a whole, and that is said" {
    local low="40 43 45 47 48 50 52 55"
    # shellcheck disable=SC2086
    {
        tune fits.mid 0 60 64 67 72 71 67 62 60
        tune low.mid 0 $low
        tune narrow.mid 0 54 60 66 72 78 84 90 84
        tune wide.mid 0 36 48 60 72 84 96 97 60
    }
    m2s --like "$MODEL" --split 100,0,0 --report r.tsv --export out -o a.seq *.mid
    made r.tsv a.seq
    [ "$(awk -F'\t' 'NR > 1 {printf "%s %s %s ", $1, $NF, $17}' r.tsv)" = \
        "fits 0 0 low 24 0 narrow 0 2 wide 0 4 " ]
    [[ $stderr == *"transposed as a whole, into the range of the model: 1 file "* ]]
    [[ $stderr == *" of the notes of 2 files were moved by octaves"* ]]
    # by octaves chords and key stay; what it is now fits
    grep -q $'^low\t.*\tC\t' r.tsv
    m2s --like "$MODEL" --split 100,0,0 --report s.tsv out/low.mid
    [ "$(awk -F'\t' 'NR > 1 {print $NF, $17}' s.tsv)" = "0 0" ]
    # without a model nothing is moved
    m2s --split 100,0,0 --report t.tsv -o b.seq *.mid
    [[ $stderr != *transposed* ]]
    [ "$(awk -F'\t' 'NR > 1 && $NF != 0' t.tsv | wc -l)" -eq 0 ]
}

@test "--like: what clashes with the model is refused, and what agrees is not" {
    m2s --like "$MODEL" --encoding classic -o a.seq "$TUNES"
    says 2 "--like $MODEL: its encoding is attack, and classic was asked for"
    m2s --like "$MODEL" --set data.encoding=classic -o a.seq "$TUNES"
    says 2 "--like $MODEL: its encoding is attack, and classic was asked for"
    m2s --like "$MODEL" --config "$ROOT/configs/classic.ini" -o a.seq "$TUNES"
    says 2 "--like $MODEL: its encoding is attack, and classic was asked for"
    m2s --like "$MODEL" --steps-per-quarter 12 -o a.seq "$TUNES"
    says 2 "--like $MODEL: it has 4 steps in a quarter note, and 12 were asked for"
    m2s --like "$MODEL" --set data.chord_min_count=3 -o a.seq "$TUNES"
    says 2 "--like $MODEL: its chords are taken, none are counted"
    m2s --like nothing -o a.seq "$TUNES"
    says 1 "nothing/best.safetensors: No such file"
    [ ! -e a.seq ]
    m2s -q --like "$MODEL" --encoding attack --steps-per-quarter 4 \
        --config "$MODEL/config.ini" -o a.seq "$TUNES"
    made a.seq
    m2s --like "$SMALL" -o "$SMALL/best.safetensors" "$TUNES"
    says 2 "best.safetensors: would be read and written"
}

@test "the next command that --like names tunes the model" {
    local next
    mkdir "my models"
    cp -r "$SMALL" "my models/it"
    m2s --like "my models/it" -o "my tunes.seq" "$TUNES"
    next=$(next_command)
    [[ $next == "rnn-train --config "*" --init-from "* ]]
    PATH=$BIN:$PATH run --separate-stderr timeout 250 bash -c \
        "$next --set train.epochs=1"
    done_well
    [ -s "models/my tunes-tuned/best.safetensors" ]
    grep -q "^rnn-train: init-from my models/it: \([0-9]*\) of \1 melody classes, \([0-9]*\) of \2 chord classes by name$" \
        <<<"$stderr"
    m2s --like "$MODEL" --split 0,0,100 -o a.seq "$TUNES"/test/*.mid
    [ -z "$(next_command)" ]
}

@test "--init-from a model of other classes: by name, and better than from nothing" {
    # shellcheck disable=SC2086
    local all="$TINY --set data.sequences=$SEQ --set train.epochs=1"
    # shellcheck disable=SC2086
    t rnn-train $all --run ./tuned --init-from "$SMALL"
    done_well
    local line='^rnn-train: init-from .*: \([0-9]*\) of 30 melody classes, \([0-9]*\) of 17 chord classes by name$'
    local known
    known=$(sed -n "s/$line/\1 \2/p" <<<"$stderr")
    echo "known: $known"
    [ "${known% *}" -gt 15 ] && [ "${known% *}" -lt 30 ]
    [ "${known#* }" -gt 1 ] && [ "${known#* }" -lt 17 ]
    # shellcheck disable=SC2086
    t rnn-train -q $all --run ./new
    done_well
    paste <(sed -n 2p new/metrics.tsv) <(sed -n 2p tuned/metrics.tsv) |
        awk -F'\t' '{print $8, $21; exit !($21 < $8 - 0.1)}'
    # whose classes are then those of the data
    [ "$(text_of tuned/best.safetensors chord_classes)" = \
        "$(text_of "$SEQ" chord_classes)" ]
    t rnn-train --set data.sequences="$SEQ" --run ./other --init-from "$MODEL"
    says 1 "$MODEL/best.safetensors: has model.layers = 1, not 2; --config $MODEL/config.ini"
    m2s -q --encoding classic -o classic.seq "$TUNES"
    t rnn-train --config "$MODEL/config.ini" --set data.sequences=classic.seq \
        --run ./other --init-from "$MODEL"
    says 1 "midi2seq --like $MODEL makes such sequences"
    m2s -q --set data.steps_per_quarter=12 -o fine.seq "$TUNES"
    t rnn-train --config "$MODEL/config.ini" --set data.sequences=fine.seq \
        --run ./other --init-from "$MODEL"
    says 1 "$MODEL/best.safetensors: knows the encoding attack in 4 steps a quarter, not attack in 12; midi2seq --like $MODEL makes such sequences"
}

@test "melodies alone tune a model that knows chords" {
    local i
    mkdir alone
    for i in 0 1 2 3 4 5 6 7 8 9; do
        tune alone/$i.mid alone 60 62 64 6$i 67 65 64 62 6$i 64 67 72 71 67 62 60
    done
    m2s --like "$MODEL" -o a.seq alone
    made a.seq
    [[ $stderr == *"36 melody and 38 chord classes"* ]]
    t rnn-train --config "$MODEL/config.ini" --init-from "$MODEL" --run ./tuned \
        --set data.sequences=a.seq --set train.rate=0.0005 --set train.epochs=2
    done_well
    [[ $stderr != *critic* ]] # it would have no real bars to learn from
    [[ $stderr == *"36 of 36 melody classes, 38 of 38 chord classes by name"* ]]
    [[ $stderr == *"of the training tunes have no chords"* ]]
    # it still knows how to accompany
    t rnn-sample --config tuned --seed 1 --bars 8 -o song.mid
    made song.mid
    m2s --split 100,0,0 --report r.tsv song.mid
    [ "$(awk -F'\t' 'NR == 2 {print $6}' r.tsv)" -ge 2 ]
}
