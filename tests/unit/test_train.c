/* Training: it learns, and the same settings give the same bytes whatever
 * stops it and whoever helps. SPDX-License-Identifier: MIT */
#include "nott/learn/train.h"

#include "nott/base/hash.h"
#include "nott/base/ini.h"
#include "nott/learn/evaluate.h"

#include "toydata.h"

static char folder[256]; /* of all runs of this program */
static struct dataset tunes;

/* ---- runs ---- */

/* What the hooks of a run do and see. */
struct watch {
    struct trainer *trainer;
    int stop_at;          /* call of `update` that stops, from 1; 0 = none */
    int poison_at;        /* call after which a weight is not a number */
    enum train_order say; /* at every other call */
    int calls, validating, epochs;
    struct train_progress last; /* not validating */
    struct train_epoch line;
    int order[2][TOY_TUNES], shift[2][TOY_TUNES]; /* of the first epochs */
    uint8_t known[2][TOY_TUNES];
    real spared;       /* the weight that was poisoned, */
    real *before;      /* and all of them, as they were */
    int before_differ; /* after the update that followed */
};

static void poison(struct watch *w) {
    struct model *m = &w->trainer->best.model;
    size_t bytes = m->size * sizeof(real);
    real *victim = m->weights + m->bias[OUT_CHORD];
    if (w->calls == w->poison_at) {
        w->before = malloc(bytes);
        assert_non_null(w->before);
        memcpy(w->before, m->weights, bytes);
        w->spared = *victim;
        *victim = (real)NAN;
    } else if (w->poison_at && w->calls == w->poison_at + 1) {
        *victim = w->spared;
        w->before_differ = memcmp(w->before, m->weights, bytes) != 0;
        free(w->before);
    }
}

static enum train_order watch_update(void *user,
                                     const struct train_progress *p) {
    struct watch *w = user;
    w->calls++;
    w->validating += p->validating;
    if (!p->validating) {
        const struct batch *b = &w->trainer->train;
        w->last = *p;
        if (p->epoch <= 2 && b->tunes <= TOY_TUNES) {
            memcpy(w->order[p->epoch - 1], b->order,
                   b->tunes * sizeof *b->order);
            memcpy(w->shift[p->epoch - 1], b->shift,
                   b->tunes * sizeof *b->shift);
            memcpy(w->known[p->epoch - 1], b->known, b->tunes);
        }
    }
    if (w->poison_at)
        poison(w);
    return w->calls == w->stop_at ? TRAIN_STOP : w->say;
}

static void watch_epoch(void *user, const struct train_epoch *line) {
    struct watch *w = user;
    w->epochs++;
    w->line = *line;
}

static void run_settings(struct settings *s, const char *name) {
    conf_defaults(&settings_table, s);
    snprintf(s->run.dir, sizeof s->run.dir, "%.120s/%s", folder, name);
    s->model.hidden = 10;
    s->model.project = 7;
    s->train.epochs = 2;
    s->train.batch = 5;
    s->train.window = 32;
    s->train.patience = 0;
}

/* Trains; the result of train_run. */
static int run_on(const struct settings *s, const struct dataset *d,
                  int threads, int resume, struct watch *w, struct err *e) {
    struct trainer t;
    struct train_hooks hooks = {w, watch_update, watch_epoch};
    if (train_open(&t, s, d, threads, resume, e))
        return -1;
    w->trainer = &t;
    int rc = train_run(&t, &hooks, e);
    train_close(&t);
    return rc;
}

static int run(const struct settings *s, int threads, int resume,
               struct watch *w, struct err *e) {
    return run_on(s, &tunes, threads, resume, w, e);
}

static void run_file(char path[512], const char *name, const char *file) {
    snprintf(path, 512, "%s/%s/%s", folder, name, file);
}

static int same_file(const char *name, const char *other, const char *file) {
    char a[512], b[512];
    run_file(a, name, file);
    run_file(b, other, file);
    return toy_same(a, b);
}

static const char *const files[] = {"best.safetensors", "last.safetensors",
                                    "metrics.tsv", "loss.svg"};
#define FILES (sizeof files / sizeof *files)

static void check_same_run(const char *name, const char *other) {
    for (size_t i = 0; i < FILES; i++)
        if (!same_file(name, other, files[i]))
            fail_msg("%s: %s and %s differ", files[i], name, other);
}

/* The run all others are held against: two epochs, never stopped. */
static struct watch reference;

/* ---- what comes out ---- */

/* Two different training tunes, again and again; two for validation that are
 * the same or quite other ones. */
static void two_tunes(struct dataset *d, int same) {
    struct toy_tune list[62];
    for (size_t i = 0; i < 62; i++)
        list[i] = (struct toy_tune){32, i < 60 ? SPLIT_TRAIN : SPLIT_VALID};
    toy_dataset(d, ENCODING_ATTACK, list, 62, 9);
    for (size_t i = 2; i < (same ? 62 : 60); i++) {
        memcpy(d->melody + i * 32, d->melody + i % 2 * 32, 32);
        memcpy(d->chord + i * 32, d->chord + i % 2 * 32, 32);
    }
}

/* Classes in, classes out, and nothing else. */
static void tell_nothing(struct settings *s) {
    s->features.position = s->features.meter = s->features.bars =
        s->features.key = 0;
    s->features.length = s->features.sounding = s->features.durations = 0;
    s->features.best_lag = s->features.copy = s->features.end = 0;
    assert_ok(conf_set(&settings_table, s, "model.lags=", e));
}

/* Settings that learn by heart. */
static void memorize(struct settings *s, const char *name) {
    run_settings(s, name);
    s->model.layers = 1;
    s->model.hidden = 32;
    s->model.project = 24;
    tell_nothing(s);
    s->train.epochs = 20;
    s->train.batch = 2;
    s->train.window = 31;
    s->optim.rate = 0.02;
    s->train.dropout = s->train.input_dropout = 0;
    s->train.transpose = 0;
    s->optim.weight_decay = 0;
}

static void overfit_with(struct settings *s) {
    struct dataset d;
    struct watch w = {.say = TRAIN_GO};
    two_tunes(&d, 1);
    assert_ok(run_on(s, &d, 1, 0, &w, e));
    assert_int_equal(w.epochs, s->train.epochs);
    assert_true(w.line.valid_nats[0] + w.line.valid_nats[1] < 0.02);
    assert_true(w.line.train_nats[0] + w.line.train_nats[1] < 0.02);
    for (int k = 0; k < OUTPUTS; k++) {
        assert_true(w.line.valid_correct[k] == 1);
        assert_true(w.line.valid_p[k] > 0.98);
    }
    dataset_free(&d);
}

static void overfit(enum cell_kind cell, enum model_heads heads) {
    struct settings s;
    memorize(&s, "overfit");
    s.model.cell = cell;
    s.model.heads = heads;
    overfit_with(&s);
}

/* What tells too much, or looks like a way out, does not keep it from that. */
static void test_overfit_told(void **state) {
    (void)state;
    struct settings s, all;
    memorize(&s, "told");
    conf_defaults(&settings_table, &all);
    s.model = all.model;
    s.model.layers = 1;
    s.model.hidden = 32;
    s.model.project = 24;
    s.train.epochs = 30; /* there is more to find useless */
    overfit_with(&s);
}

static void test_overfit_lstm(void **state) {
    (void)state;
    overfit(CELL_LSTM, HEADS_FACTORED);
}

static void test_overfit_gru(void **state) {
    (void)state;
    overfit(CELL_GRU, HEADS_INDEPENDENT);
}

