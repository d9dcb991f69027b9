/* Scores: by hand, and the same whatever the work is cut into.
 * SPDX-License-Identifier: MIT */
#include "nott/learn/evaluate.h"

#include "nott/nn/heads.h"
#include "nott/player/player.h"
#include "toydata.h"

/* ---- one step ---- */

static void test_tally_add(void **state) {
    (void)state;
    struct tally t = {0};
    tally_add(&t, OUT_MELODY, 3, 3, 0.5, 3);  /* goes on, right */
    tally_add(&t, OUT_MELODY, 4, 3, 2, 3);    /* a change, wrong */
    tally_add(&t, OUT_MELODY, 5, 5, 0.25, 4); /* a change, right */
    tally_add(&t, OUT_CHORD, 1, 1, 1, 1);
    const struct sums *all = &t.all[OUT_MELODY];
    const struct sums *change = &t.change[OUT_MELODY];
    assert_true(all->steps == 3 && all->correct == 2 && all->nats == 2.75);
    assert_near_value(all->p_target, exp(-0.5) + exp(-2) + exp(-0.25), 1e-15,
                      0);
    assert_true(change->steps == 2 && change->correct == 1);
    assert_true(change->nats == 2.25);
    assert_near_value(change->p_target, exp(-2) + exp(-0.25), 1e-15, 0);
    assert_true(t.all[OUT_CHORD].steps == 1 && t.change[OUT_CHORD].steps == 0);
    /* each voice by its own steps */
    assert_near_value(tally_nats(&t), 2.75 / 3 + 1, 1e-15, 0);
}

static void test_goes_on(void **state) {
    (void)state;
    struct dataset d = {0};
    struct vocabulary *v = &d.vocabulary;
    toy_vocabulary(v, ENCODING_ATTACK);
    assert_int_equal(tally_goes_on(&d, OUT_MELODY, 0), 0); /* rest */
    assert_int_equal(tally_goes_on(&d, OUT_MELODY, MELODY_HOLD), MELODY_HOLD);
    assert_int_equal(tally_goes_on(&d, OUT_MELODY, 2), MELODY_HOLD);
    assert_int_equal(tally_goes_on(&d, OUT_MELODY, 25), MELODY_HOLD);
    assert_int_equal(tally_goes_on(&d, OUT_CHORD, 2), 2);
    toy_vocabulary(v, ENCODING_CLASSIC);
    for (int k = 0; k < v->melody_count; k++)
        assert_int_equal(tally_goes_on(&d, OUT_MELODY, k), k);
    for (int k = 0; k < v->chord_count; k++)
        assert_int_equal(tally_goes_on(&d, OUT_CHORD, k), k);
}

/* ---- a model of zeros ---- */

struct bench {
    struct dataset data;
    struct context context;
    struct model model;
    struct workers workers;
    struct batch batch;
};

static const struct features plain = {.position = 1, .meter = 1};

static void open_model(struct bench *b, enum cell_kind cell,
                       enum model_heads heads, struct features on) {
    const struct vocabulary *v = &b->data.vocabulary;
    context_init(&b->context, &on, v);
    struct model_config c = {
        .cell = cell,
        .heads = heads,
        .layers = 2,
        .hidden = 9,
        .project = heads == HEADS_FACTORED ? 6 : 0,
        .inputs = b->context.inputs,
        .active = b->context.active,
        .copies = b->context.copies,
        .classes = {[OUT_CHORD] =
                        (size_t)v->chord_count + (b->context.end >= 0),
                    [OUT_MELODY] = (size_t)v->melody_count}};
    assert_ok(model_init(&b->model, &c, e));
}

static void open_crew(struct bench *b, enum split split, size_t slots, size_t T,
                      int threads) {
    assert_ok(workers_init(&b->workers, &b->model, slots, T, threads, 0, e));
    assert_ok(batch_init(&b->batch, &b->data, &b->context, split, slots, T, e));
}

static void close_crew(struct bench *b) {
    workers_free(&b->workers);
    batch_free(&b->batch);
}

