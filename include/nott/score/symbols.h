/* Chord symbols over a score that somebody has written.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_SYMBOLS_H
#define NOTT_SYMBOLS_H

#include "nott/base/err.h"
#include "nott/score/score.h"

/* The name of the chord that sounds at a tick, as perform_score counts them, or
 * NULL; where the next one begins goes to *next. */
struct symbols_source {
    const char *(*at)(const void *user, int64_t tick, int64_t *next);
    const void *user;
};

/* A copy of the score with those symbols in place of its own: at the beginning
 * of each bar and where the chord changes, at which long notes are split, with
 * a tie. What is played several times has the chords of the last time, which is
 * how the tune ends. All
 * else stays as it was written. ERR_MEM. The caller frees *out. */
int symbols_write(struct score *out, const struct score *s,
                  const struct symbols_source *chords, struct err *e);

#endif
