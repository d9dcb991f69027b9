/* Growable bytes: see buf.h. SPDX-License-Identifier: MIT */
#include "nott/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/plain.h"

void buf_free(struct buf *b) {
    free(b->data);
    *b = (struct buf){.max = b->max};
}

static size_t buf_max(const struct buf *b) {
    return b->max ? b->max : BUF_MAX;
}

/* Makes room for n more bytes and the closing NUL. */
static int buf_reserve(struct buf *b, size_t n) {
    size_t max = buf_max(b);
    if (b->failed)
        return -1;
    if (n > max || b->len > max - n) {
        b->failed = b->full = 1;
        return -1;
    }
    size_t need = b->len + n + 1;
    if (need <= b->cap)
        return 0;
    size_t cap = b->cap ? b->cap : 256;
    while (cap < need)
        cap *= 2;
    uint8_t *data = realloc(b->data, cap);
    if (!data) {
        b->failed = 1;
        return -1;
    }
    b->data = data;
    b->cap = cap;
    return 0;
}

void buf_add(struct buf *b, const void *data, size_t n) {
    if (buf_reserve(b, n))
        return;
    if (n)
        memcpy(b->data + b->len, data, n);
    b->len += n;
    b->data[b->len] = 0;
}

void buf_add_text(struct buf *b, const char *text) {
    for (size_t left = strlen(text), skip; left; text += skip, left -= skip) {
        size_t n = plain_bytes(text, left, &skip);
        buf_add(b, n ? text : "?", n ? n : 1);
    }
}

void buf_printf(struct buf *b, const char *fmt, ...) {
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        b->failed = 1;
    else if (buf_reserve(b, (size_t)n) == 0) {
        vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

int buf_ok(const struct buf *b, const char *what, struct err *e) {
    if (b->full)
        return err_set(e, ERR_FORMAT, "%s: more than %zu bytes", what,
                       buf_max(b));
    return b->failed ? err_set(e, ERR_MEM, "%s: out of memory", what) : 0;
}