static void test_overfit_tanh(void **state) {
    (void)state;
    overfit(CELL_TANH, HEADS_FACTORED);
}

/* The table of a run, without its first line. */
struct metrics {
    int lines;
    double v[16][13];
};

enum { M_EPOCH, M_UPDATES, M_RATE, M_VALID = 7, M_BEST = 12 };

static void read_metrics(struct metrics *m, const char *name) {
    char path[512];
    run_file(path, name, "metrics.tsv");
    struct buf b = toy_read(path);
    char *line = strchr((char *)b.data, '\n');
    *m = (struct metrics){0};
    assert_memory_equal(b.data, "epoch\tupdates\trate\t", 19);
    while (line && line[1]) {
        char *at = line + 1;
        assert_true(m->lines < 16);
        for (int k = 0; k < 13; k++) {
            m->v[m->lines][k] = strtod(at, &at);
            assert_int_equal(*at, k < 12 ? '\t' : '\n');
            at++;
        }
        m->lines++;
        line = at - 1;
    }
    buf_free(&b);
}

static void test_metrics(void **state) {
    (void)state;
    struct metrics m;
    struct trainer t;
    struct settings s;
    read_metrics(&m, "reference");
    assert_int_equal(m.lines, 2);
    assert_int_equal(reference.epochs, 2);
    run_settings(&s, "unused");
    assert_ok(train_open(&t, &s, &tunes, 1, 0, e));
    assert_int_equal(t.resumed, 0);
    size_t steps = t.train.scored_steps, updates = 0;
    assert_true(train_bytes(&t) > 3 * t.best.model.size * sizeof(real));
    for (uint64_t epoch = 0; epoch < 2; epoch++) {
        toy_shuffle(&t.train, 1, epoch, 5, 0);
        while (batch_next(&t.train))
            updates++;
        assert_true(m.v[epoch][M_UPDATES] == (double)updates);
        assert_true(m.v[epoch][M_EPOCH] == (double)epoch + 1);
    }
    assert_int_equal(reference.calls - reference.validating, updates);
    assert_true(reference.validating >= 2);
    assert_true(reference.last.steps == (double)(2 * steps));
    assert_near_value(reference.last.share, 1, 1e-12, 0);
    assert_int_equal(reference.last.epoch, 2);
    assert_int_equal(reference.last.epochs, 2);
    assert_int_equal(reference.last.refused, 0);
    for (int k = 0; k < OUTPUTS; k++)
        assert_near_value(reference.last.nats[k], reference.line.train_nats[k],
                          1e-12, 0);
    /* half a cosine has come down */
    assert_near_value(m.v[1][M_RATE], 0.004 * 0.03, 1e-9, 0);
    train_close(&t);
}

static void test_files(void **state) {
    (void)state;
    char path[512];
    struct settings s, back;
    struct checkpoint best;
    run_settings(&s, "reference");
    conf_defaults(&settings_table, &back);
    run_file(path, "reference", "config.ini");
    assert_ok(ini_load(&settings_table, &back, path, e));
    assert_int_equal(back.train.window, s.train.window);
    assert_int_equal(back.model.hidden, s.model.hidden);
    run_file(path, "reference", "best.safetensors");
    assert_ok(checkpoint_load(&best, path, NULL, e));
    assert_int_equal(best.origin.opening_count, 9);
    checkpoint_free(&best);
    run_file(path, "reference", "");
    assert_int_equal(toy_count_files(path), FILES + 1); /* no leftovers */
}

/* All runs here but those that tell nothing have every feature on. */
static void test_defaults(void **state) {
    (void)state;
    char path[512];
    struct checkpoint best;
    run_file(path, "reference", "best.safetensors");
    assert_ok(checkpoint_load(&best, path, NULL, e));
    const struct features *f = &best.context.on;
    assert_true(f->position && f->meter && f->key && f->length);
    assert_true(f->sounding && f->durations && f->bars == 16);
    assert_true(f->lags.count == 7 && f->best_lag && f->copy && f->end);
    assert_int_equal(best.model.config.copies, 8);
    assert_int_equal(best.model.config.classes[OUT_CHORD], 13 + 1);
    checkpoint_free(&best);
}

/* With every processor, compiler and C library a training gives these bytes. A
 * change of the model, of what is drawn at random or of any sum changes them:
 * then models/nottingham is to be trained again. */
static void test_bytes(void **state) {
    (void)state;
    if (sizeof(real) == sizeof(double)) {
        print_message("of float only\n");
        skip();
    }
    char path[512], hex[HASH_HEX];
    struct checkpoint best;
    struct hash h;
    run_file(path, "reference", "metrics.tsv");
    assert_ok(hash_file(path, hex, e));
    assert_string_equal(
        hex,
        "f9346bba1639c816537806a26cc4e708d77cf04eed7e2c76797e4c0dc3afdd7d");
    run_file(path, "reference", "best.safetensors");
    assert_ok(checkpoint_load(&best, path, NULL, e));
    hash_begin(&h);
    hash_add(&h, best.model.weights, best.model.size * sizeof(real));
    hash_end(&h, hex);
    assert_string_equal(
        hex,
        "c8ca39859b6a281570b47b462828491f405dfd135bf99f7e40227f5daf27adbc");
    checkpoint_free(&best);
}

/* Warm-up counts the steps of an update with it, so that the first one is none
 * in vain: Adam's first step is the rate itself wherever there is a gradient.
 */
static void test_first_update(void **state) {
    (void)state;
    struct settings s;
    struct trainer t;
    struct watch w = {.say = TRAIN_GO, .stop_at = 1};
    struct train_hooks hooks = {&w, watch_update, watch_epoch};
    double most = 0;
    run_settings(&s, "first-update");
    s.optim.warmup_epochs = 2;
    s.optim.weight_decay = 0;
    assert_ok(train_open(&t, &s, &tunes, 1, 0, e));
    const struct model *m = &t.best.model;
    real *first = malloc(m->size * sizeof *first);
    assert_non_null(first);
    memcpy(first, m->weights, m->size * sizeof *first);
    w.trainer = &t;
    assert_refused(train_run(&t, &hooks, e), ERR_STOP);
    for (size_t i = 0; i < m->size; i++) {
        double moved = fabs((double)(m->weights[i] - first[i]));
        most = moved > most ? moved : most;
    }
    double share = t.scored / (2 * (double)t.train.scored_steps);
    assert_true(share > 0.01);
    assert_near_value(most, s.optim.rate * share, 0, 0.01);
    free(first);
    train_close(&t);
}

/* The saved model is that of the lowest validation loss, and the mark is set
 * wherever the loss was lower than ever before. */