static void close_bench(struct bench *b) {
    model_free(&b->model);
    dataset_free(&b->data);
}

/* The tunes by hand: rest rest A A-goes-on A-goes-on A-again rest. */
static void hand_tune(struct bench *b, enum encoding encoding) {
    static const struct toy_tune list[] = {{7, SPLIT_VALID}};
    static const uint8_t attack[] = {0, 0, 5, 1, 1, 5, 0};
    static const uint8_t classic[] = {34, 34, 5, 5, 5, 5, 34};
    static const uint8_t chord[] = {0, 1, 1, 1, 2, 2, 0};
    toy_dataset(&b->data, encoding, list, 1, 1);
    memcpy(b->data.melody, encoding == ENCODING_ATTACK ? attack : classic, 7);
    memcpy(b->data.chord, chord, 7);
}

/* With an end there is one chord class more, and as many scored steps. */
static void check_uniform(enum encoding encoding, int end, double changes,
                          double correct, double change_hits) {
    struct bench b;
    struct tally t;
    hand_tune(&b, encoding);
    open_model(&b, CELL_GRU, HEADS_FACTORED, /* all weights are 0 */
               (struct features){.meter = 1, .end = end});
    open_crew(&b, SPLIT_VALID, 2, 4, 1);
    assert_ok(
        evaluate_model(&b.model, &b.workers, &b.batch, 0, NULL, NULL, &t, e));
    double M = b.data.vocabulary.melody_count, C = 13 + end;
    const struct sums *m = &t.all[OUT_MELODY], *c = &t.all[OUT_CHORD];
    assert_true(m->steps == 6 && c->steps == 6);
    assert_near_value(m->nats, 6 * log(M), 1e-5, 0);
    assert_near_value(c->nats, 6 * log(C), 1e-5, 0);
    assert_near_value(m->p_target, 6 / M, 1e-6, 0);
    assert_near_value(c->p_target, 6 / C, 1e-6, 0);
    assert_near_value(tally_nats(&t), log(M) + log(C), 1e-6, 0);
    /* of equals the first is the likeliest: class 0 */
    assert_true(m->correct == correct && c->correct == 1);
    assert_true(t.change[OUT_MELODY].steps == changes);
    assert_near_value(t.change[OUT_MELODY].nats, changes * log(M), 1e-5, 0);
    assert_true(t.change[OUT_MELODY].correct == change_hits);
    assert_true(t.change[OUT_CHORD].steps == 3);
    assert_true(t.change[OUT_CHORD].correct == 1);
    close_crew(&b);
    close_bench(&b);
}

static void test_uniform(void **state) {
    (void)state;
    for (int end = 0; end < 2; end++) {
        check_uniform(ENCODING_ATTACK, end, 3, 2, 1);
        check_uniform(ENCODING_CLASSIC, end, 2, 0, 0);
    }
}

/* Biases alone: the same known distribution at every step. */
static void test_biases(void **state) {
    (void)state;
    struct bench b;
    struct tally t;
    hand_tune(&b, ENCODING_ATTACK);
    open_model(&b, CELL_LSTM, HEADS_INDEPENDENT, plain);
    real *melody = b.model.weights + b.model.bias[OUT_MELODY];
    for (int k = 0; k < 26; k++)
        melody[k] = -100;
    melody[0] = (real)log(0.2); /* rest: 2 targets */
    melody[1] = (real)log(0.7); /* hold: 2 */
    melody[5] = (real)log(0.1); /* A: 2 */
    open_crew(&b, SPLIT_VALID, 1, 5, 1);
    assert_ok(
        evaluate_model(&b.model, &b.workers, &b.batch, 0, NULL, NULL, &t, e));
    const struct sums *all = &t.all[OUT_MELODY];
    assert_near_value(all->nats, -2 * log(0.2 * 0.7 * 0.1), 1e-5, 0);
    assert_near_value(all->p_target, 2, 1e-5, 0);
    assert_true(all->correct == 2);
    const struct sums *change = &t.change[OUT_MELODY];
    assert_near_value(change->nats, -log(0.1 * 0.1 * 0.2), 1e-5, 0);
    assert_true(change->steps == 3 && change->correct == 0);
    close_crew(&b);
    close_bench(&b);
}

