/* Weights by the names of classes: see inherit.h. SPDX-License-Identifier: MIT
 */
#include "nott/player/inherit.h"

#include <stdlib.h>
#include <string.h>

#include "nott/base/file.h"

#define NOTHING (-1) /* in place of the number of what is taken over */

/* What in the older model stands for each class of the new one. */
struct kinship {
    const struct checkpoint *to, *from;
    int melody[VOCABULARY_MAX], chord[VOCABULARY_MAX];
    int kind[VOCABULARY_MAX]; /* of chords: major, minor, ... */
    struct context_feature feature[2][CONTEXT_FEATURES];
};

/* ---- classes ---- */

/* A pitch beyond the range of the older model begins as the same note an octave
 * away: it is the same degree of every key and chord, which random weights
 * would have to learn from the few tunes that have it. */
static int melody_kin(const struct vocabulary *from, int pitch) {
    while (pitch < from->low)
        pitch += 12;
    while (pitch >= from->low && vocabulary_melody(from, pitch) < 0)
        pitch -= 12;
    return vocabulary_melody(from, pitch); /* may be less than an octave */
}

static void relate_melody(struct kinship *x, struct inherited *n) {
    const struct vocabulary *to = &x->to->origin.vocabulary,
                            *from = &x->from->origin.vocabulary;
    for (int k = 0; k < to->melody_count; k++) {
        int pitch = vocabulary_pitch(to, k);
        /* rest and hold have the same numbers everywhere in an encoding */
        int same = pitch < 0 ? k : vocabulary_melody(from, pitch);
        n->known[OUT_MELODY] += same >= 0;
        x->melody[k] = same >= 0 ? same : melody_kin(from, pitch);
    }
    n->classes[OUT_MELODY] = to->melody_count;
}

static int chord_named(const struct vocabulary *v, const char *name) {
    for (int k = 1; k < v->chord_count; k++)
        if (strcmp(v->chords[k].name, name) == 0)
            return k;
    return NOTHING;
}

/* A chord that the older model does not know begins as the likest that it does
 * (D7 as D), or as no chord: that is where such a chord would have gone had it
 * been met before. Random weights would make it the likeliest of all where the
 * trained ones have learnt to be small. */
static void relate_chords(struct kinship *x, struct inherited *n) {
    const struct vocabulary *to = &x->to->origin.vocabulary,
                            *from = &x->from->origin.vocabulary;
    for (int k = 0; k < to->chord_count; k++) {
        const struct chord_class *c = &to->chords[k];
        int same = k ? chord_named(from, c->name) : 0;
        n->known[OUT_CHORD] += same >= 0;
        x->chord[k] =
            same >= 0 ? same : vocabulary_chord(from, c->set, c->root);
    }
    n->classes[OUT_CHORD] = to->chord_count;
}

/* The kind of the older model's chords that are the same but for their root. */
static int same_kind(const struct checkpoint *from,
                     const struct chord_class *c) {
    const struct vocabulary *v = &from->origin.vocabulary;
    uint16_t shape = chord_rotate(c->set, -c->root);
    for (int k = 0; k < v->chord_count; k++)
        if (v->chords[k].root >= 0 &&
            chord_rotate(v->chords[k].set, -v->chords[k].root) == shape)
            return from->context.quality[k];
    return NOTHING;
}

/* The kind of what stands for the chord; degrees over it are only the same when
 * the root is. */
static int like_kind(const struct kinship *x, int chord) {
    int kin = x->chord[chord];
    int root = x->from->context.root[kin];
    return root >= 0 && root == x->to->context.root[chord]
               ? x->from->context.quality[kin]
               : NOTHING;
}

static void relate_kinds(struct kinship *x) {
    const struct vocabulary *to = &x->to->origin.vocabulary;
    for (int q = 0; q < x->to->context.qualities; q++)
        x->kind[q] = NOTHING;
    for (int k = 0; k < to->chord_count; k++) {
        int *kind = &x->kind[x->to->context.quality[k]];
        if (to->chords[k].root < 0 || *kind >= 0)
            continue;
        *kind = same_kind(x->from, &to->chords[k]);
        if (*kind < 0)
            *kind = like_kind(x, k);
    }
}

/* ---- rows and columns ---- */

/* The number in the older model of what has number i in the new one; NOTHING
 * when it has none. */
