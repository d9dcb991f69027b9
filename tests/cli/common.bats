#!/usr/bin/env bats
# What all tools promise: help, version, settings, exit codes, man pages.
# SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
}

# settings TOOL [ARGUMENT...] puts the tool's settings into the file dump
settings() {
    "$BIN/$1" --dump-config "${@:2}" >dump
    [ -s dump ]
}

@test "help teaches, on stdout" {
    local tool
    for tool in $TOOLS; do
        t $tool --help
        done_well
        [ -z "$stderr" ]
        [[ $output == "Usage: $tool "*Example*"  $tool "* ]]
        [[ $output == *--config* && $output == *--set* ]]
    done
}

@test "version" {
    local tool
    for tool in $TOOLS; do
        t $tool --version
        done_well
        [ -z "$stderr" ]
        [[ $output =~ ^$tool\ [0-9]+\.[0-9]+\.[0-9]+ ]]
        [[ $tool == midi2seq || $output == *BLAS* ]]
        local long=$output
        t $tool -V
        done_well
        [ "$output" = "$long" ]
    done
}

@test "unknown options, stray words and options without their value" {
    local tool a
    for tool in $TOOLS; do
        for a in --nonsense -Z --config --set; do
            t $tool $a
            wrong_usage "option"
        done
        [ $tool = midi2seq ] && continue
        t $tool stray
        wrong_usage "arguments"
    done
}

@test "messages begin with the name of the tool, however it was called" {
    local tool
    for tool in $TOOLS; do
        for a in --nonsense -Z --config --se; do
            run --separate-stderr "$BIN/../$(basename "$BIN")/$tool" $a
            [ "$status" -eq 2 ]
            [[ ${stderr_lines[0]} == "$tool: "* ]]
        done
    done
}

@test "nothing given" {
    t midi2seq
    wrong_usage "no files"
    t midi2seq tunes
    wrong_usage "-o FILE.seq"
    t rnn-sample
    wrong_usage "--config models/NAME"
    t rnn-eval
    wrong_usage "--config models/NAME"
    t rnn-train
    says 1 "data/nottingham.seq"
    [ -z "$(ls)" ]
}

@test "dumped settings are read back as they were" {
    local tool
    for tool in $TOOLS; do
        settings $tool
        cp dump first
        settings $tool --config first
        cmp dump first
        settings $tool --config first --set train.rate=0.12345678901234567 \
            --set train.seed=9000000000000000000 --set train.epsilon=1e-30 \
            --set model.cell=gru --set sample.melody_program=-1 \
            --set "data.sequences=my tunes/a=b.seq" --set run.dir=/a/b
        cp dump second
        differ first second
        settings $tool -c second
        cmp dump second
        grep -qx "sequences = my tunes/a=b.seq" dump
    done
}

@test "a value that looks like a comment survives, or is refused" {
    local v kept=0
    for v in 'a ;b' 'a #b' ' a' 'a ' '"a"' $'a\nepochs = 5' $'a\rb'; do
        t rnn-train --set "run.dir=$v" --dump-config
        if [ "$status" -eq 2 ]; then
            says 2 "run.dir: "
            continue
        fi
        told
        kept=$((kept + 1))
        settings rnn-train --set "run.dir=$v"
        cp dump first
        settings rnn-train --config first
        echo "value: '$v'"
        cmp first dump
    done
    [ $kept -gt 0 ]
}

@test "every setting is dumped with its meaning" {
    settings rnn-train
    [ "$(grep -c ' = ' dump)" -ge 40 ]
    # a comment line before every setting
    awk '/^[a-z0-9_]+ = / && last !~ /^; / {bad = 1; print} {last = $0}
        END {exit bad}' dump
}

@test "the file, then --set: the last one wins" {
    printf '[model]\nhidden = 32\n' >c.ini
    settings rnn-train --config c.ini
    grep -qx 'hidden = 32' dump
    settings rnn-train --set model.hidden=48 --config c.ini
    grep -qx 'hidden = 48' dump
    settings rnn-train --set model.hidden=48 --set model.hidden=64
    grep -qx 'hidden = 64' dump
}

@test "--set: unknown, out of range, no setting at all" {
    local tool a
    for a in model.hiden=3 modle.hidden=3 .hidden=3 model.=3 hidden=3 \
        model.hidden model.hidden.x=3 ''; do
        t rnn-train --dump-config --set "$a"
        says 2 "--set $a"
    done
    for a in model.hidden=0 model.hidden=4097 model.hidden= \
        model.hidden=1e3 model.hidden=99999999999999999999 \
        model.hidden=3x model.cell=rnn train.rate=nan train.rate=inf \
        train.rate=-1 train.dropout=1 train.seed=-1 sample.tempo=-1 \
        data.sequences= run.dir="$(printf '%200s' x)"; do
        t rnn-train --dump-config --set "$a"
        says 2 "${a%%=*}: "
    done
    for tool in $TOOLS; do
        t $tool --dump-config --set foo.bar=1
        says 2 "--set foo.bar=1"
        t $tool --dump-config --set model.hidden=0
        says 2 "model.hidden: '0'"
    done
}