/* ---- against one step at a time ---- */

/* Adds step t + 1 of tune s, of which w has been given the steps up to t. */
static void add_step(const struct bench *b, struct workspace *w,
                     const struct context_state *state,
                     const struct tune_view *v, size_t t, struct tally *out) {
    const uint8_t *voice[OUTPUTS] = {
        [OUT_CHORD] = v->chord, [OUT_MELODY] = v->melody};
    for (int k = 0; k < OUTPUTS; k++) {
        real log_p[SOFTMAX_CLASSES];
        int16_t copy[MODEL_MAX_COPIES];
        int best = 0, target = voice[k][t + 1];
        enum model_output out_k = (enum model_output)k;
        context_copies(&b->context, state, v, voice[k], t, copy);
        int16_t chord = v->chord[t + 1];
        uint8_t key = (uint8_t)(1 + v->header.key);
        struct heads_given given = {&chord, copy, &key, NULL};
        heads_log_p(&b->model, w, 0, 1, out_k, &given, NULL, log_p);
        for (size_t i = 1; i < b->model.config.classes[k]; i++)
            best = log_p[i] > log_p[best] ? (int)i : best;
        tally_add(out, out_k, target, best, -(double)log_p[target],
                  tally_goes_on(&b->data, out_k, voice[k][t]));
    }
}

static void step_by_step(const struct bench *b, enum split split,
                         int lengths_known, struct tally *out) {
    const struct dataset *d = &b->data;
    struct workspace w;
    *out = (struct tally){0};
    assert_ok(workspace_init(&w, &b->model, 1, 1, 0, 1, e));
    for (size_t s = 0; s < d->tunes; s++) {
        struct context_state state;
        struct tune_view view = {.melody = d->melody + d->offset[s],
                                 .chord = d->chord + d->offset[s],
                                 .header = {.bar = d->bar[s],
                                            .phase = d->phase[s],
                                            .beats = d->meter[2 * s],
                                            .unit = d->meter[2 * s + 1],
                                            .key = d->key[s]},
                                 .steps = lengths_known ? toy_steps(d, s) : 0};
        workspace_clear_state(&w, &b->model);
        for (size_t t = 0; t + 1 < toy_steps(d, s) && d->split[s] == split;
             t++) {
            uint16_t rows[MODEL_MAX_ACTIVE];
            context_input(&b->context, &state, &view, t, rows);
            model_step(&b->model, &w, rows);
            add_step(b, &w, &state, &view, t, out);
        }
    }
    workspace_free(&w);
}

static void check_score(const struct sums *got, const struct sums *want) {
    const double near = IN_DOUBLE_OR_FLOAT(1e-11, 1e-5);
    assert_true(got->steps == want->steps && got->correct == want->correct);
    assert_near_value(got->nats, want->nats, 0, near);
    assert_near_value(got->p_target, want->p_target, 0, near);
}

static void check_tally(const struct tally *got, const struct tally *want) {
    for (int k = 0; k < OUTPUTS; k++) {
        check_score(&got->all[k], &want->all[k]);
        check_score(&got->change[k], &want->change[k]);
    }
}

/* ---- against a player, whatever is told ---- */

