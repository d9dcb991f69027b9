/* A model that knows of forms, and tunes begun with it: what the tests of
 * composing in lanes share. It has learnt nothing: its weights are random.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_COMPOSED_H
#define NOTT_COMPOSED_H

#include "handmade.h"
#include "nott/compose/plan.h"

static const char *const composed_tunes[] = {
    HAND_A1 HAND_A3 HAND_B HAND_B,      HAND_C HAND_C HAND_A1 HAND_A2,
    HAND_B HAND_A2 HAND_B HAND_C,       HAND_A1 HAND_A1,
    "C-D-E-F-G---G---C-D-E-F-C---C---",
};
#define COMPOSED_TUNES (sizeof composed_tunes / sizeof *composed_tunes)

static inline void composed_add(struct dataset *d, size_t s) {
    struct tune t;
    char name[32];
    int64_t at = d->offset[s];
    hand_tune(&t, &d->vocabulary, 0, composed_tunes[s], "C G C G F C G C");
    memcpy(d->melody + at, t.melody, t.steps);
    memcpy(d->chord + at, t.chord, t.steps);
    d->offset[s + 1] = at + (int64_t)t.steps;
    d->split[s] = SPLIT_TRAIN;
    d->meter[2 * s] = 2;
    d->meter[2 * s + 1] = 4;
    d->bar[s] = HAND_BAR;
    d->key[s] = 0;
    snprintf(name, sizeof name, "tune %zu", s);
    d->names[s] = strdup(name);
    tune_free(&t);
}

/* Training tunes in 2/4 in C. The caller frees with dataset_free. */
static inline void composed_dataset(struct dataset *d) {
    size_t steps = 0;
    for (size_t s = 0; s < COMPOSED_TUNES; s++)
        steps += strlen(composed_tunes[s]);
    assert_ok(dataset_init(d, COMPOSED_TUNES, steps, e));
    toy_vocabulary(&d->vocabulary, ENCODING_ATTACK);
    d->steps_per_quarter = 4;
    memset(d->source_sha256, 'a', 64);
    for (size_t s = 0; s < COMPOSED_TUNES; s++)
        composed_add(d, s);
}

/* A model of random weights for such tunes, with so many chord classes. */
static inline void composed_model(struct checkpoint *m, int chords,
                                  double range) {
    struct dataset d;
    struct features on = toy_features();
    struct model_config c = {.cell = CELL_LSTM,
                             .heads = HEADS_FACTORED,
                             .layers = 2,
                             .hidden = 10,
                             .project = 6};
    on.form = on.intervals = on.ahead = 1;
    composed_dataset(&d);
    for (size_t k = 0; k < d.steps; k++)
        d.chord[k] = (uint8_t)(d.chord[k] % chords);
    d.vocabulary.chord_count = chords;
    assert_ok(toy_model(m, &d, &c, &on, e));
    model_randomize(&m->model, 5, range, 1);
    model_refresh(&m->model, 0, &team_alone);
    dataset_free(&d);
}

/* Drawn at a temperature of 1, in so many lanes. */
static inline struct sampling composed_how(int lanes) {
    return (struct sampling){.temperature = 1,
                             .copy_temperature = 1,
                             .lanes = lanes,
                             .best_of = 1,
                             .critic = 1,
                             .cadence = 1};
}

/* A tune of so many bars and its form, still to be played; the caller frees it
 * with tune_free. */
struct composed {
    struct tune tune;
    struct form form;
    struct sampled made;
};

static inline void composed_begin(struct composed *x,
                                  const struct checkpoint *m, int bars,
                                  uint64_t seed) {
    const struct plan p = {
        .bars = bars, .key = TUNE_KEY_UNKNOWN, .performance = {.tempo = 90}};
    x->made = (struct sampled){.tune = &x->tune, .form = &x->form};
    rng_seed(&x->made.rng, seed, 0);
    assert_ok(
        plan_tune(&x->tune, m, &p, &x->made.rng, &x->made.from, &x->form, e));
    assert_int_equal(x->form.bars, bars);
}

static inline void composed_play(struct composed *x, const struct checkpoint *m,
                                 const struct sampling *how, int bars,
                                 uint64_t seed) {
    composed_begin(x, m, bars, seed);
    assert_ok(sample_tunes(m, &x->made, 1, how, e));
}

static inline int composed_same(const struct tune *a, const struct tune *b) {
    return a->steps == b->steps && !memcmp(a->melody, b->melody, a->steps) &&
           !memcmp(a->chord, b->chord, a->steps);
}

/* Products with the same bits, however many tunes there are: a BLAS may add in
 * any order. */
static inline void composed_exact(void) {
    if (mat_use(MAT_KERNEL, NULL))
        mat_use(MAT_PLAIN, NULL);
}

#endif
