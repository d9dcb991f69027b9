/* Training: see train.h. SPDX-License-Identifier: MIT */
#include "nott/learn/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/file.h"
#include "nott/base/rng.h"
#include "nott/learn/evaluate.h"
#include "nott/learn/record.h"
#include "resume.h"

#define MAX_REFUSED 20 /* updates in a row */
#define SKIPPED     64 /* updates done before, between looks at a stop */

/* ---- opening ---- */

/* Tunes begin as those with chords do, if there are such. */
int train_origin(struct origin *o, const struct dataset *d, struct err *e) {
    *o = (struct origin){.vocabulary = d->vocabulary,
                         .steps_per_quarter = d->steps_per_quarter};
    snprintf(o->data_sha256, sizeof o->data_sha256, "%s", d->source_sha256);
    o->openings = calloc(d->tunes + 1, sizeof *o->openings);
    o->forms = calloc(d->tunes + 1, sizeof *o->forms);
    if (!o->openings || !o->forms) {
        checkpoint_free_origin(o);
        return err_set(e, ERR_MEM, "model: out of memory");
    }
    int any =
        dataset_chordless(d, SPLIT_TRAIN) == dataset_count(d, SPLIT_TRAIN);
    for (size_t s = 0; s < d->tunes; s++) {
        if (d->split[s] != SPLIT_TRAIN || !(any || d->has_chords[s]))
            continue;
        struct tune_header h = dataset_header(d, s);
        const uint8_t *chord = dataset_chords(d, s);
        const uint8_t *melody = d->melody + d->offset[s];
        form_of(&o->forms[o->opening_count], &d->vocabulary, &h, melody, chord,
                (size_t)(d->offset[s + 1] - d->offset[s]));
        o->openings[o->opening_count++] = (struct opening){
            melody[0], chord ? chord[0] : tune_first_chord(&d->vocabulary, &h),
            h};
    }
    return 0;
}

/* What the tunes have nothing to teach about is not put into the network. */
static struct features features(const struct trainer *t) {
    const struct dataset *d = t->data;
    struct features on = t->settings->features;
    size_t without = dataset_chordless(d, SPLIT_TRAIN);
    size_t tunes = dataset_count(d, SPLIT_TRAIN);
    on.unknown &= without > 0 || t->settings->train.hide_chords > 0;
    on.end &= without < tunes; /* it is one of the chords */
    return on;
}

static int learn_evidence(struct checkpoint *m, const struct dataset *d,
                          struct err *e) {
    if (evidence_begin(&m->evidence, &m->context, e))
        return -1;
    for (size_t s = 0; s < d->tunes; s++) {
        struct tune_view tune = {d->melody + d->offset[s],
                                 dataset_chords(d, s),
                                 dataset_header(d, s),
                                 (size_t)(d->offset[s + 1] - d->offset[s]),
                                 NULL,
                                 0};
        if (d->split[s] == SPLIT_TRAIN)
            evidence_add(&m->evidence, &m->context, &tune);
    }
    evidence_end(&m->evidence);
    return 0;
}

static int learn_shingles(struct checkpoint *m, const struct dataset *d,
                          struct err *e) {
    size_t steps = 0;
    for (size_t s = 0; s < d->tunes; s++)
        steps += d->split[s] == SPLIT_TRAIN
                     ? (size_t)(d->offset[s + 1] - d->offset[s])
                     : 0;
    if (shingles_begin(&m->shingles, steps, e))
        return -1;
    for (size_t s = 0; s < d->tunes; s++)
        if (d->split[s] == SPLIT_TRAIN)
            shingles_add(&m->shingles, &d->vocabulary, d->melody + d->offset[s],
                         (size_t)(d->offset[s + 1] - d->offset[s]));
    return 0;
}