typedef int relation(const struct kinship *x, size_t i);

/* Twelve for each kind. */
static int of_kind(const struct kinship *x, size_t i) {
    int kind = x->kind[i / 12];
    return kind < 0 ? NOTHING : 12 * kind + (int)(i % 12);
}

/* An output: its classes, the end of the tune among the chords, and the gates
 * behind them. */
static int chord_output(const struct kinship *x, size_t i) {
    size_t chords = (size_t)x->to->context.chord_count;
    size_t K = x->to->model.config.classes[OUT_CHORD];
    if (i < chords)
        return x->chord[i];
    if (i < K)
        return x->from->context.end < 0 ? NOTHING : x->from->context.end;
    return (int)(x->from->model.config.classes[OUT_CHORD] + i - K);
}

static int melody_output(const struct kinship *x, size_t i) {
    size_t K = x->to->model.config.classes[OUT_MELODY];
    return i < K ? x->melody[i]
                 : (int)(x->from->model.config.classes[OUT_MELODY] + i - K);
}

/* The same for what begins at `to` in the new model and at `from` in the old.
 */
static int of_kind_after(const struct kinship *x, size_t i, size_t to,
                         size_t from) {
    int at = of_kind(x, i - to);
    return at < 0 ? NOTHING : (int)from + at;
}

/* Relative classes of chords: degrees of the key, then motions of the root. */
static int chord_relative(const struct kinship *x, size_t i) {
    size_t degrees = x->to->model.config.relative[OUT_CHORD];
    return i < degrees
               ? of_kind(x, i)
               : of_kind_after(x, i, degrees,
                               x->from->model.config.relative[OUT_CHORD]);
}

/* Of the melody: degrees of the key, those of chords, then distances. */
static int melody_relative(const struct kinship *x, size_t i) {
    const struct model_config *to = &x->to->model.config,
                              *from = &x->from->model.config;
    size_t degrees = to->relative[OUT_MELODY];
    size_t before = degrees + to->relative_over;
    if (i < degrees)
        return (int)i;
    return i < before ? of_kind_after(x, i, degrees, from->relative[OUT_MELODY])
                      : (int)(from->relative[OUT_MELODY] + from->relative_over +
                              i - before);
}

/* What value i of a feature was. */
static int feature_value(const struct kinship *x, enum context_meaning meaning,
                         int i) {
    const struct context *to = &x->to->context, *from = &x->from->context;
    int kind;
    switch (meaning) {
    case MEANS_MELODY:
        return i < to->melody_count ? x->melody[i] : from->melody_count;
    case MEANS_CHORD:
        return i < to->chord_count ? x->chord[i] : from->chord_count;
    case MEANS_KIND:
        kind = i ? of_kind(x, (size_t)i - 1) : NOTHING;
        return i && kind < 0 ? NOTHING : kind + 1;
    case MEANS_NUMBER:
        break;
    }
    return i;
}

static int input_row(const struct kinship *x, size_t row) {
    const struct context_feature *f = x->feature[0];
    size_t k = 0;
    while (row >= f[k].base + f[k].count)
        k++;
    const struct context_feature *old = &x->feature[1][k];
    int value = feature_value(x, f[k].meaning, (int)(row - f[k].base));
    return value < 0 || !old->count ? NOTHING : (int)old->base + value;
}

/* ---- weights ---- */

static const struct model_tensor *find_tensor(const struct model *m,
                                              const char *name) {
    for (size_t k = 0; k < m->tensor_count; k++)
        if (strcmp(m->tensors[k].name, name) == 0)
            return &m->tensors[k];
    return NULL;
}

/* The tensors whose rows or columns are those of classes; of all others both
 * models have the same. */
static const struct naming {
    const char *tensor;
    relation *row, *column;
} namings[] = {
    {"layer0.input", input_row, NULL},
    {"chord.weight", NULL, chord_output},
    {"chord.bias", NULL, chord_output},
    {"chord.relative", NULL, chord_relative},
    {"melody.chord", chord_output, NULL},
    {"melody.chord_relative", of_kind, NULL},
    {"melody.weight", NULL, melody_output},
    {"melody.bias", NULL, melody_output},
    {"melody.relative", NULL, melody_relative},
};

static struct naming naming_of(const char *tensor) {
    for (size_t i = 0; i < sizeof namings / sizeof *namings; i++)
        if (strcmp(namings[i].tensor, tensor) == 0)
            return namings[i];
    return (struct naming){tensor, NULL, NULL};
}