static void test_best(void **state) {
    (void)state;
    struct settings s;
    struct watch w = {.say = TRAIN_GO};
    struct metrics m;
    struct checkpoint best;
    struct workers workers;
    struct batch valid;
    struct tally tally;
    struct dataset d;
    char path[512];
    double lowest = INFINITY;
    int at = 0;
    two_tunes(&d, 0); /* the validation loss must rise again */
    memorize(&s, "best");
    s.train.epochs = 9;
    assert_ok(run_on(&s, &d, 1, 0, &w, e));
    read_metrics(&m, "best");
    assert_int_equal(m.lines, 9);
    for (int i = 0; i < m.lines; i++) {
        assert_int_equal(m.v[i][M_BEST] != 0, m.v[i][M_VALID] < lowest);
        if (m.v[i][M_VALID] < lowest) {
            lowest = m.v[i][M_VALID];
            at = i;
        }
    }
    assert_in_range(at, 0, 7); /* not simply the last */
    run_file(path, "best", "best.safetensors");
    assert_ok(checkpoint_load(&best, path, NULL, e));
    assert_int_equal(best.epoch, at + 1);
    assert_near_value(best.valid_nats, lowest, 2e-6, 0);
    assert_ok(workers_init(&workers, &best.model, 3, 11, 1, 0, e));
    assert_ok(batch_init(&valid, &d, &best.context, SPLIT_VALID, 3, 11, e));
    assert_ok(evaluate_model(&best.model, &workers, &valid, 0, NULL, NULL,
                             &tally, e));
    assert_near_value(tally_nats(&tally), lowest, 2e-5, 0);
    batch_free(&valid);
    workers_free(&workers);
    checkpoint_free(&best);
    dataset_free(&d);
}

static void test_patience(void **state) {
    (void)state;
    struct settings s;
    struct watch w = {.say = TRAIN_GO};
    struct metrics m;
    struct dataset d;
    int waiting = 0;
    two_tunes(&d, 0);
    memorize(&s, "patience");
    s.train.epochs = 16;
    s.train.patience = 3;
    assert_ok(run_on(&s, &d, 1, 0, &w, e));
    read_metrics(&m, "patience");
    assert_in_range(m.lines, 4, 15);
    for (int i = 0; i < m.lines; i++) {
        assert_true(waiting < 3);
        waiting = m.v[i][M_BEST] != 0 ? 0 : waiting + 1;
    }
    assert_int_equal(waiting, 3);
    /* nor does it go on when asked to resume */
    struct watch again = {.say = TRAIN_GO};
    assert_ok(run_on(&s, &d, 1, 1, &again, e));
    assert_int_equal(again.calls, 0);
    dataset_free(&d);
}

/* Training that moves no weight: what is left is how the data is met. */
static void stand_still(struct settings *s, const char *name) {
    run_settings(s, name);
    s->optim.rate = 0;
    s->train.dropout = s->train.input_dropout = 0;
    s->train.transpose = 0;
}

/* The state is carried over the windows: however long they are, the training
 * loss is that of whole tunes. */
static void test_windows(void **state) {
    (void)state;
    static const int windows[] = {1, 7, 300, 1000};
    struct dataset d;
    toy_dataset(&d, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 4);
    for (size_t s = 0; s < TOY_TUNES; s++)
        d.split[s] = s % 2 ? SPLIT_TRAIN : SPLIT_VALID;
    d.split[3] = SPLIT_TEST;
    for (int both = 0; both < 2; both++) {
        double want[OUTPUTS] = {0};
        d.split[3] = both ? SPLIT_TRAIN : SPLIT_TEST;
        for (int i = 0; i < 4; i++) {
            struct settings s;
            struct watch w = {.say = TRAIN_GO};
            stand_still(&s, "windows");
            s.train.window = windows[i];
            s.train.batch = i ? 5 : 1; /* then ends are windows of their own */
            assert_ok(run_on(&s, &d, 1, 0, &w, e));
            for (int k = 0; k < OUTPUTS; k++) {
                if (i == 0)
                    want[k] = w.line.train_nats[k];
                assert_near_value(w.line.train_nats[k], want[k], 0,
                                  IN_DOUBLE_OR_FLOAT(1e-12, 1e-6));
            }
        }
    }
    dataset_free(&d);
}

/* The loss of training is that of validation when nothing is dropped. */
static void test_same_loss(void **state) {
    (void)state;
    static const struct toy_tune list[] = {{50, SPLIT_TRAIN},
                                           {50, SPLIT_VALID}};
    struct dataset d;
    struct settings s;
    struct watch w = {.say = TRAIN_GO};
    toy_dataset(&d, ENCODING_CLASSIC, list, 2, 4);
    memcpy(d.melody + 50, d.melody, 50);
    memcpy(d.chord + 50, d.chord, 50);
    d.bar[1] = d.bar[0];
    d.phase[1] = d.phase[0];
    d.key[1] = d.key[0];
    memcpy(d.meter + 2, d.meter, 2);
    stand_still(&s, "same-loss");
    s.features.length = 0; /* it is never told in validation */
    s.train.window = 9;
    assert_ok(run_on(&s, &d, 1, 0, &w, e));
    for (int k = 0; k < OUTPUTS; k++)
        assert_near_value(w.line.train_nats[k], w.line.valid_nats[k], 0,
                          IN_DOUBLE_OR_FLOAT(1e-12, 1e-6));
    double plain = w.line.train_nats[0];
    s.train.dropout = 0.5; /* no two epochs drop the same */
    s.train.epochs = 1;
    assert_ok(run_on(&s, &d, 1, 0, &w, e));
    double first = w.line.train_nats[0];
    assert_true(fabs(first - plain) > 1e-6);
    s.train.epochs = 2;
    assert_ok(run_on(&s, &d, 1, 0, &w, e));
    assert_true(fabs(w.line.train_nats[0] - first) > 1e-6);
    assert_true(fabs(w.line.train_nats[0] - plain) > 1e-6);
    dataset_free(&d);
}

/* Each epoch takes the tunes in another order, that of (seed, epoch). */
static void test_orders(void **state) {
    (void)state;
    struct context c;
    struct batch b;
    const struct features on = toy_features();
    context_init(&c, &on, &tunes.vocabulary);
    assert_ok(batch_init(&b, &tunes, &c, SPLIT_TRAIN, 2, 8, e));
    for (int epoch = 0; epoch < 2; epoch++) {
        toy_shuffle(&b, 1, (uint64_t)epoch, 5, 0);
        assert_memory_equal(b.order, reference.order[epoch],
                            b.tunes * sizeof *b.order);
        assert_memory_equal(b.shift, reference.shift[epoch],
                            b.tunes * sizeof *b.shift);
        assert_memory_equal(b.known, reference.known[epoch], b.tunes);
    }
    batch_free(&b);
}

/* ---- the same bytes ---- */

static void test_seed(void **state) {
    (void)state;
    struct settings s;
    struct watch w = {.say = TRAIN_GO};
    run_settings(&s, "again");
    assert_ok(run(&s, 1, 0, &w, e));
    check_same_run("again", "reference");
    run_settings(&s, "other-seed");
    s.train.seed = 2;
    assert_ok(run(&s, 1, 0, &w, e));
    for (size_t i = 0; i < FILES; i++)
        assert_false(same_file("other-seed", "reference", files[i]));
}

static void test_threads(void **state) {
    (void)state;
    for (int threads = 2; threads <= 4; threads *= 2) {
        struct settings s;
        struct watch w = {.say = TRAIN_GO};
        run_settings(&s, "threads");
        assert_ok(run(&s, threads, 0, &w, e));
        check_same_run("threads", "reference");
    }
}

/* The settings' 0, "as many as processors", is for the tools to resolve: a
 * trainer that was given it has one. */
static void test_no_threads(void **state) {
    (void)state;
    struct settings s;
    struct watch w = {.say = TRAIN_GO};
    struct train_hooks hooks = {&w, watch_update, watch_epoch};
    struct trainer t;
    run_settings(&s, "no-threads");
    assert_int_equal(s.train.threads, 0);
    assert_ok(train_open(&t, &s, &tunes, s.train.threads, 0, e));
    assert_int_equal(team_size(t.workers.team), 1);
    w.trainer = &t;
    assert_ok(train_run(&t, &hooks, e));
    train_close(&t);
    check_same_run("no-threads", "reference");
}

