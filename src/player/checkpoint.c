/* Models on disk: see checkpoint.h. SPDX-License-Identifier: MIT */
#include "nott/player/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forms.h"
#include "nott/base/file.h"
#include "nott/music/encode.h"

#define FORMAT     "nott-model 3"
#define OLD_FORMAT "nott-model 2" /* choices as numbers, keys of old */

void checkpoint_free(struct checkpoint *t) {
    model_free(&t->model);
    evidence_free(&t->evidence);
    shingles_free(&t->shingles);
    checkpoint_free_origin(&t->origin);
    *t = (struct checkpoint){0};
}

void checkpoint_free_origin(struct origin *o) {
    free(o->openings);
    free(o->forms);
    *o = (struct origin){0};
}

/* ---- the network for a vocabulary ---- */

/* What the network's sizes owe to its features and to the vocabulary. */
static void fit(const struct checkpoint *t, struct model_config *c) {
    const struct context *x = &t->context;
    const struct vocabulary *v = &t->origin.vocabulary;
    c->inputs = x->inputs;
    c->active = x->active;
    c->copies = x->copies;
    c->classes[OUT_MELODY] = (size_t)v->melody_count;
    c->classes[OUT_CHORD] = (size_t)v->chord_count + (x->end >= 0);
    /* where no chord has a root there are no relative classes of chords */
    if (!x->on.relative || context_chords_in_key(x) == 0)
        return;
    c->keys = CONTEXT_KEYS;
    c->relative[OUT_MELODY] = CONTEXT_MELODIES_IN_KEY;
    c->relative[OUT_CHORD] = (size_t)context_chords_in_key(x);
    c->relative_over =
        c->heads == HEADS_FACTORED ? (size_t)context_melodies_in_chord(x) : 0;
    if (!x->on.intervals)
        return;
    c->relative_anchor[OUT_MELODY] = CONTEXT_DISTANCES;
    c->relative_anchor[OUT_CHORD] = (size_t)context_chords_in_key(x);
}

/* Tells the network what each class is in each key and over each chord. */
static void name_relative_classes(struct checkpoint *t) {
    const struct context *x = &t->context;
    struct model *m = &t->model;
    size_t Km = m->config.classes[OUT_MELODY];
    size_t Kc = m->config.classes[OUT_CHORD];
    for (int key = TUNE_KEY_UNKNOWN; key < TUNE_KEYS && m->config.keys; key++) {
        size_t row = (size_t)context_key(key);
        for (size_t k = 0; k < Km; k++)
            m->relative_class[OUT_MELODY][row * Km + k] =
                (int16_t)context_melody_in_key(x, (int)k, key);
        for (size_t k = 0; k < Kc; k++)
            m->relative_class[OUT_CHORD][row * Kc + k] =
                (int16_t)context_chord_in_key(x, (int)k, key);
    }
    for (size_t c = 0; c < Kc && m->config.relative_over; c++)
        for (size_t k = 0; k < Km; k++)
            m->relative_over_chord[c * Km + k] =
                (int16_t)context_melody_in_chord(x, (int)k, (int)c);
    for (size_t i = 0; i < Km && m->config.relative_anchor[OUT_MELODY]; i++)
        for (size_t k = 0; k < Km; k++)
            m->relative_anchor[OUT_MELODY][i * Km + k] =
                (int16_t)context_melody_from(x, (int)k, (int)i);
    for (size_t i = 0; i < Kc && m->config.relative_anchor[OUT_CHORD]; i++)
        for (size_t k = 0; k < Kc; k++)
            m->relative_anchor[OUT_CHORD][i * Kc + k] =
                (int16_t)context_chord_from(x, (int)k, (int)i);
}

int checkpoint_init(struct checkpoint *t, struct origin *from,
                    const struct model_config *c, const struct features *f,
                    struct err *e) {
    struct model_config sizes = *c;
    *t = (struct checkpoint){.origin = *from};
    *from = (struct origin){0};
    context_init(&t->context, f, &t->origin.vocabulary);
    if (!t->context.on.form) { /* as in a model that is read */
        free(t->origin.forms);
        t->origin.forms = NULL;
    }
    fit(t, &sizes);
    if (model_init(&t->model, &sizes, e)) {
        checkpoint_free(t);
        return -1;
    }
    name_relative_classes(t);
    return 0;
}

