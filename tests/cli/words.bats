#!/usr/bin/env bats
# Words from anywhere, such as names of files and titles: wherever they are
# shown or written, they only show themselves. SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
    make_starter
    export MODEL=$ROOT/models/nottingham
    export EVIL=$'evil\e[31m\tname\r\nX\xc2\x9b\x9b\xe2\x80\xae.end'
    export SHOWN='evil?[31m?name??X???.end'
    export TAGS='a"><svg onload=x>&amp;%25\n'
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
    mkdir in
    cp "$TUNES"/test/*ryan*.mid "in/$EVIL.mid" 2>/dev/null ||
        cp "$(ls "$TUNES"/test/*.mid | head -1)" "in/$EVIL.mid"
    cp "$(ls "$TUNES"/test/*.mid | tail -1)" "in/$TAGS.mid"
    cp "$ROOT"/tests/files/bad-header*.mid "in/bad $EVIL.mid" 2>/dev/null ||
        printf 'no MIDI' >"in/bad $EVIL.mid"
}

# are_plain FILE...: UTF-8 that steers nothing; new lines and tabs are theirs
are_plain() {
    python3 - "$@" <<'END'
import sys, unicodedata
for path in sys.argv[1:]:
    text = open(path, "rb").read().decode()
    assert text, path
    for c in text:
        odd = unicodedata.category(c) in ("Cc", "Zl", "Zp")
        turns = unicodedata.bidirectional(c) in (
            "LRO", "RLO", "LRE", "RLE", "PDF", "LRI", "RLI", "FSI", "PDI")
        if (odd and c not in "\n\t") or turns:
            sys.exit(f"{path}: {c!r} in {text[:300]!r}")
END
}

# shows TOOL [ARGUMENT...]: what both streams have is plain, and in `out`, `err`
shows() {
    TOOL=$1
    status=0
    timeout 50 "$BIN/$TOOL" "${@:2}" >out 2>err </dev/null || status=$?
    head -c 3000 out err
    [ -s out ] && are_plain out
    [ -s err ] && are_plain err
    true
}

# one_each FILE PREFIX...: of every such beginning there is one line
one_each() {
    local p
    for p in "${@:2}"; do
        echo "looking for $p"
        [ "$(grep -cF -- "$p" "$1")" -ge 1 ]
    done
}

# lacks TEXT FILE: it is not there
lacks() {
    [ -s "$2" ] || return 1
    if grep -aF -e "$1" "$2"; then return 1; fi
}

@test "a table of files has a row for each, whatever they are called" {
    shows midi2seq --report - in
    [ "$status" -eq 0 ]
    [ "$(wc -l <out)" -eq 4 ]
    awk -F'\t' 'NF != 32 {exit 1}' out
    one_each out "$SHOWN"$'\t' "bad $SHOWN"$'\t' "$TAGS"$'\t' "in/$SHOWN.mid"
    one_each err "in/bad $SHOWN.mid: refused: "
    [ "$(grep -cF "in/bad $SHOWN.mid" err)" -eq 1 ]
    lacks "in/bad $SHOWN.mid: in/" err
}

@test "sequences and tracks are printed under plain names" {
    shows midi2seq -q --dump in
    [ "$status" -eq 0 ]
    [ "$(grep -c ' steps ' out)" -eq 2 ]
    one_each out "$SHOWN " "$TAGS "
    shows midi2seq --tracks in
    one_each out "in/$SHOWN.mid" "in/$TAGS.mid"
}

@test "names in sequences that someone else wrote" {
    "$BIN/midi2seq" -q -o a.seq --split 100,0,0 in
    shows midi2seq -q --export back in
    [ -s "back/$EVIL.mid" ]
    shows rnn-eval --music --novelty a.seq --reference a.seq --split all
    one_each out "; $SHOWN; "
    shows rnn-eval --gates a.seq --split all
    one_each out "  $SHOWN" "  $TAGS"
}

@test "tunes are judged under plain names" {
    shows rnn-eval --music --novelty --gates in --reference "$SEQ"
    [ "$status" -eq 0 ]
    [ "$(grep -c '^passes\|^fails' out)" -eq 2 ]
    one_each out "  $SHOWN" "  $TAGS" "  $SHOWN; "
    one_each err "in/bad $SHOWN.mid: passed over"
    mkdir "$EVIL"
    cp "in/$TAGS.mid" "$EVIL"
    cp "$SEQ" "$EVIL.seq"
    shows rnn-eval --compare in "$EVIL" --reference "$EVIL.seq"
    [ "$status" -eq 0 ]
    awk 'NR == 1 {n = length($0)} length($0) != n {exit 1}' out
    one_each out " $SHOWN"
    shows rnn-eval --music --novelty "$EVIL" --reference "$EVIL.seq"
    one_each out "tunes of $SHOWN beside" "tunes of $SHOWN.seq"
    shows rnn-eval --music "$EVIL.seq"
    one_each out "tunes of $SHOWN.seq"
}

@test "JSON has the names, and is JSON" {
    shows rnn-eval --json --gates --novelty in --reference "$SEQ"
    [ "$status" -eq 0 ]
    python3 - <<'END'
import json
names = [t["name"] for t in json.load(open("out"))["gates"]["tunes"]]
assert sorted(names) == ['a"><svg onload=x>&amp;%25\\n',
    "evil\x1b[31m\tname\r\nX\x9b?\u202e.end"], names
END
}

@test "a column for a name of other letters is as wide" {
    mkdir "$(printf 'é%.0s' {1..30})"
    cp "in/$TAGS.mid" é*
    shows rnn-eval --compare é* in
    [ "$status" -eq 0 ]
    python3 -c 'import sys
w = [len(l) for l in open("out", encoding="utf-8")]
sys.exit(len(set(w)) != 1)'
    one_each out "$(printf 'é%.0s' {1..24})"
    lacks '?' out
}

@test "the name of a tune is plain in every language" {
    local n
    for n in "$EVIL" "$TAGS" '"><svg onload=x>'; do
        shows rnn-sample --config "$MODEL" --bars 8 --seed 1 -o "$n.abc" \
            -o "$n.svg" -o "$n.html" -o "$n.musicxml" -o "$n.mid"
        [ "$status" -eq 0 ]
        are_plain "$n".{abc,svg,html,musicxml}
        well_formed "$n.svg"
        well_formed "$n.musicxml"
        [ "$(grep -c '<svg' "$n.svg")" -eq 1 ]
        lacks '<svg onload' "$n.html"
        lacks $'\e' "$n.mid"
        lacks $'\xe2\x80\xae' "$n.mid"
    done
}

@test "the title of a given tune stays a title" {
    local t title
    for t in 'T:</script><script>alert(1)</script>' 'T:"><svg onload=x>' \
        $'T:a\e[31m\tb\xc2\x9bc\xe2\x80\xae d' 'T:50 \% \\ K:C' \
        'T:&#10;K:Ab&#13;M:3/4' 'T:\u000aK:Ab \u202e.'; do
        printf 'X:1\n%s\nC:%s\nM:4/4\nL:1/8\nK:D\n%s\n' "$t" "${t#T:}" \
            'P:A]K:Ab
d2fd A2FA|B2gf e4|d2fd A2FA|B2ce d4|]' >t.abc
        shows rnn-sample --config "$MODEL" --seed 1 --force \
            --given-melody t.abc -o o.abc -o o.svg -o o.html -o o.musicxml \
            -o o.mid
        [ "$status" -eq 0 ]
        are_plain o.abc o.svg o.html o.musicxml
        well_formed o.svg
        well_formed o.musicxml
        cat o.abc
        [ "$(grep -c '^T:' o.abc)" -eq 1 ]
        [ "$(grep -c '^K:' o.abc)" -eq 1 ]
        grep -qx 'K:D' o.abc
        [ "$(grep -c '</script>' o.html)" -eq "$(grep -c '<script' o.html)" ]
        lacks '<svg onload' o.html
        # read again it is the same title
        "$BIN/rnn-sample" -q --config "$MODEL" --seed 1 --force \
            --given-melody o.abc -o again.abc
        diff <(grep '^T:' o.abc) <(grep '^T:' again.abc)
    done
}

@test "a training run of such names has a plain log" {
    "$BIN/midi2seq" -q -o "$EVIL.seq" "$TUNES"
    t rnn-train --run r $TINY --set "data.sequences=$EVIL.seq"
    says 2 "data.sequences: "
    cp "$EVIL.seq" $'a\xff<b>&\x9b.seq'
    shows rnn-train --run $'../x\xff<b>' $TINY --set train.epochs=1 \
        --set data.sequences=$'a\xff<b>&\x9b.seq'
    [ "$status" -eq 0 ]
    are_plain ../x*/training.log ../x*/metrics.tsv ../x*/loss.svg
    well_formed ../x*/loss.svg
    one_each ../x*/training.log 'data: a?<b>&?.seq, ' 'command: '
    awk -F'\t' 'NR == 1 {n = NF} NF != n {exit 1}' ../x*/metrics.tsv
}