/* In bfloat16 too, the number of threads changes nothing. */
static void test_threads_half(void **state) {
    (void)state;
    if (!mat_bf16_available()) {
        print_message("this processor cannot multiply in bfloat16\n");
        skip();
    }
    for (int threads = 1; threads <= 4; threads *= 2) {
        struct settings s;
        struct watch w = {.say = TRAIN_GO};
        run_settings(&s, threads == 1 ? "half" : "half-threads");
        s.train.precision = PRECISION_BF16;
        assert_ok(run(&s, threads, 0, &w, e));
    }
    check_same_run("half-threads", "half");
    assert_false(same_file("half", "reference", "best.safetensors"));
}

static void test_save_changes_nothing(void **state) {
    (void)state;
    struct settings s;
    struct watch w = {.say = TRAIN_SAVE};
    run_settings(&s, "saves");
    assert_ok(run(&s, 1, 0, &w, e));
    assert_int_equal(w.calls, reference.calls);
    check_same_run("saves", "reference");
}

/* ---- stop and resume ---- */

/* A run of these settings, stopped there and gone on with, is that of `whole`.
 */
static void stop_once(const struct settings *like, const char *whole, int at) {
    struct settings s = *like;
    struct watch w = {.say = TRAIN_GO, .stop_at = at}, rest = {.say = TRAIN_GO};
    snprintf(s.run.dir, sizeof s.run.dir, "%.120s/stopped", folder);
    assert_refused(run(&s, 1, 0, &w, e), ERR_STOP);
    assert_int_equal(w.calls, at);
    assert_ok(run(&s, 2, 1, &rest, e));
    for (size_t i = 0; i < FILES; i++)
        if (!same_file("stopped", whole, files[i]))
            fail_msg("%s differs after a stop at call %d", files[i], at);
    toy_remove(s.run.dir);
}

static void check_stop(int at) {
    struct settings s;
    run_settings(&s, "stopped");
    stop_once(&s, "reference", at);
}

static void test_stops(void **state) {
    (void)state;
    int validating = reference.validating / 2;
    int updates = reference.calls / 2 - validating,
        epoch = updates + validating;
    check_stop(1);
    check_stop(updates / 2);
    check_stop(updates - 1);
    check_stop(updates);     /* the last of the epoch */
    check_stop(updates + 1); /* validating begins */
    check_stop(epoch);       /* and ends */
    check_stop(epoch + 1);
    check_stop(epoch + updates / 2);
    check_stop(2 * epoch);
}

/* Stopped again and again, with every cell kind. */
static void stop_often(enum cell_kind cell, enum optim_kind optimizer) {
    struct settings s;
    struct watch all = {.say = TRAIN_GO};
    int rc = -1, runs = 0;
    run_settings(&s, "whole");
    s.model.cell = cell;
    s.optim.kind = optimizer;
    assert_ok(run(&s, 1, 0, &all, e));
    snprintf(s.run.dir, sizeof s.run.dir, "%.120s/pieces", folder);
    for (; rc && runs < 30; runs++) {
        struct watch w = {.say = TRAIN_GO, .stop_at = 3};
        struct err why = {.code = ERR_NONE};
        rc = run(&s, 1, 1, &w, &why);
        if (rc)
            assert_int_equal(why.code, ERR_STOP);
    }
    assert_int_equal(rc, 0);
    assert_in_range(runs, 4, 29);
    check_same_run("pieces", "whole");
    toy_remove(s.run.dir);
}

static void test_stop_often(void **state) {
    (void)state;
    stop_often(CELL_LSTM, OPTIM_RMSPROP);
    stop_often(CELL_GRU, OPTIM_ADAM);
    stop_often(CELL_TANH, OPTIM_RMSPROP);
}

/* What is known of the best model so far survives a stop after it. */
static void test_stop_after_best(void **state) {
    (void)state;
    struct dataset d;
    struct settings s;
    struct watch all = {.say = TRAIN_GO}, rest = {.say = TRAIN_GO};
    two_tunes(&d, 0); /* the validation loss rises again */
    memorize(&s, "risen");
    s.train.epochs = 8;
    s.train.patience = 5;
    assert_ok(run_on(&s, &d, 1, 0, &all, e));
    assert_true(all.line.best == 0);
    int epoch = all.calls / all.epochs;
    for (int i = 1; i < 3; i++) {
        struct watch w = {.say = TRAIN_GO};
        snprintf(s.run.dir, sizeof s.run.dir, "%.120s/risen-stopped", folder);
        w.stop_at = (all.epochs - i) * epoch + 2;
        assert_refused(run_on(&s, &d, 1, 0, &w, e), ERR_STOP);
        assert_ok(run_on(&s, &d, 1, 1, &rest, e));
        check_same_run("risen-stopped", "risen");
        toy_remove(s.run.dir);
    }
    dataset_free(&d);
}

/* Two epochs in one go are one epoch and another. (The rate must not depend on
 * how many are wanted.) */
static void test_more_epochs(void **state) {
    (void)state;
    struct settings s;
    struct watch w = {.say = TRAIN_GO};
    run_settings(&s, "two");
    s.optim.schedule = OPTIM_CONSTANT;
    assert_ok(run(&s, 1, 0, &w, e));
    run_settings(&s, "one-and-one");
    s.optim.schedule = OPTIM_CONSTANT;
    s.train.epochs = 1;
    assert_ok(run(&s, 1, 0, &w, e));
    assert_false(same_file("one-and-one", "two", "metrics.tsv"));
    s.train.epochs = 2;
    assert_ok(run(&s, 1, 1, &w, e));
    check_same_run("one-and-one", "two");
}

/* ---- what is noisy ---- */

/* Stopped in the middle of an epoch, at its end, while validating, and in the
 * next one. */
static void stop_anywhere(const struct settings *s, const char *whole) {
    int validating = reference.validating / 2;
    int updates = reference.calls / 2 - validating;
    stop_once(s, whole, 2);
    stop_once(s, whole, updates);
    stop_once(s, whole, updates + 1);
    stop_once(s, whole, updates + validating);
    stop_once(s, whole, updates + validating + 2);
}

static void test_misheard(void **state) {
    (void)state;
    struct settings s;
    struct watch w = {.say = TRAIN_GO};
    run_settings(&s, "misheard");
    s.train.input_noise = 0.1;
    assert_ok(run(&s, 1, 0, &w, e));
    assert_false(same_file("misheard", "reference", "best.safetensors"));
    stop_anywhere(&s, "misheard");
}

/* It hears the training tunes alone so, and each epoch in another way. */
static void test_misheard_in_training(void **state) {
    (void)state;
    struct watch w[3];
    for (int i = 0; i < 3; i++) {
        struct settings s;
        w[i] = (struct watch){.say = TRAIN_GO};
        stand_still(&s, "misheard-still");
        s.features.length = 0; /* told or not told as it comes */
        s.train.epochs = i == 2 ? 1 : 2;
        s.train.input_noise = i ? 0.1 : 0;
        assert_ok(run(&s, 1, 0, &w[i], e));
    }
    for (int k = 0; k < OUTPUTS; k++) {
        assert_true(w[0].line.valid_nats[k] == w[1].line.valid_nats[k]);
        assert_true(fabs(w[0].line.train_nats[k] - w[1].line.train_nats[k]) >
                    1e-6);
        assert_true(fabs(w[2].line.train_nats[k] - w[1].line.train_nats[k]) >
                    1e-6);
    }
}

