#!/usr/bin/env bats
# nott-fetch against a local server and archives that the tests write. No
# traffic but to 127.0.0.1. SPDX-License-Identifier: MIT

setup_file() {
    export BIN=${BIN:-build/release}
    BIN=$(cd "$BIN" && pwd)
    export ROOT=$BATS_TEST_DIRNAME/../..
    export ZIPS=$BATS_FILE_TMPDIR/zips LOG=$BATS_FILE_TMPDIR/log
    export GOOD=$ZIPS/good-large.zip
    unset http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY
    unset CURL_CA_BUNDLE SSL_CERT_FILE
    mkdir "$ZIPS"
    python3 "$ROOT/tests/files/bad-zip.py" "$ZIPS"
    HASH=$(sha256sum <"$GOOD" | cut -d' ' -f1)
    export HASH
    serve http
}

# serve NAME [CERTIFICATE] starts a server and puts its address into $URL
serve() {
    local port=$BATS_FILE_TMPDIR/$1.port
    mkfifo "$port"
    python3 "$ROOT/tests/files/server.py" "$GOOD" "$LOG" ${2:+"$2"} \
        >"$port" 2>/dev/null 3>&- &
    echo $! >>"$BATS_FILE_TMPDIR/pids"
    read -r port <"$port"
    export URL=$1://127.0.0.1:$port
}

teardown_file() {
    while read -r pid; do
        kill "$pid"
    done <"$BATS_FILE_TMPDIR/pids"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    K=k=$BATS_TEST_NUMBER
    : >"$LOG"
}

# get PATH [OPTION...]: with the right hash, into the folder d
get() {
    local path=$1
    shift
    run timeout 250 "$BIN/nott-fetch" -d d --url "$URL/$path" \
        --sha256 "$HASH" "$@"
}

zip() {
    run timeout 250 "$BIN/nott-fetch" -d d --sha256 none --zip "$@"
}

# One line of complaint last, containing TEXT, and nothing left but the lock
# and what is named.
refused() {
    local text=$1
    shift
    echo "$output"
    [ "$status" -eq 1 ]
    [[ ${lines[-1]} == "nott-fetch: "*"$text"* ]]
    [ "$(ls -A | sort | xargs)" = "$(printf '%s\n' d.lock "$@" | sort | xargs)" ]
}

unpacked() {
    echo "$output"
    [ "$status" -eq 0 ]
    [ -f d/train/a.mid ]
    [ -f d/test/b.mid ]
    [ -f d/.manifest ]
    [[ ${lines[-1]} == "nott-fetch: next: midi2seq -o d.seq d" ]]
    [ "$(find . -name '*.part*' -o -name '*.tmp-*' | wc -l)" -eq 0 ]
}

requests() {
    [ "$(wc -l <"$LOG")" -eq "$1" ]
}

# ---- the command line ----

