/* Error values: see err.h. SPDX-License-Identifier: MIT */
#include "nott/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "nott/base/plain.h"

#define WHOLE 8192 /* the longest text that is shortened and not just cut */
#define KEPT  32   /* what remains of a part at least, in front and behind */

/* Finds the longest of the parts that ": " divides. */
static char *longest_part(char *text, size_t *n) {
    char *best = text;
    *n = 0;
    for (char *p = text;;) {
        char *end = strstr(p, ": ");
        size_t len = end ? (size_t)(end - p) : strlen(p);
        if (len > *n) {
            best = p;
            *n = len;
        }
        if (!end)
            return best;
        p = end + 2;
    }
}

static int inside_letter(char c) {
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Puts "..." for `over` bytes at least in the middle of a part of n bytes, if
 * enough of it remains; letters of UTF-8 stay whole. */
static void shorten_part(char *part, size_t n, size_t over) {
    size_t most = n - 2 * KEPT, cut = over + 3 < most ? over + 3 : most;
    size_t from = (n - cut) / 2, to = from + cut;
    while (from > 0 && inside_letter(part[from]))
        from--;
    while (to < n && inside_letter(part[to]))
        to++;
    memcpy(part + from, "...", 3);
    memmove(part + from + 3, part + to, strlen(part + to) + 1);
}

/* Makes room where it hurts least: in a path, not in what it is about. */
static void shorten(char *text, size_t max) {
    for (size_t len = strlen(text); len > max; len = strlen(text)) {
        size_t n;
        char *part = longest_part(text, &n);
        if (n < 2 * KEPT + 6)
            break;
        shorten_part(part, n, len - max);
    }
}

static void err_fill(struct err *e, enum err_code code, char whole[WHOLE]) {
    e->code = code;
    shorten(whole, sizeof e->text - 1);
    snprintf(e->text, sizeof e->text, "%.*s", (int)sizeof e->text - 1, whole);
    plain_text(e->text);
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...) {
    if (e && e->code == ERR_NONE) {
        char whole[WHOLE];
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(whole, sizeof whole, fmt, ap);
        va_end(ap);
        err_fill(e, code, whole);
    }
    return -1;
}

int err_errno(struct err *e, const char *fmt, ...) {
    int saved = errno;
    if (e && e->code == ERR_NONE) {
        char whole[WHOLE], cause[128];
        va_list ap;
        snprintf(cause, sizeof cause, ": %s", strerror(saved));
        va_start(ap, fmt);
        vsnprintf(whole, sizeof whole - strlen(cause), fmt, ap);
        va_end(ap);
        size_t n = strlen(whole);
        snprintf(whole + n, sizeof whole - n, "%s", cause);
        err_fill(e, saved == ENOMEM ? ERR_MEM : ERR_IO, whole);
    }
    return -1;
}