/* ---- the mean of the weights ---- */

/* Follows the weights of a run from update to update. */
struct follower {
    struct trainer *trainer;
    double keep;
    int updates;
    double *mean, *last; /* owned */
};

static void follow(struct follower *f, struct trainer *t) {
    size_t n = t->best.model.size;
    *f = (struct follower){.trainer = t, .keep = t->settings->optim.average};
    f->mean = calloc(n, sizeof *f->mean);
    f->last = calloc(n, sizeof *f->last);
    assert_true(f->mean && f->last);
    for (size_t i = 0; i < n; i++)
        f->mean[i] = (double)t->best.model.weights[i];
}

static enum train_order follow_update(void *user,
                                      const struct train_progress *p) {
    struct follower *f = user;
    const struct model *m = &f->trainer->best.model;
    if (p->validating)
        return TRAIN_GO;
    f->updates++;
    double keep = fmin(f->keep, (1.0 + f->updates) / (10.0 + f->updates));
    for (size_t i = 0; i < m->size; i++) {
        f->last[i] = (double)m->weights[i];
        f->mean[i] = keep * f->mean[i] + (1 - keep) * f->last[i];
    }
    return TRAIN_GO;
}

static void ignore_epoch(void *user, const struct train_epoch *line) {
    (void)user;
    (void)line;
}

static void load_run(struct checkpoint *t, const char *name, const char *file,
                     struct tensors *more) {
    char path[512];
    run_file(path, name, file);
    assert_ok(checkpoint_load(t, path, more, e));
}

/* What validation says of a model. */
static double judged(const struct checkpoint *m) {
    struct workers workers;
    struct batch valid;
    struct tally tally;
    assert_ok(workers_init(&workers, &m->model, 3, 11, 1, 0, e));
    assert_ok(batch_init(&valid, &tunes, &m->context, SPLIT_VALID, 3, 11, e));
    assert_ok(
        evaluate_model(&m->model, &workers, &valid, 0, NULL, NULL, &tally, e));
    batch_free(&valid);
    workers_free(&workers);
    return tally_nats(&tally);
}

#define MEAN_NEAR IN_DOUBLE_OR_FLOAT(1e-12, 1e-6)

/* best.safetensors holds the mean, and what is said of it is of the mean; last
 * holds the weights, and beside them the mean. */
static void test_average(void **state) {
    (void)state;
    struct settings s;
    struct trainer t;
    struct follower f;
    struct checkpoint best, last;
    struct tensors more;
    struct train_hooks hooks = {&f, follow_update, ignore_epoch};
    run_settings(&s, "average");
    s.train.epochs = 1;
    s.optim.average = 0.9;
    assert_ok(train_open(&t, &s, &tunes, 1, 0, e));
    follow(&f, &t);
    assert_ok(train_run(&t, &hooks, e));
    load_run(&best, "average", "best.safetensors", NULL);
    load_run(&last, "average", "last.safetensors", &more);
    size_t n = best.model.size, apart = 0;
    const struct tensor *kept = tensors_find(&more, "optim.average");
    assert_non_null(kept);
    assert_int_equal(kept->count, n);
    assert_near(best.model.weights, f.mean, n, MEAN_NEAR, MEAN_NEAR);
    assert_near(last.model.weights, f.last, n, 0, 0);
    assert_memory_equal(kept->data, t.optim.average, n * sizeof(real));
    assert_near(t.optim.average, f.mean, n, MEAN_NEAR, MEAN_NEAR);
    for (size_t i = 0; i < n; i++)
        apart += fabs(f.mean[i] - f.last[i]) > 1e-3;
    assert_true(apart > n / 10);
    assert_near_value(judged(&best), best.valid_nats, 2e-5, 0);
    assert_true(fabs(judged(&last) - best.valid_nats) > 1e-3);
    tensors_free(&more);
    checkpoint_free(&best);
    checkpoint_free(&last);
    free(f.mean);
    free(f.last);
    train_close(&t);
}

/* To keep a mean changes nothing in the training itself. */
static void test_average_aside(void **state) {
    (void)state;
    struct settings s;
    struct watch w = {.say = TRAIN_GO};
    struct checkpoint a, b;
    run_settings(&s, "aside");
    s.optim.average = 0.99;
    assert_ok(run(&s, 1, 0, &w, e));
    load_run(&a, "aside", "last.safetensors", NULL);
    load_run(&b, "reference", "last.safetensors", NULL);
    assert_memory_equal(a.model.weights, b.model.weights,
                        a.model.size * sizeof(real));
    assert_false(same_file("aside", "reference", "best.safetensors"));
    checkpoint_free(&a);
    checkpoint_free(&b);
}

static void test_average_stops(void **state) {
    (void)state;
    struct settings s;
    struct watch w = {.say = TRAIN_GO};
    run_settings(&s, "average-whole");
    s.optim.average = 0.95;
    assert_ok(run(&s, 1, 0, &w, e));
    stop_anywhere(&s, "average-whole");
    s.train.input_noise = 0.1; /* and all at once */
    s.features.best_lag = 0;
    snprintf(s.run.dir, sizeof s.run.dir, "%.120s/average-all", folder);
    assert_ok(run(&s, 1, 0, &w, e));
    stop_anywhere(&s, "average-all");
}

/* An update that is refused is none for the mean either. */
static void test_average_refused(void **state) {
    (void)state;
    struct settings s;
    struct watch w = {.say = TRAIN_GO, .poison_at = 3};
    struct checkpoint best;
    run_settings(&s, "average-poison");
    s.optim.average = 0.9;
    assert_ok(run(&s, 1, 0, &w, e));
    load_run(&best, "average-poison", "best.safetensors", NULL);
    for (size_t i = 0; i < best.model.size; i++)
        assert_true(isfinite(best.model.weights[i]));
    checkpoint_free(&best);
}

/* ---- unknown chords ---- */

/* The toy tunes, some or all of them without chords. */
static void hide_some(struct dataset *d, int all) {
    toy_dataset(d, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 4);
    for (size_t s = 0; s < TOY_TUNES; s++)
        if (all || s % 2)
            toy_hide_chords(d, s);
}

/* The network is told what there is to tell, and asked for an end where there
 * are chords to tell it by. config.ini keeps what was asked for. */
static void check_features(const struct dataset *d, double hide, int on,
                           int end) {
    struct settings s;
    struct trainer t;
    run_settings(&s, "features");
    s.train.hide_chords = hide;
    assert_ok(train_open(&t, &s, d, 1, 0, e));
    assert_int_equal(t.best.context.on.unknown, on);
    assert_int_equal(t.best.context.on.end, end);
    assert_int_equal(t.settings->features.unknown, 1);
    train_close(&t);
    s.features.unknown = 0;
    assert_ok(train_open(&t, &s, d, 1, 0, e));
    assert_int_equal(t.best.context.on.unknown, 0);
    train_close(&t);
}

static void test_unknown_chords_asked(void **state) {
    (void)state;
    struct dataset some, all, elsewhere;
    hide_some(&some, 0);
    hide_some(&all, 1);
    toy_dataset(&elsewhere, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 4);
    toy_hide_chords(&elsewhere, 6); /* a test tune */
    check_features(&tunes, 0, 0, 1);
    check_features(&tunes, 0.1, 1, 1);
    check_features(&elsewhere, 0, 0, 1);
    check_features(&some, 0, 1, 1);
    check_features(&all, 0, 1, 0);
    dataset_free(&some);
    dataset_free(&all);
    dataset_free(&elsewhere);
}