@test "a faulty settings file: FILE:LINE and what" {
    local tool line number text
    while IFS='|' read -r line number text; do
        printf "$line\n" >bad.ini
        t rnn-train --config bad.ini --dump-config
        says 2 "bad.ini:$number: "
        [[ $stderr == *"$text"* ]]
    done <<'END'
[model]\nhidden = 0|2|model.hidden: '0'
[model]\n\n; ok\nhidden = many|4|model.hidden: 'many'
[model]\nhidden = "3"|2|model.hidden
[modle]\nhidden = 3|1|[modle]
[model]\nhiden = 3|2|model.hiden
hidden = 3|1|hidden
[model]\nhidden = 3\nhidden = 4|3|twice
[model]\nhidden|2|not a setting
[model]\nlayers = 1\n hidden = 3|3|blank
[model]\nhidden = %0300d|2|too long
[model]\ncell = rnn|2|model.cell: 'rnn' is not one of lstm
[data]\nsequences =|2|data.sequences
END
    for tool in $TOOLS; do
        t $tool --config bad.ini
        says 2 "bad.ini:2: "
    done
}

@test "a section that no setting belongs to" {
    local tool text
    for text in '[foo]' '\xef\xbb\xbf[foo]' '[]' '[Model]' '[model ]' \
        '[foo]\n[model]\nhidden = 48' '[foo]\r'; do
        printf "$text\n" >bad.ini
        for tool in $TOOLS; do
            t $tool --config bad.ini --dump-config
            says 2 "bad.ini:1: ["
            [[ $stderr == *"]: no such section" ]]
        done
    done
    printf '[model]\nhidden = 48\n[foo]' >bad.ini
    t rnn-train --config bad.ini --dump-config
    says 2 "bad.ini:3: [foo]: no such section"
    printf '[model] hidden = 48\n' >bad.ini
    t rnn-train --config bad.ini --dump-config
    says 2 "bad.ini:1: more than a section on its line"
    printf '[data]\n[model] ; c\n[train]\t# c\n[grid]\n' >good.ini
    settings rnn-train --config good.ini
}

@test "a section that is not closed is named as such" {
    printf '[model\nhidden = 3\n' >bad.ini
    t rnn-train --config bad.ini --dump-config
    says 2 "bad.ini:1: "
}

@test "sound settings files: comments, CR LF, a byte order mark, no newline" {
    local text
    for text in '; c\n# c\n\n[model]\nhidden=48 ; why\n' \
        '[model]\r\nhidden = 48\r\n' '\xef\xbb\xbf[model]\nhidden : 48\n' \
        '[model]\nhidden = 48'; do
        printf "$text" >good.ini
        settings rnn-train --config good.ini
        grep -qx 'hidden = 48' dump
    done
    : >empty.ini
    settings rnn-train --config empty.ini
}

