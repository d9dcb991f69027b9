#!/usr/bin/env bats
# midi2seq on the starter tunes and on damaged files.
# SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
    make_starter
    export BAD=$BATS_FILE_TMPDIR/bad
    python3 "$ROOT/tests/files/bad-midi.py" "$BAD"
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
}

m2s() {
    t midi2seq "$@"
}

# Which of the starter tunes.
JIG=test/jigs-haste-to-the-wedding

@test "the starter tunes: sums on stderr, nothing on stdout" {
    m2s -o a.seq "$TUNES"
    done_well
    [ -z "$output" ]
    [[ $stderr =~ train\ +45\ tunes\ +[0-9]+\ steps ]]
    [[ $stderr =~ valid\ +6\ tunes && $stderr =~ test\ +6\ tunes ]]
    [[ $stderr == *"57 of 57 files kept"* ]]
    cmp a.seq "$SEQ"
}

@test "the next command that it names works" {
    m2s -o a.seq "$TUNES"
    local next
    next=$(next_command)
    [[ $next == rnn-train*a.seq ]]
    PATH=$BIN:$PATH run bash -c "$next --dump-config"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"sequences = a.seq"* ]]
    # and so do those for other tunes, where the settings are and elsewhere
    local options
    for options in "" "--encoding classic" "--steps-per-quarter 12"; do
        m2s $options -o "a b.seq" "$TUNES"
        trains "$(next_command)"
        ln -s "$ROOT/configs" .
        m2s $options -o "a b.seq" "$TUNES"
        next=$(next_command)
        [[ $next == *"--config configs/starter.ini "* ]]
        trains "$next"
        rm configs
    done
}

# Does COMMAND begin a training, and does it keep what the sequences are?
trains() {
    echo "$1"
    PATH=$BIN:$PATH run timeout 250 bash -c "$1 --run run --force $TINY \
        --set train.epochs=1"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $options != *classic* ]] ||
        grep -qx 'encoding = classic' models/run/config.ini
    [[ $options != *12* ]] ||
        grep -qx 'steps_per_quarter = 12' models/run/config.ini
}

@test "quiet means quiet" {
    m2s -q -o a.seq --report a.tsv "$TUNES"
    made a.seq a.tsv
    [ -z "$output$stderr" ]
}