/* How a tune without chords begins is taken for the tonic, after its pickup. */
static void test_unknown_openings(void **state) {
    (void)state;
    struct dataset d;
    struct origin o;
    hide_some(&d, 1);
    d.key[0] = d.key[4] = 2;
    d.phase[0] = 0;
    d.phase[4] = 4;
    assert_ok(train_origin(&o, &d, e));
    assert_int_equal(o.openings[0].chord, 3); /* D */
    assert_int_equal(o.openings[3].chord, 0); /* tune 4 */
    assert_int_equal(o.openings[3].header.phase, 4);
    checkpoint_free_origin(&o);
    dataset_free(&d);
}

/* Stopped and resumed it is the same; so is the chords' figure that is none. */
static void check_unknown_stops(const struct dataset *d, const char *whole,
                                const char *parts, double hide) {
    struct settings s;
    struct watch w = {.say = TRAIN_GO};
    struct err why;
    run_settings(&s, whole);
    s.train.hide_chords = hide;
    assert_ok(run_on(&s, d, 1, 0, &w, e));
    run_settings(&s, parts);
    s.train.hide_chords = hide;
    for (int again = 0;; again++) {
        why = (struct err){.code = ERR_NONE};
        struct watch part = {.say = TRAIN_SAVE, .stop_at = 7};
        if (run_on(&s, d, 1, again > 0, &part, &why) == 0)
            break;
        assert_int_equal(why.code, ERR_STOP);
        assert_true(again < 100);
    }
    check_same_run(whole, parts);
}

static void test_unknown_chords_stops(void **state) {
    (void)state;
    struct dataset some, all;
    char path[512];
    hide_some(&some, 0);
    hide_some(&all, 1);
    check_unknown_stops(&some, "some", "some-parts", 0);
    check_unknown_stops(&all, "all", "all-parts", 0);
    check_unknown_stops(&tunes, "hidden", "hidden-parts", 0.5);
    run_file(path, "all", "metrics.tsv");
    struct buf b = toy_read(path);
    assert_non_null(strstr((char *)b.data, "\tnan\t"));
    assert_null(strstr((char *)b.data, "-nan"));
    buf_free(&b);
    struct checkpoint best;
    load_run(&best, "all", "best.safetensors", NULL);
    assert_true(best.valid_nats > 0 && best.valid_nats < log(26) + 1);
    checkpoint_free(&best);
    dataset_free(&some);
    dataset_free(&all);
}

/* ---- what is known before the first note ---- */

static void told_settings(struct settings *s, const char *name) {
    run_settings(s, name);
    s->features.form = s->features.intervals = s->features.ahead = 1;
    s->train.hide_form = 0.4;
    s->train.show_melody = 0.5;
}

/* The forms of the training tunes go along, and a training that was stopped
 * anywhere goes on with the same bytes. */
static void test_told_stops(void **state) {
    (void)state;
    struct settings s;
    struct checkpoint best;
    struct origin o;
    struct watch w = {.say = TRAIN_GO};
    told_settings(&s, "told");
    assert_ok(run(&s, 1, 0, &w, e));
    told_settings(&s, "told-parts");
    stop_anywhere(&s, "told");
    load_run(&best, "told", "best.safetensors", NULL);
    assert_true(best.context.on.form && best.context.on.ahead);
    assert_int_equal(best.model.config.relative_anchor[OUT_MELODY],
                     CONTEXT_DISTANCES);
    assert_ok(train_origin(&o, &tunes, e));
    assert_int_equal(best.origin.opening_count, o.opening_count);
    assert_memory_equal(best.origin.forms, o.forms,
                        o.opening_count * sizeof *o.forms);
    checkpoint_free_origin(&o);
    checkpoint_free(&best);
}

/* Who is not told makes nothing of how much is hidden or shown. */
static void test_told_to_nobody(void **state) {
    (void)state;
    struct settings s;
    struct watch w = {.say = TRAIN_GO};
    run_settings(&s, "untold");
    s.train.hide_form = 1;
    s.train.show_melody = 1;
    assert_ok(run(&s, 1, 0, &w, e));
    assert_true(same_file("reference", "untold", "best.safetensors"));
    assert_true(same_file("reference", "untold", "metrics.tsv"));
    for (int i = 0; i < 2; i++) { /* and who is told, does */
        told_settings(&s, i ? "shown" : "hidden");
        s.train.hide_form = !i;
        assert_ok(run(&s, 1, 0, &w, e));
    }
    assert_false(same_file("hidden", "shown", "metrics.tsv"));
}

/* ---- beginning with another run's weights ---- */

static void check_init_from(double average) {
    struct settings s;
    struct trainer t;
    struct checkpoint from, best;
    struct watch w = {.say = TRAIN_GO};
    struct train_hooks hooks = {&w, watch_update, watch_epoch};
    struct inherited n;
    char path[512];
    run_file(path, "reference", "");
    load_run(&from, "reference", "best.safetensors", NULL);
    size_t bytes = from.model.size * sizeof(real);
    stand_still(&s, "from");
    s.optim.average = average;
    assert_ok(train_open(&t, &s, &tunes, 1, 0, e));
    assert_int_not_equal(
        memcmp(t.best.model.weights, from.model.weights, bytes), 0);
    assert_ok(train_init_from(&t, path, &n, e));
    assert_memory_equal(t.best.model.weights, from.model.weights, bytes);
    assert_int_equal(t.optim.average != NULL, average > 0);
    if (average > 0) /* nothing of the random first weights is left */
        assert_memory_equal(t.optim.average, from.model.weights, bytes);
    w.trainer = &t;
    assert_ok(train_run(&t, &hooks, e));
    load_run(&best, "from", "best.safetensors", NULL);
    assert_memory_equal(best.model.weights, from.model.weights, bytes);
    assert_near_value(best.valid_nats, from.valid_nats, 1e-5, 0);
    checkpoint_free(&best);
    checkpoint_free(&from);
    train_close(&t);
}

static void test_init_from(void **state) {
    (void)state;
    check_init_from(0);
    check_init_from(0.9);
}

/* Of another network, or the same for another input, nothing is taken. */
static void test_init_from_others(void **state) {
    (void)state;
    static const char *const other[] = {"model.hidden=11", "model.cell=gru",
                                        "model.best_lag=0", "model.bars=8",
                                        "model.lags=1 2 3 4 8 12 17"};
    char path[512];
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        struct settings s;
        struct trainer t;
        struct inherited n;
        run_settings(&s, "from-others");
        s.optim.average = 0.9;
        assert_ok(conf_set(&settings_table, &s, other[i], e));
        assert_ok(train_open(&t, &s, &tunes, 1, 0, e));
        real first = t.best.model.weights[5];
        run_file(path, "reference", "");
        assert_refused(train_init_from(&t, path, &n, e), ERR_FORMAT);
        run_file(path, "none", "");
        assert_refused(train_init_from(&t, path, &n, e), ERR_IO);
        assert_true(t.best.model.weights[5] == first);
        assert_true(t.optim.average[5] == first);
        train_close(&t);
    }
}

/* ---- refusals ---- */

/* A finished run that others may try to go on with. */
static void make_old_run(struct settings *s) {
    struct watch w = {.say = TRAIN_GO};
    run_settings(s, "old");
    s->train.epochs = 1;
    assert_ok(run(s, 1, 0, &w, e));
    run_settings(s, "kept");
    s->train.epochs = 1;
    assert_ok(run(s, 1, 0, &w, e));
}