static int open_network(struct trainer *t, struct err *e) {
    const struct settings *s = t->settings;
    struct model *m = &t->best.model;
    struct origin from;
    struct features on = features(t);
    if (train_origin(&from, t->data, e) ||
        checkpoint_init(&t->best, &from, &s->model, &on, e))
        return -1;
    if ((on.ahead && learn_evidence(&t->best, t->data, e)) ||
        (on.form && learn_shingles(&t->best, t->data, e)))
        return -1;
    if (s->train.precision == PRECISION_BF16 && model_use_bf16(m, e))
        return -1;
    model_randomize(m, (uint64_t)s->train.seed, s->init.range,
                    s->init.forget_bias);
    return optim_init(&t->optim, &s->optim, m->size, m->weights, e);
}

static int open_batches(struct trainer *t, int threads, struct err *e) {
    const struct settings *s = t->settings;
    size_t B = s->train.batch, T = s->train.window;
    if (workers_init(&t->workers, &t->best.model, B, T, threads, 1, e) ||
        batch_init(&t->train, t->data, &t->best.context, SPLIT_TRAIN, B, T,
                   e) ||
        batch_init(&t->valid, t->data, &t->best.context, SPLIT_VALID, B, T, e))
        return -1;
    t->history = calloc((size_t)s->train.epochs, sizeof *t->history);
    return t->history ? 0 : err_set(e, ERR_MEM, "training: out of memory");
}

int train_open(struct trainer *t, const struct settings *s,
               const struct dataset *d, int threads, int resume,
               struct err *e) {
    *t = (struct trainer){.settings = s, .data = d, .lowest = -1};
    dataset_sha256(d, t->data_sha256);
    if (open_network(t, e) || open_batches(t, threads, e) ||
        (resume && resume_load(t, e))) {
        train_close(t);
        return -1;
    }
    return 0;
}

int train_init_from(struct trainer *t, const char *dir, struct inherited *n,
                    struct err *e) {
    struct checkpoint from;
    struct model *m = &t->best.model;
    if (checkpoint_load_run(&from, dir, e))
        return -1;
    int rc = inherit_weights(&t->best, &from, dir, n, e);
    if (rc == 0 && t->optim.average)
        memcpy(t->optim.average, m->weights, m->size * sizeof(real));
    checkpoint_free(&from);
    return rc;
}

void train_close(struct trainer *t) {
    batch_free(&t->train);
    batch_free(&t->valid);
    workers_free(&t->workers);
    optim_free(&t->optim);
    checkpoint_free(&t->best);
    free(t->history);
    *t = (struct trainer){0};
}

size_t train_bytes(const struct trainer *t) {
    const struct model *m = &t->best.model;
    size_t arrays = 2 + (t->optim.m != NULL); /* weights, v, m */
    arrays += t->optim.average != NULL;
    return (arrays * m->size + (m->bf16 ? 2 : 1) * m->panels_size) *
               sizeof(real) +
           workers_bytes(&t->workers, m, 1);
}

/* ---- the loop ---- */

/* The rate of the update that brought the training to where it is. */
static double rate_now(const struct trainer *t) {
    size_t epoch = t->train.scored_steps;
    return optim_rate(&t->settings->optim,
                      (size_t)t->epoch * epoch + (size_t)t->scored, epoch,
                      t->settings->train.epochs);
}

