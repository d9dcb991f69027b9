#!/usr/bin/env bats
# What hostile files may cost: each is read or refused in bounded memory, and
# in a time that grows as the file does. Bounds are generous: what they are
# held against took minutes or a gigabyte. SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
    export FILES=$BATS_FILE_TMPDIR/hostile
    python3 "$ROOT/tests/files/hostile.py" "$FILES"
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
}

# within MEGABYTES TOOL [ARGUMENT...]: as t; it had no more memory at once. (A
# sanitizer takes what it likes.) $CPU are the seconds of a processor that it may
# take, however busy the machine is.
within() {
    local most=$1
    TOOL=$2
    shift 2
    run --separate-stderr timeout 120 python3 -c 'import os, resource, subprocess, sys
cpu = int(os.environ.get("CPU", "120"))
resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
status = subprocess.call(sys.argv[2:])
had = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
with open("had", "w") as f:
    f.write(f"{had} {sys.argv[1]}\n")
sys.exit(status)' "$most" "$BIN/$TOOL" "$@"
    read -r had most <had
    echo "$had MB of $most"
    [[ $BIN == *address* || $BIN == *thread* ]] || [ "$had" -le "$most" ]
}

@test "containers are refused before they are large in memory" {
    local f
    for f in zeros:256 texts:256 deep:128 sparse:64; do
        within "${f#*:}" rnn-eval --music "$FILES/${f%:*}.seq" --reference "$FILES/${f%:*}.seq"
        says 1 "${f%:*}.seq: "
    done
    # one that is as large as a header may be
    within 640 rnn-eval --music "$FILES/list.seq" --reference "$FILES/list.seq"
    says 1 'list.seq: array "a": bad description'
}

@test "MIDI files of millions of events are refused, of many tracks read" {
    local f
    within 64 midi2seq --split 100,0,0 -o x.seq "$FILES/zeros.mid"
    [ "$status" -eq 1 ]
    [[ $stderr == *"larger than 16777216 bytes"* ]]
    for f in texts notes; do
        within 192 midi2seq --split 100,0,0 -o x.seq "$FILES/$f.mid"
        [ "$status" -eq 1 ]
        [[ $stderr == *"too many events"* ]]
    done
    within 192 midi2seq --tracks "$FILES/tracks.mid"
    told
}

@test "hours of silence and thousands of chords" {
    within 192 midi2seq --split 100,0,0 -o s.seq "$FILES/silence.mid"
    says 1 "silence.mid: 96008 steps are too many for 80 bytes"
    within 192 midi2seq --split 100,0,0 -o c.seq "$FILES/chords.mid"
    made c.seq
    within 192 midi2seq --split 100,0,0 --set data.encoding=classic -o d.seq "$FILES/chords.mid"
    [ "$status" -le 1 ]
}

# What is kept goes by what the files hold.
@test "books and folders of tunes that are hours of silence, of one note, of repeats" {
    local f i
    mkdir many
    for i in {1..1500}; do
        ln "$FILES/silence.mid" many/$i.mid 2>/dev/null || cp "$FILES/silence.mid" many/$i.mid
    done
    for f in "$FILES"/hours-*.abc many; do
        within 32 midi2seq --split 100,0,0 -o x.seq "$f"
        [ "$status" -eq 1 ]
        [[ $stderr == *"steps are too many for "*" bytes"*"; what is silence for hours"* ]]
        [ ! -e x.seq ]
    done
}

@test "tunes of one name, books of millions of tunes, and repeats of repeats" {
    within 256 midi2seq --split 100,0,0 -o x.seq "$FILES/twins.abc"
    made x.seq
    [[ $stderr == *"1 of 240000"* ]]
    within 128 midi2seq --split 100,0,0 -o y.seq "$FILES/heads.abc"
    says 1 "heads.abc: 262145:1: more than 262144 tunes"
    within 64 midi2seq --split 100,0,0 -o z.seq "$FILES/preface.abc"
    made z.seq
    [[ $stderr == *"1 of 20000"* ]]
    local f
    for f in parts repeats; do
        within 64 midi2seq --split 100,0,0 -o $f.seq "$FILES/$f.abc"
        [ "$status" -le 1 ]
    done
}

@test "repeats with an ending each, also in parts" {
    # hundredths of a second where it took a minute
    export CPU=15
    within 128 midi2seq --split 100,0,0 -o x.seq "$FILES/endings.abc"
    made x.seq
    within 64 midi2seq --split 100,0,0 -o y.seq "$FILES/part-endings.abc"
    says 1 "too long with its repeats"
}

@test "ornaments, brackets and accidentals without an end" {
    # tenths of a second where it took half a minute, or hours
    local f
    export CPU=15
    for f in graces brackets accidentals; do
        within 192 midi2seq -q --split 100,0,0 -o $f.seq "$FILES/$f.abc"
        made $f.seq
    done
}

@test "what is odd is counted where it would be told without an end" {
    # a second or two and some megabytes where it took minutes and gigabytes
    export CPU=15
    within 64 midi2seq -q --split 100,0,0 -o x.seq "$FILES/odd-preface.abc"
    made x.seq
    within 256 midi2seq --split 100,0,0 -o y.seq "$FILES/odd-tunes.abc"
    made y.seq
    [[ $stderr == *"odd places in the ABC of 60000 tunes"* ]]
    mkdir mixed
    cp "$FILES/odd-lines.abc" "$FILES/twins.mid" mixed
    within 128 midi2seq --split 100,0,0 -o z.seq mixed
    made z.seq
    [ "${#stderr}" -lt 50000 ]
    [[ $stderr == *": odd places from here on: "* ]]
    within 64 midi2seq --split 100,0,0 -o one.seq "$FILES/odd-line.abc"
    made one.seq
    [ "${#stderr}" -lt 50000 ]
}

@test "bars of rest without an end in each of many tunes" {
    # tenths of a second where it took 12
    export CPU=5
    within 64 midi2seq -q --split 100,0,0 -o x.seq "$FILES/rests.abc"
    says 1 "none of the 900 files can be used"
}

@test "the largest grid, and a larger one" {
    local sixteen="1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"
    "$BIN/midi2seq" -q --split 60,20,20 -o x.seq "$ROOT"/data/starter/polkas-*.abc
    {
        printf '[data]\nsequences = x.seq\n[model]\nhidden = 2\n[train]\nepochs = 1\n[grid]\n'
        printf '%s = %s\n' train.seed "$sixteen" model.project "$sixteen" train.batch "$sixteen" \
            train.window "$sixteen"
    } >grid.ini
    within 384 rnn-train -q --config grid.ini --run g --grid-part 65536/65536
    done_well
    printf 'train.patience = 1 2\n' >>grid.ini
    t rnn-train --config grid.ini --run h
    wrong_usage "more than 65536 members in all"
    [ ! -e h ]
}