/* Step t + 1 of a tune, of which the player has heard the steps up to t. */
static void add_played(struct player *p, const struct dataset *d, size_t s,
                       size_t t, struct tally *out) {
    const uint8_t *voice[OUTPUTS] = {[OUT_CHORD] = dataset_chords(d, s),
                                     [OUT_MELODY] = d->melody + d->offset[s]};
    for (int k = 0; k < OUTPUTS; k++) {
        real log_p[PLAYER_CLASSES];
        size_t K = p->m->model.config.classes[k], best = 0;
        int16_t chord = voice[OUT_CHORD] ? voice[OUT_CHORD][t + 1] : -1;
        if (!voice[k])
            continue;
        player_log_p(p, 0, 1, (enum model_output)k,
                     k == OUT_MELODY ? &chord : NULL, NULL, log_p);
        for (size_t i = 1; i < K; i++)
            best = log_p[i] > log_p[best] ? i : best;
        tally_add(out, (enum model_output)k, voice[k][t + 1], (int)best,
                  -(double)log_p[voice[k][t + 1]],
                  tally_goes_on(d, (enum model_output)k, voice[k][t]));
    }
}

static void play_tune(struct player *p, const struct dataset *d, size_t s,
                      int told, struct tally *out) {
    struct form form;
    const uint8_t *chord = dataset_chords(d, s);
    struct tune_view v = {.melody = d->melody + d->offset[s],
                          .chord = chord,
                          .header = dataset_header(d, s),
                          .melody_known = (told & TOLD_MELODY) && chord};
    form_of(&form, &d->vocabulary, &v.header, v.melody, chord, toy_steps(d, s));
    v.form = told & TOLD_FORM ? &form : NULL;
    v.steps = (told & TOLD_LENGTH) || v.melody_known ? toy_steps(d, s) : 0;
    for (size_t t = 0; t + 1 < toy_steps(d, s); t++) {
        player_hear(p, 0, &v, t);
        player_step(p);
        add_played(p, d, s, t, out);
    }
}

static void play_all(const struct checkpoint *m, const struct dataset *d,
                     int told, struct tally *out) {
    *out = (struct tally){0};
    for (size_t s = 0; s < d->tunes; s++) {
        struct player p;
        if (d->split[s] != SPLIT_TRAIN)
            continue;
        assert_ok(player_init(&p, m, 1, e));
        play_tune(&p, d, s, told, out);
        player_free(&p);
    }
}

static void test_told(void **state) {
    (void)state;
    const struct features on = toy_all_features();
    struct model_config c = {.cell = CELL_LSTM,
                             .heads = HEADS_FACTORED,
                             .layers = 2,
                             .hidden = 9,
                             .project = 6};
    struct dataset d;
    struct checkpoint m;
    double last = 0;
    toy_dataset(&d, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 7);
    toy_hide_chords(&d, 4);
    assert_ok(toy_model(&m, &d, &c, &on, e));
    model_randomize(&m.model, 5, 0.6, 1);
    for (int told = 0; told < 8; told++) {
        struct workers w;
        struct batch b;
        struct tally want, got;
        play_all(&m, &d, told, &want);
        assert_ok(workers_init(&w, &m.model, 3, 20, 1, 0, e));
        assert_ok(batch_init(&b, &d, &m.context, SPLIT_TRAIN, 3, 20, e));
        assert_ok(evaluate_model(&m.model, &w, &b, told, NULL, NULL, &got, e));
        /* the ends are not scored, but are a class */
        check_tally(&got, &want);
        assert_true(tally_nats(&got) != last); /* each of them matters */
        last = tally_nats(&got);
        workers_free(&w);
        batch_free(&b);
    }
    checkpoint_free(&m);
    dataset_free(&d);
}

static void check_shapes(struct bench *b, int lengths_known,
                         const struct tally *want) {
    static const struct {
        size_t slots, T;
        int threads;
    } shapes[] = {{1, 1, 1},  {1, 500, 1}, {3, 7, 1},  {4, 64, 2},
                  {9, 33, 2}, {2, 40, 1},  {32, 16, 3}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct tally t;
        open_crew(b, SPLIT_TRAIN, shapes[i].slots, shapes[i].T,
                  shapes[i].threads);
        toy_shuffle(&b->batch, 1, 1, 11, 0.3); /* must not matter */
        batch_next(&b->batch);
        for (int again = 0; again < 2; again++) { /* nor what was before */
            assert_ok(evaluate_model(&b->model, &b->workers, &b->batch,
                                     lengths_known, NULL, NULL, &t, e));
            check_tally(&t, want);
        }
        close_crew(b);
    }
}

