/* What rnn-eval says of tunes: their measures, how far they are from the real
 * ones, and what of them has been there before.
 * SPDX-License-Identifier: MIT */
#ifndef MUSICEVAL_H
#define MUSICEVAL_H

#include <stddef.h>

#include "nott/base/err.h"

struct musiceval {
    char *const *paths; /* MIDI files and folders of them, or one .seq */
    size_t path_count;
    const char *split;     /* of the .seq: also "all"; NULL = test */
    const char *reference; /* .seq; NULL = the .seq itself, or none */
    int bars;              /* of the reference tunes; 0 = any */
    int measures, novelty, judge, gates, compare, json;
};

/* Reads the tunes, judges them, and prints a table or JSON to stdout. Files
 * that are no tunes are noted and passed over, as long as one is left; some
 * that cannot be read are an error once the others have been judged. */
int musiceval(const struct musiceval *m, struct err *e);

#endif