/* Forward, backward, update on the window that the batch holds. */
static int update(struct trainer *t, size_t scored, struct err *e) {
    const struct settings *s = t->settings;
    struct model *m = &t->best.model;
    struct workers *c = &t->workers;
    double each = 1 / (double)scored, melody = s->train.melody_weight;
    struct training_pass pass = {
        .keep_input = (real)(1 - s->train.input_dropout),
        .keep_output = (real)(1 - s->train.dropout),
        .key = rng_mix((uint64_t)s->train.seed, t->updates),
        .scale = {[OUT_MELODY] = (real)(melody * each),
                  [OUT_CHORD] = (real)((1 - melody) * each)}};
    workers_refresh(c, m, 1);
    workers_run(c, m, &t->train.window, &pass);
    double norm = workers_norm(c, m);
    t->updates++;
    t->update++;
    t->scored += (double)scored;
    if (!isfinite(norm)) {
        /* the state may be spoilt as well: every slot starts anew */
        workers_clear(c, m);
        t->refused++;
        t->refused_now++;
        return t->refused_now < MAX_REFUSED
                   ? 0
                   : err_set(e, ERR_NUM,
                             "%d updates were not finite; try a smaller "
                             "train.rate",
                             t->refused_now);
    }
    workers_tally(c, &t->train, &t->running);
    int clip = s->train.clip > 0 && norm > s->train.clip;
    workers_update(c, m, &t->optim, clip ? s->train.clip / norm : 1,
                   rate_now(t));
    t->refused_now = 0;
    return 0;
}

static struct train_progress progress(const struct trainer *t, double began) {
    struct train_progress p = {
        .epoch = t->epoch + 1,
        .epochs = t->settings->train.epochs,
        .share = t->scored / (double)t->train.scored_steps,
        .steps = (double)t->epoch * (double)t->train.scored_steps + t->scored -
                 began,
        .refused = t->refused};
    for (int k = 0; k < OUTPUTS; k++)
        if (t->running.all[k].steps > 0) /* else all updates were refused */
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
                                    const struct tally *valid) {
    struct train_epoch line = {.epoch = t->epoch + 1,
                               .updates = (double)t->updates,
                               .rate = rate_now(t)};
    for (int k = 0; k < OUTPUTS; k++) {
        const struct sums *v = &valid->all[k], *r = &t->running.all[k];
        line.train_nats[k] = tally_mean(r, r->nats);
        line.valid_nats[k] = tally_mean(v, v->nats);
        line.valid_p[k] = tally_mean(v, v->p_target);
        line.valid_correct[k] = tally_mean(v, v->correct);
    }
    return line;
}

/* Takes down whether the model is the best so far. */
static void judge(struct trainer *t, struct train_epoch *line) {
    double nats = tally_total(line->valid_nats);
    line->best = t->lowest < 0 || nats < t->lowest;
    t->waiting++;
    if (line->best == 0)
        return;
    t->lowest = nats;
    t->waiting = 0;
    t->best.epoch = (int)line->epoch;
    t->best.valid_nats = nats;
}

/* The mean of the weights, where it is kept, takes the place of the weights;
 * called again, it goes back. The panels stay as they are: those of the mean
 * from validation until the next update. */
static void exchange_average(struct trainer *t) {
    real *w = t->best.model.weights;
    if (!t->optim.average)
        return;
    t->best.model.weights = t->optim.average;
    t->optim.average = w;
}

static int save_best(struct trainer *t, struct err *e) {
    exchange_average(t);
    int rc = checkpoint_save(&t->best, NULL,
                             record_path(t, CHECKPOINT_BEST).text, e);
    exchange_average(t);
    return rc;
}

static void next_epoch(struct trainer *t) {
    t->update = 0;
    t->scored = 0;
    memset(&t->running, 0, sizeof t->running);
}

static int validate(struct trainer *t, const struct train_hooks *h,
                    double began, struct tally *valid, struct err *e) {
    struct stopping s = {t, h, began};
    exchange_average(t);
    workers_refresh(&t->workers, &t->best.model, 0);
    int rc = evaluate_model(&t->best.model, &t->workers, &t->valid, 0,
                            stop_validation, &s, valid, e);
    exchange_average(t);
    return rc;
}

/* Validates, keeps the best, writes the files of the run. The state comes
 * first: when what follows is not written, going on from it writes it. */
