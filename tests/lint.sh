#!/bin/sh
# Holds the tree against the rules of the README's map: who includes whom, who
# defines what, where each library may be seen, what is never called, and the
# format. What it says of folders and rooms is derived from the tree alone;
# `lint.sh --map` prints the map that the README must show.
bad=0
complain() {
    echo "lint: $1" >&2
    bad=1
}

folders=$(ls src)

# ---- the map: which folder includes which others ----

# uses FOLDER: the other folders whose headers it includes, by name
uses() {
    cat src/"$1"/*.[ch] include/nott/"$1"/*.h 2>/dev/null |
        sed -n 's/^#include "nott\/\([a-z]*\)\/.*/\1/p' | grep -vx "$1" | sort -u
}

arrows() { # a line for each, FROM TO
    for folder in $folders; do
        for other in $(uses "$folder"); do echo "$folder $other"; done
    done
}

# The folders from the lowest on, each with those that it stands on.
map() {
    for folder in $( (arrows; for f in $folders; do echo "$f $f"; done) |
        tsort 2>/dev/null | sed '1!G;h;$!d'); do
        echo $(uses "$folder") | awk -v f="$folder" \
            '{gsub(/ /, ", "); if ($0 == "") print "    " f; else printf "    %-9s→ %s\n", f, $0}'
    done
}

if test "${1:-}" = --map; then
    map
    exit
fi

arrows | tsort >/dev/null 2>&1 || complain "folders include each other in a circle"
drawn=$(arrows | wc -l) count=$(echo "$folders" | wc -w)
test $((4 * drawn)) -lt $((count * (count - 1))) ||
    complain "$drawn arrows between $count folders: half of the possible ones or more"
map | while IFS= read -r line; do
    grep -qxF "$line" README.md || echo "$line"
done | grep . && complain "README.md: its map lacks these lines; see tests/lint.sh --map"

# ---- rooms ----

for c in src/*/*.c; do
    folder=$(basename "$(dirname "$c")") stem=$(basename "$c" .c)
    grep -qE "^    .*\b$stem\b" README.md || complain "README.md: its map lacks $folder/$stem"
    test -f "include/nott/$folder/$stem.h" || test -f "src/$folder/$stem.h" ||
        ls "src/$folder/${stem%%_*}"*.h >/dev/null 2>&1 || complain "$c has no header of its stem"
done

# A private header is for its own folder.
hits=$(grep -nE '^#include "[a-z]+/' src/*/*.[ch] include/nott/*/*.h | grep -v '"nott/')
test -z "$hits" || complain "private headers of another folder: $hits"

# A function is named after the room that defines it.
for h in include/nott/*/*.h src/*/*.h; do
    folder=$(basename "$(dirname "$h")")
    for name in $(sed -n 's/^[a-z][a-z_0-9 ]*[ *]\([a-z_0-9]*\)(.*/\1/p' "$h"); do
        room=$(basename "$h" .h)
        until test -f "src/$folder/$room.c" || test "${room%_*}" = "$room"; do room=${room%_*}; done
        case $name in
        "${room}"_*) ;;
        *) complain "$h: $name is not named after its room, $room" ;;
        esac
    done
done

# ---- libraries, and what is not called ----

only() { # only HEADER FILE...: the places where a library may be seen
    header=$1
    shift
    for f in $(grep -l "#include <$header>" src/*/*.[ch] include/nott/*/*.h tools/*.c tools/*/*.[ch]); do
        case " $* " in
        *" $f "*) ;;
        *) complain "$f includes <$header>, which is for $* alone" ;;
        esac
    done
}
only smf.h src/music/midi.c
only glib.h src/music/complaint.c
only cblas.h src/nn/kernel_choice.c
only curl/curl.h src/collect/fetch.c
only zip.h src/collect/archive.c
only ini.h src/base/ini.c
only openssl/sha.h src/base/hash.c

for h in include/nott/*/*.h; do
    third=$(grep '#include <' "$h" | grep -vE '<(stddef|stdint|stdio|string|math|stdarg|dirent)\.h>')
    test -z "$third" || complain "$h includes $third"
done

# Core rooms do not print, exit, or look at the clock or the environment.
hits=$(grep -nE '\b(printf|puts|perror|exit|abort|time|clock_gettime|getenv) *\(' src/*/*.c |
    grep -vE 'buf_printf|snprintf')
test -z "$hits" || complain "not for core rooms: $hits"
hits=$(grep -nE '\b(atoi|atol|atof|gets|sprintf|strcpy|strcat|strtok|rand|srand|alloca|setlocale|newlocale) *\(' \
    src/*/*.[ch] include/nott/*/*.h tools/*.c tools/*/*.[ch])
test -z "$hits" || complain "banned functions: $hits"

if command -v clang-format >/dev/null; then
    clang-format --dry-run -Werror src/*/*.[ch] include/nott/*/*.h tools/*.c tools/*/*.[ch] \
        tests/unit/*.[ch] tests/fuzz/*.[ch] || complain "format: run make format"
else
    echo "lint: clang-format is not there, format not checked"
fi
test $bad = 0 && echo "lint: clean"
exit $bad
