/* Training: see train.h. SPDX-License-Identifier: MIT */
#include "nott/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nott/picture.h"
#include "nott/rng.h"

#define MAX_REFUSED 20 /* updates in a row */

#ifdef REAL_IS_DOUBLE
#define TENSOR_REAL TENSOR_F64
#else
#define TENSOR_REAL TENSOR_F32
#endif

static int run_path(const struct trainer *t, const char *name, char *path,
                    size_t cap, struct err *e) {
    return path_join(path, cap, t->settings->run.dir, name, e);
}

/* ---- files of the run ---- */

static int write_config(const struct trainer *t, struct err *e) {
    char path[CONF_PATH + 64];
    struct buf text = {0};
    conf_dump(t->settings, &text, 1);
    int rc = buf_ok(&text, "config.ini", e) ||
             run_path(t, "config.ini", path, sizeof path, e) ||
             file_write(path, text.data, text.len, e);
    buf_free(&text);
    return rc ? -1 : 0;
}

static int write_metrics(const struct trainer *t, struct err *e) {
    char path[CONF_PATH + 64];
    struct buf text = {0};
    buf_printf(&text,
               "epoch\tupdates\trate\ttrain_melody_nats\ttrain_chord_nats\t"
               "valid_melody_nats\tvalid_chord_nats\tvalid_nats\t"
               "valid_melody_p\tvalid_chord_p\tvalid_melody_argmax\t"
               "valid_chord_argmax\tbest\tseconds\n");
    for (int i = 0; i < t->epoch; i++) {
        const struct train_epoch *h = &t->history[i];
        const int M = OUT_MELODY, C = OUT_CHORD;
        buf_printf(&text,
                   "%.0f\t%.0f\t%.6g\t%.6f\t%.6f\t%.6f\t%.6f\t%.6f\t%.6f\t"
                   "%.6f\t%.6f\t%.6f\t%.0f\t%.2f\n",
                   h->epoch, h->updates, h->rate, h->train_nats[M],
                   h->train_nats[C], h->valid_nats[M], h->valid_nats[C],
                   h->valid_nats[M] + h->valid_nats[C], h->valid_p[M],
                   h->valid_p[C], h->valid_hit[M], h->valid_hit[C], h->best,
                   h->seconds);
    }
    int rc = buf_ok(&text, "metrics.tsv", e) ||
             run_path(t, "metrics.tsv", path, sizeof path, e) ||
             file_write(path, text.data, text.len, e);
    buf_free(&text);
    return rc ? -1 : 0;
}

enum {
    VALID_TOTAL,
    TRAIN_TOTAL,
    VALID_MELODY,
    TRAIN_MELODY,
    VALID_CHORD,
    TRAIN_CHORD,
    CURVES
};

static double curve_value(const struct train_epoch *h, int curve) {
    const double *n = curve % 2 ? h->train_nats : h->valid_nats;
    switch (curve / 2) {
    case 0:
        return n[OUT_MELODY] + n[OUT_CHORD];
    case 1:
        return n[OUT_MELODY];
    default:
        return n[OUT_CHORD];
    }
}

static int write_picture(const struct trainer *t, struct err *e) {
    static const char *const names[CURVES] = {
        "both, validation", "both, training",    "melody, validation",
        "melody, training", "chord, validation", "chord, training"};
    char path[CONF_PATH + 64];
    size_t n = (size_t)t->epoch;
    long best = -1;
    double *values = calloc(CURVES * n + 1, sizeof *values);
    struct picture_curve curves[CURVES];
    struct buf svg = {0};
    if (!values)
        return err_set(e, ERR_MEM, "loss.svg: out of memory");
    for (int k = 0; k < CURVES; k++) {
        for (size_t i = 0; i < n; i++)
            values[(size_t)k * n + i] = curve_value(&t->history[i], k);
        curves[k] = (struct picture_curve){names[k], values + (size_t)k * n, n,
                                           k % 2, k / 2};
    }
    for (size_t i = 0; i < n; i++)
        best = t->history[i].best != 0 ? (long)i : best;
    picture_curves(&svg, curves, CURVES, best, "Loss", "epoch",
                   "nats per step");
    int rc = buf_ok(&svg, "loss.svg", e) ||
             run_path(t, "loss.svg", path, sizeof path, e) ||
             file_write(path, svg.data, svg.len, e);
    buf_free(&svg);
    free(values);
    return rc ? -1 : 0;
}

