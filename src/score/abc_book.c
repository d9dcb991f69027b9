/* The tunes in a text: see abc.h. SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "abc_read.h"

static size_t line_end(const char *text, size_t at, size_t size) {
    while (at < size && text[at] != '\n' && text[at] != '\r')
        at++;
    return at;
}

/* From the end of a line to the beginning of the next. */
static size_t next_line(const char *text, size_t end, size_t size) {
    if (end + 1 < size && text[end] == '\r' && text[end + 1] == '\n')
        return end + 2;
    return end < size ? end + 1 : end;
}

/* The letter of a line that is a field, blanks before it or not; 0 = none. */
static char field_letter(const char *text, size_t size) {
    size_t i = 0;
    while (i < size && (text[i] == ' ' || text[i] == '\t'))
        i++;
    return i + 1 < size && text[i + 1] == ':' ? text[i] : 0;
}

static int is_field(const char *text, size_t size, char letter) {
    return field_letter(text, size) == letter;
}

/* A field that may begin a tune without X:. */
static int begins_tune(const char *text, size_t size) {
    char c = field_letter(text, size);
    return c && strchr("TMLKRQC", c) != NULL;
}

static size_t skip_mark(const char *text, size_t size) {
    return size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

int abc_is_text(const void *data, size_t n) {
    const char *text = data;
    if (!n || memchr(text, 0, n < 4096 ? n : 4096))
        return 0;
    for (size_t at = skip_mark(text, n), end; at < n;
         at = next_line(text, end, n)) {
        end = line_end(text, at, n);
        if (is_field(text + at, end - at, 'X') ||
            is_field(text + at, end - at, 'K') ||
            (end - at >= 5 && memcmp(text + at, "%abc", 4) == 0))
            return 1;
    }
    return 0;
}

static int add_tune(struct abc_book *b, size_t at, int line, struct err *e) {
    if (b->count == ABC_MAX_TUNES)
        return err_set(e, ERR_FORMAT, "%d:1: more than %zu tunes", line,
                       ABC_MAX_TUNES);
    if (!(b->count & (b->count - 1))) { /* the room doubles */
        size_t cap = b->count ? 2 * b->count : 1;
        struct abc_tune *tunes = realloc(b->tunes, cap * sizeof *tunes);
        if (!tunes)
            return err_set(e, ERR_MEM, "ABC: out of memory");
        b->tunes = tunes;
    }
    long number = -1;
    if (is_field(b->text + at, b->size - at, 'X')) {
        size_t i = at;
        while (b->text[i] != ':')
            i++;
        i++;
        while (i < b->size && (b->text[i] == ' ' || b->text[i] == '\t'))
            i++;
        for (int n = 0;
             i < b->size && isdigit((unsigned char)b->text[i]) && n < 9;
             i++, n++)
            number = 10 * (number < 0 ? 0 : number) + (b->text[i] - '0');
    }
    if (b->count)
        b->tunes[b->count - 1].to = at;
    b->tunes[b->count++] = (struct abc_tune){at, b->size, line, number};
    return 0;
}

/* All lines on which a tune begins: those with X:, or the first field. */
static int find_tunes(struct abc_book *b, int by_number, struct err *e) {
    int line = 1;
    for (size_t at = skip_mark(b->text, b->size), end; at < b->size;
         at = next_line(b->text, end, b->size), line++) {
        end = line_end(b->text, at, b->size);
        const char *p = b->text + at;
        int found = by_number ? is_field(p, end - at, 'X')
                              : !b->count && begins_tune(p, end - at);
        if (found && add_tune(b, at, line, e))
            return -1;
    }
    return 0;
}

int abc_open(struct abc_book *b, const void *data, size_t n, struct err *e) {
    *b = (struct abc_book){.text = data, .size = n};
    int rc = find_tunes(b, 1, e);
    if (rc == 0 && !b->count)
        rc = find_tunes(b, 0, e);
    if (rc == 0 && !b->count)
        rc = err_set(e, ERR_FORMAT, "no tune in it: none begins with X:");
    if (rc) {
        abc_close(b);
        return -1;
    }
    b->header = b->tunes[0].from;
    abc_read_preface(b);
    return 0;
}

void abc_close(struct abc_book *b) {
    free(b->tunes);
    *b = (struct abc_book){0};
}
