#!/usr/bin/env bats
# rnn-eval with a tiny network. SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
    make_starter
    export MODEL=$BATS_FILE_TMPDIR/model
    "$BIN/rnn-train" -q --set data.sequences="$SEQ" --run "$MODEL" \
        --set train.threads=1 \
        --set model.hidden=24 --set model.project=8 --set train.epochs=4 \
        --set train.rate=0.02
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
}

evaluate() {
    t rnn-eval --config "$MODEL" "$@"
}

@test "the table: the model and its baselines, twice" {
    local row
    evaluate
    done_well
    [ -z "$stderr" ]
    [[ ${lines[0]} == "$MODEL/best.safetensors (epoch "*" 6 test tunes of "* ]]
    for row in model previous unigram markov; do
        [ "$(grep -cE "^$row( +([0-9]+\.[0-9]+|-)){8}$" <<<"$output")" -eq 2 ]
    done
    grep -q '^All steps: [0-9]* melody, [0-9]* chord$' <<<"$output"
    grep -q '^Steps on which the voice changes: [0-9]* melody' <<<"$output"
    # what just goes on is never right where something changes
    [ "$(grep '^previous' <<<"$output" | tail -1 | xargs)" = \
        "previous - - - 0.00 0.00 0.00 0.00 0.00" ]
}

@test "--no-baselines" {
    evaluate --no-baselines
    done_well
    [ "$(grep -cE '^(previous|unigram|markov)' <<<"$output")" -eq 0 ]
    [ "$(grep -c '^model' <<<"$output")" -eq 2 ]
    evaluate --no-baselines --json
    done_well
    python3 -c 'import json, sys; assert not json.load(sys.stdin)["baselines"]' \
        <<<"$output"
}

@test "--json: valid, complete, in range" {
    evaluate --json
    done_well
    [ -z "$stderr" ]
    cat >check.py <<'END'
import json, math, sys
j = json.load(sys.stdin)
assert j["split"] == "test" and j["tunes"] == 6
assert isinstance(j["steps"], int) and j["steps"] > 2000
assert j["model"].endswith("best.safetensors")
assert set(j["baselines"]) == {"previous", "unigram", "markov"}
def near(a, b):
    return abs(a - b) < 1e-5 * max(1, abs(a))
def check(s, nats):
    assert set(s["nats"]) == {"melody", "chord", "total"}
    assert set(s["p_target"]) == {"melody", "chord", "overall"}
    assert set(s["argmax"]) == {"melody", "chord"}
    for k in s["p_target"]:
        assert 0 <= s["p_target"][k] <= 1
    for k in s["argmax"]:
        assert 0 <= s["argmax"][k] <= 1
    p = s["p_target"]
    assert near(p["overall"], (p["melody"] + p["chord"]) / 2)
    if nats:
        n = s["nats"]
        assert 0 < n["melody"] < 9 and 0 < n["chord"] < 9, n
        assert near(n["total"], n["melody"] + n["chord"])
        # Jensen: the mean of p is at least exp of the mean of ln p
        for k in ("melody", "chord"):
            assert p[k] >= math.exp(-n[k]) - 1e-6
            assert near(s["perplexity"][k], math.exp(n[k]))
    else:
        assert s["nats"]["total"] is None
for name, s in [("model", j)] + list(j["baselines"].items()):
    check(s, name != "previous")
    check(s["change"], name != "previous")
for s in list(j["baselines"].values()):
    assert s["steps"]["melody"] == s["steps"]["chord"] == j["steps"]
    assert s["change"]["steps"] == j["change"]["steps"]
    assert 0 < s["change"]["steps"]["chord"] < s["change"]["steps"]["melody"]
# the network has learnt something, and does not beat a prophet
assert j["nats"]["total"] < 5
assert j["baselines"]["markov"]["argmax"]["chord"] > 0.5
END
    python3 check.py <<<"$output"
}

@test "the same numbers twice, whatever the threads" {
    evaluate --json
    told
    echo "$output" >1
    evaluate --json --set train.threads=5
    told
    diff 1 <(echo "$output")
}

@test "--split" {
    local split tunes
    for split in "train 45" "valid 6" "test 6"; do
        read -r split tunes <<<"$split"
        evaluate --json --split $split
        done_well
        python3 -c 'import json, sys; j = json.load(sys.stdin)
assert (j["split"], j["tunes"]) == (sys.argv[1], int(sys.argv[2]))' \
            $split $tunes <<<"$output"
    done
    evaluate --split all
    says 2 "--split: 'all'"
    evaluate --split ''
    says 2 "--split: ''"
}

@test "valid: the loss is the one that the training wrote down" {
    local said
    said=$(awk -F'\t' '$13 == 1 {n = $8} END {print n}' "$MODEL/metrics.tsv")
    evaluate --json --split valid
    python3 -c 'import json, sys
assert abs(json.load(sys.stdin)["nats"]["total"] - float(sys.argv[1])) < 2e-5' \
        "$said" <<<"$output"
}

@test "--markov-order" {
    local order
    for order in 1 16; do
        evaluate --markov-order $order
        told
    done
    for order in 0 17 x ''; do
        evaluate --markov-order "$order"
        wrong_usage "--markov-order: '$order'"
    done
}