static void check_steps(enum cell_kind cell, enum model_heads heads,
                        struct features on) {
    struct bench b;
    struct tally want[2];
    toy_dataset(&b.data,
                heads == HEADS_FACTORED ? ENCODING_ATTACK : ENCODING_CLASSIC,
                toy_tunes, TOY_TUNES, 6);
    open_model(&b, cell, heads, on);
    model_randomize(&b.model, 3, 1, 1);
    for (int known = 0; known < 2; known++) {
        step_by_step(&b, SPLIT_TRAIN, known, &want[known]);
        assert_true(want[known].all[OUT_CHORD].steps == 556);
        check_shapes(&b, known, &want[known]);
    }
    int told = fabs(tally_nats(&want[0]) - tally_nats(&want[1])) > 1e-3;
    assert_int_equal(told, on.length);
    close_bench(&b);
}

static void test_step_by_step(void **state) {
    (void)state;
    for (int cell = CELL_LSTM; cell <= CELL_TANH; cell++)
        for (int heads = HEADS_INDEPENDENT; heads <= HEADS_FACTORED; heads++) {
            check_steps((enum cell_kind)cell, (enum model_heads)heads, plain);
            check_steps((enum cell_kind)cell, (enum model_heads)heads,
                        toy_features());
        }
}

/* ---- unknown chords ---- */

static void test_total(void **state) {
    (void)state;
    struct tally t = {0};
    assert_true(isnan(tally_mean(&t.all[OUT_CHORD], 0)));
    tally_add(&t, OUT_MELODY, 4, 3, 2, 3);
    tally_add(&t, OUT_MELODY, 4, 3, 1, 3);
    assert_true(tally_mean(&t.all[OUT_MELODY], t.all[OUT_MELODY].nats) == 1.5);
    assert_true(tally_nats(&t) == 1.5); /* the melody's alone */
    assert_true(tally_total((double[]){NAN, 3}) == 3);
    assert_true(tally_total((double[]){2, NAN}) == 2);
    assert_true(tally_total((double[]){2, 3}) == 5);
    assert_true(isnan(tally_total((double[]){NAN, NAN})));
}

/* The steps of the tune count for the melody alone, in both ways to score. */
static void test_unknown_chords(void **state) {
    (void)state;
    static const struct toy_tune list[] = {{30, SPLIT_VALID},
                                           {12, SPLIT_VALID}};
    struct bench b;
    struct tally t, one;
    toy_dataset(&b.data, ENCODING_ATTACK, list, 2, 1);
    open_model(&b, CELL_LSTM, HEADS_FACTORED, toy_features());
    model_randomize(&b.model, 3, 1, 1);
    open_crew(&b, SPLIT_VALID, 2, 5, 1);
    toy_hide_chords(&b.data, 0);
    assert_ok(
        evaluate_model(&b.model, &b.workers, &b.batch, 0, NULL, NULL, &t, e));
    assert_true(t.all[OUT_MELODY].steps == 40 && t.all[OUT_CHORD].steps == 11);
    b.data.split[0] = SPLIT_TEST; /* the chords of the other tune */
    close_crew(&b);
    open_crew(&b, SPLIT_VALID, 2, 5, 1);
    assert_ok(
        evaluate_model(&b.model, &b.workers, &b.batch, 0, NULL, NULL, &one, e));
    check_score(&t.all[OUT_CHORD], &one.all[OUT_CHORD]);
    close_crew(&b);
    b.data.split[0] = SPLIT_VALID;
    evaluate_unigram(&b.data, SPLIT_VALID, &t);
    assert_true(t.all[OUT_MELODY].steps == 40 && t.all[OUT_CHORD].steps == 11);
    evaluate_previous(&b.data, SPLIT_VALID, &t);
    assert_true(t.all[OUT_MELODY].steps == 40 && t.all[OUT_CHORD].steps == 11);
    close_bench(&b);
}

