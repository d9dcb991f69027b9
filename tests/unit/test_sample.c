/* Composing: the choices have the model's probabilities, and what is given
 * stays. SPDX-License-Identifier: MIT */
#include "nott/compose/sample.h"
#include "nott/music/decode.h"

#include "composed.h"
#include "nott/learn/evaluate.h"
#include "nott/music/midi.h"
#include "nott/nn/heads.h"

/* Both voices at a temperature. */
#define NO_LIMIT .melody_repeat_max = 100000, .chord_repeat_max = 100000
#define AT(heat) .temperature = (heat), .copy_temperature = 1

/* ---- a model that is a table ---- */

enum { CHORDS = 3, MELODIES = 4, STEPS = 2001 };

static const double p_chord[CHORDS] = {0.5, 0.2, 0.3};
static const double p_melody[CHORDS][MELODIES] = {/* knowing the chord */
                                                  {0.1, 0.2, 0.3, 0.4},
                                                  {0.7, 0.1, 0.1, 0.1},
                                                  {0.05, 0.45, 0.05, 0.45}};

/* Chord k turns on unit k of the melody's head; what was before is nothing. */
static void table_model(struct checkpoint *t, enum model_heads heads) {
    static const char *const names[] = {"N.C.", "C", "G"};
    static const struct toy_tune list[] = {{9, SPLIT_TRAIN}};
    struct dataset d;
    struct model_config c = {.cell = CELL_GRU,
                             .heads = heads,
                             .layers = 1,
                             .hidden = 2,
                             .project = heads == HEADS_FACTORED ? CHORDS : 0};
    toy_dataset(&d, ENCODING_ATTACK, list, 1, 1);
    d.vocabulary.melody_count = MELODIES;
    toy_chords(&d.vocabulary, names, CHORDS);
    const struct features none = {0};
    assert_ok(toy_model(t, &d, &c, &none, e));
    dataset_free(&d);
    struct model *m = &t->model;
    for (size_t k = 0; k < CHORDS; k++)
        m->weights[m->bias[OUT_CHORD] + k] = (real)log(p_chord[k]);
    if (heads == HEADS_INDEPENDENT) { /* p_melody[0] over any chord */
        for (size_t k = 0; k < MELODIES; k++)
            m->weights[m->bias[OUT_MELODY] + k] = (real)log(p_melody[0][k]);
        return;
    }
    for (size_t c0 = 0; c0 < CHORDS; c0++) {
        m->weights[m->project_chord + c0 * CHORDS + c0] = 40; /* tanh is 1 */
        for (size_t k = 0; k < MELODIES; k++)
            m->weights[m->weight[OUT_MELODY].offset + c0 * MELODIES + k] =
                (real)log(p_melody[c0][k]);
    }
    model_refresh(m, 0, &team_alone);
}

static void new_tune(struct tune *t, size_t steps) {
    assert_ok(tune_init(t, steps, e));
    t->frame = (struct tune_frame){
        .steps_per_quarter = 4,
        .header = {.bar = 16, .beats = 4, .unit = 4, .key = -1}};
}

static double play(const struct checkpoint *m, struct tune *t,
                   const struct sampling *how, uint64_t seed) {
    struct rng r;
    double nats = -1;
    rng_seed(&r, seed, 0);
    assert_ok(sample_tune(m, t, 1, how, &r, &nats, e));
    return nats;
}

/* `hits` of n draws of probability p, within five standard deviations. */
static void check_share(double correct, double n, double p) {
    assert_near_value(correct, n * p, 5 * sqrt(n * p * (1 - p)) + 1e-9, 0);
}

static double count_pairs(const struct tune *t, int melody, int chord) {
    double n = 0;
    for (size_t k = 1; k < t->steps; k++)
        n += (melody < 0 || t->melody[k] == melody) &&
             (chord < 0 || t->chord[k] == chord);
    return n;
}

static void test_both_drawn(void **state) {
    (void)state;
    struct checkpoint m;
    struct tune t;
    struct sampling how = {AT(1)};
    table_model(&m, HEADS_FACTORED);
    new_tune(&t, STEPS);
    double nats = play(&m, &t, &how, 1), wanted = 0;
    for (int c = 0; c < CHORDS; c++)
        for (int k = 0; k < MELODIES; k++)
            check_share(count_pairs(&t, k, c), STEPS - 1,
                        p_chord[c] * p_melody[c][k]);
    for (size_t k = 1; k < t.steps; k++)
        wanted -= log(p_chord[t.chord[k]] * p_melody[t.chord[k]][t.melody[k]]);
    assert_near_value(nats, wanted / (STEPS - 1), 1e-5, 0);
    tune_free(&t);
    checkpoint_free(&m);
}

/* p[n] as it is bent: p^sharpness, the unlikely ones gone, made to sum to 1. */
static void bend(const double *p, int n, const struct softmax_params *params,
                 double *out) {
    double most = 0, sum = 0;
    for (int k = 0; k < n; k++) {
        out[k] = pow(p[k], (double)params->sharpness);
        most = fmax(most, out[k]);
    }
    for (int k = 0; k < n; k++) {
        out[k] = out[k] < (double)params->min_p * most ? 0 : out[k];
        sum += out[k];
    }
    for (int k = 0; k < n; k++)
        out[k] /= sum;
}

/* Settings under which the voices are bent so; min_p is that of both. */
static struct sampling bent_by(struct softmax_params chords,
                               struct softmax_params melodies) {
    return (struct sampling){.temperature = 1 / (double)melodies.sharpness,
                             .chord_temperature = 1 / (double)chords.sharpness,
                             .copy_temperature = 1,
                             .min_p = (double)chords.min_p};
}

