/* Exact resume: see resume.h. SPDX-License-Identifier: MIT */
#include "resume.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nott/base/file.h"
#include "nott/base/ini.h"
#include "nott/learn/record.h"

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

/* Calls f for the arrays of the states and of the optimizer. */
static int each_state(struct trainer *t,
                      int (*f)(void *user, const char *name, real *data,
                               size_t count, struct err *e),
                      void *user, struct err *e) {
    const struct model_config *c = &t->best.model.config;
    struct workspace *w = &t->workers.workspace;
    for (size_t l = 0; l < c->layers; l++) {
        char name[64];
        snprintf(name, sizeof name, "state.h%zu", l);
        if (f(user, name, w->layer[l].h, w->B * c->hidden, e))
            return -1;
        snprintf(name, sizeof name, "state.c%zu", l);
        if (c->cell == CELL_LSTM &&
            f(user, name, w->layer[l].c, w->B * c->hidden, e))
            return -1;
    }
    if (t->optim.m && f(user, "optim.m", t->optim.m, t->optim.n, e))
        return -1;
    if (t->optim.average &&
        f(user, "optim.average", t->optim.average, t->optim.n, e))
        return -1;
    return f(user, "optim.v", t->optim.v, t->optim.n, e);
}

static int add_state(void *user, const char *name, real *data, size_t count,
                     struct err *e) {
    return tensors_add(user, name, TENSOR_REAL, count, 0, data, e);
}

int resume_save(struct trainer *t, struct err *e) {
    double position[POSITION_NUMBERS];
    struct tensors more = {0};
    pack_position(t, position);
    int rc = tensors_add(&more, "position", TENSOR_F64, POSITION_NUMBERS, 0,
                         position, e) ||
             tensors_add(&more, "running", TENSOR_F64, TALLY_NUMBERS, 0,
                         &t->running, e) ||
             tensors_add(&more, "history", TENSOR_F64, (size_t)t->epoch,
                         TRAIN_EPOCH_NUMBERS, t->history, e) ||
             tensors_add(&more, "data", TENSOR_U8, HASH_HEX - 1, 0,
                         t->data_sha256, e) ||
             each_state(t, add_state, &more, e) ||
             checkpoint_save(&t->best, &more,
                             record_path(t, CHECKPOINT_LAST).text, e);
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
    if (!src)
        return -1;
    memcpy(data, src, count * sizeof *data);
    for (size_t i = 0; i < count; i++)
        if (!isfinite(data[i]))
            return err_set(e, ERR_FORMAT, "%s: array \"%s\" is not finite",
                           r->path, name);
    return 0;
}

/* The same sources can be split otherwise, or their steps be changed. States
 * of old do not tell. */
static int is_of_these_tunes(const struct trainer *t, const struct reading *r) {
    const struct tensor *had = tensors_find(r->file, "data");
    return !had || (had->type == TENSOR_U8 && had->count == HASH_HEX - 1 &&
                    memcmp(had->data, t->data_sha256, HASH_HEX - 1) == 0);
}

static int of_another(const char *path, struct err *e) {
    return err_set(e, ERR_FORMAT,
                   "%s: is of other data or another network; take another "
                   "run, or --force",
                   path);
}

static int position_fits(const struct trainer *t, const double *p) {
    for (int k = 0; k < POSITION_NUMBERS; k++) {
        double most = k == UPDATES || k == OPTIM_STEPS ? 1e15 : INT_MAX;
        if (!(p[k] >= (k == LOWEST ? -1 : 0) && p[k] < most))
            return 0;
    }
    return p[UPDATE] <= (double)t->train.scored_steps;
}