/* ---- state ---- */

/* The numbers of the trainer that last.safetensors keeps, in this order. */
enum {
    EPOCH,
    UPDATE,
    UPDATES,
    SCORED,
    LOWEST,
    WAITING,
    REFUSED,
    OPTIM_STEPS,
    POSITION_NUMBERS
};

#define TALLY_NUMBERS (sizeof(struct tally) / sizeof(double))

static void pack_position(const struct trainer *t, double *p) {
    p[EPOCH] = t->epoch;
    p[UPDATE] = (double)t->update;
    p[UPDATES] = (double)t->updates;
    p[SCORED] = t->scored;
    p[LOWEST] = t->lowest;
    p[WAITING] = t->waiting;
    p[REFUSED] = t->refused;
    p[OPTIM_STEPS] = (double)t->optim.steps;
}

static void unpack_position(struct trainer *t, const double *p) {
    t->epoch = (int)p[EPOCH];
    t->update = (uint64_t)p[UPDATE];
    t->updates = (uint64_t)p[UPDATES];
    t->scored = p[SCORED];
    t->lowest = p[LOWEST];
    t->waiting = (int)p[WAITING];
    t->refused = (int)p[REFUSED];
    t->optim.steps = (uint64_t)p[OPTIM_STEPS];
}

/* Calls f for the state arrays of every shard and layer. */
static int each_state(struct trainer *t,
                      int (*f)(void *user, const char *name, real *data,
                               size_t count, struct err *e),
                      void *user, struct err *e) {
    const struct model_config *c = &t->best.model.config;
    for (size_t s = 0; s < t->crew.shards; s++)
        for (size_t l = 0; l < c->layers; l++) {
            struct work *w = &t->crew.work[s];
            char name[64];
            snprintf(name, sizeof name, "state%zu.h%zu", s, l);
            if (f(user, name, w->layer[l].h, w->B * c->hidden, e))
                return -1;
            snprintf(name, sizeof name, "state%zu.c%zu", s, l);
            if (c->cell == CELL_LSTM &&
                f(user, name, w->layer[l].c, w->B * c->hidden, e))
                return -1;
        }
    if (t->optim.m && f(user, "optim.m", t->optim.m, t->optim.n, e))
        return -1;
    return f(user, "optim.v", t->optim.v, t->optim.n, e);
}

static int add_state(void *user, const char *name, real *data, size_t count,
                     struct err *e) {
    return tensors_add(user, name, TENSOR_REAL, count, 0, data, e);
}

static int save_last(struct trainer *t, struct err *e) {
    char path[CONF_PATH + 64];
    double position[POSITION_NUMBERS];
    struct tensors more = {0};
    pack_position(t, position);
    int rc = run_path(t, "last.safetensors", path, sizeof path, e) ||
             tensors_add(&more, "position", TENSOR_F64, POSITION_NUMBERS, 0,
                         position, e) ||
             tensors_add(&more, "running", TENSOR_F64, TALLY_NUMBERS, 0,
                         &t->running, e) ||
             tensors_add(&more, "history", TENSOR_F64, (size_t)t->epoch,
                         TRAIN_EPOCH_NUMBERS, t->history, e) ||
             each_state(t, add_state, &more, e) ||
             trained_save(&t->best, &more, path, e);
    tensors_free(&more);
    return rc ? -1 : 0;
}

struct reading {
    const struct tensors *file;
    const char *path;
};

static int read_state(void *user, const char *name, real *data, size_t count,
                      struct err *e) {
    const struct reading *r = user;
    const void *src =
        tensors_want(r->file, r->path, name, TENSOR_REAL, count, e);
    if (src)
        memcpy(data, src, count * sizeof *data);
    return src ? 0 : -1;
}

static int same_run(const struct trained *a, const struct trained *b) {
    return strcmp(a->data_sha256, b->data_sha256) == 0 &&
           !vocabulary_differs(&a->vocabulary, &b->vocabulary) &&
           memcmp(&a->model.config, &b->model.config, sizeof a->model.config) ==
               0;
}