/* Each voice by its own parameters; the surprise is that of what was so bent.
 */
static void check_bent(struct softmax_params chords,
                       struct softmax_params melodies) {
    struct checkpoint m;
    struct tune t;
    struct sampling how = bent_by(chords, melodies);
    double chord[CHORDS], melody[MELODIES], wanted = 0;
    table_model(&m, HEADS_INDEPENDENT);
    new_tune(&t, STEPS);
    double nats = play(&m, &t, &how, 2);
    bend(p_chord, CHORDS, &chords, chord);
    bend(p_melody[0], MELODIES, &melodies, melody);
    for (int c = 0; c < CHORDS; c++)
        for (int k = 0; k < MELODIES; k++)
            check_share(count_pairs(&t, k, c), STEPS - 1, chord[c] * melody[k]);
    for (size_t k = 1; k < t.steps; k++)
        wanted -= log(chord[t.chord[k]] * melody[t.melody[k]]);
    assert_near_value(nats, wanted / (STEPS - 1), 1e-5, 0);
    tune_free(&t);
    checkpoint_free(&m);
}

static void test_temperature(void **state) {
    (void)state;
    check_bent((struct softmax_params){2, 0, 0},
               (struct softmax_params){2, 0, 0});
    check_bent((struct softmax_params){(real)0.5, 0, 0},
               (struct softmax_params){(real)0.5, 0, 0});
    check_bent((struct softmax_params){3, 0, 0},
               (struct softmax_params){(real)0.3, 0, 0});
}

/* What is unlikely is never drawn: of 0.5 0.2 0.3 and 0.1 0.2 0.3 0.4. */
static void test_min_p(void **state) {
    (void)state;
    check_bent((struct softmax_params){1, (real)0.45, 0},
               (struct softmax_params){1, (real)0.45, 0});
    check_bent((struct softmax_params){1, (real)0.3, 0},
               (struct softmax_params){1, (real)0.3, 0});
    check_bent((struct softmax_params){2, (real)0.6, 0},
               (struct softmax_params){(real)0.5, (real)0.6, 0});
    check_bent((struct softmax_params){1, 1, 0},
               (struct softmax_params){1, 1, 0});
}

static void test_given_chords(void **state) {
    (void)state;
    struct checkpoint m;
    struct tune t;
    struct sampling how = {AT(1), .chord_given = 1};
    uint8_t given[STEPS];
    double wanted = 0;
    table_model(&m, HEADS_FACTORED);
    new_tune(&t, STEPS);
    for (size_t k = 0; k < STEPS; k++)
        t.chord[k] = given[k] = (uint8_t)(k / 7 % CHORDS);
    double nats = play(&m, &t, &how, 3);
    assert_memory_equal(t.chord, given, STEPS);
    for (int c = 0; c < CHORDS; c++)
        for (int k = 0; k < MELODIES; k++)
            check_share(count_pairs(&t, k, c), count_pairs(&t, -1, c),
                        p_melody[c][k]);
    for (size_t k = 1; k < t.steps; k++)
        wanted -= log(p_melody[t.chord[k]][t.melody[k]]);
    assert_near_value(nats, wanted / (STEPS - 1), 1e-5, 0);
    tune_free(&t);
    checkpoint_free(&m);
}

static double bayes(int c, int melody) {
    double sum = 0;
    for (int k = 0; k < CHORDS; k++)
        sum += p_chord[k] * p_melody[k][melody];
    return p_chord[c] * p_melody[c][melody] / sum;
}

static void given_melody(enum model_heads heads) {
    struct checkpoint m;
    struct tune t;
    struct sampling how = {AT(1), .melody_given = 1};
    uint8_t given[STEPS];
    double wanted = 0;
    table_model(&m, heads);
    new_tune(&t, STEPS);
    for (size_t k = 0; k < STEPS; k++)
        t.melody[k] = given[k] = (uint8_t)(k % MELODIES);
    double nats = play(&m, &t, &how, 4);
    assert_memory_equal(t.melody, given, STEPS);
    for (int c = 0; c < CHORDS; c++)
        for (int k = 0; k < MELODIES; k++)
            check_share(count_pairs(&t, k, c), count_pairs(&t, k, -1),
                        heads == HEADS_FACTORED ? bayes(c, k) : p_chord[c]);
    for (size_t k = 1; k < t.steps; k++)
        wanted -= log(heads == HEADS_FACTORED ? bayes(t.chord[k], t.melody[k])
                                              : p_chord[t.chord[k]]);
    assert_near_value(nats, wanted / (STEPS - 1), 1e-5, 0);
    tune_free(&t);
    checkpoint_free(&m);
}

static void test_given_melody(void **state) {
    (void)state;
    given_melody(HEADS_FACTORED);
    given_melody(HEADS_INDEPENDENT);
}

/* The chord is asked how likely the note is, not whether one would play it: a
 * parameters that would never choose it leaves Bayes' rule alone. */
