/* Growable bytes with a maximum. SPDX-License-Identifier: MIT */
#ifndef NOTT_BUF_H
#define NOTT_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"

/* A zeroed struct buf is empty and valid; its maximum is then BUF_MAX.
 * After a failed growth `failed` stays set and further appends do nothing, so
 * that a long run of appends needs one check at its end (buf_ok). */
struct buf {
    uint8_t *data; /* owned; `len` bytes in use, always followed by a NUL */
    size_t len, cap;
    size_t max; /* 0 means BUF_MAX */
    int failed;
    int full; /* it failed because more than `max` was to be in it */
};

#define BUF_MAX ((size_t)1 << 31)

void buf_free(struct buf *b); /* leaves it empty and valid */
void buf_add(struct buf *b, const void *data, size_t n);
/* A text from anywhere, for a line or a cell of a table: see plain.h. */
void buf_add_text(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *fmt, ...) ERR_PRINTF(2, 3);
/* ERR_MEM where memory lacked, ERR_FORMAT where the maximum was too little. */
int buf_ok(const struct buf *b, const char *what, struct err *e);

#endif