static int read_last(struct trainer *t, const struct trained *old,
                     struct reading *r, struct err *e) {
    if (!same_run(old, &t->best))
        return err_set(e, ERR_FORMAT,
                       "%s: is of other data or another network; take another "
                       "run, or --force",
                       r->path);
    const double *p = tensors_want(r->file, r->path, "position", TENSOR_F64,
                                   POSITION_NUMBERS, e);
    const double *sums =
        tensors_want(r->file, r->path, "running", TENSOR_F64, TALLY_NUMBERS, e);
    const struct train_epoch *lines =
        tensors_want(r->file, r->path, "history", TENSOR_F64, 0, e);
    if (!p || !sums || !lines)
        return -1;
    size_t n = tensors_find(r->file, "history")->count;
    if (!(p[EPOCH] >= 0 && p[EPOCH] <= t->settings->train.epochs &&
          n == (size_t)p[EPOCH] * TRAIN_EPOCH_NUMBERS))
        return err_set(e, ERR_FORMAT, "%s: its position makes no sense",
                       r->path);
    if (each_state(t, read_state, r, e))
        return -1;
    unpack_position(t, p);
    memcpy(&t->running, sums, sizeof t->running);
    memcpy(t->history, lines, n * sizeof(double));
    memcpy(t->best.model.weights, old->model.weights,
           t->best.model.size * sizeof(real));
    t->best.epoch = old->epoch;
    t->best.valid_nats = old->valid_nats;
    t->resumed = 1;
    return 0;
}

static int resume_last(struct trainer *t, struct err *e) {
    char path[CONF_PATH + 64];
    struct trained old;
    struct tensors file = {0};
    if (run_path(t, "last.safetensors", path, sizeof path, e))
        return -1;
    if (access(path, F_OK))
        return 0;
    if (trained_load(&old, path, &file, e))
        return -1;
    struct reading r = {&file, path};
    int rc = read_last(t, &old, &r, e);
    tensors_free(&file);
    trained_free(&old);
    return rc;
}

/* ---- opening ---- */

static int open_network(struct trainer *t, struct err *e) {
    const struct settings *s = t->settings;
    struct model_config c = {.cell = (enum cell_kind)s->model.cell,
                             .heads = (enum model_heads)s->model.heads,
                             .layers = (size_t)s->model.layers,
                             .hidden = (size_t)s->model.hidden,
                             .project = s->model.heads == HEADS_FACTORED
                                            ? (size_t)s->model.project
                                            : 0};
    if (trained_init(&t->best, t->data, &c, s->model.position, s->model.meter,
                     e))
        return -1;
    model_randomize(&t->best.model, (uint64_t)s->train.seed, s->model.init,
                    s->model.forget_bias);
    if (optim_init(&t->optim, (enum optim_kind)s->train.optimizer,
                   t->best.model.size, e))
        return -1;
    t->optim.beta1 = s->train.beta1;
    t->optim.beta2 = s->train.beta2;
    t->optim.epsilon = s->train.epsilon;
    t->optim.weight_decay = s->train.weight_decay;
    return 0;
}

static int open_batches(struct trainer *t, struct err *e) {
    const struct settings *s = t->settings;
    size_t B = (size_t)s->train.batch, T = (size_t)s->train.window;
    if (crew_init(&t->crew, &t->best.model, B, T, (size_t)s->train.shards,
                  s->train.threads, 1, e) ||
        batch_init(&t->train, t->data, &t->best.context, SPLIT_TRAIN, B, T,
                   e) ||
        batch_init(&t->valid, t->data, &t->best.context, SPLIT_VALID, B, T, e))
        return -1;
    t->history = calloc((size_t)s->train.epochs, sizeof *t->history);
    return t->history ? 0 : err_set(e, ERR_MEM, "training: out of memory");
}

int train_open(struct trainer *t, const struct settings *s,
               const struct dataset *d, int resume, struct err *e) {
    *t = (struct trainer){.settings = s, .data = d, .lowest = -1};
    if (open_network(t, e) || open_batches(t, e) || dir_make(s->run.dir, e) ||
        (resume && resume_last(t, e)) || write_config(t, e)) {
        train_close(t);
        return -1;
    }
    return 0;
}

