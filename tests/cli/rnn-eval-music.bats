#!/usr/bin/env bats
# rnn-eval with tunes and no model. SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
    make_starter
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
}

music() {
    t rnn-eval --music "$@"
}

novelty() {
    t rnn-eval --novelty "$@"
}

# python EXPRESSION: of the JSON in $output as j
holds() {
    python3 -c 'import json, sys
j = json.load(sys.stdin)
if not eval(sys.argv[1]): sys.exit(sys.argv[1])' "$1" <<<"$output"
}

# Three tracks with these notes in melody and chords: ON OFF PITCH...
make_midi() {
    python3 - "$1" "$2" "$3" <<'END'
import struct, sys
def track(notes):
    notes = [tuple(map(int, n.split(":"))) for n in notes.split()]
    events = sorted([(on, 0x90, p) for on, off, p in notes] +
                    [(off, 0x80, p) for on, off, p in notes])
    out, now = b"", 0
    for at, what, pitch in events:
        delta, now = at - now, at
        out += bytes([0x80 | delta >> 7, delta & 127, what, pitch, 80])
    out += b"\0\xff\x2f\0"
    return b"MTrk" + struct.pack(">I", len(out)) + out
open(sys.argv[1], "wb").write(
    b"MThd" + struct.pack(">IHHH", 6, 1, 3, 480) + track("") +
    track(sys.argv[2]) + track(sys.argv[3]))
END
}

@test "--bars is for those of a reference" {
    t rnn-eval --music --bars 16 "$TUNES/test"
    says 2 "--bars is for those of a --reference"
}

@test "the table: a .seq has its train tunes beside it" {
    music "$SEQ"
    done_well
    [ -z "$stderr" ]
    [ "${lines[0]}" = "6 tunes of $SEQ beside 6 test, 45 train tunes of $SEQ" ]
    grep -qE '^Measures +tunes +train$' <<<"$output"
    grep -qE '^tunes of 32 bars +0\.833 +0\.911$' <<<"$output"
    grep -qE '^last note = tonic of the key +0\.833 +0\.822$' <<<"$output"
    grep -qE '^AABB, by sections +1\.000 +0\.[0-9]{3}$' <<<"$output"
    grep -qE '^ends on tonic and its triad +0\.[0-9]{3} +0\.[0-9]{3}$' <<<"$output"
    [[ $output != *Distances* ]] # test tunes are not judged by themselves
}