@test "settings are shown, and do not steer" {
    local v
    for v in $'a\xc2\x9b' $'a\xe2\x80\xaeb' $'a\e' $'a\x7f'; do
        t rnn-train --set "run.dir=$v" --dump-config
        says 2 "run.dir: control characters"
    done
    t rnn-train --set "run.dir=café  ♩" --dump-config
    told
    [[ $output == *$'\ndir = café  ♩\n'* ]]
}

@test "what is to be typed next can be typed, whatever it is called" {
    local n
    for n in "$EVIL" $'caf\xe9 it\'s\\' "it's $TAGS" -d; do
        t nott-fetch --zip "$ROOT/data/starter.zip" --sha256 none "--dest=$n"
        done_well
        printf '%s\n' "$stderr" >err
        are_plain err
        rm -f ./*.seq
        PATH=$BIN:$PATH bash -c "$(next_command)"
        [ -s "./$n.seq" ]
    done
    # no setting has it
    t midi2seq -o "$EVIL.seq" "$TUNES"
    done_well
    [ -z "$(next_command)" ]
    t midi2seq -o $'caf\xe9.seq' "$TUNES"
    [[ $(next_command) == *"sequences=caf\\351.seq'" ]]
    PATH=$BIN:$PATH bash -c "$(next_command) -q --run r $TINY"
    [ -s models/r/best.safetensors ]
}

@test "wrong usage shows words plain" {
    local tool
    for tool in $TOOLS nott-fetch; do
        shows $tool x $'--\e[31mq\xc2\x9b'
        [ "$status" -eq 2 ]
        shows $tool $'--\e[31mq=\x9b'
        [ "$status" -eq 2 ]
        [ "$(wc -l <err)" -eq 2 ]
        shows $tool $'-\e'
        [ "$status" -eq 2 ]
        shows $tool $'a\e\xc2\x9b'
        [ "$status" -ne 0 ]
    done
    shows midi2seq --split $'1\e\xc2\x9b' in
    [ "$status" -eq 2 ]
    shows midi2seq -o a.seq --melody-track $'\e\xc2\x9b' in
    shows midi2seq --steps-per-quarter $'\e\xc2\x9b' in
    [ "$status" -eq 2 ]
    local o
    for o in meter key range swing accompaniment melody-instrument vary seed \
        count bars steps form tempo rhythm method primer given-chords format \
        rework rewrite keep max-copy config; do
        shows rnn-sample --config "$MODEL" -o a.mid --$o=$'\e\xc2\x9b\x9b'
    done
}

@test "options that no tool has, behind others" {
    local o
    for o in $'--o\e[31mx' $'--x\ny' $'-\e'; do
        shows rnn-sample -q "$o"
        [ "$status" -eq 2 ]
        shows rnn-sample --bars=4 "$o"
        [ "$status" -eq 2 ]
        [ "$(wc -l <err)" -eq 2 ] # what, and where help is
    done
    for o in --config -c -qc --conf; do # a value, which may be anything
        shows rnn-sample $o $'-\e' -o a.mid
        lacks unrecognized err
    done
}

@test "what is unpacked is listed plain" {
    python3 - <<'END'
import zipfile
with zipfile.ZipFile("z.zip", "w") as z:
    z.writestr("r/train/a.mid", "x")
    z.writestr("r/train/b\u202e\x1b[31m\u009b.mid", "x")
END
    shows nott-fetch -v --zip z.zip --sha256 none --dest d
    [ "$status" -eq 1 ]
    shows nott-fetch -v --zip $'no\e\xc2\x9b.zip' --sha256 none --dest d
    [ "$status" -eq 1 ]
}