static int read_last(struct trainer *t, const struct checkpoint *old,
                     struct reading *r, struct err *e) {
    if (checkpoint_differs_in_data(old, &t->best) || !is_of_these_tunes(t, r))
        return of_another(r->path, e);
    const double *p = tensors_want(r->file, r->path, "position", TENSOR_F64,
                                   POSITION_NUMBERS, e);
    const double *sums =
        tensors_want(r->file, r->path, "running", TENSOR_F64, TALLY_NUMBERS, e);
    const struct train_epoch *lines =
        tensors_want(r->file, r->path, "history", TENSOR_F64, 0, e);
    if (!p || !sums || !lines)
        return -1;
    for (size_t i = 0; i < TALLY_NUMBERS; i++)
        if (!isfinite(sums[i]))
            return err_set(e, ERR_FORMAT, "%s: its sums are not finite",
                           r->path);
    size_t n = tensors_find(r->file, "history")->count;
    if (!position_fits(t, p) || n != (size_t)p[EPOCH] * TRAIN_EPOCH_NUMBERS)
        return err_set(e, ERR_FORMAT, "%s: its position makes no sense",
                       r->path);
    if (p[EPOCH] > t->settings->train.epochs)
        return err_set(e, ERR_USAGE,
                       "train.epochs: %d, but %.0f are done already",
                       t->settings->train.epochs, p[EPOCH]);
    if (each_state(t, read_state, r, e))
        return -1;
    unpack_position(t, p);
    memcpy(&t->running, sums, sizeof t->running);
    memcpy(t->history, lines, n * sizeof(double));
    memcpy(t->best.model.weights, old->model.weights,
           t->best.model.size * sizeof(real));
    model_refresh(&t->best.model, 0, &team_alone);
    t->best.epoch = old->epoch;
    t->best.valid_nats = old->valid_nats;
    t->resumed = 1;
    return 0;
}

/* The settings of the interrupted run are in its config.ini. */
static int check_settings(const struct trainer *t, struct err *e) {
    struct file_path path = record_path(t, RECORD_CONFIG);
    struct settings old;
    char name[64];
    conf_defaults(&settings_table, &old);
    if (ini_load(&settings_table, &old, path.text, e))
        return -1;
    if (conf_difference(&settings_table, &old, t->settings, name))
        return err_set(e, ERR_USAGE,
                       "%s: has another %s; go on with that, take another run, "
                       "or --force",
                       path.text, name);
    return 0;
}

int resume_is_best(const struct trainer *t) {
    return t->lowest >= 0 && t->waiting == 0 && t->update == 0;
}

/* The best model is of an earlier epoch and cannot be made again. */
static int check_best(const struct trainer *t, struct err *e) {
    struct checkpoint best;
    if (checkpoint_load_run(&best, t->settings->run.dir, e))
        return -1;
    int rc = checkpoint_differs_in_data(&best, &t->best)
                 ? of_another(record_path(t, CHECKPOINT_BEST).text, e)
                 : 0;
    checkpoint_free(&best);
    return rc;
}

/* Without a state there is nothing to go on from, and to begin would lose the
 * model that is there. */
static int check_no_best(const struct trainer *t, struct err *e) {
    int there = file_is_there(record_path(t, CHECKPOINT_BEST).text, e);
    return there <= 0
               ? there
               : err_set(e, ERR_USAGE,
                         "%s: holds a model, but no last.safetensors to go on "
                         "from; --force, or another --run",
                         t->settings->run.dir);
}

int resume_load(struct trainer *t, struct err *e) {
    struct file_path path = record_path(t, CHECKPOINT_LAST);
    struct checkpoint old;
    struct tensors file = {0};
    int there = file_is_there(path.text, e);
    if (there <= 0)
        return there ? there : check_no_best(t, e);
    if (check_settings(t, e) || checkpoint_load(&old, path.text, &file, e))
        return -1;
    struct reading r = {&file, path.text};
    int rc = read_last(t, &old, &r, e);
    tensors_free(&file);
    checkpoint_free(&old);
    if (rc == 0 && t->lowest >= 0 && !resume_is_best(t))
        rc = check_best(t, e);
    return rc;
}
