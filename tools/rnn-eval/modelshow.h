/* The scores of a model and its baselines, as tables and as JSON.
 * SPDX-License-Identifier: MIT */
#ifndef MODELSHOW_H
#define MODELSHOW_H

#include <stddef.h>

#include "nott/learn/evaluate.h"

struct judged {
    const char *name;
    struct tally tally;
};

/* Both print to stdout; j[0] is the model, the others are baselines.
 * `chordless` of the tunes have no chords. ERR_MEM. */
void modelshow_table(const struct judged *j, int n);
int modelshow_json(const struct judged *j, int n, const char *model,
                   const char *split, size_t tunes, size_t chordless,
                   struct err *e);

#endif