@test "MIDI files are heard as their sequences are" {
    mkdir flat
    cp "$TUNES"/*/*.mid flat
    # every chord has its class
    "$BIN/midi2seq" -q --split 100,0,0 --set data.chord_min_count=1 \
        -o all.seq flat
    music all.seq --split all --json
    done_well
    holds 'j["count"] == {"tunes": 57, "test": 0, "train": 57, "refused": 0}'
    holds 'j["measures"]["onsets_per_bar"]["tunes"] > 5'
    echo "$output" >1
    music flat --reference all.seq --json
    diff 1 <(echo "$output")
}

@test "a file alone, and the same from a folder" {
    mkdir one
    local first
    first=$(basename "$(find "$TUNES/test" -name "*.mid" | sort | head -n 1)")
    cp "$TUNES/test/$first" one
    music "one/$first" --json
    done_well
    echo "$output" >1
    holds 'j["reference"] is None and list(j["count"]) == ["tunes", "refused"]'
    holds 'list(j["measures"]["bars"]) == ["tunes"] and "overlap" not in j'
    music one --json
    diff 1 <(echo "$output")
}

@test "ABC: the ends of its phrases, with chords and without" {
    music "$ROOT/data/starter/polkas-john-ryans-polka.abc" --json
    done_well
    holds 'j["measures"]["cadence"]["tunes"] == 1'
    holds 'j["measures"]["tonic_bar_16"]["tunes"] == 1'
    holds 'j["measures"]["one_bar_16"]["tunes"] == 1'
    holds 'j["measures"]["five_bar_16"]["tunes"] == 0'
    holds 'j["measures"]["whistle"]["tunes"] == 1'
    holds 'j["measures"]["form_aabb"]["tunes"] == 1'
    sed 's/"[^"]*"//g' "$ROOT/data/starter/polkas-john-ryans-polka.abc" >alone.abc
    music alone.abc --json
    done_well
    holds 'j["measures"]["tonic_bar_16"]["tunes"] == 1'
    holds 'j["measures"]["one_bar_16"]["tunes"] is None'
    holds 'j["measures"]["cadence"]["tunes"] is None'
}

@test "form: a part that is played four times is no AABB" {
    local form a="cegc egce|gceg ceg2|agfe dcBA|GABc defg|" b="dfad fadf|adfa dfa2|bagf edcB|AGFE DCB,A,|"
    printf 'X:1\nM:4/4\nL:1/8\nK:C\n%s%s%s%s|]\n' "$a$a" "$a$a" "$b$b" "$b$b" >aabb.abc
    printf 'X:1\nM:4/4\nL:1/8\nK:C\n%s%s%s%s|]\n' "$a$a" "$a$a" "$a$a" "$a$a" >aaaa.abc
    printf 'X:1\nM:4/4\nL:1/8\nK:C\n%s%s%s%s|]\n' "$a$a" "$a$a" "$b$b" "$a$b" >aabc.abc
    printf 'X:1\nM:4/4\nL:1/8\nK:C\n%s%s%s%s|]\n' "$a$a" "$a$a" "$b$b" "$a$a" >other.abc
    for form in aabb aaaa aabc other; do
        music $form.abc --json
        done_well
        holds '[k for k, v in j["measures"].items() if k[:5] == "form_" and v["tunes"] == 1] == ["form_'$form'"]'
    done
}

@test "overlap: the train tunes are their own ceiling" {
    music "$SEQ" --split train --json
    done_well
    holds 'list(j["measures"]["bars"]) == ["tunes", "test"]'
    holds 'all(o["area"]["tunes"] == o["area"]["train"] for o in j["overlap"].values())'
    holds 'all(0 < o["area"]["tunes"] <= 1 for o in j["overlap"].values())'
    holds 'j["overlap_ratio"] == 1'
}

@test "novelty: a transposed copy is found and named" {
    local i at=0 one="" copy="" other="" chords=""
    for ((i = 0; i < 100; i++)); do
        at=$((240 * i))
        one+=" $at:$((at + 239)):$((60 + (i * i * 7 + i / 9) % 13))"
        copy+=" $at:$((at + 239)):$((63 + (i * i * 7 + i / 9) % 13))"
        other+=" $at:$((at + 239)):$((60 + (i * i * 5 + i / 7) % 11))"
        chords+=" $at:$((at + 239)):48 $at:$((at + 239)):52"
    done
    mkdir tunes
    make_midi tunes/one.mid "$one" "$chords"
    make_midi tunes/other.mid "$other" "$chords"
    make_midi copy.mid "$copy" "$chords"
    "$BIN/midi2seq" -q --split 100,0,0 -o tunes.seq tunes
    novelty copy.mid --reference tunes.seq --json
    done_well
    holds 'len(j["novelty"]["tunes"]) == 1 and "measures" not in j'
    holds 'j["novelty"]["tunes"][0]["name"] == "copy"'
    holds 'j["novelty"]["tunes"][0]["nearest"] == "one"'
    holds 'j["novelty"]["tunes"][0]["share"] == 1'
    holds 'j["novelty"]["tunes"][0]["64"] == 1'
    holds 'j["novelty"]["maximum"]["run"] == j["novelty"]["median"]["run"] == 200'
    novelty copy.mid --reference tunes.seq
    done_well
    grep -qE "^ +[0-9]+ +100.0 +100.0 +100.0 +100.0  copy; one; one$" <<<"$output"
    grep -q '  median$' <<<"$output"
    grep -q '  maximum$' <<<"$output"
}

@test "novelty: a line for each tune" {
    novelty "$SEQ"
    done_well
    [ "$(grep -c '  test/' <<<"$output")" -eq 6 ]
    [[ $output != *Measures* ]]
    t rnn-eval --music --novelty "$SEQ" --json
    done_well
    holds 'len(j["novelty"]["tunes"]) == 6 and "measures" in j'
}

@test "the same numbers twice" {
    t rnn-eval --music --novelty "$TUNES/valid" --reference "$SEQ" --json
    told
    echo "$output" >1
    t rnn-eval --music --novelty "$TUNES/valid" --reference "$SEQ" --json
    told
    diff 1 <(echo "$output")
}

@test "classic sequences" {
    "$BIN/midi2seq" -q --encoding classic -o classic.seq "$TUNES"
    music classic.seq --json
    done_well
    holds 'j["measures"]["interval_0"]["tunes"] < 0.02'
    holds 'j["measures"]["same_both_8"]["tunes"] > 0.5'
}

@test "12 steps in a quarter: MIDI follows the reference, a .seq must agree" {
    "$BIN/midi2seq" -q --steps-per-quarter 12 -o fine.seq "$TUNES"
    music "$TUNES/test" --reference fine.seq --json
    done_well
    holds 'j["measures"]["bars"]["tunes"] == j["measures"]["bars"]["test"]'
    music "$SEQ" --reference fine.seq
    says 1 "$SEQ: other steps in a quarter note than in fine.seq"
}

@test "files that are no tunes are passed over and said" {
    mkdir some
    cp "$(find "$TUNES/test" -name "*.mid" | sort | head -n 1)" some/good.mid
    echo junk >some/junk.mid
    make_midi some/no-melody.mid "" "0:480:48 0:480:52 0:480:55"
    music some --json
    [ "$status" -eq 0 ]
    holds 'j["count"]["tunes"] == 1 and j["count"]["refused"] == 2'
    [ "${#stderr_lines[@]}" -eq 2 ]
    [[ $stderr == *"some/junk.mid: passed over: "* ]]
    [[ $stderr == *"some/no-melody.mid: passed over: no melody track"* ]]
    music -q some
    told
    [ -z "$stderr" ]
    # a voice alone is a tune
    make_midi some/no-chords.mid "0:480:60 480:960:62" ""
    music -q some --json
    told
    holds 'j["count"]["tunes"] == 2 and j["count"]["refused"] == 2'
}

@test "files that cannot be judged" {
    music missing.mid
    says 1 "missing.mid: No such file"
    echo junk >junk.mid
    music junk.mid
    says 1 "junk.mid: "
    make_midi no-melody.mid "" "0:480:48 0:480:52 0:480:55"
    music no-melody.mid
    says 1 "no-melody.mid: no melody track"
    make_midi short.mid "0:60:72" "0:60:48 0:60:52 0:60:55"
    music short.mid
    says 1 "short.mid: 1 steps long"
    mkdir both
    cp junk.mid no-melody.mid both
    music both
    says 1 "none of the 2 files is a tune"
    mkdir empty
    music empty
    says 1 "empty: no .mid or .abc files in it"
    echo text >notes.txt
    music notes.txt
    says 1 "notes.txt: neither a .mid nor an .abc file"
    music "$SEQ" "$TUNES"
    says 1 "starter.seq: neither a .mid nor an .abc file"
}

@test "a tune without a bar has measures that say so" {
    make_midi tiny.mid "0:240:72" "0:240:48 0:240:52 0:240:55"
    music tiny.mid --json
    done_well
    holds 'j["measures"]["bars"]["tunes"] == 0'
    holds 'j["measures"]["entropy_1"]["tunes"] is None'
    holds 'j["measures"]["chord_tones"]["tunes"] == 1'
    music tiny.mid
    done_well
    grep -qE '^bars alike in rhythm +-$' <<<"$output"
    t rnn-eval --music --novelty tiny.mid --reference "$SEQ"
    done_well
    grep -qE '^ +[0-9]+ +- +- +- +-  tiny; ' <<<"$output"
}

@test "references that are missing, or lack a split" {
    music "$SEQ" --reference missing.seq
    says 1 "missing.seq: No such file"
    echo junk >junk.seq
    music junk.seq
    says 1 "junk.seq: "
    mkdir part
    cp -r "$TUNES"/train part
    "$BIN/midi2seq" -q -o part.seq part
    music part.seq
    says 1 "part.seq: has no test tunes"
    novelty "$TUNES/test" --reference part.seq
    told
    music "$TUNES/test" --reference part.seq
    done_well # without test tunes there are no distances
    grep -qE '^distinct pitches +- +- +- +- +-$' <<<"$output"
    mkdir only
    cp -r "$TUNES"/test only
    "$BIN/midi2seq" -q --encoding classic -o only.seq only
    novelty "$TUNES/test" --reference only.seq
    says 1 "only.seq: has no train tunes"
}

@test "--bars: only reference tunes of that length" {
    music "$SEQ" --split valid --json
    told
    local any=$output
    music "$SEQ" --split valid --bars 32 --json
    told
    [ "$output" != "$any" ]
    holds 'j["measures"]["bars"]["train"] == 32'
    music "$SEQ" --split valid --bars 999
    says 1 "has no test tune of 999 bars"
    t rnn-eval --music --novelty "$SEQ" --bars 32
    says 2 "--bars is not for --novelty or --gates"
}

# 12 unseen tunes are too few to judge by.
make_judged() {
    "$BIN/midi2seq" -q --split 40,20,40 -o half.seq flat
}

@test "judge: real tunes against real ones, and against worse ones" {
    mkdir flat
    cp "$TUNES"/*/*.mid flat
    make_judged
    t rnn-eval --judge half.seq --split train --json
    done_well
    holds 'list(j) == ["reference", "count", "judge"]'
    holds 'list(j["judge"]) == ["unseen", "tunes", "traits"]' # no other train
    holds 'j["judge"]["unseen"] + j["count"]["tunes"] == 57'
    holds 'all(0 <= a["low"] <= a["auc"] <= a["high"] <= 1 for a in j["judge"]["tunes"].values())'
    holds 'all(0.1 < a["auc"] < 0.9 for a in j["judge"]["tunes"].values())'
    holds 'len(j["judge"]["traits"]) > 150'
    echo "$output" >1
    t rnn-eval --judge half.seq --split train --json
    diff 1 <(echo "$output")
    # wild eighth notes over one chord
    mkdir worse
    local n i notes chords
    for ((n = 0; n < 25; n++)); do
        notes="" chords=""
        for ((i = 0; i < 200; i++)); do
            chords+=" $((240 * i)):$((240 * i + 239)):48 $((240 * i)):$((240 * i + 239)):52"
            notes+=" $((240 * i)):$((240 * i + 239)):$((60 + (i * i * 7 + n * i) % 13))"
        done
        make_midi worse/$n.mid "$notes" "$chords"
    done
    t rnn-eval --judge worse --reference half.seq
    done_well
    grep -qE '^logistic regression +0\.9[0-9]{2} \(0\.[0-9]{3}\.\.1\.000\) +0\.[0-9]{3} \(' <<<"$output" ||
        grep -qE '^logistic regression +1\.000 \(1\.000\.\.1\.000\) +0\.[0-9]{3} \(' <<<"$output"
    grep -qE '^boosted stumps +(1\.000|0\.9[0-9]{2}) ' <<<"$output"
    grep -qE '^[a-z_0-9]+ +(0|1)\.000 +[0-9.-]+ +[0-9.-]+$' <<<"$output"
}