/* Where no tune has chords there are no figures of them, and that is no
 * failure. */
static void test_no_chords_at_all(void **state) {
    (void)state;
    static const struct toy_tune list[] = {{30, SPLIT_VALID}};
    struct bench b;
    struct tally t;
    toy_dataset(&b.data, ENCODING_ATTACK, list, 1, 1);
    toy_hide_chords(&b.data, 0);
    open_model(&b, CELL_LSTM, HEADS_FACTORED, /* all weights are 0 */
               (struct features){.meter = 1, .unknown = 1});
    open_crew(&b, SPLIT_VALID, 1, 7, 1);
    assert_ok(
        evaluate_model(&b.model, &b.workers, &b.batch, 0, NULL, NULL, &t, e));
    assert_true(t.all[OUT_CHORD].steps == 0 && t.change[OUT_CHORD].steps == 0);
    assert_near_value(tally_nats(&t), log(26), 1e-5, 0);
    close_crew(&b);
    close_bench(&b);
}

/* ---- ends ---- */

static int stop_at_third(void *user) {
    return ++*(int *)user == 3;
}

static int never(void *user) {
    ++*(int *)user;
    return 0;
}

static void test_stop(void **state) {
    (void)state;
    struct bench b;
    struct tally t;
    int calls = 0;
    toy_dataset(&b.data, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 6);
    open_model(&b, CELL_GRU, HEADS_FACTORED, plain);
    open_crew(&b, SPLIT_TRAIN, 1, 10, 1);
    assert_refused(evaluate_model(&b.model, &b.workers, &b.batch, 0,
                                  stop_at_third, &calls, &t, e),
                   ERR_STOP);
    assert_int_equal(calls, 3);
    calls = 0;
    assert_ok(evaluate_model(&b.model, &b.workers, &b.batch, 0, never, &calls,
                             &t, e));
    assert_int_equal(calls, 56); /* windows of 10 steps in 556 */
    close_crew(&b);
    close_bench(&b);
}

static void not_finite(struct features on) {
    struct bench b;
    struct tally t;
    toy_dataset(&b.data, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 6);
    open_model(&b, CELL_LSTM, HEADS_FACTORED, on);
    model_randomize(&b.model, 3, 0, 1);
    open_crew(&b, SPLIT_VALID, 2, 10, 1);
    for (size_t k = 0; k < b.model.tensor_count; k++) {
        real *w = b.model.weights + b.model.tensors[k].offset, kept = *w;
        if (k == 0) /* its first row is on only where the melody rests */
            continue;
        *w = (real)NAN;
        workers_refresh(&b.workers, &b.model, 0);
        struct err why = {.code = ERR_NONE};
        int rc = evaluate_model(&b.model, &b.workers, &b.batch, 0, NULL, NULL,
                                &t, &why);
        *w = kept;
        if (strcmp(b.model.tensors[k].name, "melody.chord") == 0 && rc == 0)
            continue; /* no step without a chord */
        assert_int_equal(rc, -1);
        assert_int_equal(why.code, ERR_NUM);
        assert_non_null(strstr(why.text, "valid"));
    }
    workers_refresh(&b.workers, &b.model, 0);
    assert_ok(
        evaluate_model(&b.model, &b.workers, &b.batch, 0, NULL, NULL, &t, e));
    close_crew(&b);
    close_bench(&b);
}

static void test_not_finite(void **state) {
    (void)state;
    not_finite(plain);
    not_finite(toy_features());
}

/* ---- workers ---- */

static void test_workers(void **state) {
    (void)state;
    struct bench b;
    toy_dataset(&b.data, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 6);
    open_model(&b, CELL_LSTM, HEADS_FACTORED, plain);
    for (size_t slots = 1; slots < 12; slots += 5)
        for (int threads = -1; threads < 9; threads++)
            for (int train = 0; train < 2; train++) {
                struct workers c;
                size_t n = threads < 1 ? 1 : (size_t)threads;
                assert_ok(
                    workers_init(&c, &b.model, slots, 4, threads, train, e));
                assert_int_equal(team_size(c.team), n);
                assert_int_equal(c.workspace.B, slots);
                assert_int_equal(workers_bytes(&c, &b.model, train),
                                 workspace_bytes(&b.model, 4, slots, train, n));
                workers_free(&c);
                assert_null(c.team);
            }
    close_bench(&b);
}