void train_close(struct trainer *t) {
    batch_free(&t->train);
    batch_free(&t->valid);
    crew_free(&t->crew);
    optim_free(&t->optim);
    trained_free(&t->best);
    free(t->history);
    *t = (struct trainer){0};
}

size_t train_bytes(const struct trainer *t) {
    size_t arrays = 2 + (t->optim.m != NULL) + 1; /* w, transposed, v, m */
    return arrays * t->best.model.size * sizeof(real) +
           crew_bytes(&t->crew, &t->best.model, 1);
}

/* ---- the loop ---- */

static double rate_now(const struct trainer *t) {
    const struct settings *s = t->settings;
    double epoch = (double)t->train.scored_steps;
    return s->train.rate *
           schedule_factor((enum schedule)s->train.schedule,
                           (uint64_t)(t->epoch * epoch + t->scored),
                           (uint64_t)(s->train.epochs * epoch),
                           (uint64_t)(s->train.warmup_epochs * epoch),
                           s->train.rate_factor,
                           (uint64_t)(s->train.rate_every * epoch));
}

/* Adds all shards' gradients to the first one's and returns the sum. */
static real *add_gradients(struct trainer *t) {
    size_t n = t->best.model.size;
    real *sum = t->crew.work[0].gradient;
    for (size_t s = 1; s < t->crew.shards; s++) {
        const real *g = t->crew.work[s].gradient;
        for (size_t i = 0; i < n; i++)
            sum[i] += g[i];
    }
    return sum;
}

/* Forward, backward, update on the window that the batch holds. */
static int update(struct trainer *t, size_t scored, struct err *e) {
    const struct settings *s = t->settings;
    struct model *m = &t->best.model;
    struct crew *c = &t->crew;
    double each = 1 / (double)scored, melody = s->train.melody_weight;
    struct pass pass = {.keep_input = (real)(1 - s->train.input_dropout),
                        .keep_output = (real)(1 - s->train.dropout),
                        .key = rng_mix((uint64_t)s->train.seed, t->updates),
                        .scale = {[OUT_MELODY] = (real)(melody * each),
                                  [OUT_CHORD] = (real)((1 - melody) * each)}};
    model_refresh(m);
#pragma omp parallel for schedule(static, 1) num_threads(c->threads)
    for (size_t i = 0; i < c->shards; i++) {
        size_t first = crew_first(c, i);
        model_forward(m, &c->work[i], &t->train.window, first, &pass);
        model_backward(m, &c->work[i], &t->train.window, first, &pass);
        model_carry(m, &c->work[i], t->train.T);
    }
    crew_tally(c, &t->train, &t->running);
    real *g = add_gradients(t);
    double norm = optim_norm(g, m->size), rate = rate_now(t);
    t->updates++;
    t->update++;
    t->scored += (double)scored;
    if (!isfinite(norm)) {
        /* the state may be spoilt as well: every lane starts anew */
        crew_clear(c, m);
        t->refused++;
        return t->refused < MAX_REFUSED
                   ? 0
                   : err_set(e, ERR_NUM,
                             "%d updates were not finite; try a smaller "
                             "train.rate",
                             t->refused);
    }
    real clip =
        (real)(s->train.clip > 0 && norm > s->train.clip ? s->train.clip / norm
                                                         : 1);
    for (size_t i = 0; clip < 1 && i < m->size; i++)
        g[i] *= clip;
    optim_step(&t->optim, m->weights, g, rate);
    return 0;
}

static struct train_progress progress(const struct trainer *t, double began) {
    struct train_progress p = {
        .epoch = t->epoch + 1,
        .epochs = t->settings->train.epochs,
        .share = t->scored / (double)t->train.scored_steps,
        .steps = (double)t->epoch * (double)t->train.scored_steps + t->scored -
                 began,
        .rate = rate_now(t),
        .refused = t->refused};
    for (int k = 0; k < OUTPUTS; k++)
        p.nats[k] = t->running.all[k].nats / t->running.all[k].steps;
    return p;
}

struct stopping {
    struct trainer *t;
    const struct train_hooks *h;
    double began;
};

static int stop_validation(void *user) {
    struct stopping *s = user;
    struct train_progress p = progress(s->t, s->began);
    p.validating = 1;
    return s->h->update(s->h->user, &p) == TRAIN_STOP;
}

