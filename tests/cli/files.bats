#!/usr/bin/env bats
# What is written stays what it is: links, devices, pipes, rights; and nothing
# that is read is lost. SPDX-License-Identifier: MIT
load helper

setup_file() {
    find_tools
    make_starter
    export MODEL=$BATS_FILE_TMPDIR/model
    "$BIN/rnn-train" -q --set data.sequences="$SEQ" --set model.hidden=4 \
        --set model.project=2 --set train.epochs=1 --run "$MODEL"
    export ONE=$TUNES/train/jigs-the-kesh.mid
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here"
    cd "$BATS_TEST_TMPDIR/here" || return
    "$BIN/midi2seq" -q --split 100,0,0 -o ../want.seq "$ONE"
    "$BIN/rnn-sample" --config "$MODEL" --seed 1 --bars 4 --format abc -o - \
        >../want.abc 2>/dev/null
}

# written TOOL FILE [ARGUMENT...]: with -o FILE
written() {
    local tool=$1 file=$2
    shift 2
    case $tool in
    midi2seq) t midi2seq -q --split 100,0,0 -o "$file" "$ONE" "$@" ;;
    *) t rnn-sample -q --config "$MODEL" --seed 1 --bars 4 \
        -o "$file" "$@" ;;
    esac
}

# want TOOL: what it writes; its ending is that of what it writes
want() {
    case $1 in
    midi2seq) echo ../want.seq ;;
    *) echo ../want.abc ;;
    esac
}

# same TOOL FILE: that is there, but for the command line in a tune
same() {
    cmp <(grep -av '^%' "$(want "$1")") <(grep -av '^%' "$2")
}