static void test_given_against_bending(void **state) {
    (void)state;
    struct checkpoint m;
    struct tune t;
    struct sampling how = {.temperature = 1 / 9.0,
                           .chord_temperature = 1,
                           .copy_temperature = 1,
                           .melody_given = 1};
    table_model(&m, HEADS_FACTORED);
    new_tune(&t, STEPS);
    memset(t.melody, 2, STEPS); /* the likeliest under no chord */
    double nats = play(&m, &t, &how, 4), wanted = 0;
    for (int c = 0; c < CHORDS; c++)
        check_share(count_pairs(&t, 2, c), STEPS - 1, bayes(c, 2));
    for (size_t k = 1; k < t.steps; k++)
        wanted -= log(bayes(t.chord[k], 2));
    assert_near_value(nats, wanted / (STEPS - 1), 1e-5, 0);
    tune_free(&t);
    checkpoint_free(&m);
}

/* A note that is impossible under every chord says nothing about the chord,
 * and one that is under some says which it is not. */
static void test_given_impossible(void **state) {
    (void)state;
    for (size_t possible = 0; possible < 2; possible++) {
        struct checkpoint m;
        struct tune t;
        struct sampling how = {AT(1), .melody_given = 1};
        table_model(&m, HEADS_FACTORED);
        for (size_t c = possible; c < CHORDS; c++)
            m.model
                .weights[m.model.weight[OUT_MELODY].offset + c * MELODIES + 1] =
                -10000;
        model_refresh(&m.model, 0, &team_alone);
        new_tune(&t, STEPS);
        memset(t.melody, 1, STEPS);
        double nats = play(&m, &t, &how, 4);
        assert_true(isfinite(nats));
        for (int c = 0; c < CHORDS; c++)
            check_share(count_pairs(&t, 1, c), STEPS - 1,
                        possible ? c == 0 : p_chord[c]);
        tune_free(&t);
        checkpoint_free(&m);
    }
}

/* The likeliest chord, then the likeliest melody over it. */
static void test_argmax(void **state) {
    (void)state;
    struct checkpoint m;
    struct tune t;
    struct sampling how = {AT(1), NO_LIMIT, .method = SAMPLING_ARGMAX};
    table_model(&m, HEADS_FACTORED);
    new_tune(&t, 50);
    double nats = play(&m, &t, &how, 5);
    assert_true(count_pairs(&t, 3, 0) == 49);
    assert_near_value(nats, -log(0.5 * 0.4), 1e-5, 0);
    how.melody_given = 1; /* melody 0 speaks for chord 1: 0.14 of 0.205 */
    memset(t.melody, 0, 50);
    play(&m, &t, &how, 5);
    assert_true(count_pairs(&t, 0, 1) == 49);
    tune_free(&t);
    checkpoint_free(&m);
}

/* Steps before `from` stay, and only chosen steps are surprises. */
static void test_from(void **state) {
    (void)state;
    struct checkpoint m;
    struct tune t;
    struct rng r;
    double nats;
    struct sampling how = {AT(1), .method = SAMPLING_ARGMAX};
    table_model(&m, HEADS_FACTORED);
    new_tune(&t, 40);
    memset(t.melody, 1, 40);
    memset(t.chord, 2, 40);
    rng_seed(&r, 1, 1);
    assert_ok(sample_tune(&m, &t, 30, &how, &r, &nats, e));
    for (size_t k = 0; k < 40; k++) {
        assert_int_equal(t.melody[k], k < 30 ? 1 : 3);
        assert_int_equal(t.chord[k], k < 30 ? 2 : 0);
    }
    assert_near_value(nats, -log(0.5 * 0.4), 1e-5, 0);
    how.melody_given = how.chord_given = 1;
    assert_ok(sample_tune(&m, &t, 1, &how, &r, &nats, e));
    assert_true(nats == 0);
    tune_free(&t);
    checkpoint_free(&m);
}

/* A tune without chords: the melody is drawn as if none were known, and no
 * chord is. */
static void test_melody_alone(void **state) {
    (void)state;
    struct checkpoint m;
    struct tune t;
    struct sampling how = {AT(1)};
    table_model(&m, HEADS_FACTORED);
    for (int k = 0; k < MELODIES; k++) /* all that is left without a chord */
        m.model.weights[m.model.bias[OUT_MELODY] + (size_t)k] =
            (real)log(p_melody[1][k]);
    new_tune(&t, STEPS);
    t.has_chords = 0;
    play(&m, &t, &how, 1);
    for (int k = 0; k < MELODIES; k++)
        check_share(count_pairs(&t, k, 0), STEPS - 1, p_melody[1][k]);
    tune_free(&t);
    checkpoint_free(&m);
}

/* ---- a model with a memory ---- */

static void featured_model(struct checkpoint *t, enum encoding encoding,
                           double range, struct features on) {
    struct dataset d;
    struct model_config c = {.cell = CELL_LSTM,
                             .heads = HEADS_FACTORED,
                             .layers = 2,
                             .hidden = 12,
                             .project = 8};
    toy_dataset(&d, encoding, toy_tunes, TOY_TUNES, 2);
    assert_ok(toy_model(t, &d, &c, &on, e));
    model_randomize(&t->model, 5, range, 1);
    dataset_free(&d);
}

static void random_model(struct checkpoint *t, enum encoding encoding,
                         double range) {
    featured_model(t, encoding, range, toy_features());
}

static int same_tune(const struct tune *a, const struct tune *b) {
    return memcmp(a->melody, b->melody, a->steps) == 0 &&
           memcmp(a->chord, b->chord, a->steps) == 0;
}

