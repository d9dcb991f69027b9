/* A tune on the grid: see raw_tune.h. SPDX-License-Identifier: MIT */
#include "nott/music/raw_tune.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void raw_tune_refuse(struct raw_tune *t, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(t->reason, sizeof t->reason, fmt, ap);
    va_end(ap);
}

void raw_tune_free(struct raw_tune *t) {
    free(t->melody);
    free(t->chord);
    *t = (struct raw_tune){0};
}