static int end_epoch(struct trainer *t, const struct train_hooks *h,
                     double began, struct err *e) {
    struct tally valid;
    if (validate(t, h, began, &valid, e))
        return -1;
    struct train_epoch line = make_line(t, &valid);
    judge(t, &line);
    t->history[t->epoch++] = line;
    next_epoch(t);
    workers_clear(&t->workers, &t->best.model);
    if (record_is_here(t, e) || resume_save(t, e) ||
        (line.best != 0 && save_best(t, e)) || record_epoch(t, e) ||
        (t->replaces && record_replace(t, e)))
        return -1;
    exchange_average(t); /* for tunes composed on the way */
    h->epoch(h->user, &line);
    exchange_average(t);
    return 0;
}

/* In the first epoch of a run that replaces another one there is nothing yet to
 * go on from. */
static int save_state(struct trainer *t, struct err *e) {
    if (t->replaces)
        return 0;
    return record_is_here(t, e) ? -1 : resume_save(t, e);
}

static enum train_order ask(const struct trainer *t,
                            const struct train_hooks *h, double began) {
    struct train_progress p = progress(t, began);
    return h->update(h->user, &p);
}

/* Goes to where the epoch was left. */
static int begin_epoch(struct trainer *t, const struct train_hooks *h,
                       double began, struct err *e) {
    const struct settings *s = t->settings;
    const struct batch_changes how = {.transpose = s->train.transpose,
                                      .input_noise = s->train.input_noise,
                                      .hide_chords = s->train.hide_chords,
                                      .hide_form = s->train.hide_form,
                                      .show_melody = s->train.show_melody};
    batch_begin_shuffled(&t->train, (uint64_t)s->train.seed, (uint64_t)t->epoch,
                         &how);
    if (t->update == 0)
        workers_clear(&t->workers, &t->best.model);
    for (uint64_t u = 1; u <= t->update; u++) {
        batch_next(&t->train);
        if (u % SKIPPED == 0 && ask(t, h, began) == TRAIN_STOP)
            return err_set(e, ERR_STOP, "stopped");
    }
    return 0;
}

/* An epoch, or the rest of one. A stop saves before it ends: while validating,
 * the state of the last update is gone from the workers, but nothing of it is
 * needed any more, so the saved epoch is resumed at its end. */
static int run_epoch(struct trainer *t, const struct train_hooks *h,
                     double began, struct err *e) {
    if (begin_epoch(t, h, began, e))
        return -1;
    for (size_t scored = batch_next(&t->train); scored;
         scored = batch_next(&t->train)) {
        if (update(t, scored, e))
            return -1;
        enum train_order order = ask(t, h, began);
        if (order != TRAIN_GO && save_state(t, e))
            return -1;
        if (order == TRAIN_STOP)
            return err_set(e, ERR_STOP, "stopped");
    }
    struct err why = {0};
    if (end_epoch(t, h, began, &why) == 0)
        return 0;
    if (why.code == ERR_STOP && save_state(t, e))
        return -1;
    return err_set(e, why.code, "%s", why.text);
}

static int finished(const struct trainer *t) {
    const struct settings *s = t->settings;
    return t->epoch >= s->train.epochs ||
           (s->train.patience && t->waiting >= s->train.patience);
}

/* What an interruption after the state was saved kept from being written. */
static int catch_up(struct trainer *t, struct err *e) {
    if (resume_is_best(t) && save_best(t, e))
        return -1;
    return t->epoch ? record_epoch(t, e) : 0;
}

int train_begin(struct trainer *t, struct err *e) {
    return record_begin(t, e);
}

static int run(struct trainer *t, const struct train_hooks *h, struct err *e) {
    double began = (double)t->epoch * (double)t->train.scored_steps + t->scored;
    if (record_config(t, e) || (t->resumed && catch_up(t, e)))
        return -1;
    while (!finished(t))
        if (run_epoch(t, h, began, e))
            return -1;
    return 0;
}

int train_run(struct trainer *t, const struct train_hooks *h, struct err *e) {
    if (!t->begun && record_begin(t, e))
        return -1;
    int rc = run(t, h, e);
    record_discard(t);
    return rc;
}