/* The folder stays as it was, down to the settings. */
static void refuse_resume(const struct settings *s, const struct dataset *d,
                          enum err_code code, const char *word) {
    struct trainer t;
    struct settings wanted = *s;
    wanted.train.save_seconds = 7; /* may differ; would show in config.ini */
    struct err why = {.code = ERR_NONE};
    assert_int_equal(train_open(&t, &wanted, d, 1, 1, &why), -1);
    assert_int_equal(why.code, code);
    assert_non_null(strstr(why.text, word));
    check_same_run("old", "kept");
    char path[512];
    struct settings back;
    conf_defaults(&settings_table, &back);
    run_file(path, "old", "config.ini");
    assert_ok(ini_load(&settings_table, &back, path, e));
    assert_int_equal(back.train.save_seconds, s->train.save_seconds);
}

static void test_other_settings(void **state) {
    (void)state;
    static const char *const other[] = {"model.hidden=11",
                                        "model.cell=gru",
                                        "model.heads=independent",
                                        "model.layers=1",
                                        "model.meter=0",
                                        "train.batch=6",
                                        "model.bars=8",
                                        "model.key=0",
                                        "model.length=0",
                                        "model.sounding=0",
                                        "model.durations=0",
                                        "model.lags=1 2",
                                        "model.lags=",
                                        "model.best_lag=0",
                                        "model.copy=0",
                                        "model.end=0",
                                        "train.window=31",
                                        "train.seed=2",
                                        "train.rate=0.005",
                                        "train.dropout=0.2",
                                        "train.transpose=4",
                                        "train.average=0.9",
                                        "train.input_noise=0.1",
                                        "train.hide_chords=0.1",
                                        "model.unknown_chords=0",
                                        "train.precision=bf16",
                                        "train.optimizer=rmsprop"};
    static const char *const free_ones[] = {"train.patience=9",
                                            "train.epochs=3", "train.threads=2",
                                            "train.shards=3", /* it is gone */
                                            "train.save_seconds=9"};
    struct settings s;
    make_old_run(&s);
    snprintf(s.run.dir, sizeof s.run.dir, "%.120s/old", folder);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        struct settings o = s;
        char key[64];
        assert_ok(conf_set(&settings_table, &o, other[i], e));
        snprintf(key, sizeof key, "%.*s", (int)strcspn(other[i], "="),
                 other[i]);
        refuse_resume(&o, &tunes, ERR_USAGE, key);
    }
    for (size_t i = 0; i < sizeof free_ones / sizeof *free_ones; i++) {
        struct trainer t;
        struct settings o = s;
        assert_ok(conf_set(&settings_table, &o, free_ones[i], e));
        assert_ok(train_open(&t, &o, &tunes, 1, 1, e));
        assert_int_equal(t.resumed, 1);
        train_close(&t);
    }
}

/* The state of one network under the settings of another. */
static void test_other_network(void **state) {
    (void)state;
    struct settings s, wide;
    struct trainer t;
    struct watch w = {.say = TRAIN_GO};
    char path[512];
    make_old_run(&s);
    run_settings(&wide, "wide");
    wide.model.hidden++;
    wide.train.epochs = 1;
    assert_ok(run(&wide, 1, 0, &w, e));
    run_file(path, "wide", "last.safetensors");
    struct buf b = toy_read(path);
    run_file(path, "kept", "last.safetensors");
    assert_ok(file_write(path, b.data, b.len, e));
    assert_refused(train_open(&t, &s, &tunes, 1, 1, e), ERR_FORMAT);
    buf_free(&b);
}

/* Without resume an earlier run stays until the first epoch is over, and then
 * nothing of it does. */
static void test_anew(void **state) {
    (void)state;
    struct settings s;
    char path[512];
    struct watch w = {.say = TRAIN_SAVE, .stop_at = 2}, all = {.say = TRAIN_GO};
    make_old_run(&s);
    s.train.seed++;
    assert_refused(run(&s, 1, 0, &w, e), ERR_STOP);
    check_same_run("kept", "old");
    snprintf(path, sizeof path, "%s/kept", folder);
    assert_int_equal(toy_count_files(path), FILES + 1);
    assert_ok(run(&s, 1, 0, &all, e));
    for (size_t i = 0; i < FILES; i++)
        assert_int_equal(same_file("kept", "old", files[i]), 0);
    assert_int_equal(toy_count_files(path), FILES + 1);
    run_settings(&s, "fresh"); /* as where nothing was */
    s.train.epochs = 1;
    s.train.seed++;
    all = (struct watch){.say = TRAIN_GO};
    assert_ok(run(&s, 1, 0, &all, e));
    check_same_run("kept", "fresh");
}

static void test_other_data(void **state) {
    (void)state;
    struct settings s;
    make_old_run(&s);
    snprintf(s.run.dir, sizeof s.run.dir, "%.120s/old", folder);
    struct dataset d = tunes;
    d.source_sha256[5] = 'b';
    refuse_resume(&s, &d, ERR_FORMAT, "last.safetensors");
    d = tunes;
    snprintf(d.vocabulary.chords[2].name, CHORD_NAME, "Gx");
    refuse_resume(&s, &d, ERR_FORMAT, "last.safetensors");
    d = tunes; /* the same sources, cut otherwise */
    d.steps_per_quarter = 12;
    refuse_resume(&s, &d, ERR_FORMAT, "last.safetensors");
    uint8_t split[TOY_TUNES];
    memcpy(split, tunes.split, sizeof split);
    d = tunes;
    d.split = split;
    split[0] = SPLIT_TEST;
    refuse_resume(&s, &d, ERR_FORMAT, "last.safetensors");
    /* and what is not changed goes on */
    struct trainer t;
    assert_ok(train_open(&t, &s, &tunes, 1, 1, e));
    assert_int_equal(t.resumed, 1);
    assert_int_equal(t.epoch, 1);
    train_close(&t);
}

static void test_damaged_last(void **state) {
    (void)state;
    struct settings s;
    struct trainer t;
    char path[512];
    make_old_run(&s);
    run_file(path, "kept", "last.safetensors");
    struct buf b = toy_read(path);
    assert_ok(file_write(path, b.data, b.len / 2, e));
    assert_refused(train_open(&t, &s, &tunes, 1, 1, e), ERR_FORMAT);
    /* a model without a state is no place to go on from */
    char best[512];
    run_file(best, "kept", "best.safetensors");
    struct buf model = toy_read(best);
    assert_ok(file_write(path, model.data, model.len, e));
    assert_refused(train_open(&t, &s, &tunes, 1, 1, e), ERR_FORMAT);
    buf_free(&model);
    buf_free(&b);
}

/* The numbers of last.safetensors may say anything. */
static void test_bad_position(void **state) {
    (void)state;
    static const double bad[] = {-1, NAN, INFINITY, 1e300, 1e15};
    struct settings s;
    struct checkpoint model;
    struct tensors file;
    char path[512];
    make_old_run(&s);
    run_file(path, "kept", "last.safetensors");
    assert_ok(checkpoint_load(&model, path, &file, e));
    double position[8], good[8];
    const struct tensor *old = tensors_find(&file, "position");
    assert_non_null(old);
    assert_int_equal(old->count, 8);
    memcpy(good, old->data, sizeof good);
    for (size_t i = 0; i < file.count; i++)
        if (strcmp(file.list[i].name, "position") == 0)
            file.list[i].data = position;
    for (int at = 0; at < 8; at++)
        for (size_t k = at == 4; k < 5; k++) { /* [4] = -1: no best yet */
            struct trainer t;
            memcpy(position, good, sizeof good);
            position[at] = bad[k];
            assert_ok(tensors_save(&file, path, e));
            assert_refused(train_open(&t, &s, &tunes, 1, 1, e), ERR_FORMAT);
        }
    tensors_free(&file);
    checkpoint_free(&model);
}