static void test_seed(void **state) {
    (void)state;
    struct checkpoint m;
    struct tune a, b;
    struct sampling how = {AT(1)};
    random_model(&m, ENCODING_ATTACK, 1);
    new_tune(&a, 200);
    new_tune(&b, 200);
    double nats = play(&m, &a, &how, 6);
    assert_true(play(&m, &b, &how, 6) == nats);
    assert_true(same_tune(&a, &b));
    play(&m, &b, &how, 7);
    assert_false(same_tune(&a, &b));
    tune_free(&a);
    tune_free(&b);
    checkpoint_free(&m);
}

/* Where nothing can be copied, what is drawn at a temperature of nearly 0 is
 * the likeliest, and no surprise: also where a voice may not go on, and though
 * the likeliest of all would be the end. */
static void check_cold(struct softmax_params params, double end) {
    struct checkpoint m;
    struct tune a, b;
    struct sampling cold = bent_by(params, params);
    struct sampling argmax = {AT(1), .method = SAMPLING_ARGMAX};
    struct features on = toy_features();
    on.copy = 0;
    featured_model(&m, ENCODING_CLASSIC, 1, on);
    m.model.weights[m.model.bias[OUT_CHORD] + (size_t)m.context.end] +=
        (real)end;
    new_tune(&a, 100);
    new_tune(&b, 100);
    cold.melody_repeat_max = argmax.melody_repeat_max = 3;
    cold.chord_repeat_max = argmax.chord_repeat_max = 5;
    assert_near_value(play(&m, &a, &cold, 8), 0, 1e-3, 0);
    assert_true(play(&m, &b, &argmax, 9) > 0.1);
    assert_true(same_tune(&a, &b));
    tune_free(&a);
    tune_free(&b);
    checkpoint_free(&m);
}

static void test_cold(void **state) {
    (void)state;
    for (int end = 0; end <= 20; end += 20) {
        check_cold((struct softmax_params){(real)1e5, 0, 0}, end);
        check_cold((struct softmax_params){1, 1, 0}, end);
    }
}

/* ---- against the scorer ---- */

/* What a tune costs when it is played to the model step by step. */
struct forced {
    double nats;   /* of the steps from 1 on, both voices */
    double open;   /* what the chords cost less when the end is ruled out */
    double ending; /* the end after the last step */
};

/* Class by class: row[] of one voice at the step after t. */
static void forced_row(const struct checkpoint *m, struct workspace *w,
                       const struct context_state *state,
                       const struct tune_view *v, size_t t, enum model_output k,
                       int chord, real *row) {
    int16_t copy[MODEL_MAX_COPIES];
    context_copies(&m->context, state, v, k == OUT_CHORD ? v->chord : v->melody,
                   t, copy);
    int16_t over = (int16_t)chord;
    uint8_t key = (uint8_t)(1 + v->header.key);
    uint8_t anchor =
        (uint8_t)context_anchor(&m->context, state, v, k == OUT_MELODY, t);
    struct heads_given given = {&over, copy, &key, &anchor};
    heads_log_p(&m->model, w, 0, 1, k, &given, NULL, row);
}

static void force(const struct checkpoint *m, const struct tune *t,
                  size_t length_told, const struct form *form,
                  struct forced *f) {
    struct workspace w;
    struct context_state state;
    struct tune_view v = {.melody = t->melody,
                          .chord = t->chord,
                          .header = {.bar = t->frame.header.bar,
                                     .phase = t->frame.header.phase,
                                     .beats = t->frame.header.beats,
                                     .unit = t->frame.header.unit,
                                     .key = t->frame.header.key},
                          .steps = length_told,
                          .form = form};
    int end = m->context.end;
    *f = (struct forced){0};
    assert_ok(workspace_init(&w, &m->model, 1, 1, 0, 1, e));
    for (size_t k = 0; k < t->steps; k++) {
        uint16_t rows[MODEL_MAX_ACTIVE];
        real row[SOFTMAX_CLASSES];
        context_input(&m->context, &state, &v, k, rows);
        model_step(&m->model, &w, rows);
        forced_row(m, &w, &state, &v, k, OUT_CHORD, -1, row);
        f->ending = -(double)row[end];
        if (k + 1 == t->steps)
            break;
        f->nats -= (double)row[t->chord[k + 1]];
        f->open -= log1p(-exp((double)row[end]));
        forced_row(m, &w, &state, &v, k, OUT_MELODY, t->chord[k + 1], row);
        f->nats -= (double)row[t->melody[k + 1]];
    }
    workspace_free(&w);
}

static double play_one(const struct checkpoint *m, struct tune *t, int may_end,
                       uint64_t seed) {
    struct sampling how = {AT(1)};
    struct sampled one = {.tune = t, .from = 1, .may_end = may_end};
    rng_seed(&one.rng, seed, 0);
    assert_ok(sample_tunes(m, &one, 1, &how, e));
    return one.nats;
}

/* The nats that evaluate finds a step, the end aside. */
static double evaluated(const struct checkpoint *m, const struct dataset *signs,
                        const struct tune *t, int lengths_known) {
    struct dataset d = *signs;
    int64_t offset[2] = {0, (int64_t)t->steps};
    struct workers workers;
    struct batch b;
    struct tally tally;
    d.melody = t->melody;
    d.chord = t->chord;
    d.offset = offset;
    assert_ok(workers_init(&workers, &m->model, 1, 50, 1, 0, e));
    assert_ok(batch_init(&b, &d, &m->context, SPLIT_TEST, 1, 50, e));
    assert_ok(evaluate_model(&m->model, &workers, &b, lengths_known, NULL, NULL,
                             &tally, e));
    batch_free(&b);
    workers_free(&workers);
    return tally_nats(&tally);
}

