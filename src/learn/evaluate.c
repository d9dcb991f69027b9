/* Scoring: see evaluate.h. SPDX-License-Identifier: MIT */
#include "nott/learn/evaluate.h"

#include <math.h>
#include <string.h>

#include "nott/base/num.h"

int evaluate_model(const struct model *m, struct workers *c, struct batch *b,
                   int told, int (*stop)(void *user), void *user,
                   struct tally *t, struct err *e) {
    memset(t, 0, sizeof *t);
    workers_clear(c, m);
    batch_begin(b, told);
    while (batch_next(b)) {
        workers_run(c, m, &b->window, NULL);
        workers_tally(c, b, t);
        if (stop && stop(user))
            return err_set(e, ERR_STOP, "stopped");
    }
    return isfinite(tally_nats(t))
               ? 0
               : err_set(e, ERR_NUM, "%s: the loss is not finite",
                         split_names[b->data->split[b->order[0]]]);
}

/* ---- predictors that are no network ---- */

static int class_count(const struct dataset *d, enum model_output k) {
    return k == OUT_MELODY ? d->vocabulary.melody_count
                           : d->vocabulary.chord_count;
}

static int likeliest(const double *p, int K) {
    int best = 0;
    for (int c = 1; c < K; c++)
        if (p[c] > p[best])
            best = c;
    return best;
}

static void score_tune(const struct predictor *by, const struct dataset *d,
                       size_t s, struct tally *out) {
    const uint8_t *melody = d->melody + d->offset[s];
    const uint8_t *chord = dataset_chords(d, s);
    size_t steps = (size_t)(d->offset[s + 1] - d->offset[s]);
    for (size_t t = 1; t < steps; t++)
        for (int i = 0; i < OUTPUTS; i++) {
            enum model_output k = (enum model_output)i;
            const uint8_t *voice = k == OUT_MELODY ? melody : chord;
            double p[256];
            if (!voice)
                continue;
            by->predict(by->self, k, melody, chord, t, p);
            tally_add(out, k, voice[t], likeliest(p, class_count(d, k)),
                      -num_log(p[voice[t]]), tally_goes_on(d, k, voice[t - 1]));
        }
}

void evaluate_predictor(const struct predictor *by, const struct dataset *d,
                        enum split split, struct tally *t) {
    memset(t, 0, sizeof *t);
    for (size_t s = 0; s < d->tunes; s++)
        if (d->split[s] == split)
            score_tune(by, d, s, t);
}

static void predict_previous(const void *self, enum model_output k,
                             const uint8_t *melody, const uint8_t *chord,
                             size_t t, double *p) {
    const struct dataset *d = self;
    const uint8_t *voice = k == OUT_MELODY ? melody : chord;
    memset(p, 0, (size_t)class_count(d, k) * sizeof *p);
    p[tally_goes_on(d, k, voice[t - 1])] = 1;
}

void evaluate_previous(const struct dataset *d, enum split split,
                       struct tally *t) {
    struct predictor by = {predict_previous, d};
    evaluate_predictor(&by, d, split, t);
}

struct shares {
    double p[OUTPUTS][256];
    int classes[OUTPUTS];
};

static void predict_shares(const void *self, enum model_output k,
                           const uint8_t *melody, const uint8_t *chord,
                           size_t t, double *p) {
    const struct shares *s = self;
    (void)melody;
    (void)chord;
    (void)t;
    memcpy(p, s->p[k], (size_t)s->classes[k] * sizeof *p);
}

void evaluate_unigram(const struct dataset *d, enum split split,
                      struct tally *t) {
    struct shares all = {.classes = {[OUT_MELODY] = class_count(d, OUT_MELODY),
                                     [OUT_CHORD] = class_count(d, OUT_CHORD)}};
    for (size_t s = 0; s < d->tunes; s++)
        for (int64_t i = d->offset[s];
             d->split[s] == SPLIT_TRAIN && i < d->offset[s + 1]; i++) {
            all.p[OUT_MELODY][d->melody[i]] += 1;
            all.p[OUT_CHORD][d->chord[i]] += d->has_chords[s];
        }
    for (int k = 0; k < OUTPUTS; k++) {
        double sum = 0;
        for (int c = 0; c < all.classes[k]; c++) {
            all.p[k][c] += all.p[k][c] == 0; /* nothing is impossible */
            sum += all.p[k][c];
        }
        for (int c = 0; c < all.classes[k]; c++)
            all.p[k][c] /= sum;
    }
    struct predictor by = {predict_shares, &all};
    evaluate_predictor(&by, d, split, t);
}