int checkpoint_differs(const struct checkpoint *a, const struct checkpoint *b) {
    const struct model_config *x = &a->model.config, *y = &b->model.config;
    return vocabulary_differs(&a->origin.vocabulary, &b->origin.vocabulary) ||
           memcmp(&a->context.on, &b->context.on, sizeof a->context.on) != 0 ||
           memcmp(x, y, sizeof *x) != 0;
}

/* The same sources can be cut into other steps or split otherwise. */
int checkpoint_differs_in_data(const struct checkpoint *a,
                               const struct checkpoint *b) {
    const struct origin *x = &a->origin, *y = &b->origin;
    return strcmp(x->data_sha256, y->data_sha256) != 0 ||
           x->steps_per_quarter != y->steps_per_quarter ||
           x->opening_count != y->opening_count ||
           memcmp(x->openings, y->openings,
                  x->opening_count * sizeof *x->openings) != 0 ||
           checkpoint_differs(a, b);
}

/* ---- models and tunes ---- */

int checkpoint_check_tunes(const struct origin *o, const char *dir,
                           const struct vocabulary *v, int steps_per_quarter,
                           const char *path, struct err *e) {
    const struct vocabulary *own = &o->vocabulary;
    if (!vocabulary_differs(own, v) &&
        o->steps_per_quarter == steps_per_quarter)
        return 0;
    return err_set(e, ERR_FORMAT,
                   "%s: other classes or steps than %s: %d + %d, %s in %d a "
                   "quarter, not %d + %d, %s in %d; midi2seq --like %s makes "
                   "such sequences",
                   path, file_in(dir, CHECKPOINT_BEST).text, v->melody_count,
                   v->chord_count, vocabulary_encoding_names[v->encoding],
                   steps_per_quarter, own->melody_count, own->chord_count,
                   vocabulary_encoding_names[own->encoding],
                   o->steps_per_quarter, dir);
}

/* ---- texts ---- */

static int add_text(struct tensors *out, const char *key, struct buf *text,
                    struct err *e) {
    int rc = buf_ok(text, key, e);
    if (rc == 0)
        rc = tensors_add_text(out, key,
                              text->data ? (const char *)text->data : "", e);
    buf_free(text);
    return rc;
}

/* What is off and may be left out is read as off. */
static int is_left_out(const struct conf_row *row, const struct buf *text) {
    return row->flags & CONF_OMIT && text->data && !text->failed &&
           strcmp((const char *)text->data, row->absent) == 0;
}

static int add_rows(const struct conf_group *group, const void *values,
                    struct tensors *out, struct err *e) {
    for (size_t i = 0; i < group->count; i++) {
        const struct conf_row *row = &group->rows[i];
        struct buf text = {0};
        conf_print(row, values, &text);
        if (is_left_out(row, &text))
            buf_free(&text);
        else if (add_text(out, row->key, &text, e))
            return -1;
    }
    return 0;
}

static int add_number(struct tensors *out, const char *key, int value,
                      struct err *e) {
    struct buf text = {0};
    buf_printf(&text, "%d", value);
    return add_text(out, key, &text, e);
}

static int add_texts(const struct checkpoint *t, struct tensors *out,
                     struct err *e) {
    struct buf nats = {0};
    buf_printf(&nats, "%.6f", t->valid_nats);
    int rc = add_text(out, "valid_nats", &nats, e);
    if (rc || tensors_add_text(out, "format", FORMAT, e) ||
        tensors_add_text(out, "data_sha256", t->origin.data_sha256, e) ||
        add_rows(&model_settings, &t->model.config, out, e) ||
        add_rows(&context_settings, &t->context.on, out, e) ||
        add_number(out, "steps_per_quarter", t->origin.steps_per_quarter, e) ||
        add_number(out, "epoch", t->epoch, e) ||
        vocabulary_store(&t->origin.vocabulary, out, e))
        return -1;
    return 0;
}

static int wrong_text(const char *path, const char *key, struct err *e) {
    return err_set(e, ERR_FORMAT, "%s: text \"%s\" is missing or wrong", path,
                   key);
}

/* The value of a row in a file of the format before this one: choices were
 * numbers, and without a projection its width was 0. */