#define SAME_NATS IN_DOUBLE_OR_FLOAT(1e-11, 2e-5)

/* The surprise of a melody alone is what the scorer says of it, too: chords are
 * as unknown here as there. */
static void test_fed_back_alone(void **state) {
    (void)state;
    static const struct toy_tune list[] = {{250, SPLIT_TEST}};
    struct checkpoint m;
    struct dataset d;
    struct tune t;
    random_model(&m, ENCODING_ATTACK, 1);
    toy_dataset(&d, ENCODING_ATTACK, list, 1, 3);
    toy_hide_chords(&d, 0);
    assert_ok(dataset_tune(&d, 0, &t, e));
    double nats = play_one(&m, &t, 0, 10);
    assert_near_value(nats, evaluated(&m, &d, &t, 1), 0, SAME_NATS);
    tune_free(&t);
    dataset_free(&d);
    checkpoint_free(&m);
}

/* The surprise of a tune is what the scorer says of it: every step is fed back
 * with all that the network is told. A tune that must not end is told its
 * length, and its chords are drawn from what is left without the end; one that
 * may is told nothing, and pays for its end. */
static void fed_back(const struct checkpoint *m, const struct dataset *d,
                     int may_end, uint64_t seed, int *ended) {
    struct tune t;
    struct forced f;
    assert_ok(dataset_tune(d, 0, &t, e));
    size_t wanted = t.steps;
    double nats = play_one(m, &t, may_end, seed), n = (double)t.steps - 1;
    force(m, &t, may_end ? 0 : wanted, NULL, &f);
    assert_near_value(evaluated(m, d, &t, !may_end), f.nats / n, 0, SAME_NATS);
    *ended += t.steps < wanted;
    if (!may_end) {
        assert_int_equal(t.steps, wanted);
        f.nats -= f.open;
    } else if (t.steps < wanted) {
        f.nats += f.ending;
    }
    assert_near_value(nats, f.nats / n, 0, SAME_NATS);
    tune_free(&t);
}

/* A form that was drawn is told from the first step to the last, and distances
 * from the notes before count. */
static void test_fed_back_form(void **state) {
    (void)state;
    struct checkpoint m;
    composed_model(&m, 6, 1);
    for (uint64_t seed = 0; seed < 4; seed++) {
        struct sampling how = {AT(1)};
        struct composed x;
        struct forced f, untold;
        composed_begin(&x, &m, 20, seed);
        memset(x.form.part, 0, sizeof x.form.part); /* any pitch may come */
        assert_ok(sample_tunes(&m, &x.made, 1, &how, e));
        force(&m, &x.tune, x.tune.steps, &x.form, &f);
        assert_near_value(x.made.nats,
                          (f.nats - f.open) / (double)(x.tune.steps - 1), 0,
                          SAME_NATS);
        force(&m, &x.tune, x.tune.steps, NULL, &untold);
        assert_true(fabs(untold.nats - f.nats) > 0.1);
        tune_free(&x.tune);
    }
    checkpoint_free(&m);
}

static void check_fed_back(enum encoding encoding) {
    static const struct toy_tune list[] = {{250, SPLIT_TEST}};
    struct checkpoint m;
    struct dataset d;
    int ended = 0, ended_early = 0;
    random_model(&m, encoding, 1);
    m.model.weights[m.model.bias[OUT_CHORD] + (size_t)m.context.end] -= 1;
    toy_dataset(&d, encoding, list, 1, 3);
    d.bar[0] = 12;
    d.phase[0] = 5;
    d.meter[0] = 6;
    d.meter[1] = 8;
    for (uint64_t seed = 10; seed < 16; seed++) {
        fed_back(&m, &d, 0, seed, &ended);
        fed_back(&m, &d, 1, seed, &ended_early);
    }
    assert_int_equal(ended, 0);
    assert_true(ended_early > 2);
    dataset_free(&d);
    checkpoint_free(&m);
}

static void test_fed_back(void **state) {
    (void)state;
    check_fed_back(ENCODING_ATTACK);
    check_fed_back(ENCODING_CLASSIC);
}

/* ---- ends ---- */

/* As table_model, with an end of probability p_end after every step. */
static void ending_model(struct checkpoint *t, double p_end) {
    static const struct toy_tune list[] = {{9, SPLIT_TRAIN}};
    static const char *const names[] = {"N.C.", "C", "G"};
    struct dataset d;
    struct model_config c = {
        .cell = CELL_GRU, .heads = HEADS_INDEPENDENT, .layers = 1, .hidden = 2};
    const struct features on = {.end = 1, .length = 1};
    toy_dataset(&d, ENCODING_ATTACK, list, 1, 1);
    toy_chords(&d.vocabulary, names, CHORDS);
    assert_ok(toy_model(t, &d, &c, &on, e));
    dataset_free(&d);
    real *bias = t->model.weights + t->model.bias[OUT_CHORD];
    for (size_t k = 0; k < CHORDS; k++)
        bias[k] = (real)log(p_chord[k] * (1 - p_end));
    bias[CHORDS] = (real)log(p_end);
}

/* Tunes end after each step but the first with that probability, and only those
 * that may; the chords of the others are drawn as if there were no end. */