@test "the same tunes give the same bytes, however they are named" {
    m2s -q -o 1.seq "$TUNES/"
    done_well
    (cd "$TUNES" && "$BIN/midi2seq" -q -o "$OLDPWD/2.seq" .)
    cp -r "$TUNES" moved
    m2s -q -o 3.seq moved
    cmp 1.seq "$SEQ"
    cmp 2.seq "$SEQ"
    cmp 3.seq "$SEQ"
    # files one by one, in any order
    m2s -q -o 4.seq "$TUNES"/test/*.mid
    m2s -q -o 5.seq $(ls -r "$TUNES"/test/*.mid)
    cmp 4.seq 5.seq
}

@test "both encodings, by option and by setting" {
    m2s -q -o a.seq --encoding attack "$TUNES"
    done_well
    cmp a.seq "$SEQ"
    m2s -o c.seq --encoding classic "$TUNES"
    done_well
    # 55..88 and rest, as in 2016
    [[ $stderr == *" 35 melody and "* ]]
    differ a.seq c.seq
    m2s -q -o d.seq --set data.encoding=classic "$TUNES"
    cmp c.seq d.seq
    # the option beats the setting
    m2s -q -o e.seq --set data.encoding=classic --encoding attack "$TUNES"
    cmp a.seq e.seq
}

@test "steps in a quarter note" {
    m2s -q --dump "$TUNES/$JIG.mid"
    [[ ${lines[0]} == *" 384 steps "*" bar 12 "* ]]
    m2s -q --dump --steps-per-quarter 12 "$TUNES/$JIG.mid"
    done_well
    [[ ${lines[0]} == *" 1152 steps "*" bar 36 "* ]]
}

@test "rare chords go to others" {
    m2s -o few.seq --set data.chord_min_count=2000 "$TUNES"
    done_well
    [[ $stderr =~ and\ ([0-9]+)\ chord ]]
    local few=${BASH_REMATCH[1]}
    m2s -o all.seq --set data.chord_min_count=1 "$TUNES"
    [[ $stderr =~ and\ ([0-9]+)\ chord ]]
    [ "$few" -lt "${BASH_REMATCH[1]}" ]
}

@test "the report: a line about every file" {
    m2s -q --report r.tsv "$TUNES" "$BAD"
    done_well
    head -1 r.tsv
    local columns
    columns=$'file\tsplit\tkept\treason\tmelody_track\tchord_track\tsteps'
    columns+=$'\tmeter\tkey\tphase\tphase_by\tbars\tnotes'
    columns+=$'\tmean_error_quarters\tmoved_share\tlost_share'
    columns+=$'\toctave_moved\tchords\tone_note_share\tno_chord_share'
    columns+=$'\tlost_chord_share\tkey_by\tmode\tmeter_by\tmeter_changes\ttempo'
    columns+=$'\tdoubled_share\tchords_by\toutcome\trepairs\tpath'
    columns+=$'\ttransposed'
    [ "$(head -1 r.tsv)" = "$columns" ]
    awk -F'\t' 'NF != 32 {print NR ": " NF; bad = 1} END {exit bad}' r.tsv
    diff <(tail -n +2 r.tsv | cut -f1 | sort) \
        <( (cd "$TUNES" && find . -name '*.mid'
            cd "$BAD" && find . -name '*.mid') | sed 's/^..//; s/.mid$//' |
            sort)
    # kept without a reason, refused with one
    awk -F'\t' 'NR > 1 && ($3 == "yes") == ($4 != "") {print; bad = 1}
        END {exit bad}' r.tsv
    # all tunes, and of the others those alone that are no damage
    [ "$(awk -F'\t' '$3 == "yes" && $1 ~ "/"' r.tsv | wc -l)" -eq 57 ]
    awk -F'\t' '$1 ~ /^bad/ && $3 != "no" {print; bad = 1} END {exit bad}' r.tsv
    [ "$(grep -c $'^mended.*\tyes\t' r.tsv)" -gt 20 ]
    grep -q $'^'$JIG$'\ttest\tyes\t\t2\t3\t384\t6/8\tD\t0\t' r.tsv
}

@test "every damaged file alone: one line, status 1" {
    local f
    for f in "$BAD"/bad-*.mid; do
        echo "$f"
        m2s -o bad.seq "$f"
        says 1 ": "
        [ ! -e bad.seq ]
    done
}

@test "every odd or mended file alone: read, or one reason that is no byte" {
    local f
    for f in "$BAD"/good-*.mid "$BAD"/mended-*.mid; do
        echo "$f"
        rm -f good.seq
        m2s -o good.seq "$f"
        if [ "$status" -eq 0 ]; then
            made good.seq
        else
            says 1 ": "
            [[ $stderr != *byte* ]]
        fi
    done
}

@test "a refused file is named, even when it is the only one" {
    m2s -o bad.seq "$BAD/bad-data-byte.mid"
    says 1 "bad-data-byte.mid"
}

@test "a folder of refused files only: each is listed, and reported" {
    local f
    mkdir refused
    cp "$BAD"/bad-*.mid refused
    m2s --report r.tsv -o bad.seq refused
    shown
    [ "$status" -eq 1 ]
    [ ! -e bad.seq ]
    for f in refused/*.mid; do
        [[ $stderr == *"$f: refused: "* ]]
    done
    [ "$(wc -l <r.tsv)" -eq "$(($(ls refused | wc -l) + 1))" ]
    [[ ${stderr_lines[-1]} == *"none of the $(ls refused | wc -l) files can be used" ]]
}

@test "a mixed folder: the refused ones are listed, the rest is kept" {
    local f
    mkdir mixed
    cp -r "$TUNES"/* "$BAD"/bad-*.mid mixed
    echo "no tune" >mixed/notes.txt
    m2s --dump -o m.seq mixed
    done_well
    for f in "$BAD"/bad-*.mid; do
        [ "$(grep -c "mixed/${f##*/}: refused: " <<<"$stderr")" -eq 1 ]
    done
    [[ $stderr != *notes.txt* ]]
    [[ $stderr == *" 57 of "*" files kept"* ]]
    diff <(echo "$output") <("$BIN/midi2seq" -q --dump "$TUNES")
}