static const char *old_value(const struct conf_row *row, const char *text) {
    int64_t v;
    if (row->type != CONF_CHOICE)
        return row->type == CONF_SIZE && strcmp(text, "0") == 0 ? row->initial
                                                                : text;
    for (int64_t n = 0; row->choices[n]; n++)
        if (conf_integer("", text, n, n, &v, NULL) == 0)
            return row->choices[n];
    return text;
}

static int read_rows(const struct conf_group *group, void *values,
                     const struct tensors *in, int is_old, const char *path,
                     struct err *e) {
    for (size_t i = 0; i < group->count; i++) {
        const struct conf_row *row = &group->rows[i];
        const char *text = tensors_text(in, row->key);
        if (!text && row->old_key)
            text = tensors_text(in, row->old_key);
        if (!text)
            text = row->absent;
        else if (is_old)
            text = old_value(row, text);
        if (!text || conf_parse(row, values, text, NULL))
            return wrong_text(path, row->key, e);
    }
    return 0;
}

static int read_number(const struct tensors *in, const char *path,
                       const char *key, int min, int max, int *out,
                       struct err *e) {
    const char *text = tensors_text(in, key);
    int64_t v;
    if (!text || conf_integer(key, text, min, max, &v, NULL))
        return wrong_text(path, key, e);
    *out = (int)v;
    return 0;
}

/* ---- arrays ---- */

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

/* The name of a tensor before "kinds" were called relative classes. */
static void old_name(const char *name, char old[64]) {
    const char *end = strstr(name, "relative");
    snprintf(old, 64, "%.*skinds", end ? (int)(end - name) : 0, name);
}

static int read_weights(struct model *m, const struct tensors *in,
                        const char *path, struct err *e) {
    for (size_t k = 0; k < m->tensor_count; k++) {
        const struct model_tensor *a = &m->tensors[k];
        char old[64];
        old_name(a->name, old);
        const char *name = tensors_find(in, old) ? old : a->name;
        const void *data =
            tensors_want(in, path, name, TENSOR_REAL, a->rows * a->cols, e);
        if (!data)
            return -1;
        memcpy(m->weights + a->offset, data, a->rows * a->cols * sizeof(real));
    }
    for (size_t i = 0; i < m->size; i++)
        if (!(m->weights[i] - m->weights[i] == 0))
            return err_set(e, ERR_FORMAT, "%s: a weight is not finite", path);
    return 0;
}

/* Openings are rows of these numbers in the file. */
#define OPENING_NUMBERS 7

static void pack_opening(const struct opening *o, int16_t n[OPENING_NUMBERS]) {
    const struct tune_header *h = &o->header;
    const int all[OPENING_NUMBERS] = {o->melody, o->chord, h->bar, h->phase,
                                      h->beats,  h->unit,  h->key};
    for (int i = 0; i < OPENING_NUMBERS; i++)
        n[i] = (int16_t)all[i];
}

static struct opening unpack_opening(const int16_t n[OPENING_NUMBERS]) {
    return (struct opening){n[0], n[1], {n[2], n[3], n[4], n[5], n[6]}};
}

static int16_t *pack_openings(const struct origin *o, struct err *e) {
    int16_t *all = calloc(o->opening_count + 1, OPENING_NUMBERS * sizeof *all);
    if (!all)
        err_set(e, ERR_MEM, "model: out of memory");
    for (size_t i = 0; all && i < o->opening_count; i++)
        pack_opening(&o->openings[i], all + OPENING_NUMBERS * i);
    return all;
}

static int opening_fits(const struct vocabulary *v, const struct opening *o) {
    return o->melody >= 0 && o->melody < v->melody_count && o->chord >= 0 &&
           o->chord < v->chord_count && tune_header_fits(&o->header);
}

static int read_openings(struct origin *o, const struct tensors *in,
                         const char *path, struct err *e) {
    const int16_t *all = tensors_want(in, path, "openings", TENSOR_I16, 0, e);
    if (!all)
        return -1;
    size_t n = tensors_find(in, "openings")->count / OPENING_NUMBERS;
    o->openings = calloc(n + 1, sizeof *o->openings);
    if (!o->openings)
        return err_set(e, ERR_MEM, "%s: out of memory", path);
    o->opening_count = n;
    int fits = n > 0;
    for (size_t i = 0; i < n; i++) {
        o->openings[i] = unpack_opening(all + OPENING_NUMBERS * i);
        fits &= opening_fits(&o->vocabulary, &o->openings[i]);
    }
    return fits
               ? 0
               : err_set(e, ERR_FORMAT, "%s: its openings make no sense", path);
}

