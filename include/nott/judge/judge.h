/* A judge who learns to tell two sets of tunes apart, and says how well.
 *
 * Learners are trained on nine tenths of both sets (10 folds, drawn by a fixed
 * seed, each with its share of both) and score the tunes of the last tenth. AUC
 * is the probability that a tune of the first set has a higher score than one
 * of the second: 0.5 cannot tell, 1 always can. Its interval holds 95 % of the
 * AUCs of 1000 sets drawn with replacement from the tunes that were scored.
 * Traits that half of a set says nothing of are not looked at, so that what a
 * set lacks (chords, say) is not what gives it away.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_JUDGE_H
#define NOTT_JUDGE_H

#include "nott/base/err.h"
#include "nott/judge/traits.h"

#define JUDGE_LEAST 20 /* tunes of a set */

enum { JUDGE_LOGISTIC, JUDGE_STUMPS, JUDGE_LEARNERS };

extern const char *const judge_keys[JUDGE_LEARNERS];  /* for programs */
extern const char *const judge_names[JUDGE_LEARNERS]; /* for people */

struct judge_auc {
    double auc, low, high;
};

struct judge_trait {
    size_t trait;
    double auc;     /* by this trait alone: above 0.5 the first set has more */
    double mean[2]; /* of either set */
};

struct judge_verdict {
    struct judge_auc by[JUDGE_LEARNERS];
    struct judge_trait *traits; /* owned; what gives away most is first */
    size_t count;
};

/* ERR_MEM; ERR_FORMAT when a set has less than JUDGE_LEAST tunes. */
int judge_sets(const struct traits *a, const struct traits *b,
               struct judge_verdict *out, struct err *e);
void judge_free(struct judge_verdict *v); /* leaves it zeroed */

/* AUC of n scores, and its interval; y[i] = 1 for those of the first set. NaN
 * when a kind is not there. ERR_MEM. */
int judge_score(const double *score, const unsigned char *y, size_t n,
                struct judge_auc *out, struct err *e);

#endif