@test "--strict: any refused file fails, and nothing is written" {
    mkdir mixed
    cp -r "$TUNES"/* "$BAD/bad-data-byte.mid" mixed
    m2s --strict -o m.seq mixed
    shown
    [ "$status" -eq 1 ]
    [ ! -e m.seq ]
    [[ ${stderr_lines[-1]} == "midi2seq: mixed/bad-data-byte.mid: "* ]]
    m2s --strict -o m.seq "$TUNES"
    made m.seq
}

@test "--split divides what is in no folder of a split" {
    cp -r "$TUNES/train" flat
    m2s -o 1.seq --split 50,25,25 flat
    done_well
    local k sum=0
    for k in train valid test; do
        [[ $stderr =~ $k\ +([0-9]+)\ tunes ]]
        [ "${BASH_REMATCH[1]}" -ge 4 ]
        sum=$((sum + BASH_REMATCH[1]))
    done
    [ $sum -eq 45 ]
    m2s -q -o 2.seq --split 50,25,25 flat
    cmp 1.seq 2.seq
    m2s -o 3.seq --split 100,0,0 flat
    [[ $stderr =~ train\ +45\ tunes ]]
    # folders named after a split keep their tunes
    m2s -q -o 4.seq --split 0,50,50 "$TUNES"
    cmp 4.seq "$SEQ"
}

@test "no split is left empty by a small collection" {
    local n k
    mkdir few
    for n in $(ls "$TUNES/train" | head -3); do
        cp "$TUNES/train/$n" few
    done
    m2s -o 1.seq few
    done_well
    for k in train valid test; do
        [[ $stderr =~ $k\ +1\ tunes ]]
    done
    m2s -q -o 2.seq few
    cmp 1.seq 2.seq
    # too small for that: the way out is named
    for n in 2 1; do
        rm "few/$(ls few | head -1)"
        m2s -o 3.seq few
        made 3.seq
        [[ $stderr == *"no "*"test tunes: "*"--split 100,0,0"* ]]
    done
    [ -z "$(next_command)" ]
    t rnn-train --run r --set data.sequences=3.seq
    says 1 "3.seq: the valid split is empty: "
    [[ $stderr == *"midi2seq --split"* ]]
    m2s --split 100,0,0 -o 3.seq few
    [[ $stderr != *"no "*"tunes: "* ]]
}

@test "a chord class needs less in a small collection" {
    mkdir few
    cp "$TUNES"/train/jigs-the-k*.mid few
    m2s -q --dump --split 100,0,0 few
    done_well
    echo "$output" >dump
    m2s -q --dump --split 100,0,0 --set data.chord_min_count=1 few
    diff <(echo "$output") dump
    m2s -q --dump --split 100,0,0 --set data.chord_min_count=64 few
    echo "$output" >explicit
    differ explicit dump
    m2s --dump-config
    [[ $output == *"chord_min_count = 0"* ]]
}

@test "the split of a tune does not depend on the others" {
    cp -r "$TUNES/train" flat
    m2s -q --dump flat
    grep ' steps ' <<<"$output" | cut -d' ' -f1,2 >all
    rm flat/[h-p]*
    m2s -q --dump flat
    grep ' steps ' <<<"$output" | cut -d' ' -f1,2 >some
    [ "$(wc -l <some)" -gt 5 ]
    [ -z "$(comm -13 all some)" ]
}

@test "splits that are none" {
    local s
    for s in 100 50,50 a,b,c 50,50,50 -10,60,50 50,25,25,0 80,10,10% ''; do
        m2s --split "$s" -o a.seq "$TUNES"
        wrong_usage "--split: '$s'"
    done
}

@test "no training tune" {
    cp -r "$TUNES/train" flat
    m2s --split 0,50,50 -o a.seq flat
    says 2 "no training tune, and classes"
    m2s -o a.seq "$TUNES/test" --split 0,0,100
    says 2 "no training tune, and classes"
    mkdir only
    cp -r "$TUNES/test" only
    m2s -o a.seq only
    says 1 "no training tune, and classes"
    # other tunes have classes of their own, those of a model, or those of 2016
    m2s -q --like "$ROOT/models/nottingham" --split 0,0,100 -o a.seq flat
    made a.seq
    m2s -q --encoding classic --split 0,0,100 -o b.seq flat
    made b.seq
}

@test "--export: what is written is read back as the same sequences" {
    local encoding
    for encoding in attack classic; do
        m2s -q --encoding $encoding --dump --export out-$encoding "$TUNES"
        done_well
        echo "$output" >1
        [ "$(find out-$encoding -name '*.mid' | wc -l)" -eq 57 ]
        m2s -q --encoding $encoding --dump out-$encoding
        done_well
        diff 1 <(echo "$output")
    done
}

@test "--dump: a header and a line for every bar" {
    m2s -q --dump "$TUNES"
    done_well
    [ "$(grep -c '^[^ ]' <<<"$output")" -eq 57 ]
    [[ $output == *"$JIG test 384 steps 6/8 key D bar 12 phase 0"* ]]
    grep -A1 "^$JIG " <<<"$output" | tail -1 | grep -qx \
        "  A4 hold F#4 hold A4 hold A5 hold G5 hold F#5 hold | D:12"
    # 32 bars
    [ "$(sed -n "\\,^$JIG ,,/^[^ ]/p" <<<"$output" | wc -l)" -ge 32 ]
    [ "$(awk -v n="$JIG" '/^[^ ]/ {on = $1 == n; next} on' <<<"$output" |
        wc -l)" -eq 32 ]
}

@test "--dump with a full output" {
    status=0
    "$BIN/midi2seq" -q --dump "$TUNES" >/dev/full 2>err || status=$?
    cat err
    [ "$status" -eq 1 ]
    grep -q "^midi2seq: standard output: " err
}

@test "what to do next is said when all has been done" {
    cp -r "$TUNES" t
    echo >t/bad.mid
    m2s --strict -o a.seq t
    [ "$status" -eq 1 ]
    [ "${#stderr_lines[@]}" -eq 2 ]
    [[ ${stderr_lines[1]} == *"bad.mid: not kept, and --strict was given" ]]
    status=0
    "$BIN/midi2seq" --dump -o a.seq "$TUNES" >/dev/full 2>err || status=$?
    [ "$status" -eq 1 ]
    [ "$(wc -l <err)" -eq 1 ]
    grep -q "^midi2seq: standard output: No space" err
    limited 4 "$BIN/midi2seq" -o b.seq "$TUNES"
    [ "$status" -eq 1 ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    m2s -o b.seq t
    done_well
    [[ $stderr == *"57 of 58 files kept"*"midi2seq: next: "* ]]
}

@test "names of tracks as Windows and as everybody else writes them" {
    python3 - "$ROOT" <<'END'
import sys
sys.path.insert(0, sys.argv[1] + "/tests/files")
from hostile import midi, two_notes
for code in "cp1252", "utf-8":
    name = "Eibhlín’s fiddle".encode(code)
    open(code + ".mid", "wb").write(midi(
        b"\0\xff\3" + bytes([len(name)]) + name + two_notes(480, 0, 60), two_notes(480, 1, 48)))
END
    for f in cp1252 utf-8; do
        m2s --tracks $f.mid
        told
        [[ $output == *"Eibhlín’s fiddle"* ]]
        m2s -q --dump --split 100,0,0 --melody-track Eibhlín $f.mid
        told
        [[ $output == *C4* ]]
    done
}

# Every file was refused, each by name, with TEXT among the reasons.
all_refused() {
    shown
    [ "$status" -eq 1 ]
    [ "$(grep -c "\.mid: refused: " <<<"$stderr")" -eq 57 ]
    [[ $stderr == *": refused: $1"* ]]
    grep -q "^midi2seq: [0-9]* files refused: $1.*; --.*-track" <<<"$stderr"
    [ "${stderr_lines[-1]}" = "midi2seq: none of the 57 files can be used" ]
}

@test "tracks named by hand" {
    local required
    m2s -q -o a.seq --melody-track 2 --chord-track 3 "$TUNES"
    done_well
    cmp a.seq "$SEQ"
    # what is named is taken: the top of the chords is a melody too
    m2s -q --dump --melody-track 3 --chord-track 2 "$TUNES/$JIG.mid"
    told
    [[ ${lines[1]} == "  A3 "*" | D:12" ]]
    m2s -o b.seq --melody-track 9 "$TUNES"
    all_refused "no melody track"
    # who wants chords gets no tunes without, and no melodies of many voices
    required="--set data.chords=required"
    m2s -o b.seq $required --melody-track 3 --chord-track 2 "$TUNES"
    all_refused "many-voiced"
    m2s -o b.seq $required --chord-track 9 "$TUNES"
    all_refused "no chord track"
    local n
    for n in 0 -1 65536 ''; do
        m2s -o b.seq --melody-track "$n" "$TUNES"
        wrong_usage "--melody-track: '$n'"
        m2s -o b.seq --chord-track "$n" "$TUNES"
        wrong_usage "--chord-track: '$n'"
    done
    [ ! -e b.seq ]
}

@test "one track cannot be melody and chords" {
    m2s -o b.seq --melody-track 2 --chord-track 2 "$TUNES"
    says 2 "--melody-track and --chord-track are the same"
}

@test "wrong encodings and grids" {
    local a
    local zeros
    zeros=$(printf '%028d' 0)
    for a in "--encoding=modern" "--encoding=" "--steps-per-quarter=0" \
        "--steps-per-quarter=97" "--steps-per-quarter=4x" "--steps-per-quarter=${zeros}12garbage"; do
        m2s $a -o a.seq "$TUNES"
        wrong_usage "data."
    done
}

@test "nothing to read" {
    mkdir empty
    m2s -o a.seq empty
    says 1 "empty: no .mid or .abc files"
    m2s -o a.seq missing
    says 1 "missing: No such file"
    m2s -o a.seq "$TUNES" missing
    says 1 "missing: No such file"
    m2s -o a.seq "$ROOT/LICENSE"
    says 1 "LICENSE: neither a .mid nor an .abc file"
    m2s -o a.seq ''
    wrong_usage "the name is empty"
    [ ! -e a.seq ]
}

@test "odd folders: links in a circle, a folder and a pipe named like a tune" {
    mkdir -p t/x.mid
    cp "$TUNES/$JIG.mid" t/x.mid/tune.MID
    ln -s . t/x.mid/circle
    m2s -o a.seq t
    done_well
    [[ $stderr == *"t/x.mid/circle: refused: leads to a folder that is read already"* ]]
    [[ $stderr == *"1 of 2 files kept"* ]]
    rm t/x.mid/circle
    mkfifo t/pipe.mid
    m2s -o a.seq t
    done_well
    [[ $stderr == *"t/pipe.mid: refused: not a regular file"* ]]
    [[ $stderr == *"1 of 2 files kept"* ]]
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("t/s.mid")'
    ln -s /dev/null t/null.mid
    m2s -o a.seq t
    done_well
    [[ $stderr == *"t/s.mid: refused: not a regular file"* ]]
    [[ $stderr == *"t/null.mid: refused: not a regular file"* ]]
    [[ $stderr == *"1 of 4 files kept"* ]]
}

@test "one name twice: two tunes are kept, one tune once" {
    mkdir a b
    cp "$TUNES/$JIG.mid" a/tune.mid
    cp "$TUNES/$JIG.mid" b/tune.MID
    cp "$TUNES/test/reels-soldiers-joy.mid" b/tune.mid
    m2s --split 100,0,0 --export out -o c.seq --report r.tsv b a
    made c.seq r.tsv
    [[ $stderr == *"b/tune.MID: refused: has the same name and notes as a/tune.mid"* ]]
    [[ $stderr == *"2 of 3 files kept"* ]]
    [ "$(ls out | xargs)" = "tune.mid tune~3.mid" ]
    [ "$(cut -f1,3,31 r.tsv | tail -n +2 | xargs)" = \
        "tune yes a/tune.mid tune~2 no b/tune.MID tune~3 yes b/tune.mid" ]
}

@test "one item never fails the batch" {
    cp -r "$TUNES" t
    ln -s nowhere t/train/gone.mid
    ln -s self t/self
    printf 'no tune' >"t/train/tab"$'\t'"line"$'\n'".mid"
    m2s -o a.seq --report r.tsv t
    made a.seq r.tsv
    [[ $stderr == *"t/train/gone.mid: refused: No such file"* ]]
    [[ $stderr == *"t/self: refused: "* ]]
    [[ $stderr == *"57 of 60 files kept"* ]]
    awk -F'\t' 'NF != 32 {print; bad = 1} END {exit bad || NR != 61}' r.tsv
    m2s --strict -o b.seq t
    shown
    [ "$status" -eq 1 ]
    [ ! -e b.seq ]
    # what is named must be there
    m2s -o b.seq t t/train/gone.mid
    says 1 "t/train/gone.mid: No such file"
}

@test "a file that the machine cannot read: said, and nothing but the report" {
    [ -e /proc/self/mem ] || skip "no file that fails"
    cp -r "$TUNES" t
    ln -s /proc/self/mem t/train/broken.mid
    echo old >a.seq
    m2s -q -o a.seq --report r.tsv --export out --dump t
    shown
    [ "$status" -eq 1 ]
    [ -z "$output" ]
    [ "${#stderr_lines[@]}" -eq 2 ]
    [[ ${stderr_lines[0]} == "midi2seq: t/train/broken.mid: unread: "* ]]
    [ "${stderr_lines[1]}" = "midi2seq: 1 of 58 files could not be read" ]
    grep -q $'^train/broken\t.*\tunread\t' r.tsv
    [ "$(tail -n +2 r.tsv | grep -c $'\tkept\t')" -eq 57 ]
    [ "$(cat a.seq)" = old ]
    [ ! -e out ]
    t rnn-eval --music t
    shown
    [ "$status" -eq 1 ]
    [ -n "$output" ]
    [[ $stderr == *"t/train/broken.mid: unread: "* ]]
}

@test "what was guessed is said: meters, notes off the grid" {
    m2s -o a.seq "$TUNES"
    [[ $stderr == *"meters 4/4: 21, 6/8: 15, "* ]]
    [[ $stderr != *"off the grid"* ]]
    cat >triplets.py <<'END'
import struct, sys
def track(events):
    body = b"".join(bytes(e) for e in events) + b"\0\xff\x2f\0"
    return b"MTrk" + struct.pack(">I", len(body)) + body
notes = []
for k in range(48):
    notes += [[0, 0x90, 60 + k % 12, 80], [40, 0x80, 60 + k % 12, 0]]
chords = []
for k in range(4):
    chords += [[0, 0x91, 48, 80], [0, 0x91, 52, 80], [0, 0x91, 55, 80],
               [0x83, 0x60, 0x81, 48, 0], [0, 0x81, 52, 0], [0, 0x81, 55, 0]]
open(sys.argv[1], "wb").write(b"MThd" + struct.pack(">IHHH", 6, 1, 3, 120) +
    track([]) + track(notes) + track(chords))
END
    python3 triplets.py triplets.mid
    m2s --split 100,0,0 -o a.seq triplets.mid
    done_well
    [[ $stderr == *" % of the notes of 1 file are off the grid: try --steps-per-quarter 12"* ]]
    m2s --split 100,0,0 --steps-per-quarter 12 -o a.seq triplets.mid
    [[ $stderr != *"off the grid"* ]]
}

# Twenty tunes of two notes with an hour between them, in which much is said.
@test "silence costs nothing" {
    cat >silent.py <<'END'
import struct
def track(body):
    body += b"\0\xff\x2f\0"
    return b"MTrk" + struct.pack(">I", len(body)) + body
note = b"\0\x90\x40\x50\x83\x60\x80\x40\0"
words = b"\0\xff\1\x7f" + b"x" * 127
song = (b"MThd" + struct.pack(">IHHH", 6, 1, 3, 480) + track(words * 60) +
        track(note + b"\x85\xdc\xa5\x10" + note[1:]) + track(note))
for k in range(20):
    open("silent/%d.mid" % k, "wb").write(song)
END
    mkdir silent
    python3 silent.py
    run --separate-stderr bash -c 'ulimit -t 5; exec "$@"' limited \
        "$BIN/midi2seq" --encoding classic --split 100,0,0 -o a.seq silent
    done_well
    [[ $stderr == *"20 of 20 files kept"* ]]
}

@test "places that cannot be written" {
    m2s -q -o missing/a.seq "$TUNES"
    says 1 "missing/a.seq: No such file"
    mkdir folder
    m2s -q -o folder "$TUNES"
    says 1 "folder: Is a directory"
    m2s -q --report missing/r.tsv -o a.seq "$TUNES"
    says 1 "missing/r.tsv: No such file"
    touch file
    m2s -q --export file "$TUNES"
    says 1 "file"
    [ "$(ls | xargs)" = "file folder" ]
}

# What one tune needs as a folder, another has as its name.
@test "what cannot be written is known before anything is" {
    mkdir -p a/b.mid b folder/c.mid deep/er
    cp "$TUNES/$JIG.mid" a/b.mid/c.mid
    cp "$TUNES/test/reels-soldiers-joy.mid" b/b.mid
    touch file
    local o
    for o in "--export ex -o a.seq a b" "--export ./ex -o a.seq a b" "--export ex// -o a.seq b a" \
        "--export deep/../ex -o a.seq a b" "--export . -o ./b.mid a"; do
        m2s $o
        says 2 "b.mid: would be a file and a folder"
    done
    m2s --export new/ex -o new a
    says 2 "new: would be a file and a folder"
    for o in "--export folder -o a.seq a/b.mid" "--report r.tsv -o deep a" \
        "--report r.tsv -o missing/a.seq a" "--dump -o missing/a.seq a" \
        "--report r.tsv --export file a" "-o a.seq --report deep/er/ a" \
        "-o a.seq --export file/ex a" "-o a.seq --report r.tsv --export folder/c.mid/../../file a"; do
        m2s $o
        says 1 ": "
    done
    [ "$(find . -type f | sort | xargs)" = "./a/b.mid/c.mid ./b/b.mid ./file" ]
    [ ! -e ex ]
    m2s -q --split 100,0,0 --export new/and/newer -o a.seq a
    made a.seq new/and/newer/b.mid/c.mid
}

@test "- is standard output, for the sequences or the report" {
    m2s -q -o a.seq --report a.tsv "$TUNES"
    made a.seq a.tsv
    mkdir empty
    cd empty
    "$BIN/midi2seq" -o - "$TUNES" >../b.seq 2>../err
    grep -q '57 of 57 files kept' ../err
    [ "$(grep -c next: ../err)" -eq 0 ]
    "$BIN/midi2seq" -q --report - "$TUNES" >../b.tsv
    [ -z "$(ls)" ]
    "$BIN/midi2seq" -q -o - --report beside.tsv "$TUNES" >../c.seq
    cd ..
    cmp a.seq b.seq
    cmp a.seq c.seq
    cmp a.tsv b.tsv
    cmp a.tsv empty/beside.tsv
}

@test "standard output takes one thing, and a terminal no sequences" {
    local a
    for a in "-o - --report -" "-o - --dump" "--report - --dump"; do
        m2s $a "$TUNES"
        says 2 "standard output: only one thing can go there"
    done
    on_terminal midi2seq -o - "$TUNES"
    says 2 "standard output is a terminal"
    status=0
    "$BIN/midi2seq" -q -o - "$TUNES" >/dev/full 2>err || status=$?
    [ "$status" -eq 1 ]
    [ "$(cat err)" = "midi2seq: standard output: No space left on device" ]
}

@test "no two outputs of one name, and none of an input" {
    m2s -o x --report x "$TUNES"
    says 2 "x: named twice"
    m2s -o x --report ./x "$TUNES"
    says 2 "./x: named twice"
    [ -z "$(ls)" ]
    cp -r "$TUNES" .
    cp "$TUNES/$JIG.mid" tune.mid
    m2s --split 100,0,0 -o tune.mid tune.mid
    says 2 "tune.mid: would be read and written"
    m2s -o a.seq --report ./tunes/$JIG.mid tunes
    says 2 "./tunes/$JIG.mid: would be read and written"
    m2s --export tunes tunes
    says 2 "tunes/"
    [[ $stderr == *": would be read and written" ]]
    m2s --export . -o ./$JIG.mid "$TUNES"
    says 2 "$JIG.mid: named twice"
    cp "$ROOT/configs/starter.ini" c.ini
    m2s --config c.ini --report c.ini "$TUNES"
    says 2 "c.ini: would be read and written"
    cmp c.ini "$ROOT/configs/starter.ini"
    diff -r tunes "$TUNES"
    cmp tune.mid "$TUNES/$JIG.mid"
    [ "$(ls | xargs)" = "c.ini tune.mid tunes" ]
}

@test "a full disk keeps the old sequences" {
    echo old >a.seq
    limited 4 "$BIN/midi2seq" -q -o a.seq "$TUNES"
    TOOL=midi2seq says 1 "a.seq: File too large"
    [ "$(cat a.seq)" = old ]
    [ "$(ls)" = a.seq ]
}

@test "the sequences are plain safetensors: read with Python alone" {
    cat >read.py <<'END'
import json, struct, sys
raw = open(sys.argv[1], "rb").read()
n, = struct.unpack_from("<Q", raw)
head = json.loads(raw[8:8 + n])
text = head.pop("__metadata__")
assert all(isinstance(v, str) for v in text.values())
def array(name):
    a = head[name]
    code = {"U8": "B", "I8": "b", "I16": "h", "I64": "q"}[a["dtype"]]
    first, last = a["data_offsets"]
    v = struct.unpack("<%d%s" % ((last - first) // struct.calcsize(code),
                                 code), raw[8 + n + first:8 + n + last])
    count = 1
    for k in a["shape"]:
        count *= k
    assert count == len(v), name
    return v
melody, chord, offset = array("melody"), array("chord"), array("offset")
names = json.loads(text["names"])
classes = {k: json.loads(text[k + "_classes"]) for k in ("melody", "chord")}
S = len(names)
assert S == 57 and len(offset) == S + 1 and len(set(names)) == S
assert names == sorted(names)
assert offset[0] == 0 and offset[-1] == len(melody) == len(chord)
assert all(a < b for a, b in zip(offset, offset[1:]))
assert max(melody) < len(classes["melody"])
assert max(chord) < len(classes["chord"])
split = array("split")
assert [split.count(k) for k in range(3)] == [45, 6, 6]
assert all(("train", "valid", "test")[k] == n.split("/")[0]
           for k, n in zip(split, names))
bar, phase, key, meter = map(array, ("bar", "phase", "key", "meter"))
assert len(bar) == len(phase) == len(key) == S and len(meter) == 2 * S
for s in range(S):
    assert bar[s] == 16 * meter[2 * s] // meter[2 * s + 1]
    assert 0 <= phase[s] < bar[s] and -1 <= key[s] < 24
assert text["format"] == "nott-seq 1" and text["encoding"] == "attack"
assert text["steps_per_quarter"] == "4" and len(text["source_sha256"]) == 64
assert len(json.loads(text["chord_voicings"])) == len(classes["chord"])
END
    python3 read.py "$SEQ"
}

@test "Ctrl-C ends it by the signal, with nothing written" {
    local i pid
    mkdir many
    for i in {1..20}; do
        cp -r "$TUNES/train" many/$i
    done
    interruptible "$BIN/midi2seq" -q -o a.seq many 3>&- &
    pid=$!
    until [ "$(ps -o comm= -p $pid)" = midi2seq ]; do
        sleep 0.01
    done
    kill -INT $pid
    status=0
    wait $pid || status=$?
    echo "$status"
    [ "$status" -eq 130 ]
    [ ! -e a.seq ]
}