static struct train_epoch make_line(const struct trainer *t,
                                    const struct tally *valid, double seconds) {
    struct train_epoch line = {.epoch = t->epoch + 1,
                               .updates = (double)t->updates,
                               .rate = rate_now(t),
                               .seconds = seconds};
    for (int k = 0; k < OUTPUTS; k++) {
        const struct score *v = &valid->all[k], *r = &t->running.all[k];
        line.train_nats[k] = r->nats / r->steps;
        line.valid_nats[k] = v->nats / v->steps;
        line.valid_p[k] = v->p_target / v->steps;
        line.valid_hit[k] = v->hits / v->steps;
    }
    return line;
}

/* Keeps the model if it is the best so far. */
static int keep_best(struct trainer *t, struct train_epoch *line,
                     struct err *e) {
    char path[CONF_PATH + 64];
    double nats = line->valid_nats[OUT_MELODY] + line->valid_nats[OUT_CHORD];
    line->best = t->lowest < 0 || nats < t->lowest;
    t->waiting++;
    if (line->best == 0)
        return 0;
    t->lowest = nats;
    t->waiting = 0;
    t->best.epoch = (int)line->epoch;
    t->best.valid_nats = nats;
    if (run_path(t, "best.safetensors", path, sizeof path, e))
        return -1;
    return trained_save(&t->best, NULL, path, e);
}

static void next_epoch(struct trainer *t) {
    t->update = 0;
    t->scored = 0;
    memset(&t->running, 0, sizeof t->running);
}

/* Validates, keeps the best, writes the files of the run. */
static int end_epoch(struct trainer *t, const struct train_hooks *h,
                     double seconds, double began, struct err *e) {
    struct tally valid;
    struct stopping s = {t, h, began};
    if (evaluate(&t->best.model, &t->crew, &t->valid, stop_validation, &s,
                 &valid, e))
        return -1;
    double now = h->clock ? h->clock(h->user) : 0;
    struct train_epoch line = make_line(t, &valid, now - seconds);
    if (keep_best(t, &line, e))
        return -1;
    t->history[t->epoch++] = line;
    next_epoch(t);
    crew_clear(&t->crew, &t->best.model);
    if (save_last(t, e) || write_metrics(t, e) || write_picture(t, e))
        return -1;
    h->epoch(h->user, &line);
    return 0;
}

/* Goes to where the epoch was left. */
static void begin_epoch(struct trainer *t) {
    const struct settings *s = t->settings;
    batch_begin_shuffled(&t->train, (uint64_t)s->train.seed, (uint64_t)t->epoch,
                         s->train.transpose);
    if (t->update == 0)
        crew_clear(&t->crew, &t->best.model);
    for (uint64_t u = 0; u < t->update; u++)
        batch_next(&t->train);
}

/* An epoch, or the rest of one. A stop saves before it ends: while validating,
 * the state of the last update is gone from the crew, but nothing of it is
 * needed any more, so the saved epoch is resumed at its end. */
static int run_epoch(struct trainer *t, const struct train_hooks *h,
                     double began, struct err *e) {
    double seconds = h->clock ? h->clock(h->user) : 0;
    begin_epoch(t);
    for (size_t scored = batch_next(&t->train); scored;
         scored = batch_next(&t->train)) {
        if (update(t, scored, e))
            return -1;
        struct train_progress p = progress(t, began);
        enum train_order order = h->update(h->user, &p);
        if (order != TRAIN_GO && save_last(t, e))
            return -1;
        if (order == TRAIN_STOP)
            return err_set(e, ERR_STOP, "stopped");
    }
    struct err why = {0};
    if (end_epoch(t, h, seconds, began, &why) == 0)
        return 0;
    if (why.code == ERR_STOP && save_last(t, e))
        return -1;
    return err_set(e, why.code, "%s", why.text);
}

static int finished(const struct trainer *t) {
    const struct settings *s = t->settings;
    return t->epoch >= s->train.epochs ||
           (s->train.patience && t->waiting >= s->train.patience);
}

int train_run(struct trainer *t, const struct train_hooks *h, struct err *e) {
    double began = (double)t->epoch * (double)t->train.scored_steps + t->scored;
    while (!finished(t))
        if (run_epoch(t, h, began, e))
            return -1;
    return 0;
}
