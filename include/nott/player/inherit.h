/* A model that begins with the weights of another one, whose classes may be
 * others: what is known of a class goes by its name.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_INHERIT_H
#define NOTT_INHERIT_H

#include "nott/base/err.h"
#include "nott/player/checkpoint.h"

/* Of each voice the classes, and those that both models have. */
struct inherited {
    int classes[OUTPUTS], known[OUTPUTS];
};

/* Fills in all weights of `to`. Classes of one name have the same weights; one
 * that `from` does not know begins as the likest that it does, and what it has
 * nothing for begins at 0; what `to` lacks is dropped. So the model begins as
 * what `from` was, as far as both can tell.
 * `dir` is the run of `from`, for messages. ERR_FORMAT, and nothing is changed,
 * when encoding, steps, network or features are others: then weights would not
 * mean the same. Whether chords may be unknown and whether tunes end is left to
 * the tunes, and may differ. */
int inherit_weights(struct checkpoint *to, const struct checkpoint *from,
                    const char *dir, struct inherited *n, struct err *e);

#endif
