#!/bin/sh
# Holds the tree against the rules of the README's map: who may include whom,
# where each library may be seen, what is never called, and the format.
bad=0
complain() {
    echo "lint: $1" >&2
    bad=1
}

# room: the folder under src/ that holds the .c of a header; header-only rooms
# are listed here.
room_of() {
    case $1 in
    act | shard) echo nn ;;
    grid) echo music ;;
    trainer) echo learn ;;
    *) basename "$(dirname "$(ls src/*/"$1".c 2>/dev/null | head -n 1)")" ;;
    esac
}

allowed() { # what a folder may include
    case $1 in
    base) echo base ;;
    music) echo music base ;;
    data) echo data music base ;;
    nn) echo nn base ;;
    learn) echo learn nn data music base ;;
    compose) echo compose learn nn data music base ;;
    esac
}

for folder in base music data nn learn compose; do
    may=" $(allowed $folder) "
    for c in src/$folder/*.c; do
        stem=$(basename "$c" .c)
        test -f "include/nott/$stem.h" || test "$stem" = tune ||
            complain "$c has no header of its stem"
        for f in "$c" "include/nott/$stem.h"; do
            test -f "$f" || continue
            for h in $(sed -n 's/^#include "nott\/\(.*\)\.h".*/\1/p' "$f"); do
                r=$(room_of "$h")
                case "$may" in
                *" $r "*) ;;
                *) complain "$f includes nott/$h.h of $r: $folder may use only$may" ;;
                esac
            done
        done
    done
done

only() { # only HEADER FILE...: the one place where a library may be seen
    header=$1
    shift
    for f in $(grep -l "#include <$header>" src/*/*.c include/nott/*.h tools/*.[ch]); do
        case " $* " in
        *" $f "*) ;;
        *) complain "$f includes <$header>, which is for $* alone" ;;
        esac
    done
}
only smf.h src/music/midi.c
only cblas.h src/nn/mat.c
only curl/curl.h src/data/fetch.c
only zip.h src/data/archive.c
only ini.h src/base/conf.c
only openssl/evp.h src/base/hash.c

for h in include/nott/*.h; do
    third=$(grep '#include <' "$h" | grep -vE '<(stddef|stdint|stdio|string|math|stdarg)\.h>')
    test -z "$third" || complain "$h includes $third"
done

# Core rooms do not print, exit, or look at the clock or the environment.
hits=$(grep -nE '\b(printf|puts|perror|exit|abort|time|clock_gettime|getenv) *\(' src/*/*.c |
    grep -vE 'buf_printf|snprintf')
test -z "$hits" || complain "not for core rooms: $hits"
hits=$(grep -nE '\b(atoi|atol|atof|gets|sprintf|strcpy|strcat|strtok|rand|srand|alloca) *\(' \
    src/*/*.c include/nott/*.h tools/*.[ch] tests/*/*.[ch])
test -z "$hits" || complain "banned functions: $hits"

if command -v clang-format >/dev/null; then
    clang-format --dry-run -Werror src/*/*.c include/nott/*.h tools/*.[ch] \
        tests/unit/*.[ch] tests/fuzz/*.c || complain "format: run make format"
else
    echo "lint: clang-format is not there, format not checked"
fi
test $bad = 0 && echo "lint: clean"
exit $bad
