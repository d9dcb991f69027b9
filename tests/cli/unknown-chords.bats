#!/usr/bin/env bats
# Tunes whose chords are unknown, through all tools. SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
    make_starter
    export MIXED=$BATS_FILE_TMPDIR/mixed.seq ALONE=$BATS_FILE_TMPDIR/alone.seq
    export HIDE=$ROOT/tests/files/hide-chords.py
    export MODEL=$BATS_FILE_TMPDIR/model SINGLE=$BATS_FILE_TMPDIR/single
    python3 "$HIDE" "$SEQ" "$MIXED" 2 test
    python3 "$HIDE" "$SEQ" "$ALONE" all
    # shellcheck disable=SC2086
    "$BIN/rnn-train" $TINY --set data.sequences="$MIXED" --run "$MODEL" \
        2>"$BATS_FILE_TMPDIR/log"
    # shellcheck disable=SC2086
    "$BIN/rnn-train" -q $TINY --set data.sequences="$ALONE" --run "$SINGLE"
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
}

# The texts of a model or sequence file, as JSON.
texts() {
    python3 -c 'import json, struct, sys
b = open(sys.argv[1], "rb").read()
n, = struct.unpack("<Q", b[:8])
print(json.dumps(json.loads(b[8:8 + n])["__metadata__"]))' "$1"
}

@test "training says how many tunes have no chords" {
    cat "$BATS_FILE_TMPDIR/log"
    grep -q '^rnn-train: [0-9]* of the training tunes have no chords$' \
        "$BATS_FILE_TMPDIR/log"
    texts "$MODEL/best.safetensors" | grep -q '"unknown_chords": "1"'
    grep -q '^unknown_chords = 1$' "$MODEL/config.ini"
}

@test "where all tunes have chords the model is that of before" {
    # shellcheck disable=SC2086
    for n in 0 1; do
        t rnn-train -q $TINY --set data.sequences="$SEQ" --run "./run$n" \
            --set model.unknown_chords=$n
        done_well
    done
    cmp run0/best.safetensors run1/best.safetensors
    texts run1/best.safetensors >texts.json
    [ "$(grep -c unknown_chords texts.json)" -eq 0 ]
    grep -q '^unknown_chords = 1$' run1/config.ini
}

@test "going on, and beginning with the weights of another run" {
    # shellcheck disable=SC2086
    t rnn-train -q $TINY --set data.sequences="$MIXED" --run ./part \
        --set train.epochs=1
    done_well
    # shellcheck disable=SC2086
    t rnn-train -q $TINY --set data.sequences="$MIXED" --run ./part --resume
    done_well
    # shellcheck disable=SC2086
    t rnn-train -q $TINY --set data.sequences="$MIXED" --run ./next \
        --init-from part
    done_well
    # shellcheck disable=SC2086
    t rnn-train $TINY --set data.sequences="$SEQ" --run ./other \
        --init-from part
    done_well
    grep -q '^rnn-train: init-from part: 30 of 30 melody classes, 17 of 17 chord classes by name$' \
        <<<"$stderr"
    texts other/best.safetensors >texts.json
    [ "$(grep -c unknown_chords texts.json)" -eq 0 ]
}

@test "hidden chords: another model, which knows both" {
    # shellcheck disable=SC2086
    t rnn-train -q $TINY --set data.sequences="$SEQ" --run ./hidden \
        --set train.hide_chords=0.5
    done_well
    texts hidden/best.safetensors | grep -q '"unknown_chords": "1"'
}

@test "judging: chords that are unknown have no figures" {
    t rnn-eval --config "$MODEL"
    done_well
    [ "${lines[1]}" = "6 of them without chords" ]
    grep -q '^All steps: [1-9][0-9]* melody, 0 chord$' <<<"$output"
    for row in model unigram markov; do
        grep -qE "^$row +[0-9.]+ +- +[0-9.]+ +[0-9.]+ +- +[0-9.]+ +[0-9.]+ +-$" \
            <<<"$output"
    done
    t rnn-eval --config "$MODEL" --json
    done_well
    python3 -c 'import json, sys
j = json.load(sys.stdin)
assert j["tunes"] == j["chordless"] == 6
assert j["nats"]["chord"] is None and j["nats"]["melody"] == j["nats"]["total"]
assert j["p_target"]["chord"] is None and j["argmax"]["chord"] is None
assert 0 < j["p_target"]["overall"] == j["p_target"]["melody"] < 1
assert j["steps"] > 2000 and j["baselines"]["markov"]["steps"]["chord"] == 0
' <<<"$output"
    # the validation tunes have theirs
    t rnn-eval --config "$MODEL" --split valid
    done_well
    [[ $output != *"without chords"* ]]
    t rnn-eval --config "$MODEL" --split valid --json
    done_well
    [[ $output != *chordless* ]]
}

@test "a model of before judges them too" {
    # shellcheck disable=SC2086
    t rnn-train -q $TINY --set data.sequences="$SEQ" --run ./plain
    done_well
    t rnn-eval --config plain --set data.sequences="$MIXED" --no-baselines
    done_well
    grep -qE '^model +[0-9.]+ +- ' <<<"$output"
}

@test "with chords nowhere: what is learnt, and what is told" {
    python3 - "$SINGLE/metrics.tsv" <<'END'
import csv, sys
for row in csv.DictReader(open(sys.argv[1]), delimiter="\t"):
    assert row["valid_chord_nats"] == row["train_chord_nats"] == "nan"
    assert row["valid_nats"] == row["valid_melody_nats"]
    assert 0 < float(row["valid_nats"]) < 10
END
    well_formed "$SINGLE/loss.svg"
    grep -q ' valid [0-9.]* + - = [0-9.]* ' "$SINGLE/training.log"
    t rnn-sample --config "$SINGLE" --seed 1 -o a.mid --svg a.svg
    made a.mid a.svg
    t rnn-sample --config "$SINGLE" --seed 1 --bars 0 -o b.mid
    says 2 "has not learnt where tunes end"
}

@test "composing after a mixed collection has both voices" {
    t rnn-sample --config "$MODEL" --seed 3 --bars 8 -o a.mid
    made a.mid
    t midi2seq -q --dump --split 100,0,0 a.mid
    told
    t rnn-sample --config "$MODEL" --seed 3 --primer random -o b.mid
    made b.mid
}

@test "measures say nothing of unknown chords" {
    t rnn-eval --music --novelty "$ALONE" --json
    done_well
    python3 -c 'import json, sys
m = json.load(sys.stdin)["measures"]
for key in ("no_chord", "changes_per_bar", "changes_on_bar", "chords",
            "chord_tones", "same_chord_8", "same_both_8", "ends_on_root"):
    assert m[key]["tunes"] is None, key
assert m["same_melody_8"]["tunes"] > 0 and m["rests"]["tunes"] is not None
' <<<"$output"
}

@test "a tune that has chords and has them not is refused" {
    python3 - "$MIXED" bad.seq <<'END'
import json, struct, sys
b = bytearray(open(sys.argv[1], "rb").read())
n, = struct.unpack("<Q", b[:8])
lo, hi = json.loads(b[8:8 + n])["has_chords"]["data_offsets"]
b[8 + n + lo:8 + n + hi] = bytes(hi - lo)
open(sys.argv[2], "wb").write(b)
END
    t rnn-train --set data.sequences=bad.seq --run ./x
    says 1 " makes no sense"
}
