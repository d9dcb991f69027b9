/* How alike two sets of tunes are, feature by feature.
 *
 * Yang & Lerch 2020, "On the evaluation of generative models in music": of
 * every tune some features, of every two tunes the Euclidean distance between
 * their values. The distances within the target set and those from the other
 * set to the target set are smoothed to two densities; compared are
 *   area = sum of min(p, q), 1 when they are the same,
 *   KLD  = sum of p ln(p / q), 0 when they are the same,
 * p within the target, q between the sets. Unlike in the authors' program both
 * densities are on one grid, which leaves room for their tails, and sum to 1
 * there; q is at least 1e-12; and both have the same Gaussian kernel, the wider
 * of Scott's two (n^(-1/5) standard deviations): else whole numbers, such as
 * distinct pitches, would seem to differ only because one list is longer.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_OVERLAP_H
#define NOTT_OVERLAP_H

#include <stddef.h>

#include "nott/base/err.h"
#include "nott/data/surface.h"

#define OVERLAP_GRID  1000 /* points */
#define OVERLAP_TUNES 1000 /* of a larger set so many, evenly spread */

enum feature {
    FEATURE_PITCHES,
    FEATURE_RANGE,
    FEATURE_PITCH_CLASSES,
    FEATURE_PITCH_CLASS_STEPS,
    FEATURE_INTERVAL,
    FEATURE_ONSETS_PER_BAR,
    FEATURE_TIME_BETWEEN,
    FEATURE_LENGTHS,
    FEATURE_LENGTH_STEPS,
    FEATURE_CHORD_ROOTS,
    FEATURE_CHANGES_PER_BAR,
    FEATURE_CHORD_TONES,
    FEATURE_SAME_BOTH_8,
    FEATURES
};

struct feature_info {
    const char *key, *text;
    size_t width; /* numbers in a value */
};

extern const struct feature_info feature_list[FEATURES];

/* The values of a set; a tune that has no value of a feature is not in its
 * list. */
struct tune_features {
    double *value[FEATURES]; /* owned: [count, width] */
    size_t count[FEATURES];  /* tunes */
};

int overlap_features_init(struct tune_features *f, const struct surface_set *s,
                          struct err *e);            /* ERR_MEM */
void overlap_features_free(struct tune_features *f); /* leaves it zeroed */

struct overlap {
    double area, kld;
    double spread; /* mean distance within the set / within the target */
};

/* `set` against `target`, feature by feature; NaN where a set has too few tunes
 * (the target needs two). ERR_MEM. */
int overlap_sets(const struct tune_features *set,
                 const struct tune_features *target,
                 struct overlap out[FEATURES], struct err *e);

/* Area and KLD of two lists of numbers, p and q; NaN when one is empty. When
 * each holds one value only they are the same or have nothing in common.
 * The spread is left NaN. */
struct overlap overlap_lists(const double *p, size_t np, const double *q,
                             size_t nq);

#endif
