/* Scores: see tally.h. SPDX-License-Identifier: MIT */
#include "nott/learn/tally.h"

#include <math.h>

#include "nott/base/num.h"

static void score_add(struct sums *s, int is_correct, double nats) {
    s->steps += 1;
    s->nats += nats;
    s->p_target += num_exp(-nats);
    s->correct += is_correct;
}

void tally_add(struct tally *t, enum model_output k, int target, int best,
               double nats, int same) {
    score_add(&t->all[k], best == target, nats);
    if (target != same)
        score_add(&t->change[k], best == target, nats);
}

int tally_goes_on(const struct dataset *d, enum model_output k, int before) {
    return k == OUT_MELODY ? dataset_melody_goes_on(d, before) : before;
}

double tally_mean(const struct sums *s, double sum) {
    return s->steps > 0 ? sum / s->steps : NAN;
}

double tally_total(const double of[OUTPUTS]) {
    double sum = NAN;
    for (int k = 0; k < OUTPUTS; k++)
        if (!isnan(of[k]))
            sum = isnan(sum) ? of[k] : sum + of[k];
    return sum;
}

double tally_nats(const struct tally *t) {
    double sum = 0;
    for (int k = 0; k < OUTPUTS; k++)
        if (t->all[k].steps > 0)
            sum += t->all[k].nats / t->all[k].steps;
    return sum;
}