/* Where the network is not told forms, nobody asks for them. */
static int read_forms(struct checkpoint *t, const struct tensors *in,
                      const char *path, struct err *e) {
    struct origin *o = &t->origin;
    struct err why = {0};
    if (!t->context.on.form)
        return 0;
    const uint8_t *bytes = tensors_want(in, path, "forms", TENSOR_U8, 0, e);
    if (!bytes)
        return -1;
    o->forms = calloc(o->opening_count + 1, sizeof *o->forms);
    if (!o->forms)
        return err_set(e, ERR_MEM, "%s: out of memory", path);
    if (forms_unpack(o->forms, o->opening_count, bytes,
                     tensors_find(in, "forms")->count, &why))
        return err_set(e, why.code, "%s: %s", path, why.text);
    return 0;
}

/* Nor for evidence where it cannot be of use. */
static int read_evidence(struct checkpoint *t, const struct tensors *in,
                         const char *path, struct err *e) {
    if (!t->context.on.ahead || !tensors_find(in, "evidence"))
        return 0;
    if (evidence_begin(&t->evidence, &t->context, e))
        return -1;
    size_t n = evidence_rows(t->evidence.chords) * EVIDENCE_COLUMNS;
    const float *log_p = tensors_want(in, path, "evidence", TENSOR_F32, n, e);
    if (!log_p)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (!(log_p[i] <= 0 && log_p[i] >= -100))
            return err_set(e, ERR_FORMAT, "%s: its evidence makes no sense",
                           path);
    memcpy(t->evidence.log_p, log_p, n * sizeof *log_p);
    return 0;
}

static int read_shingles(struct checkpoint *t, const struct tensors *in,
                         const char *path, struct err *e) {
    const struct tensor *a = tensors_find(in, "shingles");
    if (!t->context.on.form || !a)
        return 0;
    const uint8_t *bytes = tensors_want(in, path, "shingles", TENSOR_U8, 0, e);
    if (!bytes)
        return -1;
    if (!shingles_fit(a->count))
        return err_set(e, ERR_FORMAT, "%s: its shingles make no sense", path);
    if (shingles_begin(&t->shingles, a->count, e))
        return -1;
    memcpy(t->shingles.filter, bytes, a->count);
    return 0;
}

static int read_critic(struct checkpoint *t, const struct tensors *in,
                       const char *path, struct err *e) {
    if (!tensors_find(in, "critic"))
        return 0;
    const float *weight =
        tensors_want(in, path, "critic", TENSOR_F32, GESTURES, e);
    if (!weight)
        return -1;
    memcpy(t->critic.weight, weight, sizeof t->critic.weight);
    t->critic.is_known = 1;
    for (size_t k = 0; k < GESTURES; k++)
        if (!(weight[k] - weight[k] == 0))
            return err_set(e, ERR_FORMAT, "%s: its critic is not finite", path);
    return 0;
}

/* Widest types first: that keeps every array aligned. */
static int add_arrays(const struct checkpoint *t, const int16_t *openings,
                      const struct buf *forms, const struct tensors *more,
                      struct tensors *out, struct err *e) {
    for (size_t wide = 8; wide > 0; wide /= 2) {
        for (size_t i = 0; more && i < more->count; i++) {
            const struct tensor *a = &more->list[i];
            if (tensors_width(a->type) == wide &&
                tensors_add(out, a->name, a->type, a->shape[0],
                            a->dims > 1 ? a->shape[1] : 0, a->data, e))
                return -1;
        }
        if (wide == sizeof(float) && t->critic.is_known &&
            tensors_add(out, "critic", TENSOR_F32, GESTURES, 0,
                        t->critic.weight, e))
            return -1;
        if (wide == sizeof(float) && t->evidence.log_p &&
            tensors_add(out, "evidence", TENSOR_F32,
                        evidence_rows(t->evidence.chords), EVIDENCE_COLUMNS,
                        t->evidence.log_p, e))
            return -1;
        if (wide == sizeof(real) && add_weights(&t->model, out, e))
            return -1;
        if (wide == 2 &&
            tensors_add(out, "openings", TENSOR_I16, t->origin.opening_count,
                        OPENING_NUMBERS, openings, e))
            return -1;
        if (wide == 1 && forms->len &&
            tensors_add(out, "forms", TENSOR_U8, forms->len, 0, forms->data, e))
            return -1;
        if (wide == 1 && t->shingles.filter &&
            tensors_add(out, "shingles", TENSOR_U8, t->shingles.bytes, 0,
                        t->shingles.filter, e))
            return -1;
    }
    return 0;
}