@test "judge: of one length, and melodies alone" {
    mkdir flat alone
    cp "$TUNES"/*/*.mid flat
    make_judged
    t rnn-eval --judge half.seq --split train --bars 32 --json
    done_well
    holds 'not any(t["trait"] in ("bars", "bars_32") and t["auc"] != 0.5 for t in j["judge"]["traits"])'
    local f
    for f in "$ROOT"/data/starter/*.abc; do
        sed '/^[A-Z]:/!s/"[^"]*"//g' "$f" >"alone/${f##*/}"
    done
    t rnn-eval --judge alone --reference half.seq --json
    done_well
    holds 'not any(t["trait"][:5] in ("chord", "root_", "same_c") for t in j["judge"]["traits"])'
}

@test "judge: too few, and nothing to judge by" {
    t rnn-eval --judge "$TUNES/test" --reference "$SEQ"
    says 1 "judge: 6 tunes against 12; it takes 20 of each"
    t rnn-eval --judge "$TUNES/test"
    says 2 "--judge: give the real tunes: --reference"
    t rnn-eval --judge "$SEQ" --split all
    says 2 "--judge: $SEQ: no tunes are left"
    t rnn-eval --judge "$SEQ" --split test
    says 1 "judge: 6 tunes against 6"
}

@test "gates: real tunes pass, wild ones do not, copies are known" {
    t rnn-eval --gates "$SEQ" --json
    done_well
    holds 'list(j) == ["reference", "count", "gates"] and len(j["gates"]["tunes"]) == 6'
    holds 'j["gates"]["all"]["tunes"] == j["gates"]["all"]["test"] >= 0.5'
    holds 'j["gates"]["counted"]["tunes"] >= j["gates"]["all"]["tunes"]'
    holds 'j["gates"]["gates"]["rhythm"]["low"] < j["gates"]["gates"]["rhythm"]["high"]'
    holds 'j["gates"]["gates"]["leaps"]["low"] is None'
    holds 'all(g["tunes"] >= 0.95 or not g["counts"] for g in j["gates"]["gates"].values())'
    local i wild="" chords=""
    for ((i = 0; i < 200; i++)); do
        wild+=" $((120 * i)):$((120 * i + 119)):$((40 + (i * i * 7 + i) % 50))"
        chords+=" $((120 * i)):$((120 * i + 119)):36 $((120 * i)):$((120 * i + 119)):40"
    done
    mkdir mine
    make_midi mine/wild.mid "$wild" "$chords"
    cp "$(find "$TUNES/train" -name "*.mid" | sort | head -n 1)" mine/copy.mid
    t rnn-eval --gates mine --reference "$SEQ"
    done_well
    grep -qE '^Gates +from +to +tunes +test$' <<<"$output"
    grep -qE '^fails rhythm range .*leaps.*  wild$' <<<"$output"
    grep -qE '^range in semitones +[0-9.]+ +[0-9.]+ +0\.500 +[0-9.]+$' <<<"$output"
    grep -qE '^bars of a known tune +- +[0-9.]+ +0\.500 ' <<<"$output"
    grep -qE '^fails known  copy$' <<<"$output"
    t rnn-eval --gates mine
    says 2 "--gates: give the real tunes: --reference"
    t rnn-eval --gates mine --bars 32 --reference "$SEQ"
    says 2 "--bars is not for"
}

