/* Error values: see err.h. SPDX-License-Identifier: MIT */
#include "nott/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void err_fill(struct err *e, enum err_code code, const char *fmt,
                     va_list ap) ERR_PRINTF(3, 0);

static void err_fill(struct err *e, enum err_code code, const char *fmt,
                     va_list ap) {
    e->code = code;
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    for (char *p = e->text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...) {
    if (e && e->code == ERR_NONE) {
        va_list ap;
        va_start(ap, fmt);
        err_fill(e, code, fmt, ap);
        va_end(ap);
    }
    return -1;
}

int err_errno(struct err *e, const char *fmt, ...) {
    int saved = errno;
    if (e && e->code == ERR_NONE) {
        va_list ap;
        va_start(ap, fmt);
        err_fill(e, ERR_IO, fmt, ap);
        va_end(ap);
        size_t n = strlen(e->text);
        snprintf(e->text + n, sizeof e->text - n, ": %s", strerror(saved));
    }
    return -1;
}