/* Sums of squares and updates, by so many threads: the weights that are left,
 * the norm in their place at the end. */
static real *updated(const struct model *like, int threads) {
    struct model m;
    struct workers c;
    struct optim o;
    struct optim_config how = {.kind = OPTIM_ADAM,
                               .beta1 = 0.9,
                               .beta2 = 0.99,
                               .epsilon = 1e-8,
                               .weight_decay = 0.1};
    assert_ok(model_init(&m, &like->config, e));
    model_randomize(&m, 4, 1, 1);
    assert_ok(workers_init(&c, &m, 3, 4, threads, 1, e));
    assert_ok(optim_init(&o, &how, m.size, m.weights, e));
    for (size_t i = 0; i < m.size; i++)
        c.workspace.gradient[i] = m.weights[(7 * i + 1) % m.size];
    double norm = workers_norm(&c, &m), want = 0;
    for (size_t i = 0; i < m.size; i++)
        want +=
            (double)c.workspace.gradient[i] * (double)c.workspace.gradient[i];
    assert_near_value(norm, sqrt(want), 0, 1e-13);
    workers_update(&c, &m, &o, 1 / norm, 0.01);
    assert_int_equal(o.steps, 1);
    real *left = malloc((m.size + 1) * sizeof *left);
    assert_non_null(left);
    memcpy(left, m.weights, m.size * sizeof *left);
    left[m.size] = (real)norm;
    optim_free(&o);
    workers_free(&c);
    model_free(&m);
    return left;
}

static void test_update_by_threads(void **state) {
    (void)state;
    struct bench b;
    toy_dataset(&b.data, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 6);
    open_model(&b, CELL_LSTM, HEADS_FACTORED, toy_features());
    assert_true(optim_blocks(b.model.size) > 2);
    real *one = updated(&b.model, 1);
    for (int threads = 2; threads <= 7; threads++) {
        real *more = updated(&b.model, threads);
        assert_memory_equal(more, one, (b.model.size + 1) * sizeof *one);
        free(more);
    }
    free(one);
    close_bench(&b);
}

/* With kernels of ours the number of threads changes no bit. */
static void test_score_by_threads(void **state) {
    (void)state;
    struct bench b;
    if (mat_use(MAT_KERNEL, NULL))
        mat_use(MAT_PLAIN, NULL);
    toy_dataset(&b.data, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 6);
    open_model(&b, CELL_GRU, HEADS_FACTORED, toy_features());
    model_randomize(&b.model, 3, 1, 1);
    for (size_t slots = 1; slots <= 9; slots += 4) {
        struct tally one;
        for (int threads = 1; threads <= 5; threads += 2) {
            struct tally t;
            open_crew(&b, SPLIT_TRAIN, slots, 30, threads);
            assert_ok(evaluate_model(&b.model, &b.workers, &b.batch, 0, NULL,
                                     NULL, &t, e));
            if (threads == 1)
                one = t;
            assert_memory_equal(&t, &one, sizeof t);
            close_crew(&b);
        }
    }
    close_bench(&b);
    mat_use(MAT_BLAS, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_tally_add),
        cmocka_unit_test(test_goes_on),
        cmocka_unit_test(test_uniform),
        cmocka_unit_test(test_biases),
        cmocka_unit_test(test_step_by_step),
        cmocka_unit_test(test_total),
        cmocka_unit_test(test_unknown_chords),
        cmocka_unit_test(test_no_chords_at_all),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_workers),
        cmocka_unit_test(test_update_by_threads),
        cmocka_unit_test(test_score_by_threads),
    };
    return cmocka_run_group_tests_name("evaluate", tests, NULL, NULL);
}
