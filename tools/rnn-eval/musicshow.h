/* What was found about tunes, as tables and as JSON.
 * SPDX-License-Identifier: MIT */
#ifndef MUSICSHOW_H
#define MUSICSHOW_H

#include "musiceval.h"
#include "nott/data/surface.h"
#include "nott/judge/measure.h"
#include "nott/judge/novelty.h"
#include "nott/judge/overlap.h"

enum { TUNES, TEST, TRAIN, SETS }; /* the judged ones; the reference's */

struct set {
    int there; /* is it to be shown? */
    struct surface_set surface;
    double measure[MEASURES];
    struct tune_features features;
};

struct judging {
    const struct musiceval *ask;
    const char *reference; /* path, NULL = none */
    size_t refused;        /* MIDI files that are no tunes */
    size_t unread;         /* those that the machine could not read */
    struct set set[SETS];
    struct overlap tunes[FEATURES], train[FEATURES]; /* to the test tunes */
    struct novelty *novelty; /* owned: of each of the judged tunes */
};

/* Distances are to the test tunes, so these cannot be judged by them. */
int judging_has_overlap(const struct judging *j);

/* Both print to stdout. ERR_MEM. */
int musicshow_tables(const struct judging *j, struct err *e);
int musicshow_json(const struct judging *j, struct err *e);

#endif
