/* Models on disk: see checkpoint.h. SPDX-License-Identifier: MIT */
#include "nott/player/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/conf.h"

#define FORMAT "nott-model 2"

#ifdef REAL_IS_DOUBLE
#define TENSOR_REAL TENSOR_F64
#else
#define TENSOR_REAL TENSOR_F32
#endif

void checkpoint_free(struct checkpoint *t) {
    model_free(&t->model);
    free(t->openings);
    *t = (struct checkpoint){0};
}

static void collect_openings(struct checkpoint *t, const struct dataset *d) {
    for (size_t s = 0; s < d->tunes; s++)
        if (d->split[s] == SPLIT_TRAIN)
            t->openings[t->opening_count++] =
                (struct opening){.melody = d->melody[d->offset[s]],
                                 .chord = d->chord[d->offset[s]],
                                 .bar = d->bar[s],
                                 .phase = d->phase[s],
                                 .beats = d->meter[2 * s],
                                 .unit = d->meter[2 * s + 1],
                                 .key = d->key[s]};
}

/* What the network's sizes owe to its features and to the vocabulary. */
static void fit(const struct checkpoint *t, struct model_config *c) {
    const struct context *x = &t->context;
    /* where no chord has a root there are no kinds of chords */
    if (x->on.relative && context_chords_in_key(x) > 0) {
        c->keys = CONTEXT_KEYS;
        c->relative[OUT_MELODY] = CONTEXT_MELODIES_IN_KEY;
        c->relative[OUT_CHORD] = (size_t)context_chords_in_key(x);
        c->relative_over = c->heads == HEADS_FACTORED
                               ? (size_t)context_melodies_in_chord(x)
                               : 0;
    }
    c->rows = t->context.rows;
    c->active = t->context.active;
    c->copies = t->context.copies;
    c->classes[OUT_MELODY] = (size_t)t->vocabulary.melody_count;
    c->classes[OUT_CHORD] =
        (size_t)t->vocabulary.chord_count + (t->context.end >= 0);
}

/* Tells the network what each class is in each key and over each chord. */
static void name_relative_classes(struct checkpoint *t) {
    const struct context *x = &t->context;
    struct model *m = &t->model;
    size_t Km = m->config.classes[OUT_MELODY];
    size_t Kc = m->config.classes[OUT_CHORD];
    for (size_t key = 0; key < m->config.keys; key++) {
        for (size_t k = 0; k < Km; k++)
            m->relative_class[OUT_MELODY][key * Km + k] =
                (int16_t)context_melody_in_key(x, (int)k, (int)key - 1);
        for (size_t k = 0; k < Kc; k++)
            m->relative_class[OUT_CHORD][key * Kc + k] =
                (int16_t)context_chord_in_key(x, (int)k, (int)key - 1);
    }
    for (size_t c = 0; c < Kc && m->config.relative_over; c++)
        for (size_t k = 0; k < Km; k++)
            m->relative_over_chord[c * Km + k] =
                (int16_t)context_melody_in_chord(x, (int)k, (int)c);
}

int checkpoint_init(struct checkpoint *t, const struct dataset *d,
                    struct model_config *c, const struct features *f,
                    struct err *e) {
    *t = (struct checkpoint){.vocabulary = d->vocabulary,
                             .steps_per_quarter = d->steps_per_quarter};
    snprintf(t->data_sha256, sizeof t->data_sha256, "%s", d->source_sha256);
    context_init(&t->context, f, &t->vocabulary);
    fit(t, c);
    t->openings = calloc(d->tunes + 1, sizeof *t->openings);
    if (!t->openings)
        return err_set(e, ERR_MEM, "model: out of memory");
    collect_openings(t, d);
    if (model_init(&t->model, c, e)) {
        checkpoint_free(t);
        return -1;
    }
    name_relative_classes(t);
    return 0;
}

int checkpoint_differs(const struct checkpoint *a, const struct checkpoint *b) {
    const struct model_config *x = &a->model.config, *y = &b->model.config;
    return vocabulary_differs(&a->vocabulary, &b->vocabulary) ||
           memcmp(&a->context.on, &b->context.on, sizeof a->context.on) != 0 ||
           memcmp(x, y, sizeof *x) != 0;
}

/* ---- writing ---- */

/* Every whole number of a model file: name, place and range. */
struct number {
    const char *key;
    int value, min, max;
};

enum {
    CELL,
    HEADS,
    LAYERS,
    HIDDEN,
    PROJECT,
    POSITION,
    METER,
    BARS,
    KEY,
    LENGTH,
    SOUNDING,
    AGES,
    RELATIVE,
    MATCH,
    COPY,
    END,
    SPQ,
    EPOCH,
    NUMBERS
};

