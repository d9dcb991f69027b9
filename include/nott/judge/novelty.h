/* How much of a tune has been in the training tunes already, in any key.
 *
 * Two stretches of steps are the same when the intervals between the notes and
 * the places where notes and rests begin are the same. (The interval after a
 * rest counts from the last note before it, also if that is outside.) The
 * longest common stretches are found exactly, by a suffix automaton of the
 * training tunes: Blumer et al. 1985. The nearest tune is the one training tune
 * that has most of the tune's runs of twelve notes, compared by interval and
 * time between the notes. Chords are not looked at.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_NOVELTY_H
#define NOTT_NOVELTY_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"
#include "nott/data/surface.h"

#define NOVELTY_NOTES   12 /* of a run of notes */
#define NOVELTY_WINDOWS 3
#define NOVELTY_NONE    SIZE_MAX

extern const int novelty_windows[NOVELTY_WINDOWS]; /* in steps: 16, 32, 64 */

/* What is known of the training tunes. */
struct novelty_index {
    const struct surface_set *train; /* borrowed until novelty_index_free */
    size_t *offset; /* owned, as all below: [tunes + 1], steps */
    struct novelty_state *states;
    struct novelty_edge *edges;
    size_t state_count, edge_count;
    uint32_t *notes; /* interval and time to the next note, tune by tune */
    struct novelty_gram *grams; /* ascending */
    size_t gram_count;
};

struct novelty {
    size_t run;      /* longest stretch found, in steps; 0 = none */
    size_t run_tune; /* training tune it is in, NOVELTY_NONE = none */
    /* Share of the tune's stretches of that many steps that are found; NaN when
     * it is shorter. */
    double windows[NOVELTY_WINDOWS];
    size_t nearest; /* training tune, NOVELTY_NONE when no run is shared */
    double share;   /* of the runs of notes that it has; NaN without any */
};

/* ERR_MEM; ERR_FORMAT when there is no training tune, or more than fits. */
int novelty_index_init(struct novelty_index *x, const struct surface_set *train,
                       struct err *e);
void novelty_index_free(struct novelty_index *x); /* leaves it zeroed */

/* ERR_MEM. */
int novelty_find(const struct novelty_index *x, const struct surface *t,
                 struct novelty *out, struct err *e);

#endif