@test "compare: a column for each folder, the reference last" {
    mkdir a b
    cp "$TUNES"/valid/*.mid a
    cp "$ROOT"/data/starter/*.abc b
    t rnn-eval --compare a/ ./b --reference "$SEQ"
    done_well
    grep -qE '^Measures +a +b +test +train$' <<<"$output"
    grep -qE '^tunes +6 +57 +6 +45$' <<<"$output"
    grep -qE '^AABB, by sections( +[01]\.[0-9]{3} \([0-9.]+\)){4}$' <<<"$output"
    grep -qE '^median notes per bar, 9/8 +- ' <<<"$output"
    t rnn-eval --compare a/ ./b --reference "$SEQ" --json
    done_well
    holds '[s["name"] for s in j["sets"]] == ["a", "b", "test", "train"]'
    holds '[len(s["tunes"]) for s in j["sets"]] == [6, 57, 6, 45]'
    holds 'all(v["value"] is None or v["low"] <= v["value"] <= v["high"] for s in j["sets"] for k, v in s["measures"].items() if k == "cadence")'
    holds 'abs(j["sets"][1]["measures"]["range"]["value"] - sum(t["measures"]["range"] for t in j["sets"][1]["tunes"]) / 57) < 1e-6'
    echo "$output" >1
    t rnn-eval --compare a/ ./b --reference "$SEQ" --json
    diff 1 <(echo "$output")
    # the same figures as of one set alone
    holds 'j["sets"][0]["measures"]["cadence"]["value"]'" == $(
        "$BIN/rnn-eval" --music a --reference "$SEQ" --json |
            python3 -c 'import json, sys; print(json.load(sys.stdin)["measures"]["cadence"]["tunes"])')"
}

@test "compare: sequences, of one length, and what does not go" {
    mkdir a
    cp "$TUNES"/valid/*.mid a
    t rnn-eval --compare "$SEQ" a --split train --bars 32 --json
    done_well
    holds '[s["name"] for s in j["sets"]] == ["starter.seq", "a"]'
    holds 'all(t["measures"]["bars"] == 32 for s in j["sets"] for t in s["tunes"])'
    t rnn-eval --compare a --bars 999
    says 1 "a: has no tune of 999 bars"
    t rnn-eval --compare a missing
    says 1 "missing: No such file"
    t rnn-eval --compare --music a
    says 2 "--compare goes alone"
    t rnn-eval --compare
    says 2 "no tunes"
    "$BIN/midi2seq" -q --steps-per-quarter 12 -o fine.seq "$TUNES"
    t rnn-eval --compare fine.seq a
    says 1 "a: other steps in a quarter note than in fine.seq"
}

@test "wrong usage" {
    music
    says 2 "no tunes"
    novelty "$TUNES/test"
    says 2 "--novelty: give the real tunes"
    music "$SEQ" --split some
    says 2 "--split: 'some'"
    music "$TUNES/test" --split test
    says 2 "--split is for a .seq"
    music "$SEQ" --config models/x
    says 2 "judged without settings"
    t rnn-eval "$SEQ"
    wrong_usage "--music, --novelty, --judge, --gates or --compare"
    t rnn-eval --reference "$SEQ"
    says 2 "--reference is for"
}

@test "numbers that cannot be written are an error" {
    local a
    for a in --music --json; do
        status=0
        "$BIN/rnn-eval" --music $a "$SEQ" >/dev/full 2>err || status=$?
        cat err
        [ "$status" -eq 1 ]
        grep -q "^rnn-eval: standard output: " err
    done
}
