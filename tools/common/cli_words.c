/* Words of command lines, for others to read: see cli.h.
 * SPDX-License-Identifier: MIT */
#include "cli.h"

#include <stdio.h>
#include <string.h>

#include "nott/base/plain.h"
#include "nott/music/progression.h"

/* Is it one like 6/8? It is no path. */
static int is_meter(const char *text) {
    const char *unit = text + strspn(text, "0123456789");
    return unit != text && *unit == '/' && unit[1] &&
           unit[1 + strspn(unit + 1, "0123456789")] == 0;
}

/* Is a word of the command line chords with a bass, as D/F#, or an option with
 * them? That is no path either. */
static int has_chords(struct buf *out, char **argv, int i, const char *value) {
    static const char option[] = "--given-c"; /* as short as it may be */
    size_t n = sizeof option - 1;
    struct progression p;
    struct err why = {0};
    if (strncmp(argv[i], option, n) && strncmp(argv[i - 1], option, n))
        return 0;
    int is_none = progression_read(&p, value, &why);
    out->failed |= why.code == ERR_MEM;
    if (!is_none)
        progression_free(&p);
    return !is_none;
}

/* Where in a word a value begins: "--config=", "-c", "run.dir=". */
static size_t value_at(const char *word) {
    size_t at = word[0] == '-' && word[1] && word[1] != '-' ? 2 : 0;
    for (size_t i = at; word[i] && word[i] != '/'; i++)
        at = word[i] == '=' ? i + 1 : at;
    return at;
}

void cli_command(struct buf *out, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        size_t at = value_at(argv[i]), end = strlen(argv[i]);
        const char *value = argv[i] + at;
        while (end > at && argv[i][end - 1] == '/')
            end--;
        size_t from = end;
        while (from > at && argv[i][from - 1] != '/')
            from--;
        struct buf word = {0};
        if (is_meter(value) || has_chords(out, argv, i, value))
            buf_printf(&word, " %s", argv[i]);
        else
            buf_printf(&word, " %.*s%.*s", (int)at, argv[i], (int)(end - from),
                       argv[i] + from);
        buf_add_text(out, word.data ? (const char *)word.data : "");
        out->failed |= word.failed;
        buf_free(&word);
    }
}

/* Between the quotes of $'...', where a backslash and three octal digits are a
 * byte that would not be shown as it is. */
static void quote_bytes(char word[CLI_WORD], const char *whole) {
    size_t n = (size_t)snprintf(word, CLI_WORD, "$'");
    for (size_t left = strlen(whole), skip; left && n + 24 < CLI_WORD;
         whole += skip, left -= skip) {
        size_t bytes = plain_bytes(whole, left, &skip);
        if (*whole == '\'' || *whole == '\\')
            word[n++] = '\\';
        for (size_t i = 0; i < skip; i++)
            n += (size_t)snprintf(word + n, 8, bytes ? "%c" : "\\%03o",
                                  (unsigned char)whole[i]);
    }
    snprintf(word + n, 2, "'");
}

const char *cli_quoted(char word[CLI_WORD], const char *first,
                       const char *second) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=+:-";
    char whole[CLI_WORD];
    snprintf(whole, sizeof whole, "%s%s", first, second);
    if (whole[0] && whole[strspn(whole, plain)] == 0) {
        snprintf(word, CLI_WORD, "%s", whole);
    } else if (!plain_only(whole)) {
        quote_bytes(word, whole);
    } else {
        size_t n = 0;
        word[n++] = '\'';
        for (const char *p = whole; *p && n + 8 < CLI_WORD; p++)
            n += (size_t)snprintf(word + n, 8, "%s%c", *p == '\'' ? "'\\'" : "",
                                  *p);
        snprintf(word + n, 2, "'");
    }
    return word;
}