@test "the model as file, and from within its folder" {
    evaluate --json
    told
    grep -v '"model"' <<<"$output" >1
    t rnn-eval --json --config "$MODEL/config.ini"
    told
    grep -v '"model"' <<<"$output" | diff 1 -
    cp -r "$MODEL"/* .
    t rnn-eval --json --config .
    told
    grep -v '"model"' <<<"$output" | diff 1 -
}

@test "sequences of other classes" {
    "$BIN/midi2seq" -q --encoding classic -o classic.seq "$TUNES"
    evaluate --set data.sequences=classic.seq
    says 1 "classic.seq: other classes"
    "$BIN/midi2seq" -q -o few.seq --set data.chord_min_count=2000 "$TUNES"
    evaluate --set data.sequences=few.seq
    says 1 "few.seq: other classes"
    [[ $stderr == *"; midi2seq --like "*" makes such sequences" ]]
}

@test "sequences of another grid, whose classes are the same" {
    "$BIN/midi2seq" -q -o fine.seq --set data.steps_per_quarter=12 \
        --set data.chord_min_count=96 "$TUNES"
    evaluate --set data.sequences=fine.seq
    says 1 "fine.seq: other classes or steps than $MODEL/best.safetensors: 30 + 17, attack in 12 a quarter, not 30 + 17, attack in 4; midi2seq --like $MODEL makes such sequences"
    evaluate --harmony --set data.sequences=fine.seq
    says 1 "fine.seq: other classes or steps"
}

@test "sequences that are missing, or something else" {
    evaluate --set data.sequences=missing.seq
    says 1 "missing.seq: No such file"
    evaluate --set data.sequences="$MODEL/best.safetensors"
    says 1 "best.safetensors: not a sequence file"
    head -c 9000 "$SEQ" >cut.seq
    evaluate --set data.sequences=cut.seq
    says 1 "cut.seq: "
}

@test "an empty split is named with its file" {
    t rnn-train -q --set data.sequences="$SEQ" $TINY --run ./run
    # the same tunes and classes, but no test tunes
    mkdir part
    cp -r "$TUNES"/train "$TUNES"/valid part
    "$BIN/midi2seq" -q -o part.seq part
    t rnn-eval --config run --set data.sequences=part.seq
    says 1 "test"
    [[ $stderr == *part.seq* ]]
}

@test "no model, or half of one" {
    mkdir half
    cp "$MODEL/config.ini" half
    t rnn-eval --config half
    says 1 "half/best.safetensors: No such file"
    head -c 5000 "$MODEL/best.safetensors" >half/best.safetensors
    t rnn-eval --config half
    says 1 "half/best.safetensors: "
    t rnn-eval --config missing
    says 1 "missing: No such file"
}

@test "numbers that cannot be written are an error" {
    local a
    for a in --quiet --json; do
        status=0
        "$BIN/rnn-eval" --config "$MODEL" $a >/dev/full 2>err || status=$?
        cat err
        [ "$status" -eq 1 ]
        grep -q "^rnn-eval: standard output: " err
    done
}

steps_of() { # of the JSON in $output
    python3 -c 'import json, sys
j = json.load(sys.stdin); print(j["tunes"], j["steps"])' <<<"$output"
}

@test "--without leaves tunes out, by name" {
    local all some name
    evaluate --json --no-baselines
    all=$(steps_of)
    name=$(python3 - "$SEQ" <<'END'
import json, struct, sys
b = open(sys.argv[1], "rb").read()
n, = struct.unpack("<Q", b[:8])
head = json.loads(b[8:8 + n])
lo, hi = head["split"]["data_offsets"]
split = b[8 + n + lo:8 + n + hi]
names = json.loads(head["__metadata__"]["names"])
print(names[split.index(2)])
END
)
    evaluate --json --no-baselines --without "${name##*/}"
    done_well
    some=$(steps_of)
    [ "${some% *}" -eq $((${all% *} - 1)) ]
    [ "${some#* }" -lt "${all#* }" ]
    evaluate --json --no-baselines --without "$name"
    [ "$(steps_of)" = "$some" ]
    evaluate --without "${name##*/},nobody"
    [ "$status" -eq 2 ]
    [[ $stderr == *"--without: there is no tune nobody"* ]]
}

@test "--lengths: another loss, for it is told more" {
    local plain
    evaluate --json --no-baselines
    told
    plain=$output
    evaluate --json --no-baselines --lengths
    told
    [ "$output" != "$plain" ]
}

# tests/files/model-2 was trained when choices were numbers in a model's file,
# durations were called ages, the best lag match, relative classes kinds.
@test "a model of an older format is read, and is the same" {
    t midi2seq -q --config "$ROOT/configs/starter.ini" -o starter.seq "$TUNES"
    made starter.seq
    t rnn-eval --config "$ROOT/tests/files/model-2" --no-baselines --json
    told
    python3 -c '
import json, sys
nats = json.load(sys.stdin)["nats"]
assert abs(nats["melody"] - 0.91002) < 2e-4, nats
assert abs(nats["chord"] - 0.74124) < 2e-4, nats' <<<"$output"
    t rnn-sample --config "$ROOT/tests/files/model-2" --seed 1 -o old.mid
    made old.mid
}