/* Fewer epochs than are done cannot be asked for. */
static void test_too_few_epochs(void **state) {
    (void)state;
    struct settings s;
    struct trainer t;
    struct watch w = {.say = TRAIN_GO};
    run_settings(&s, "few");
    assert_ok(run(&s, 1, 0, &w, e));
    s.train.epochs = 1;
    assert_refused(train_open(&t, &s, &tunes, 1, 1, e), ERR_USAGE);
    check_same_run("few", "reference");
}

static void test_nothing_to_resume(void **state) {
    (void)state;
    struct settings s;
    struct watch w = {.say = TRAIN_GO};
    run_settings(&s, "deep");
    snprintf(s.run.dir, sizeof s.run.dir, "%.120s/deep/er", folder);
    assert_ok(run(&s, 1, 1, &w, e));
    check_same_run("deep/er", "reference");
}

static void test_unwritable(void **state) {
    (void)state;
    struct settings s;
    struct trainer t;
    struct watch w = {.say = TRAIN_GO};
    char path[512];
    run_settings(&s, "unwritable");
    assert_ok(file_make_dir(folder, e));
    assert_ok(file_write(s.run.dir, "x", 1, e));
    assert_ok(train_open(&t, &s, &tunes, 1, 0, e));
    assert_refused(train_begin(&t, e), ERR_IO);
    train_close(&t);
    /* what is in the way only later */
    for (size_t i = 0; i < FILES; i++) {
        struct train_hooks hooks = {&w, watch_update, watch_epoch};
        run_settings(&s, "blocked");
        assert_ok(train_open(&t, &s, &tunes, 1, 0, e));
        snprintf(path, sizeof path, "%s/blocked/%s/x", folder, files[i]);
        assert_ok(file_make_dir(path, e));
        w = (struct watch){.trainer = &t, .say = TRAIN_GO};
        assert_refused(train_run(&t, &hooks, e), ERR_IO);
        train_close(&t);
        toy_remove(s.run.dir);
    }
}

static void test_empty_split(void **state) {
    (void)state;
    static const struct toy_tune list[] = {{20, SPLIT_TRAIN}, {20, SPLIT_TEST}};
    struct dataset d;
    struct settings s;
    struct trainer t;
    toy_dataset(&d, ENCODING_ATTACK, list, 2, 1);
    run_settings(&s, "empty");
    assert_refused(train_open(&t, &s, &d, 1, 0, e), ERR_FORMAT);
    dataset_free(&d);
}

/* ---- numbers that are not finite ---- */

/* A rate that blows the weights up ends the run; the best model stays. */
static void test_blow_up(void **state) {
    (void)state;
    for (int cell = CELL_LSTM; cell <= CELL_TANH; cell++) {
        struct settings s;
        struct watch w = {.say = TRAIN_GO};
        run_settings(&s, "quiet");
        s.model.cell = cell;
        s.train.epochs = 1;
        assert_ok(run(&s, 1, 0, &w, e));
        run_settings(&s, "loud");
        s.model.cell = cell;
        s.train.epochs = 1;
        assert_ok(run(&s, 1, 0, &w, e));
        s.train.epochs = 5;
        struct trainer t;
        struct train_hooks hooks = {&w, watch_update, watch_epoch};
        assert_ok(train_open(&t, &s, &tunes, 1, 1, e));
        s.optim.rate = IN_DOUBLE_OR_FLOAT(1e300, 1e30);
        s.train.clip = 0;
        w.trainer = &t;
        assert_refused(train_run(&t, &hooks, e), ERR_NUM);
        train_close(&t);
        assert_true(same_file("quiet", "loud", "best.safetensors"));
        /* from the beginning there is no best model to write */
        char path[512];
        toy_remove(s.run.dir);
        assert_refused(run(&s, 1, 0, &w, e), ERR_NUM);
        run_file(path, "loud", "best.safetensors");
        assert_int_equal(access(path, F_OK), -1);
        toy_remove(s.run.dir);
    }
}

/* An update without a finite gradient changes no weight and is counted. */
static void test_refused_update(void **state) {
    (void)state;
    struct settings s;
    struct watch w = {.say = TRAIN_GO, .poison_at = 3};
    struct metrics m;
    run_settings(&s, "poison");
    assert_ok(run(&s, 1, 0, &w, e));
    assert_int_equal(w.last.refused, 1);
    assert_false(w.before_differ);
    assert_int_equal(w.epochs, 2);
    read_metrics(&m, "poison");
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 13; k++)
            assert_true(isfinite(m.v[i][k]));
}

/* ---- */

static int set_up(void **state) {
    (void)state;
    struct settings s;
    toy_folder(folder, sizeof folder);
    toy_dataset(&tunes, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 4);
    run_settings(&s, "reference");
    reference = (struct watch){.say = TRAIN_GO};
    assert_ok(run(&s, 1, 0, &reference, e));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    dataset_free(&tunes);
    toy_remove(folder);
    return 0;
}

int main(void) {
    if (mat_use(MAT_KERNEL, NULL)) /* with a BLAS the threads would show */
        mat_use(MAT_PLAIN, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overfit_lstm),
        cmocka_unit_test(test_overfit_gru),
        cmocka_unit_test(test_overfit_tanh),
        cmocka_unit_test(test_overfit_told),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_first_update),
        cmocka_unit_test(test_best),
        cmocka_unit_test(test_patience),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_same_loss),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_seed),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_no_threads),
        cmocka_unit_test(test_threads_half),
        cmocka_unit_test(test_save_changes_nothing),
        cmocka_unit_test(test_stops),
        cmocka_unit_test(test_stop_often),
        cmocka_unit_test(test_stop_after_best),
        cmocka_unit_test(test_more_epochs),
        cmocka_unit_test(test_misheard),
        cmocka_unit_test(test_misheard_in_training),
        cmocka_unit_test(test_average),
        cmocka_unit_test(test_average_aside),
        cmocka_unit_test(test_average_stops),
        cmocka_unit_test(test_average_refused),
        cmocka_unit_test(test_unknown_chords_asked),
        cmocka_unit_test(test_unknown_openings),
        cmocka_unit_test(test_unknown_chords_stops),
        cmocka_unit_test(test_told_stops),
        cmocka_unit_test(test_told_to_nobody),
        cmocka_unit_test(test_init_from),
        cmocka_unit_test(test_init_from_others),
        cmocka_unit_test(test_other_settings),
        cmocka_unit_test(test_other_network),
        cmocka_unit_test(test_anew),
        cmocka_unit_test(test_other_data),
        cmocka_unit_test(test_damaged_last),
        cmocka_unit_test(test_bad_position),
        cmocka_unit_test(test_too_few_epochs),
        cmocka_unit_test(test_nothing_to_resume),
        cmocka_unit_test(test_unwritable),
        cmocka_unit_test(test_empty_split),
        cmocka_unit_test(test_blow_up),
        cmocka_unit_test(test_refused_update),
    };
    return cmocka_run_group_tests_name("train", tests, set_up, tear_down);
}