static void test_may_end(void **state) {
    (void)state;
    enum { TUNES = 2000, LONGEST = 12 };
    const double p_end = 0.2, M = 26;
    struct checkpoint m;
    double count[LONGEST + 1] = {0}, left = TUNES;
    ending_model(&m, p_end);
    for (uint64_t seed = 0; seed < TUNES; seed++) {
        struct tune t;
        new_tune(&t, LONGEST);
        double nats = play_one(&m, &t, 1, seed), want = 0;
        assert_in_range(t.steps, 2, LONGEST);
        count[t.steps]++;
        for (size_t k = 1; k < t.steps; k++)
            want += log(M) - log(p_chord[t.chord[k]] * (1 - p_end));
        want -= t.steps < LONGEST ? log(p_end) : 0;
        want /= (double)t.steps - 1;
        assert_near_value(nats, want, 1e-5, 0);
        tune_free(&t);
    }
    for (int n = 2; n < LONGEST; n++) {
        check_share(count[n], left, p_end);
        left -= count[n];
    }
    checkpoint_free(&m);
}

static void test_never_ends(void **state) {
    (void)state;
    struct sampling how = {AT(1), NO_LIMIT};
    struct checkpoint m;
    struct tune t;
    ending_model(&m, 0.999);
    new_tune(&t, STEPS);
    double nats = play(&m, &t, &how, 1), want = 0;
    assert_int_equal(t.steps, STEPS);
    for (int c = 0; c < CHORDS; c++)
        check_share(count_pairs(&t, -1, c), STEPS - 1, p_chord[c]);
    for (size_t k = 1; k < STEPS; k++)
        want -= log(p_chord[t.chord[k]] / 26);
    assert_near_value(nats, want / (STEPS - 1), 1e-4, 0);
    how.method = SAMPLING_ARGMAX; /* not even as the likeliest class */
    play(&m, &t, &how, 1);
    assert_int_equal(t.steps, STEPS);
    assert_true(count_pairs(&t, -1, 0) == STEPS - 1);
    how.melody_given = 1;
    play(&m, &t, &how, 1);
    assert_int_equal(t.steps, STEPS);
    how.method = SAMPLING_DRAW;
    how.melody_given = 0;
    how.chord_temperature = 50; /* which makes all classes alike */
    play(&m, &t, &how, 1);
    assert_int_equal(t.steps, STEPS);
    tune_free(&t);
    checkpoint_free(&m);
}

/* Nor where parameters would have left nothing but the end: then it is asked
 * what it likes of the chords. */
static void test_never_ends_by_bending(void **state) {
    (void)state;
    static const struct softmax_params bends[] = {
        {1, (real)0.5, 0}, {1, 1, 0}, {20, (real)0.1, 0}, {2, (real)0.01, 0}};
    struct checkpoint m;
    ending_model(&m, 0.999);
    for (size_t i = 0; i < sizeof bends / sizeof *bends; i++) {
        struct tune t;
        struct sampling how = bent_by(bends[i], bends[i]);
        double p[CHORDS];
        new_tune(&t, STEPS);
        double nats = play(&m, &t, &how, 1);
        bend(p_chord, CHORDS, &bends[i], p);
        assert_int_equal(t.steps, STEPS);
        assert_true(isfinite(nats));
        for (int c = 0; c < CHORDS; c++)
            check_share(count_pairs(&t, -1, c), STEPS - 1, p[c]);
        tune_free(&t);
    }
    checkpoint_free(&m);
}

/* A tune whose chords are given does not end before them, and the likeliest
 * class may be the end. */
static void test_end_and_given(void **state) {
    (void)state;
    struct sampling how = {AT(1), .chord_given = 1};
    struct checkpoint m;
    struct tune t;
    ending_model(&m, 0.9);
    new_tune(&t, 50);
    struct sampled one = {.tune = &t, .from = 1, .may_end = 1};
    assert_ok(sample_tunes(&m, &one, 1, &how, e));
    assert_int_equal(t.steps, 50);
    how = (struct sampling){AT(1), .method = SAMPLING_ARGMAX};
    one.from = 20;
    assert_ok(sample_tunes(&m, &one, 1, &how, e));
    assert_int_equal(t.steps, 20);
    assert_near_value(one.nats, -log(0.9), 1e-5, 0);
    tune_free(&t);
    checkpoint_free(&m);
}

/* An open plan is played until the network ends it. */
static void test_open_plan(void **state) {
    (void)state;
    enum { TUNES = 60 };
    const struct plan open = {.key = -1, .performance = {.tempo = 100}};
    struct checkpoint m;
    size_t least = SIZE_MAX, most = 0;
    ending_model(&m, 0.02);
    assert_true(plan_is_open(&open, &m));
    for (uint64_t seed = 0; seed < TUNES; seed++) {
        struct tune t;
        struct sampling how = {AT(1)};
        struct sampled one = {.tune = &t, .may_end = plan_is_open(&open, &m)};
        struct form form;
        rng_seed(&one.rng, seed, 0);
        assert_ok(plan_tune(&t, &m, &open, &one.rng, &one.from, &form, e));
        size_t room = t.steps;
        assert_int_equal(room, t.frame.header.phase +
                                   PLAN_MOST_BARS * t.frame.header.bar);
        assert_ok(sample_tunes(&m, &one, 1, &how, e));
        assert_in_range(t.steps, 1, room - 1);
        least = t.steps < least ? t.steps : least;
        most = t.steps > most ? t.steps : most;
        for (size_t k = one.from; k < t.steps; k++)
            assert_true(t.chord[k] < CHORDS);
        tune_free(&t);
    }
    assert_true(least < 30 && most > 80); /* each as it comes: 50 at a mean */
    checkpoint_free(&m);
}

/* ---- side by side ---- */

enum { TOGETHER = 6 };