/* ---- files ---- */

int checkpoint_save(const struct checkpoint *t, const struct tensors *more,
                    const char *path, struct err *e) {
    struct tensors out = {0};
    struct buf forms = {0};
    int16_t *openings = pack_openings(&t->origin, e);
    int rc = openings ? 0 : -1;
    if (t->context.on.form)
        forms_pack(t->origin.forms, t->origin.opening_count, &forms);
    if (rc == 0)
        rc = buf_ok(&forms, "forms", e) || add_texts(t, &out, e) ||
                     add_arrays(t, openings, &forms, more, &out, e)
                 ? -1
                 : 0;
    for (size_t i = 0; rc == 0 && more && i < more->text_count; i++)
        rc =
            tensors_add_text(&out, more->texts[i].key, more->texts[i].value, e);
    if (rc == 0)
        rc = tensors_save(&out, path, e);
    tensors_free(&out);
    buf_free(&forms);
    free(openings);
    return rc;
}

/* Every layer has hidden x hidden weights at least: a file that is too small
 * for those must not make room for them. */
static int file_holds(const struct tensors *in, const struct model_config *c) {
    return c->hidden * c->hidden * c->layers <= in->file.len / sizeof(real);
}

static int read_origin(struct origin *o, const struct tensors *in,
                       const char *path, struct err *e) {
    const char *hash = tensors_text(in, "data_sha256");
    snprintf(o->data_sha256, sizeof o->data_sha256, "%s", hash ? hash : "");
    if (vocabulary_read(&o->vocabulary, in, path, e) ||
        read_number(in, path, "steps_per_quarter", 1,
                    ENCODE_MAX_STEPS_PER_QUARTER, &o->steps_per_quarter, e))
        return -1;
    return read_openings(o, in, path, e);
}

static int read_network(struct checkpoint *t, struct origin *from,
                        const struct tensors *in, int is_old, const char *path,
                        struct err *e) {
    struct model_config c = {0};
    struct features on = {0};
    if (read_rows(&model_settings, &c, in, is_old, path, e) ||
        read_rows(&context_settings, &on, in, is_old, path, e))
        return -1;
    if (!file_holds(in, &c))
        return err_set(e, ERR_FORMAT, "%s: too small for its network", path);
    return checkpoint_init(t, from, &c, &on, e);
}

static int read_model(struct checkpoint *t, const struct tensors *in,
                      const char *path, struct err *e) {
    struct origin from = {0};
    const char *format = tensors_text(in, "format");
    const char *nats = tensors_text(in, "valid_nats");
    int is_old = format && strcmp(format, OLD_FORMAT) == 0;
    if (!is_old && tensors_check_format(in, path, FORMAT, "a model", e))
        return -1;
    int rc = read_origin(&from, in, path, e) ||
             read_network(t, &from, in, is_old, path, e);
    checkpoint_free_origin(&from);
    if (rc || read_forms(t, in, path, e) || read_critic(t, in, path, e) ||
        read_evidence(t, in, path, e) || read_shingles(t, in, path, e) ||
        read_weights(&t->model, in, path, e))
        return -1;
    model_refresh(&t->model, 0, &team_alone);
    t->valid_nats = nats ? strtod(nats, NULL) : 0;
    return read_number(in, path, "epoch", 0, 1 << 30, &t->epoch, e);
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

int checkpoint_load_run(struct checkpoint *t, const char *dir, struct err *e) {
    return checkpoint_load(t, file_in(dir, CHECKPOINT_BEST).text, NULL, e);
}
