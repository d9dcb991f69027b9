#!/bin/sh
# unit.sh PROGRAM...: runs the unit tests, shows what fails and what is skipped,
# and ends with `N passed, N failed, N skipped`.
passed=0 failed=0 skipped=0 dead=0
log=$(mktemp) known=$(mktemp)
trap 'rm -f "$log" "$known"' EXIT
# LLVM's OpenMP keeps what it has for its threads to the end.
echo leak:libomp >"$known"
export LSAN_OPTIONS="${LSAN_OPTIONS:+$LSAN_OPTIONS:}suppressions=$known:print_suppressions=0"
# total WORD: of all groups of a program, how many tests did so
total() {
    sed -n "s/^\[  $1 *\] \([0-9]*\) test(s).*/\1/p" "$log" |
        awk '{n += $1} END {print n + 0}'
}
for t in "$@"; do
    "$t" >"$log" 2>&1
    status=$?
    ok=$(grep -c '^\[       OK \]' "$log")
    bad=$(total FAILED) skip=$(total SKIPPED)
    echo "${t##*/}: $ok passed, $skip skipped"
    grep -v '^\[' "$log" | grep -i 'skip\|needs\|intact'
    if test $status != 0; then
        grep -v '^\[ RUN      \]\|^\[       OK \]' "$log"
        test "$bad" != 0 || dead=$((dead + 1))
    fi
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
done
failed=$((failed + dead))
echo "$passed passed, $failed failed, $skipped skipped"
test $failed = 0
