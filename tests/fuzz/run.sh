#!/bin/sh
# Fuzzes targets that libFuzzer is linked to, side by side on the processors
# that are there, and says what each has found: run.sh SECONDS TARGET...
#
# What was learnt stays in build/fuzz/corpus for the next time; an input that
# broke a target is in build/fuzz/crashes. SPDX-License-Identifier: MIT
out=build/fuzz
seconds=$1
shift

# one TARGET: fuzzes it; what it prints goes to its log
one() {
    name=${1##*/fuzz_}
    mkdir -p $out/dicts $out/corpus/$name $out/crashes $out/logs
    case $name in
    encode) dicts=midi ;;
    song | judge) dicts='abc midi' ;;
    chord) dicts=progression ;;
    *) dicts=$name ;;
    esac
    dict=$out/dicts/$name seeds=$out/seeds/$name
    for d in $dicts; do test ! -f tests/fuzz/$d.dict || cat tests/fuzz/$d.dict; done >$dict
    # The memory of an input is bounded, and so is its time: 512 MB, 30 seconds.
    "$1" -max_total_time=$seconds -rss_limit_mb=${RSS:-1024} -malloc_limit_mb=512 -timeout=30 \
        -max_len=${MAX_LEN:-65536} -print_final_stats=1 $(test ! -s $dict || echo -dict=$dict) \
        -artifact_prefix=$out/crashes/$name- $out/corpus/$name $(test -d $seeds && echo $seeds) \
        tests/fuzz/found >$out/logs/$name 2>&1
    echo $? >$out/logs/$name.rc
}

if test "$1" = -one; then
    one "$2"
    exit
fi

printf '%s\n' "$@" | xargs -n 1 -P "${JOBS:-$(nproc)}" sh "$0" $seconds -one

# stat NAME KEY: a number of its final statistics
stat() { sed -n "s/^stat::$2: *//p" $out/logs/$1 | tail -n 1; }
# last NAME KEY: the last that the log says of it
last() { sed -n "s/.* $2: \([^ ]*\).*/\1/p" $out/logs/$1 | tail -n 1; }

printf '%-12s %10s %8s %7s %9s %6s  %s\n' target runs runs/s edges corpus MB found
passed=0 failed=0
for target; do
    name=${target##*/fuzz_}
    if test "$(cat $out/logs/$name.rc)" = 0; then
        passed=$((passed + 1)) found=-
    else
        failed=$((failed + 1))
        found=$(sed -n "s/.*Test unit written to //p" $out/logs/$name | tail -n 1)
        found=${found:-see $out/logs/$name}
    fi
    printf '%-12s %10s %8s %7s %9s %6s  %s\n' $name "$(stat $name number_of_executed_units)" \
        "$(stat $name average_exec_per_sec)" "$(last $name cov)" "$(last $name corp)" \
        "$(stat $name peak_rss_mb)" "$found"
done
echo "$passed passed, $failed failed"
test $failed = 0