@test "help and version" {
    run "$BIN/nott-fetch" --help
    [ "$status" -eq 0 ]
    [[ $output == *data/nottingham* && $output == *Example:* ]]
    run "$BIN/nott-fetch" --version
    [ "$status" -eq 0 ]
    [[ ${lines[0]} == "nott-fetch "* && $output == *libcurl/*libzip/* ]]
}

@test "the man page has the options of --help, and no others" {
    local page=$ROOT/tools/nott-fetch.1
    diff <("$BIN/nott-fetch" --help | grep -oE '^ .*--[a-z0-9-]+' |
        grep -oE -e '--[a-z0-9-]+' | sort -u) \
        <(sed -n '/^.SH OPTIONS/,/^.SH EXIT/p' "$page" | grep '^\.BR' |
            sed 's/\\-/-/g' | grep -oE -e '--[a-z0-9-]+' | sort -u)
}

@test "tools that compute nothing load no BLAS" {
    command -v ldd >/dev/null || skip "no ldd"
    local tool
    for tool in nott-fetch midi2seq; do
        run ldd "$BIN/$tool"
        echo "$tool: $output"
        [[ $output == *crypto* && $output != *blas* ]]
    done
    ldd "$BIN/rnn-train" | grep -q blas
}

@test "wrong usage is status 2" {
    local a
    for a in "--nonsense" "stray" "--timeout 0" "--timeout 1s" "--sha256 abc" "--dest /" "--dest ." \
        "--dest a/.." "--zip a --url https://b/c"; do
        run "$BIN/nott-fetch" $a
        echo "$a: $output"
        [ "$status" -eq 2 ]
        [[ ${lines[-1]} == *"--help"* ]]
    done
    run "$BIN/nott-fetch" --dest ""
    [ "$status" -eq 2 ]
    [ -z "$(ls -A)" ]
}

@test "refused addresses are status 2, and never show a password" {
    local u
    for u in file:///etc/passwd ftp://me:secret@127.0.0.1/x tunes.zip \
        http://me:secret@127.0.0.1:99999/x; do
        run "$BIN/nott-fetch" -d d --url "$u"
        echo "$output"
        [ "$status" -eq 2 ]
        [[ $output != *secret* ]]
    done
    run "$BIN/nott-fetch" -d d --url "$URL/good" --sha256 none
    [ "$status" -eq 2 ]
    [[ $output == *"plain http"* ]]
    requests 0
}

# ---- the network ----

@test "fetches, keeps the archive, and then needs no network" {
    get good
    unpacked
    cmp d.zip "$GOOD"
    requests 1
    cut -f2- "$LOG" | grep -qx -e $'-\t-\t-\tnott-fetch/[0-9.]*\t-'
    get good
    [ "$status" -eq 0 ]
    [[ $output == *"up to date: 2 tunes"* ]]
    rm -r d
    get good
    unpacked
    requests 1
}

@test "quiet means quiet, and stdout stays empty" {
    get good -q
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [ -f d/train/a.mid ]
    rm -r d
    "$BIN/nott-fetch" -d d --sha256 "$HASH" 2>/dev/null >out
    [ -f d/train/a.mid ]
    [ ! -s out ]
}

@test "redirects: five are followed, six are not" {
    get "hops?n=5"
    unpacked
    rm -r d d.zip
    get "hops?n=6"
    refused "redirects"
}

@test "redirects: no loop, no other protocol, no endless body" {
    get redirect-endless
    refused "redirected with more than 1048576 bytes"
    requests 1
    get loop
    refused "redirects"
    for u in file:///etc/passwd ftp://127.0.0.1:1/x; do
        get "redirect?to=$u"
        refused "rotocol"
    done
}

@test "a user and password are sent but not shown" {
    run "$BIN/nott-fetch" -v -d d --url "${URL/:\/\//://me:secret@}/missing" \
        --sha256 "$HASH"
    refused "answers 404"
    [[ $output != *secret* && $output != *me:* ]]
    grep -q password "$LOG"
}

@test "an error page is not an archive, and 404 is final" {
    get "missing?$K"
    refused "answers 404"
    requests 1
}

@test "a busy server is tried three times" {
    get "busy?$K"
    refused "answers 503"
    requests 3
    : >"$LOG"
    get "busy-twice?$K"
    unpacked
    requests 3
}

@test "nobody listening, and no answer, are tried again" {
    run timeout 250 "$BIN/nott-fetch" -d d --url http://127.0.0.1:1/x \
        --sha256 "$HASH"
    refused "127.0.0.1"
    get "silent?$K"
    refused "mpty reply"
    requests 3
}

@test "the second address is tried when the first one fails" {
    run "$BIN/nott-fetch" -d d --url "$URL/missing" --url "$URL/good" \
        --sha256 "$HASH"
    unpacked
    [[ $output == *"answers 404"* ]]
}

@test "a cut body without a validator is begun anew, and not kept" {
    get "short?$K"
    refused "127.0.0.1"
    requests 3
    [ "$(cut -f2 "$LOG" | sort -u)" = - ]
}

@test "what is kept of a cut body is said, and continued by the next run" {
    get "short-thrice?$K"
    refused "127.0.0.1" d.zip.part d.zip.part.tag
    [[ $output == *"d.zip.part is kept; the next run continues it"* ]]
    get "short-thrice?$K"
    unpacked
    tail -1 "$LOG" | grep -q $'\tbytes=[1-9][0-9]*-\t"first"\t'
}

@test "what one address has given is kept while others give nothing" {
    get "short-thrice?$K" --url "$URL/missing" --url "$URL/nothing" \
        --url http://127.0.0.1:1/x
    refused "127.0.0.1" d.zip.part d.zip.part.tag
    [[ $output == *"empty, not a zip archive"* ]]
    [[ $output == *"d.zip.part is kept; the next run continues it"* ]]
    [ "$(stat -c %s d.zip.part)" -eq 300 ]
    run timeout 250 "$BIN/nott-fetch" -d d --url "$URL/missing" --sha256 "$HASH"
    refused "answers 404" d.zip.part d.zip.part.tag
    [[ $output != *"continues it"* ]]
    get "short-thrice?$K" --url "$URL/missing"
    unpacked
    tail -1 "$LOG" | grep -q $'\tbytes=300-\t"first"\t'
}

@test "a tag that is too long: the date is used, or nothing kept" {
    get "short-tagged?$K"
    refused "127.0.0.1"
    [[ $output != *"is kept"* ]]
    get "short-tagged?date=1&$K"
    unpacked
}

@test "all of it on a connection that is not closed: the hash tells" {
    get "held?$K" --timeout 1
    unpacked
    requests 1
    rm -r d d.zip
    get "held?$K" --timeout 1 --sha256 "${HASH//[0-9]/0}"
    refused "too slow"
}

@test "a part that does not fit is not added" {
    local p
    for p in other-range no-content-range; do
        get "$p?$K"
        unpacked
        [ "$(cut -f2 "$LOG" | cut -c1 | xargs)" = "- b -" ]
        rm -r d d.zip
        : >"$LOG"
    done
    get unasked-range
    refused "an unasked part"
}

@test "a continuation may be shorter than was asked for" {
    get "crumbs?$K"
    unpacked
    requests 3
}

@test "a file that is spliced from two is fetched again in one" {
    get "spliced?$K"
    unpacked
    cmp d.zip "$GOOD"
    [ "$(cut -f2 "$LOG" | cut -c1 | xargs)" = "- b -" ]
}

@test "a length that is too short: the hash tells" {
    get understated
    refused "its SHA-256 is"
}

@test "what is no archive is called what it is" {
    get page
    refused "$URL/page: a web page, not a zip archive"
    requests 1
    get gzip
    refused "$URL/gzip: compressed with gzip, not a zip archive"
    run timeout 20 "$BIN/nott-fetch" -d d --url "$URL/page" --url "$URL/good" \
        --sha256 "$HASH"
    unpacked
}

@test "an error of the server with a body that would do" {
    get failure
    refused "answers 500"
    requests 3
}

@test "too slow: a drip, a drip of headers, and silence" {
    local p
    for p in drip drip-head quiet; do
        timeout 20 "$BIN/nott-fetch" -d $p --url "$URL/$p" --sha256 "$HASH" \
            --timeout 1 2>$p.err 3>&- &
    done
    wait
    for p in drip drip-head quiet; do
        cat $p.err
        tail -1 $p.err | grep -q "^nott-fetch: $URL/$p: Operation too slow."
        [ ! -e $p ]
    done
    [ "$(grep -c drip "$LOG")" -ge 6 ]
}

@test "headers without end are refused" {
    local p
    for p in endless-head endless-continue; do
        get $p
        refused "Too large response headers"
    done
}

@test "a password is not sent to another host" {
    run timeout 20 "$BIN/nott-fetch" -d d --sha256 "$HASH" --url \
        "${URL/:\/\//://me:secret@}/redirect?to=${URL/127.0.0.1/localhost}/good"
    unpacked
    [ "$(cut -f6 "$LOG" | xargs)" = "password -" ]
}

@test "a cut body is continued with If-Range" {
    get "short-once?$K"
    unpacked
    cmp d.zip "$GOOD"
    requests 2
    sed -n 2p "$LOG" | grep -q $'\tbytes=[1-9][0-9]*-\t"first"\t'
}

@test "a weak ETag is not used for If-Range, the date is" {
    get "short-dated?$K"
    unpacked
    sed -n 2p "$LOG" | grep -q -e $'-\tSun, 01 Jan 2012 05:00:00 GMT\t'
}

@test "a server without ranges: begun anew, once" {
    get "no-ranges?$K"
    unpacked
    [ "$(cut -f2 "$LOG" | cut -c1 | xargs)" = "- b -" ]
}

@test "a file changed between the parts is begun anew" {
    get "changed?$K"
    unpacked
    cmp d.zip "$GOOD"
    rm -r d d.zip
    get "changed-half?$K"
    unpacked
    cmp d.zip "$GOOD"
}

@test "status 416 for a part: begun anew" {
    get "bad-range?$K"
    unpacked
    [ "$(cut -f2 "$LOG" | cut -c1 | xargs)" = "- b -" ]
}

@test "a part from another address, or with a damaged tag, is begun anew" {
    local tag
    for tag in '' 'http://elsewhere/x\n"first"\n' "$URL/good?$K" \
        "$URL/good?$K"'\n"first"' "$URL/good?$K"'\n"a\rB: c"\n'; do
        rm -rf d d.zip
        : >"$LOG"
        head -c 9 "$GOOD" >d.zip.part
        printf '%b' "$tag" >d.zip.part.tag
        get "good?$K"
        unpacked
        requests 1
        [ "$(cut -f2 "$LOG")" = - ]
    done
}

@test "a finished part needs no network" {
    cp "$GOOD" d.zip.part
    get good
    unpacked
    requests 0
}

@test "chunked bodies" {
    get "chunked?$K"
    unpacked
    rm -r d d.zip
    get "chunked-cut?$K"
    refused "127.0.0.1"
}

@test "too long: with and without a length" {
    get huge
    refused "longer than 67108864 bytes"
    [[ $output != *sha256* ]]
    get "chunked-endless"
    refused "longer than 67108864 bytes"
}

@test "a cut that cannot be seen is caught by the hash, the part removed" {
    get old-cut
    refused "--sha256"
}

@test "another archive is refused, with its hash and what to do" {
    run "$BIN/nott-fetch" -d d --url "$URL/good"
    refused "$HASH"
    [[ ${lines[-1]} == *"--sha256 HEX or none"* ]]
}

# terminated PID: which says so to the shell
terminated() {
    kill -TERM "$1"
    status=0
    wait "$1" || status=$?
    cat err
    [ "$status" -eq 143 ]
}

@test "interrupted: the part is kept, and continued by the next run" {
    "$BIN/nott-fetch" -d d --url "$URL/slow?$K" --sha256 "$HASH" 2>err 3>&- &
    local pid=$! i
    for i in {1..50}; do
        [ -s d.zip.part ] && break
        sleep 0.1
    done
    terminated $pid
    [ -s d.zip.part ]
    [ ! -e d.zip ]
    [ ! -e d ]
    [ "$(wc -l <err)" -eq 2 ]
    grep -q "d.zip.part is kept" err
    get "slow?$K"
    unpacked
    tail -1 "$LOG" | grep -q '"first"'
}

@test "interrupted while a server is silent: within a second" {
    "$BIN/nott-fetch" -d d --url "$URL/quiet?$K" --sha256 "$HASH" 2>err 3>&- &
    local pid=$! i began
    for i in {1..50}; do
        [ -s "$LOG" ] && break
        sleep 0.1
    done
    began=$(date +%s%N)
    terminated $pid
    [ $((($(date +%s%N) - began) / 1000000)) -le 1500 ]
    [ "$(ls -A | xargs)" = "d.lock err" ]
}

@test "certificates are checked, and https never goes down to http" {
    local http=$URL pem=$BATS_TEST_TMPDIR/pem
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
        -keyout "$pem" -out cert 2>/dev/null || skip "no openssl command"
    cat cert >>"$pem"
    rm cert
    serve https "$pem"
    get good
    refused "certificate" pem
    export CURL_CA_BUNDLE=$pem
    get "redirect?to=$http/good"
    refused "rotocol" pem
    local https=$URL
    URL=${https/127.0.0.1/localhost} get good
    refused "certificate subject name" pem
    URL=$http get "redirect?to=$https/redirect?to=$http/good"
    refused "from https to http" pem
    URL=$http get "redirect?to=$https/good"
    unpacked
    rm -r d d.zip
    export SSL_CERT_FILE=$pem
    unset CURL_CA_BUNDLE
    get "short-once?$K" --sha256 none
    unpacked
    rm -r d d.zip
    get page --sha256 none
    refused "$URL/page: a web page" pem
    get good
    get junk --sha256 none --force
    refused "d.zip.part: not a sound zip archive" pem d d.zip
    cmp d.zip "$GOOD"
    run timeout 20 "$BIN/nott-fetch" -d d --url "$URL/junk" --url "$URL/good" \
        --sha256 none --force
    [ "$status" -eq 0 ]
    cmp d.zip "$GOOD"
    get good --sha256 none --force
    [ "$status" -eq 0 ]
    [ -d d.old-2 ]
}

# ---- files ----

@test "a full disk leaves no archive" {
    run bash -c "ulimit -f 1; '$BIN/nott-fetch' -d d \
        --url '$URL/good' --sha256 $HASH"
    refused "File too large" d.zip.part d.zip.part.tag
}

@test "a full disk while unpacking leaves no folder" {
    run bash -c "ulimit -f 1; '$BIN/nott-fetch' -d d --sha256 none --zip '$GOOD'"
    refused "train/a.mid: File too large"
    mkdir small
    unshare -rm true 2>/dev/null || skip "cannot mount"
    local kib
    for kib in 4 8; do
        run unshare -rm bash -c "mount -t tmpfs -o size=${kib}k none small &&
            cd small && { '$BIN/nott-fetch' -d d --sha256 none --zip '$GOOD'
            rc=\$?; ls -A; exit \$rc; }"
        echo "$kib: $output"
        [ "$status" -eq 1 ]
        [[ $output == *"No space left on device"* ]]
        [ "${lines[-1]}" = d.lock ]
        run unshare -rm bash -c "mount -t tmpfs -o size=${kib}k none small &&
            cd small && { '$BIN/nott-fetch' -d d --sha256 $HASH --url $URL/good
            rc=\$?; ls -A d; exit \$rc; }"
        echo "$kib: $output"
        [ "$status" -eq 1 ]
        [[ $output == *"No space left on device"* ]]
    done
}

@test "a link in the way of the part is not followed" {
    ln -s precious d.zip.part
    get good
    refused "symbolic link" d.zip.part
    [ ! -e precious ]
}

@test "an unwritable place is an error" {
    run "$BIN/nott-fetch" -d /dev/null/x --sha256 none --zip "$GOOD"
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
}

@test "one at a time: waits, or fails with --no-wait" {
    exec 9>d.lock
    flock 9
    get good --no-wait 9>&-
    refused "another nott-fetch"
    "$BIN/nott-fetch" -d d --url "$URL/good" --sha256 "$HASH" 2>err 9>&- 3>&- &
    local pid=$! i
    for i in {1..50}; do
        grep -q waiting err && break
        sleep 0.1
    done
    [ ! -e d ]
    exec 9>&-
    wait $pid
    [ -f d/train/a.mid ]
}

@test "where nothing can be locked: said, and gone on without" {
    local so=$BATS_TEST_TMPDIR/../locks.so
    printf '#include <errno.h>\nint flock(int fd, int how) %s\n' \
        '{ errno = ENOLCK; return -1; }' |
        ${CC:-cc} -shared -fPIC -o "$so" -xc - || skip "cannot make a library"
    ! grep -q __asan_init "$BIN/nott-fetch" ||
        export ASAN_OPTIONS=verify_asan_link_order=0
    LD_PRELOAD=$so get good --no-wait
    unpacked
    [[ $output == *"d.lock: cannot be locked (No locks available)"* ]]
    [[ $output != *"another nott-fetch is"* ]]
    mkdir d.tmp-living
    touch d.tmp-living/.unpacking
    LD_PRELOAD=$so get good
    [ "$status" -eq 0 ]
    [ -d d.tmp-living ]
}

@test "two at once, and one after a kill, end with one whole folder" {
    local pids i
    for i in 1 2 3; do
        "$BIN/nott-fetch" -d d --url "$URL/good" --sha256 "$HASH" 2>err$i 3>&- &
        pids[i]=$!
    done
    for i in 1 2 3; do
        wait ${pids[i]}
    done
    [ "$(grep -l 'up to date' err? | wc -l)" -eq 2 ]
    requests 1
    rm err?
    get good
    [[ $output == *"up to date: 2 tunes"* ]]
    [ "$(ls -A | xargs)" = "d d.lock d.zip" ]
}

@test "a kill at any step: the next run sweeps, and is done" {
    local faults=$BATS_TEST_TMPDIR/../faults.so n
    ${CC:-cc} -shared -fPIC -o "$faults" "$BATS_TEST_DIRNAME/faults.c" ||
        skip "cannot make the library of faults"
    for n in {1..9}; do
        rm -rf d*
        status=0
        ASAN_OPTIONS=verify_asan_link_order=0 FAULT=kill:$n \
            LD_PRELOAD=$faults "$BIN/nott-fetch" -d d --url \
            "$URL/good" --sha256 "$HASH" -q 2>err || status=$?
        echo "kill $n: $status, $(ls -A | xargs)"
        [ $status -eq 0 ] && break
        [ $status -eq 137 ]
        rm err
        get good
        unpacked
        [ "$(ls -A | xargs)" = "d d.lock d.zip" ]
    done
    [ $n -gt 4 ]
    [ $status -eq 0 ]
}

@test "what a killed run left is swept, and nothing else" {
    mkdir -p d.tmp-dead01/train d.tmp-dead02 d.tmp-backup d.tmp-living \
        d.tmp-longer7 e.tmp-dead01 precious
    touch d.tmp-dead01/train/a.mid d.tmp-backup/a.mid d.tmp-file00 \
        {d.tmp-dead01,d.tmp-living,d.tmp-longer7,e.tmp-dead01,precious}/.unpacking
    ln -s precious d.tmp-linked
    ls -A | grep -v d.tmp-dead >../before
    exec 9>d.tmp-living/.unpacking
    flock 9
    zip "$GOOD" 9>&-
    [ "$status" -eq 0 ]
    exec 9>&-
    ls -A | grep -vx -e d -e d.lock | diff ../before -
    [ -e precious/.unpacking ]
    touch d/.unpacking # a kill between the last two steps
    zip "$GOOD"
    [[ $output == *"up to date: 2 tunes"* && $output != *"not from the"* ]]
    [ ! -e d.tmp-living ]
}

@test "what to do next is a whole command, however long the name" {
    local d=.
    while [ ${#d} -lt 3600 ]; do
        d=$d/$(printf "%099d" 0)
    done
    zip "$GOOD" --dest "$d/it's"
    [ "$status" -eq 0 ]
    [ "${lines[-1]}" = \
        "nott-fetch: next: midi2seq -o '$d/it'\''s.seq' '$d/it'\''s'" ]
}

@test "a name that is too long: said, and nothing left" {
    python3 - <<'END'
import os, zipfile
with zipfile.ZipFile("long.zip", "w") as z:
    z.writestr("/".join(["x" * 99] * 8) + "/a.mid", "MThd")
    z.writestr("b.mid", "MThd")
END
    local d=.
    while [ ${#d} -lt 3300 ]; do
        d=$d/$(printf '%099d' 0)
    done
    zip long.zip --dest "$d/d"
    [ "$status" -eq 1 ]
    [[ $output == *"File name too long" ]]
    cd $(dirname "$(find . -name d.lock)")
    [ "$(ls -A)" = d.lock ]
}

@test "interrupted while unpacking: nothing is left" {
    python3 - "$ZIPS" >many.zip <<'END'
import sys, zipfile
with zipfile.ZipFile("many.zip", "w") as z:
    for i in range(9999):
        z.writestr("%d.mid" % i, "MThd")
END
    "$BIN/nott-fetch" -d d --zip many.zip --sha256 none 2>err 3>&- &
    local pid=$! i
    for i in {1..500}; do
        ls d.tmp-*/7.mid >/dev/null 2>&1 && break
        sleep 0.01
    done
    terminated $pid
    [ "$(ls -A | xargs)" = "d.lock err many.zip" ]
}

@test "interrupted while waiting for another" {
    exec 9>d.lock
    flock 9
    "$BIN/nott-fetch" -d d --zip "$GOOD" --sha256 none 2>err 9>&- 3>&- &
    local pid=$! i
    for i in {1..50}; do
        grep -q waiting err && break
        sleep 0.1
    done
    terminated $pid
    exec 9>&-
}

@test "changed, missing and foreign files" {
    zip "$GOOD"
    unpacked
    touch d/notes.txt
    zip "$GOOD"
    [ "$status" -eq 0 ]
    [[ $output == *"1 file not from the archive"* ]]
    echo >>d/train/a.mid
    zip "$GOOD"
    refused "d/train/a.mid: changed since it was unpacked; --force" d
    rm d/train/a.mid
    zip "$GOOD"
    refused "d/train/a.mid: missing; --force" d
    zip "$GOOD" --force
    unpacked
    [ -f d.old/notes.txt ]
    [[ $output == *"now in d.old"* ]]
}

@test "a folder of something else is refused, and --force moves it aside" {
    mkdir d
    touch d/mine
    zip "$GOOD"
    refused "without a manifest; --force" d
    [ -f d/mine ]
    zip "$GOOD" --force
    unpacked
    [ -f d.old/mine ]
    [ ! -e d/mine ]
    zip "$ZIPS/good-junk.zip"
    refused "unpacked from another archive; --force" d d.old
}

@test "an empty folder is filled, its parents made" {
    mkdir d
    zip "$GOOD"
    unpacked
    zip "$GOOD" -d some/where/e
    [ "$status" -eq 0 ]
    [ -f some/where/e/train/a.mid ]
    zip "$GOOD" -d some/where/e//
    [ "$status" -eq 0 ]
    [[ $output == *"up to date"* ]]
}

@test "an archive of the same name but other content is not overwritten" {
    echo mine >d.zip
    get good
    refused "d.zip: its SHA-256 is" d.zip
    get good --force
    unpacked
    cmp d.zip "$GOOD"
}

@test "a local archive must have the hash, too" {
    run "$BIN/nott-fetch" -d d --zip "$GOOD"
    refused "$HASH"
    run "$BIN/nott-fetch" -d d --zip "$GOOD" --sha256 "${HASH^^}"
    unpacked
    [ ! -e d.zip ]
    run "$BIN/nott-fetch" -d e --zip missing.zip
    [ "$status" -eq 1 ]
    [[ $output == *"missing.zip: No such file"* ]]
}

# ---- archives ----

@test "good archives are unpacked" {
    local z
    for z in "$ZIPS"/good-*.zip; do
        rm -rf d
        zip "$z" -v
        unpacked
        [ -z "$(find d -type l -o -type f -perm /7022)" ]
    done
    rm -r d
    zip "$ZIPS/good-names.zip"
    [ -f "d/Übung/-rf *.MIDI" ]
    rm -r d
    zip "$ZIPS/good-junk.zip" -v
    [[ $output == *"left out: README.txt"*"3 other files left out"* ]]
    [ "$(find d -type f | wc -l)" -eq 3 ]
    rm -r d
    zip "$ZIPS/good-hidden.zip"
    [[ $output == *"3 other files left out"* ]]
    [ "$(find d -type f | wc -l)" -eq 3 ]
    rm -r d
    zip "$ZIPS/good-forms.zip"
    [ -f "d/$(printf '\303\251.mid')" ]
    [ -f "d/$(printf 'e\314\201.mid')" ]
}

@test "bad archives are refused whole, each for its own reason" {
    local name text count=0
    while IFS=: read -r name text; do
        zip "$ZIPS/bad-$name.zip"
        echo "$name"
        refused "bad-$name.zip: "
        [[ ${lines[-1]} == *"$text"* && ${lines[-1]} != *[[:cntrl:]]* ]]
        [ "${#lines[@]}" -eq 2 ]
        [ ! -e ../evil.mid ]
        [ ! -e /tmp/evil.mid ]
        count=$((count + 1))
    done <<END
slip:'..' in its name
slip-inside:'..' in its name
absolute:absolute
backslash:backslash
drive:colon
empty-part:an empty part
dot:'.' or
dots:'.' or
nul-slip:'.' or
nul-first:a part of blanks
renamed:'..' in its name
no-name:no name
slash:absolute
escape:control character
newline:control character
delete:control character
c1:control character
latin:neither ASCII nor UTF-8
long-part:too long
long-name:too long
link:a link or device
device:a link or device
folder-mode:but not by both
folder-data:a folder with contents
encrypted:encrypted
encrypted-strongly:encrypted
encrypted-aes:not a sound zip
method:other than deflate
ratio:suspiciously well compressed
large:larger than the limit
zeros:larger than the limit
size-small:longer than it declares
size-large:shorter than it declares
stored-small:longer than it declares
disagree:not a sound zip
crc:CRC
garbled:data error
through-link:a link or device
twice:not a sound zip
twice-case:occurs twice
folder-case:occurs twice
folder-twice:occurs twice
file-folder:occurs twice
total:more than 67108864 bytes
many:more than 10000 entries
overlap:overlap
truncated:not a sound zip
cut-front:not a zip archive
appended:not a sound zip archive (without an end)
prepended:not a zip archive
two-ends:not a sound zip archive (with two ends)
count-less:not a sound zip
count-more:not a sound zip
disk:not a sound zip
many-64:more than 10000 entries
many-claimed:more than 10000 entries
many-alike:more than 10000 entries
folders:more than 10000 entries
same-data:not a sound zip
gzip:compressed with gzip, not a zip archive
tar:a tar archive, not a zip archive
tune:a MIDI file, not a zip archive
unknown:not a zip archive
flipped:CRC
no-tunes:no .mid file
empty:no .mid file
text:a web page, not a zip archive
nothing:empty, not a zip archive
END
    [ "$count" -eq "$(ls "$ZIPS"/bad-*.zip | wc -l)" ]
}

@test "an archive that is replaced or written over while it is unpacked" {
    python3 - "$BIN/nott-fetch" <<'END'
import hashlib, os, subprocess, sys, zipfile
def make(name, tune):
    with zipfile.ZipFile(name, "w") as z:
        z.writestr("a.mid", tune)
        for i in range(30):
            z.writestr("other%d" % i, os.urandom(1000000))
    return hashlib.sha256(open(name, "rb").read()).hexdigest()
def write_over():
    with open("z.zip", "r+b") as f:
        f.write(open("other.zip", "rb").read())
for change in lambda: os.rename("other.zip", "z.zip"), write_over:
    good, other = make("z.zip", "MThd good"), make("other.zip", "MThd evil")
    p = subprocess.Popen([sys.argv[1], "--zip", "z.zip", "--sha256", good, "--force",
                          "--dest", "d"], stderr=subprocess.PIPE)
    assert b"unpacking" in p.stderr.readline()
    change()
    p.stderr.read()
    assert p.wait() == 0
    assert open("d/a.mid").read() == "MThd good"
    assert open("d/.manifest").read(64) == good
END
}

@test "an archive too long to be unpacked is not looked into" {
    printf 'PK\3\4' >long.zip
    truncate -s 70M long.zip
    zip long.zip
    refused "long.zip: larger than 67108864 bytes" long.zip
    truncate -s 40G long.zip || skip "no such long files here"
    run timeout 10 "$BIN/nott-fetch" -d d --zip long.zip
    refused "long.zip: larger than 67108864 bytes" long.zip
    mv long.zip d.zip
    run timeout 10 "$BIN/nott-fetch" -d d
    refused "d.zip: larger than 67108864 bytes; --force" d.zip
    mv d.zip d.zip.part
    run timeout 10 "$BIN/nott-fetch" -d d --url "$URL/good" --sha256 "$HASH"
    unpacked
}

@test "the real collection" {
    local file=${NOTTINGHAM_ZIP:-$ROOT/data/nottingham.zip}
    [ -f "$file" ] || skip "needs NOTTINGHAM_ZIP=/path/to/Nottingham.zip"
    run "$BIN/nott-fetch" -d d --zip "$file"
    unpacked_count train 694
    unpacked_count valid 173
    unpacked_count test 170
    run "$BIN/nott-fetch" -d d
    [ "$status" -eq 0 ]
    [[ $output == *"up to date: 1037 tunes"* ]]
}

unpacked_count() {
    [ "$(find "d/$1" -name '*.mid' | wc -l)" -eq "$2" ]
}