static void list_numbers(const struct checkpoint *t, struct number n[NUMBERS]) {
    const struct model_config *c = &t->model.config;
    const struct features *f = &t->context.on;
    n[CELL] = (struct number){"cell", (int)c->cell, 0, 2};
    n[HEADS] = (struct number){"heads", (int)c->heads, 0, 1};
    n[LAYERS] = (struct number){"layers", (int)c->layers, 1, MODEL_MAX_LAYERS};
    n[HIDDEN] = (struct number){"hidden", (int)c->hidden, 1, 4096};
    n[PROJECT] = (struct number){"project", (int)c->project, 0, 4096};
    n[POSITION] = (struct number){"position", f->position, 0, 1};
    n[METER] = (struct number){"meter", f->meter, 0, 1};
    n[BARS] = (struct number){"bars", f->bars, 0, 64};
    n[KEY] = (struct number){"key", f->key, 0, 1};
    n[LENGTH] = (struct number){"length", f->length, 0, 1};
    n[SOUNDING] = (struct number){"sounding", f->sounding, 0, 1};
    n[AGES] = (struct number){"ages", f->durations, 0, 1};
    n[RELATIVE] = (struct number){"relative", f->relative, 0, 1};
    n[MATCH] = (struct number){"match", f->best_lag, 0, 1};
    n[COPY] = (struct number){"copy", f->copy, 0, 1};
    n[END] = (struct number){"end", f->end, 0, 1};
    n[SPQ] = (struct number){"steps_per_quarter", t->steps_per_quarter, 1, 96};
    n[EPOCH] = (struct number){"epoch", t->epoch, 0, 1 << 30};
}

static int add_texts(const struct checkpoint *t, struct tensors *out,
                     struct err *e) {
    struct number n[NUMBERS];
    char text[CONTEXT_LAGS * 4] = "";
    size_t used = 0;
    list_numbers(t, n);
    if (tensors_add_text(out, "format", FORMAT, e) ||
        tensors_add_text(out, "data_sha256", t->data_sha256, e))
        return -1;
    for (int k = 0; k < NUMBERS; k++) {
        snprintf(text, sizeof text, "%d", n[k].value);
        if (tensors_add_text(out, n[k].key, text, e))
            return -1;
    }
    text[0] = 0;
    for (int i = 0; i < t->context.on.lag_count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%d",
                                 i ? " " : "", t->context.on.lag[i]);
    if (tensors_add_text(out, "lags", text, e))
        return -1;
    snprintf(text, sizeof text, "%.6f", t->valid_nats);
    return tensors_add_text(out, "valid_nats", text, e) ||
                   vocabulary_store(&t->vocabulary, out, e)
               ? -1
               : 0;
}

static size_t width(enum tensor_type type) {
    switch (type) {
    case TENSOR_F64:
    case TENSOR_I64:
        return 8;
    case TENSOR_F32:
        return 4;
    case TENSOR_I16:
        return 2;
    default:
        return 1;
    }
}

static int add_weights(const struct model *m, struct tensors *out,
                       struct err *e) {
    for (size_t k = 0; k < m->tensor_count; k++) {
        const struct model_tensor *a = &m->tensors[k];
        if (tensors_add(out, a->name, TENSOR_REAL, a->rows, a->cols,
                        m->weights + a->offset, e))
            return -1;
    }
    return 0;
}

/* Widest types first: that keeps every array aligned. */
static int add_arrays(const struct checkpoint *t, const struct tensors *more,
                      struct tensors *out, struct err *e) {
    for (size_t wide = 8; wide > 0; wide /= 2) {
        for (size_t i = 0; more && i < more->count; i++) {
            const struct tensor *a = &more->list[i];
            if (width(a->type) == wide &&
                tensors_add(out, a->name, a->type, a->shape[0],
                            a->dims > 1 ? a->shape[1] : 0, a->data, e))
                return -1;
        }
        if (wide == sizeof(real) && add_weights(&t->model, out, e))
            return -1;
        if (wide == 2 &&
            tensors_add(out, "openings", TENSOR_I16, t->opening_count,
                        OPENING_NUMBERS, t->openings, e))
            return -1;
    }
    return 0;
}

int checkpoint_save(const struct checkpoint *t, const struct tensors *more,
                    const char *path, struct err *e) {
    struct tensors out = {0};
    int rc = add_texts(t, &out, e) || add_arrays(t, more, &out, e) ? -1 : 0;
    for (size_t i = 0; rc == 0 && more && i < more->text_count; i++)
        rc =
            tensors_add_text(&out, more->texts[i].key, more->texts[i].value, e);
    if (rc == 0)
        rc = tensors_save(&out, path, e);
    tensors_free(&out);
    return rc;
}

/* ---- reading ---- */

static int read_numbers(struct checkpoint *t, const struct tensors *in,
                        struct number n[NUMBERS], const char *path,
                        struct err *e) {
    list_numbers(t, n);
    for (int k = 0; k < NUMBERS; k++) {
        const char *text = tensors_text(in, n[k].key);
        int64_t v;
        if (!text || conf_integer(n[k].key, text, n[k].min, n[k].max, &v, NULL))
            return err_set(e, ERR_FORMAT, "%s: text \"%s\" is missing or wrong",
                           path, n[k].key);
        n[k].value = (int)v;
    }
    return 0;
}