@test "the settings files that come along" {
    local file
    for file in "$BATS_TEST_DIRNAME"/../../configs/*.ini; do
        settings rnn-train --config "$file"
    done
}

@test "a settings file that cannot be read" {
    local tool
    for tool in $TOOLS; do
        t $tool --config missing.ini --dump-config
        says 1 "missing.ini: No such file"
        mkfifo -m 600 pipe-$tool
        t $tool --config pipe-$tool --dump-config
        says 1 "pipe-$tool: not a regular file"
        head -c 2000000 /dev/zero >huge-$tool
        t $tool --config huge-$tool --dump-config
        says 1 "huge-$tool: "
    done
}

@test "an empty name is wrong usage, before anything is done" {
    local tool o
    for tool in $TOOLS; do
        t $tool --config=
        wrong_usage "--config: the name is empty"
    done
    for o in output report export like; do
        t midi2seq -o a.seq --$o= tunes
        wrong_usage "--$o: the name is empty"
    done
    for o in run init-from; do
        t rnn-train --$o ''
        wrong_usage "--$o: the name is empty"
    done
    for o in output svg primer given-melody rework; do
        t rnn-sample --$o ''
        wrong_usage "--$o: the name is empty"
    done
    t rnn-eval --music --reference '' a
    wrong_usage "--reference: the name is empty"
    t rnn-eval --music a ''
    wrong_usage "the name is empty"
    t midi2seq --dump ''
    wrong_usage "the name is empty"
    for o in zip url dest; do
        t nott-fetch --$o ''
        wrong_usage "--$o: "
    done
    [ -z "$(ls)" ]
}

@test "files of a newer nott are told as that" {
    make_newer() { # and take its checksum away
        sed "s/\"$2\"/\"$3\"/; s/\"sha256\"/\"sha25_\"/" "$1" >"$4"
        cmp -s "$1" "$4" && return 1
        true
    }
    mkdir newer
    cp "$ROOT/models/nottingham/config.ini" newer
    make_newer "$ROOT/models/nottingham/best.safetensors" "nott-model 3" \
        "nott-model 4" newer/best.safetensors
    local what="is nott-model 4, of a newer nott; this one reads nott-model 3"
    t rnn-sample --config newer
    says 1 "newer/best.safetensors: $what"
    t rnn-eval --config newer
    says 1 "newer/best.safetensors: $what"
    t midi2seq --like newer --dump "$ROOT/data/starter"
    says 1 "newer/best.safetensors: $what"
    "$BIN/midi2seq" -q -o a.seq "$ROOT/data/starter"
    make_newer a.seq "nott-seq 1" "nott-seq 2" b.seq
    t rnn-train --set data.sequences=b.seq
    says 1 "b.seq: is nott-seq 2, of a newer nott; this one reads nott-seq 1"
    t rnn-eval --music b.seq
    says 1 "b.seq: is nott-seq 2, of a newer nott"
    [ ! -e models ]
}

@test "what is wrong with a tune is told with its line and column" {
    printf 'X:1\nT:a\nM:4/4\nK:C\nz4|\n' >none.abc
    t midi2seq -o a.seq none.abc
    says 1 "none.abc:6:1: no notes"
    t rnn-eval --music none.abc
    says 1 "none.abc:6:1: no notes"
    t rnn-sample --config "$ROOT/models/nottingham" --given-melody none.abc
    says 1 "none.abc:6:1: no notes"
    printf 'X:1\nT:a\nM:4/4\nK:C\nCDEF|GABc|\n' >some.abc
    t rnn-eval --music none.abc some.abc
    done_well
    [[ $stderr == *"none.abc:6:1: passed over: no notes"* ]]
}

@test "settings without a model beside them" {
    local tool
    cp "$ROOT/configs/minute.ini" .
    for tool in rnn-sample rnn-eval; do
        t $tool --config minute.ini
        says 1 "minute.ini: no best.safetensors beside it: --config names"
    done
}

@test "settings that cannot be written are an error" {
    local tool
    for tool in $TOOLS; do
        status=0
        "$BIN/$tool" --dump-config >/dev/full 2>err || status=$?
        cat err
        [ "$status" -eq 1 ]
        grep -q "^$tool: standard output: " err
    done
}

@test "help and version that cannot be written are an error" {
    local tool a
    for tool in $TOOLS; do
        for a in --help --version; do
            status=0
            "$BIN/$tool" $a >/dev/full 2>err || status=$?
            echo "$tool $a: $status"
            [ "$status" -eq 1 ]
            grep -q "^$tool: standard output: " err
        done
    done
}

@test "messages show no control characters" {
    local tool
    for tool in $TOOLS; do
        t $tool --config $'a\e[31mb\nc'
        says 1 "a?[31mb?c"
    done
}

@test "the man pages have the options of --help, and no others" {
    local tool
    for tool in $TOOLS; do
        diff <("$BIN/$tool" --help |
            grep -oE '^ +(-[a-zA-Z?], )?--[a-z0-9-]+' |
            grep -oE -e '--[a-z0-9-]+' | sort -u) \
            <(sed -n '/^.SH OPTIONS/,/^.SH EXIT/p' "$ROOT/tools/$tool.1" |
                grep '^\.BR' | sed 's/\\-/-/g' |
                grep -oE -e '--[a-z0-9-]+' | sort -u)
    done
}

@test "the man pages are sound, and complete" {
    local tool s
    command -v groff >/dev/null || skip "no groff"
    for tool in $TOOLS; do
        run groff -man -Tutf8 -ww -z "$ROOT/tools/$tool.1"
        [ "$status" -eq 0 ]
        [ -z "$output" ]
        for s in NAME SYNOPSIS DESCRIPTION OPTIONS "EXIT STATUS" FILES \
            EXAMPLES "SEE ALSO"; do
            grep -qx ".SH $s" "$ROOT/tools/$tool.1"
        done
    done
}

@test "the man pages show the examples of --help" {
    local tool
    for tool in $TOOLS; do
        "$BIN/$tool" --help | sed -n '/^Example/,$s/^  //p' |
            sed 's/    *.*//' >examples
        [ -s examples ]
        sed -n '/^.SH EXAMPLES/,/^.SH SEE/p' "$ROOT/tools/$tool.1" |
            sed 's/\\-/-/g' >shown
        while read -r line; do
            grep -qxF -e "$line" shown || { echo "$tool: $line" && false; }
        done <examples
    done
}