static void six_tunes(struct tune t[TOGETHER], struct sampled list[TOGETHER]) {
    static const size_t steps[TOGETHER] = {40, 200, 2, 120, 90, 200};
    static const int signs[TOGETHER][5] = {{16, 0, 4, 4, -1}, {12, 5, 6, 8, 7},
                                           {16, 1, 4, 4, 0},  {12, 0, 3, 4, 23},
                                           {8, 3, 2, 4, 12},  {16, 4, 4, 4, 2}};
    for (size_t i = 0; i < TOGETHER; i++) {
        new_tune(&t[i], steps[i]);
        t[i].frame.header.bar = signs[i][0];
        t[i].frame.header.phase = signs[i][1];
        t[i].frame.header.beats = signs[i][2];
        t[i].frame.header.unit = signs[i][3];
        t[i].frame.header.key = signs[i][4];
        for (size_t k = 0; k < steps[i]; k++) {
            t[i].melody[k] = (uint8_t)(2 + (k + i) % 9);
            t[i].chord[k] = (uint8_t)((k / 4 + i) % 5);
        }
        list[i] = (struct sampled){
            .tune = &t[i], .from = i == 3 ? 60 : 1, .may_end = i % 2 == 0};
        rng_seed(&list[i].rng, 20 + i, 0);
    }
}

/* Who else plays, and whether they have ended, does not matter to a bit. */
static void side_by_side(enum encoding encoding, const struct sampling *how) {
    struct checkpoint m;
    struct tune t[TOGETHER], own[TOGETHER];
    struct sampled list[TOGETHER], alone[TOGETHER];
    random_model(&m, encoding, 1);
    m.model.weights[m.model.bias[OUT_CHORD] + (size_t)m.context.end] -= 1;
    six_tunes(t, list);
    six_tunes(own, alone);
    assert_ok(sample_tunes(&m, list, TOGETHER, how, e));
    for (size_t i = 0; i < TOGETHER; i++) {
        assert_ok(sample_tunes(&m, &alone[i], 1, how, e));
        assert_int_equal(t[i].steps, own[i].steps);
        assert_true(same_tune(&t[i], &own[i]));
        assert_true(list[i].nats == alone[i].nats);
        tune_free(&t[i]);
        tune_free(&own[i]);
    }
    checkpoint_free(&m);
}

static void test_side_by_side(void **state) {
    (void)state;
    static const struct sampling how[] = {
        {AT(1)},
        {AT(0.8), .melody_repeat_max = 9, .chord_repeat_max = 30},
        {AT(0.05), .min_p = 0.5, .melody_repeat_max = 2, .chord_repeat_max = 3},
        {AT(1), .chord_given = 1},
        {AT(1), .melody_given = 1},
        {AT(1), .method = SAMPLING_ARGMAX}};
    if (mat_use(MAT_KERNEL, NULL)) /* a BLAS may add in any order */
        mat_use(MAT_PLAIN, NULL);
    for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
        side_by_side(ENCODING_ATTACK, &how[i]);
        side_by_side(ENCODING_CLASSIC, &how[i]);
    }
    mat_use(MAT_BLAS, NULL);
}

/* ---- limits ---- */

/* The longest time a voice goes on, in steps. */
static size_t longest(const struct vocabulary *v, const uint8_t *voice,
                      size_t n, int melody) {
    size_t most = 1, run = 1;
    for (size_t k = 1; k < n; k++) {
        int same = voice[k - 1];
        if (melody && v->encoding == ENCODING_ATTACK && same >= 2)
            same = MELODY_HOLD;
        run = voice[k] == same ? run + 1 : 1;
        most = run > most ? run : most;
    }
    return most;
}

static size_t class_count(const struct checkpoint *m, enum model_output k) {
    return m->model.config.classes[k];
}

static void limits(enum encoding encoding, int argmax) {
    struct checkpoint m;
    struct tune t;
    random_model(&m, encoding, 0.3);
    const struct vocabulary *v = &m.origin.vocabulary;
    real *chord = m.model.weights + m.model.bias[OUT_CHORD];
    real *melody = m.model.weights + m.model.bias[OUT_MELODY];
    chord[2] += 30; /* nothing else is likely, copies neither */
    chord[class_count(&m, OUT_CHORD)] += 30;
    melody[encoding == ENCODING_ATTACK ? MELODY_HOLD : 7] += 30;
    melody[class_count(&m, OUT_MELODY)] += 30;
    new_tune(&t, 200);
    t.melody[0] = 7;
    t.chord[0] = 2;
    struct sampling how = {AT(1),
                           .method = argmax ? SAMPLING_ARGMAX : SAMPLING_DRAW};
    play(&m, &t, &how, 11); /* the likeliest of all is given 16 steps */
    assert_int_equal(longest(v, t.melody, 200, 1), argmax ? 16 : 200);
    assert_int_equal(longest(v, t.chord, 200, 0), argmax ? 16 : 200);
    for (int most = 1; most < 20; most += 6) {
        how.melody_repeat_max = most;
        how.chord_repeat_max = most + 2;
        play(&m, &t, &how, 12);
        assert_int_equal(longest(v, t.melody, 200, 1), most);
        assert_int_equal(longest(v, t.chord, 200, 0), most + 2);
    }
    tune_free(&t);
    checkpoint_free(&m);
}