static int read_weights(struct model *m, const struct tensors *in,
                        const char *path, struct err *e) {
    for (size_t k = 0; k < m->tensor_count; k++) {
        const struct model_tensor *a = &m->tensors[k];
        const void *data =
            tensors_want(in, path, a->name, TENSOR_REAL, a->rows * a->cols, e);
        if (!data)
            return -1;
        memcpy(m->weights + a->offset, data, a->rows * a->cols * sizeof(real));
    }
    for (size_t i = 0; i < m->size; i++)
        if (!(m->weights[i] - m->weights[i] == 0))
            return err_set(e, ERR_FORMAT, "%s: a weight is not finite", path);
    return 0;
}

static int opening_fits(const struct checkpoint *t, const struct opening *o) {
    return o->melody >= 0 && o->melody < t->vocabulary.melody_count &&
           o->chord >= 0 && o->chord < t->vocabulary.chord_count &&
           o->bar >= 1 && o->phase >= 0 && o->phase < o->bar && o->beats >= 1 &&
           o->unit >= 1 && o->key >= -1 && o->key < 24;
}

static int read_openings(struct checkpoint *t, const struct tensors *in,
                         const char *path, struct err *e) {
    const struct opening *list =
        tensors_want(in, path, "openings", TENSOR_I16, 0, e);
    if (!list)
        return -1;
    size_t n = tensors_find(in, "openings")->count / OPENING_NUMBERS;
    t->openings = calloc(n + 1, sizeof *t->openings);
    if (!t->openings)
        return err_set(e, ERR_MEM, "%s: out of memory", path);
    memcpy(t->openings, list, n * sizeof *list);
    t->opening_count = n;
    for (size_t i = 0; i < n || !n; i++)
        if (!n || !opening_fits(t, &t->openings[i]))
            return err_set(e, ERR_FORMAT, "%s: its openings make no sense",
                           path);
    return 0;
}

/* Every layer has hidden x hidden weights at least: a file that is too small
 * for those must not make room for them. */
static int file_holds(const struct tensors *in, const struct number *n) {
    size_t H = (size_t)n[HIDDEN].value, layers = (size_t)n[LAYERS].value;
    return H * H * layers <= in->file.len / sizeof(real);
}

static int read_model(struct checkpoint *t, const struct tensors *in,
                      const char *path, struct err *e) {
    struct number n[NUMBERS];
    const char *format = tensors_text(in, "format");
    const char *hash = tensors_text(in, "data_sha256");
    const char *nats = tensors_text(in, "valid_nats");
    if (!format || strcmp(format, FORMAT) != 0)
        return err_set(e, ERR_FORMAT, "%s: not a model", path);
    if (vocabulary_read(&t->vocabulary, in, path, e) ||
        read_numbers(t, in, n, path, e))
        return -1;
    struct features on = {.position = n[POSITION].value,
                          .meter = n[METER].value,
                          .bars = n[BARS].value,
                          .key = n[KEY].value,
                          .length = n[LENGTH].value,
                          .sounding = n[SOUNDING].value,
                          .durations = n[AGES].value,
                          .relative = n[RELATIVE].value,
                          .best_lag = n[MATCH].value,
                          .copy = n[COPY].value,
                          .end = n[END].value};
    const char *lags = tensors_text(in, "lags");
    if (!lags || context_parse_lags(&on, lags, NULL))
        return err_set(e, ERR_FORMAT, "%s: text \"lags\" is missing or wrong",
                       path);
    if (!file_holds(in, n))
        return err_set(e, ERR_FORMAT, "%s: too small for its network", path);
    snprintf(t->data_sha256, sizeof t->data_sha256, "%s", hash ? hash : "");
    t->steps_per_quarter = n[SPQ].value;
    t->epoch = n[EPOCH].value;
    t->valid_nats = nats ? strtod(nats, NULL) : 0;
    context_init(&t->context, &on, &t->vocabulary);
    struct model_config c = {.cell = (enum cell_kind)n[CELL].value,
                             .heads = (enum model_heads)n[HEADS].value,
                             .layers = (size_t)n[LAYERS].value,
                             .hidden = (size_t)n[HIDDEN].value,
                             .project = (size_t)n[PROJECT].value};
    fit(t, &c);
    if (model_init(&t->model, &c, e) || read_weights(&t->model, in, path, e))
        return -1;
    name_relative_classes(t);
    return read_openings(t, in, path, e);
}

int checkpoint_load(struct checkpoint *t, const char *path,
                    struct tensors *file, struct err *e) {
    struct tensors in;
    *t = (struct checkpoint){0};
    if (tensors_load(&in, path, e))
        return -1;
    int rc = read_model(t, &in, path, e);
    if (rc)
        checkpoint_free(t);
    if (rc == 0 && file)
        *file = in;
    else
        tensors_free(&in);
    return rc;
}