/* Row i of tensor a from the row of tensor b that stands for it. */
static void take_row(const struct kinship *x, const struct naming *by, size_t i,
                     const struct model_tensor *a,
                     const struct model_tensor *b) {
    int row = by->row ? by->row(x, i) : (int)i;
    real *w = x->to->model.weights + a->offset + i * a->cols;
    const real *v = x->from->model.weights + b->offset;
    for (size_t j = 0; j < a->cols; j++) {
        int column = by->column ? by->column(x, j) : (int)j;
        w[j] = row < 0 || column < 0
                   ? 0
                   : v[(size_t)row * b->cols + (size_t)column];
    }
}

/* Where chords have no kinds a model has no tensors for them. */
static void take_tensor(const struct kinship *x, const struct model_tensor *a) {
    const struct model_tensor *b = find_tensor(&x->from->model, a->name);
    struct naming by = naming_of(a->name);
    if (!b)
        memset(x->to->model.weights + a->offset, 0,
               a->rows * a->cols * sizeof(real));
    for (size_t i = 0; b && i < a->rows; i++)
        take_row(x, &by, i, a, b);
}

/* ---- what cannot be taken over ---- */

/* The first row by which two structs of a group differ. */
static int check_rows(const struct conf_group *group, const void *to,
                      const void *from, const char *dir, struct err *e) {
    int rc = 0;
    for (size_t i = 0; i < group->count && rc == 0; i++) {
        const struct conf_row *row = &group->rows[i];
        struct buf now = {0}, old = {0};
        conf_print(row, to, &now);
        conf_print(row, from, &old);
        if (now.failed || old.failed)
            rc = err_set(e, ERR_MEM, "%s: out of memory", dir);
        else if (now.len != old.len ||
                 (now.len && memcmp(now.data, old.data, now.len) != 0))
            rc = err_set(e, ERR_FORMAT,
                         "%s: has %s.%s = %s, not %s; --config %s/config.ini "
                         "has its settings",
                         file_in(dir, CHECKPOINT_BEST).text, row->section,
                         row->key, old.len ? (const char *)old.data : "",
                         now.len ? (const char *)now.data : "", dir);
        buf_free(&now);
        buf_free(&old);
    }
    return rc;
}

static int check_data(const struct origin *to, const struct origin *from,
                      const char *dir, struct err *e) {
    const struct vocabulary *v = &to->vocabulary, *w = &from->vocabulary;
    if (v->encoding == w->encoding &&
        to->steps_per_quarter == from->steps_per_quarter)
        return 0;
    return err_set(
        e, ERR_FORMAT,
        "%s: knows the encoding %s in %d steps a quarter, not %s in "
        "%d; midi2seq --like %s makes such sequences",
        file_in(dir, CHECKPOINT_BEST).text,
        vocabulary_encoding_names[w->encoding], from->steps_per_quarter,
        vocabulary_encoding_names[v->encoding], to->steps_per_quarter, dir);
}

static int check(const struct checkpoint *to, const struct checkpoint *from,
                 const char *dir, struct err *e) {
    struct features now = to->context.on, old = from->context.on;
    now.end = old.end = now.unknown = old.unknown = 0;
    if (check_data(&to->origin, &from->origin, dir, e) ||
        check_rows(&model_settings, &to->model.config, &from->model.config, dir,
                   e))
        return -1;
    return check_rows(&context_settings, &now, &old, dir, e);
}

int inherit_weights(struct checkpoint *to, const struct checkpoint *from,
                    const char *dir, struct inherited *n, struct err *e) {
    *n = (struct inherited){0};
    if (check(to, from, dir, e))
        return -1;
    struct kinship *x = calloc(1, sizeof *x);
    if (!x)
        return err_set(e, ERR_MEM, "%s: out of memory", dir);
    x->to = to;
    x->from = from;
    context_features(&to->context, x->feature[0]);
    context_features(&from->context, x->feature[1]);
    relate_melody(x, n);
    relate_chords(x, n);
    relate_kinds(x);
    for (size_t k = 0; k < to->model.tensor_count; k++)
        take_tensor(x, &to->model.tensors[k]);
    model_refresh(&to->model, 0, &team_alone);
    free(x);
    return 0;
}