/* Bending that leaves but one class does not outdo them. */
static void test_limits_and_min_p(void **state) {
    (void)state;
    for (int argmax = 0; argmax < 2; argmax++) {
        struct checkpoint m;
        struct tune t;
        struct sampling how = {AT(1), .min_p = 1,
                               .method =
                                   argmax ? SAMPLING_ARGMAX : SAMPLING_DRAW,
                               .melody_repeat_max = 2, .chord_repeat_max = 3};
        table_model(&m, HEADS_FACTORED);
        new_tune(&t, 60);
        double nats = play(&m, &t, &how, 5);
        assert_in_range(longest(&m.origin.vocabulary, t.melody, t.steps, 1), 1,
                        2);
        assert_true(nats >= 0 && nats < log(2)); /* 0.45 and 0.45 are even */
        /* 0.5 0.2 0.3: chord 0 three times, then 2 */
        for (size_t k = 0; k < t.steps; k++)
            assert_int_equal(t.chord[k], k % 4 == 3 ? 2 : 0);
        tune_free(&t);
        checkpoint_free(&m);
    }
}

static void test_limits(void **state) {
    (void)state;
    for (int argmax = 0; argmax < 2; argmax++) {
        limits(ENCODING_ATTACK, argmax);
        limits(ENCODING_CLASSIC, argmax);
    }
}

/* ---- tunes ---- */

static void test_from_dataset(void **state) {
    (void)state;
    struct dataset d;
    toy_dataset(&d, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 2);
    for (size_t s = 0; s < d.tunes; s++) {
        struct tune t;
        assert_ok(dataset_tune(&d, s, &t, e));
        assert_int_equal(t.steps, toy_steps(&d, s));
        assert_memory_equal(t.melody, d.melody + d.offset[s], t.steps);
        assert_memory_equal(t.chord, d.chord + d.offset[s], t.steps);
        assert_int_equal(t.frame.header.bar, d.bar[s]);
        assert_int_equal(t.frame.header.phase, d.phase[s]);
        assert_int_equal(t.frame.header.beats, d.meter[2 * s]);
        assert_int_equal(t.frame.header.unit, d.meter[2 * s + 1]);
        assert_int_equal(t.frame.header.key, d.key[s]);
        assert_int_equal(t.frame.steps_per_quarter, 4);
        tune_free(&t);
        assert_null(t.melody);
    }
    dataset_free(&d);
}

/* A file with a tune in a model's classes. */
static int load(struct tune *t, const struct vocabulary *v, const char *path,
                struct err *err) {
    struct song song;
    *t = (struct tune){0};
    if (midi_load(&song, path, err))
        return -1;
    int rc = tune_from_song(t, v, 4, 0, &song, path, err);
    song_free(&song);
    return rc;
}

/* What is written as MIDI is read again as the same classes. */
static void test_load(void **state) {
    (void)state;
    static const uint8_t notes[16] = {7,  1, 1, 1, 9, 1, 11, 1,
                                      12, 1, 1, 1, 9, 1, 1,  1};
    char folder[256], path[512];
    struct checkpoint m;
    struct tune t, back;
    struct song song;
    toy_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/tune.mid", folder);
    random_model(&m, ENCODING_ATTACK, 0);
    new_tune(&t, 64);
    t.frame.performance.tempo = 120;
    for (size_t k = 0; k < 64; k++) {
        t.melody[k] = notes[k % 16];
        t.chord[k] = (uint8_t)(1 + k / 16 % 3);
    }
    assert_ok(decode_song(&song, &m.origin.vocabulary, t.melody, t.chord, 64,
                          &t.frame, "tune", e));
    assert_ok(midi_save(&song, path, e));
    assert_ok(load(&back, &m.origin.vocabulary, path, e));
    assert_int_equal(back.steps, 64);
    assert_true(same_tune(&t, &back));
    assert_int_equal(back.frame.header.bar, 16);
    assert_int_equal(back.frame.header.phase, 0);
    assert_int_equal(back.frame.header.beats, 4);
    assert_int_equal(back.frame.steps_per_quarter, 4);
    tune_free(&back);
    song_free(&song);
    assert_ok(file_write(path, "no MIDI at all", 14, e));
    assert_refused(load(&back, &m.origin.vocabulary, path, e), ERR_FORMAT);
    assert_null(back.melody);
    snprintf(path, sizeof path, "%s/none.mid", folder);
    assert_refused(load(&back, &m.origin.vocabulary, path, e), ERR_IO);
    tune_free(&t);
    checkpoint_free(&m);
    toy_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_drawn),
        cmocka_unit_test(test_temperature),
        cmocka_unit_test(test_min_p),
        cmocka_unit_test(test_given_chords),
        cmocka_unit_test(test_given_melody),
        cmocka_unit_test(test_given_against_bending),
        cmocka_unit_test(test_given_impossible),
        cmocka_unit_test(test_argmax),
        cmocka_unit_test(test_from),
        cmocka_unit_test(test_seed),
        cmocka_unit_test(test_cold),
        cmocka_unit_test(test_fed_back_alone),
        cmocka_unit_test(test_melody_alone),
        cmocka_unit_test(test_fed_back),
        cmocka_unit_test(test_fed_back_form),
        cmocka_unit_test(test_may_end),
        cmocka_unit_test(test_never_ends),
        cmocka_unit_test(test_never_ends_by_bending),
        cmocka_unit_test(test_open_plan),
        cmocka_unit_test(test_end_and_given),
        cmocka_unit_test(test_side_by_side),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_limits_and_min_p),
        cmocka_unit_test(test_from_dataset),
        cmocka_unit_test(test_load),
    };
    return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