@test "through links: they stay, and what they lead to is replaced whole" {
    local tool end
    for tool in midi2seq rnn-sample; do
        end=$(want $tool)
        end=${end##*.}
        mkdir -p far
        ln -sf far/mid.$end link.$end
        ln -sf ../real.$end far/mid.$end
        written $tool link.$end # dangling so far
        done_well
        same $tool real.$end
        echo old >real.$end
        ln -f real.$end twin.$end
        written $tool link.$end $([ $tool = midi2seq ] || echo --force)
        done_well
        same $tool real.$end
        [ "$(cat twin.$end)" = old ] # replaced, not written over
        [ "$(readlink link.$end)" = far/mid.$end ]
        [ "$(readlink far/mid.$end)" = ../real.$end ]
        [ -z "$(find . -name '*.tmp-*')" ]
    done
}

@test "links in a circle, and to where there is no folder: one line" {
    local tool end
    for tool in midi2seq rnn-sample; do
        end=$(want $tool)
        end=${end##*.}
        ln -s b.$end a.$end
        ln -s a.$end b.$end
        ln -s gone/x.$end c.$end
        written $tool a.$end
        says 1 "a.$end: Too many levels of symbolic links"
        written $tool c.$end
        says 1 "c.$end: No such file or directory"
        [ -L a.$end ]
        [ -L c.$end ]
        [ ! -e gone ]
    done
}

@test "into pipes" {
    local tool end
    for tool in midi2seq rnn-sample; do
        end=$(want $tool)
        end=${end##*.}
        mkfifo pipe.$end
        cat pipe.$end >got.$end 3>&- &
        written $tool pipe.$end
        done_well
        wait $!
        same $tool got.$end
        [ -p pipe.$end ]
    done
}

@test "into devices, which stay" {
    local tool
    mknod null.seq c 1 3 2>/dev/null && : >null.seq ||
        skip "no devices can be made here"
    cp -a null.seq null.abc
    mknod full.seq c 1 7
    ln -s full.seq link.seq
    written midi2seq null.seq
    done_well
    [ -c null.seq ]
    written rnn-sample null.abc
    done_well
    [ -c null.abc ]
    written midi2seq link.seq
    says 1 "link.seq: No space left on device"
    [ -c full.seq ]
    written midi2seq null.seq --report null.abc
    done_well
    [ -c null.abc ]
}

@test "standard output by every name, to a file, after what is in it" {
    local tool name
    for tool in midi2seq rnn-sample; do
        for name in - /dev/stdout /dev/fd/1 /proc/self/fd/1; do
            [ $name = - ] || [ -e $name ] || continue
            echo head >file
            ln -f file twin
            case $tool in
            midi2seq) "$BIN/midi2seq" -q --split 100,0,0 -o $name "$ONE" >>file ;;
            *) "$BIN/rnn-sample" -q --config "$MODEL" --seed 1 --bars 4 \
                --format abc -o $name >>file ;;
            esac
            [ "$(head -1 file)" = head ]
            sed 1d file >rest
            same $tool rest
            cmp file twin
        done
    done
    [ -z "$(find . -name '*.tmp-*')" ]
    t midi2seq -q -o /dev/stdout --report - "$ONE"
    says 2 "standard output: only one thing can go there"
    on_terminal midi2seq -q -o /dev/stdout "$ONE"
    says 2 "standard output is a terminal"
    t rnn-sample --config "$MODEL" --count 2 -o /dev/stdout
    says 2 "--count: several tunes cannot go to standard output"
}

@test "into what a shell has open" {
    "$BIN/rnn-sample" -q --config "$MODEL" --seed 1 --bars 4 --format abc \
        -o /dev/fd/5 5>five
    same rnn-sample five
    "$BIN/midi2seq" -q --split 100,0,0 -o >(cat >six) "$ONE"
    until [ "$(stat -c %s six)" -eq "$(stat -c %s ../want.seq)" ]; do
        sleep 0.01
    done
    same midi2seq six
}

@test "rights stay with a file that is replaced" {
    local mode
    for mode in 600 640 666 755; do
        echo old >a.seq
        chmod $mode a.seq
        written midi2seq a.seq
        done_well
        same midi2seq a.seq
        [ "$(stat -c %a a.seq)" = $mode ]
    done
}

@test "names as long as the system takes them" {
    local n name
    for n in 240 244 245 246 250 254 255; do
        name=$(printf %0$((n - 4))d 0)
        for i in 1 2; do
            written midi2seq $name.seq
            done_well
            same midi2seq $name.seq
        done
        written rnn-sample $name.abc
        done_well
        same rnn-sample $name.abc
        [ "$(ls | wc -l)" -eq 2 ]
        rm -f -- *
    done
}

@test "a long path does not hide what is wrong" {
    local path part i
    part=$(printf %0200d 0)
    path=.
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19; do
        path=$path/$part
    done
    written midi2seq $path/x.seq
    says 1 ": No such file or directory"
    written rnn-sample $path/x.abc
    says 1 ": No such file or directory"
    mkdir -p "${path:0:3000}"
    cd "${path:0:3000}"
    ln -s nowhere gone.mid
    cp "$ONE" .
    cd "$BATS_TEST_TMPDIR/here"
    t midi2seq --split 100,0,0 -o a.seq .
    done_well
    [[ $stderr == *"/gone.mid: refused: No such file or directory"* ]]
    written midi2seq $path/$part/$part/x.seq
    says 1 ": File name too long"
}

@test "--export: no file that is read is written over, however it is reached" {
    mkdir a b
    cp "$ONE" a/x.mid
    cp "$TUNES/test/reels-soldiers-joy.mid" b/x.mid
    cp -r a b ..
    ln -s b c
    for dir in b ./b "$PWD/b" c; do
        # a/x.mid is called x, and would be exported as DIR/x.mid
        t midi2seq --split 100,0,0 --export $dir a b
        says 2 "$dir/x.mid: would be read and written"
        t midi2seq --split 100,0,0 --export $dir $dir
        says 2 "$dir/x.mid: would be read and written"
    done
    mkdir d
    ln -s ../b/x.mid d/x.mid
    t midi2seq --split 100,0,0 --export d a b
    says 2 "d/x.mid: would be read and written"
    rm d/x.mid
    ln a/x.mid "d/x~2.mid"
    t midi2seq --split 100,0,0 --export d a b
    says 2 "d/x~2.mid: would be read and written"
    rm "d/x~2.mid"
    # a file that has several tunes, and one of the name of one of them
    printf 'X:1\nK:C\nCDEF|GABc|]\n\nX:2\nK:C\ncBAG|FEDC|]\n' >b/book.abc
    mkdir b/book
    cp "$ONE" b/book/1.mid
    t midi2seq --split 100,0,0 --export b b/book.abc b/book/1.mid b
    says 2 "would be read and written"
    rm -r b/book b/book.abc
    diff -r a ../a
    diff -r b ../b
    # standard input, too
    cp "$ONE" stdin.mid
    run --separate-stderr "$BIN/midi2seq" --export . - <stdin.mid
    TOOL=midi2seq says 2 "./stdin.mid: would be read and written"
    cmp stdin.mid "$ONE"
    # and where nothing is lost it goes on
    t midi2seq -q --split 100,0,0 --export d a b
    done_well
    [ "$(ls d | xargs)" = "x.mid x~2.mid" ]
}

@test "settings, models and sequences are not written over either" {
    cp -r "$MODEL" m
    mkdir configs
    cp m/config.ini configs/own.ini
    t midi2seq --config own -o configs/own.ini "$ONE"
    says 2 "configs/own.ini: would be read and written"
    t midi2seq --config m --report m/config.ini "$ONE"
    says 2 "m/config.ini: would be read and written"
    t midi2seq --like m --report ./m/config.ini "$ONE"
    says 2 "./m/config.ini: would be read and written"
    t midi2seq --like m -o m/best.safetensors "$ONE"
    says 2 "m/best.safetensors: would be read and written"
    ln m/config.ini c.abc
    t rnn-sample --config m --force -o c.abc
    says 2 "c.abc: would be read and written"
    ln -s t.abc l.abc
    t rnn-sample --config m -o t.abc -o l.abc
    says 2 "l.abc: named twice"
    # standard output may be a file, too
    status=0
    "$BIN/midi2seq" -q -o out --report - "$ONE" >out 2>err || status=$?
    [ "$status" -eq 2 ]
    grep -q "^midi2seq: .*: named twice$" err
    cp "$SEQ" m/metrics.tsv
    t rnn-train --set data.sequences=m/metrics.tsv --force --run ./m
    says 2 "m/metrics.tsv: would be read and written"
    cmp m/metrics.tsv "$SEQ"
    cmp m/best.safetensors "$MODEL/best.safetensors"
    cmp m/config.ini configs/own.ini
}

# Without what only root may do: to read what nobody may.
humbly() {
    local power=
    : >locked
    chmod 0 locked
    [ -r locked ] &&
        power="setpriv --bounding-set -dac_override,-dac_read_search"
    if ! $power true 2>/dev/null || $power test -r locked; then
        skip "file permissions do not hold for this user"
    fi
    rm -f locked
    # shellcheck disable=SC2086
    run --separate-stderr $power timeout 50 "$BIN/$TOOL" "$@"
}

@test "what may not be read is a failure, and the old sequences stay" {
    TOOL=midi2seq
    cp -r "$TUNES" t
    ln -s nowhere t/gone.mid
    ln -s loop.mid t/loop.mid
    mkdir t/dark
    cp "$ONE" t/dark
    echo old >a.seq
    for what in t/dark t/train/jigs-the-kesh.mid; do
        chmod 0 $what
        humbly -q -o a.seq --report r.tsv --export out t
        chmod 755 $what
        shown
        [ "$status" -eq 1 ]
        [ "${#stderr_lines[@]}" -eq 2 ]
        [ "${stderr_lines[0]}" = "midi2seq: $what: unread: Permission denied" ]
        [[ ${stderr_lines[1]} == "midi2seq: 1 of "*" files could not be read" ]]
        grep -q $'\tunread\t' r.tsv
        [ "$(cat a.seq)" = old ]
        [ ! -e out ]
        chmod 0 $what
        humbly -q --tracks t
        chmod 755 $what
        [ "$status" -eq 1 ]
        [[ $stderr == *"$what: Permission denied"* ]]
        [[ $stderr == *"1 of "*" files could not be read" ]]
    done
    # that a link leads nowhere is how the folder is
    t midi2seq -o a.seq t
    done_well
    [[ $stderr == *"t/gone.mid: refused: No such file"* ]]
    [[ $stderr == *"t/loop.mid: refused: Too many levels"* ]]
    t midi2seq -q --tracks t
    [ "$status" -eq 0 ]
}

@test "too many open files are a failure" {
    # a folder can be opened, and nothing in it
    run --separate-stderr bash -c 'exec 3>&- 4>&-; ulimit -n 4; exec "$@"' few \
        "$BIN/midi2seq" -q -o a.seq "$TUNES"
    shown
    [ "$status" -eq 1 ]
    [[ ${stderr_lines[0]} == *": unread: Too many open files" ]]
    [ ! -e a.seq ]
}
