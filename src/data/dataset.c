/* The .seq file: see dataset.h. SPDX-License-Identifier: MIT */
#include "nott/data/dataset.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/json.h"
#include "nott/music/encode.h"

#define FORMAT "nott-seq 1"

const char *const split_names[SPLITS] = {"train", "valid", "test"};

int dataset_init(struct dataset *d, size_t tunes, size_t steps, struct err *e) {
    *d = (struct dataset){.tunes = tunes, .steps = steps};
    d->melody = calloc(steps + 1, 1);
    d->chord = calloc(steps + 1, 1);
    d->offset = calloc(tunes + 1, sizeof *d->offset);
    d->split = calloc(tunes + 1, 1);
    d->meter = calloc(2 * tunes + 1, 1);
    d->bar = calloc(tunes + 1, sizeof *d->bar);
    d->phase = calloc(tunes + 1, sizeof *d->phase);
    d->key = calloc(tunes + 1, 1);
    d->has_chords = malloc(tunes + 1);
    d->names = calloc(tunes + 1, sizeof *d->names);
    if (d->melody && d->chord && d->offset && d->split && d->meter && d->bar &&
        d->phase && d->key && d->has_chords && d->names) {
        memset(d->has_chords, 1, tunes + 1);
        return 0;
    }
    dataset_free(d);
    return err_set(e, ERR_MEM, "sequences: out of memory");
}

void dataset_free(struct dataset *d) {
    for (size_t s = 0; d->names && s < d->tunes; s++)
        free(d->names[s]);
    free(d->names);
    free(d->path);
    free(d->melody);
    free(d->chord);
    free(d->offset);
    free(d->split);
    free(d->meter);
    free(d->bar);
    free(d->phase);
    free(d->key);
    free(d->has_chords);
    *d = (struct dataset){0};
}

/* ---- tunes ---- */

struct tune_header dataset_header(const struct dataset *d, size_t s) {
    return (struct tune_header){.bar = d->bar[s],
                                .phase = d->phase[s],
                                .beats = d->meter[2 * s],
                                .unit = d->meter[2 * s + 1],
                                .key = d->key[s]};
}

void dataset_set_header(struct dataset *d, size_t s,
                        const struct tune_header *h) {
    d->bar[s] = (int16_t)h->bar;
    d->phase[s] = (int16_t)h->phase;
    d->meter[2 * s] = (uint8_t)h->beats;
    d->meter[2 * s + 1] = (uint8_t)h->unit;
    d->key[s] = (int8_t)h->key;
}

struct tune_frame dataset_frame(const struct dataset *d, size_t s) {
    return (struct tune_frame){.header = dataset_header(d, s),
                               .steps_per_quarter = d->steps_per_quarter,
                               .performance = {.tempo = 120,
                                               .melody_program = -1,
                                               .chord_program = -1}};
}

int dataset_tune(const struct dataset *d, size_t s, struct tune *t,
                 struct err *e) {
    size_t from = (size_t)d->offset[s];
    size_t steps = (size_t)d->offset[s + 1] - from;
    if (tune_init(t, steps, e))
        return -1;
    memcpy(t->melody, d->melody + from, steps);
    memcpy(t->chord, d->chord + from, steps);
    t->has_chords = d->has_chords[s];
    t->frame = dataset_frame(d, s);
    return 0;
}

const uint8_t *dataset_chords(const struct dataset *d, size_t s) {
    return d->has_chords[s] ? d->chord + d->offset[s] : NULL;
}

size_t dataset_count(const struct dataset *d, int split) {
    size_t n = 0;
    for (size_t s = 0; s < d->tunes; s++)
        n += split == SPLITS || d->split[s] == split;
    return n;
}

size_t dataset_chordless(const struct dataset *d, int split) {
    size_t n = 0;
    for (size_t s = 0; s < d->tunes; s++)
        n += !d->has_chords[s] && (split == SPLITS || d->split[s] == split);
    return n;
}

int dataset_melody_goes_on(const struct dataset *d, int before) {
    return vocabulary_melody_goes_on(&d->vocabulary, before);
}

void dataset_sha256(const struct dataset *d, char hex[HASH_HEX]) {
    const size_t S = d->tunes;
    struct hash h;
    hash_begin(&h);
    hash_add(&h, d->offset, (S + 1) * sizeof *d->offset);
    hash_add(&h, d->melody, d->steps);
    hash_add(&h, d->chord, d->steps);
    hash_add(&h, d->split, S);
    hash_add(&h, d->meter, 2 * S);
    hash_add(&h, d->has_chords, S);
    hash_add(&h, d->bar, S * sizeof *d->bar);
    hash_add(&h, d->phase, S * sizeof *d->phase);
    hash_add(&h, d->key, S);
    hash_end(&h, hex);
}

/* ---- writing ---- */

static int add_texts(const struct dataset *d, struct tensors *t,
                     struct err *e) {
    char spq[16];
    snprintf(spq, sizeof spq, "%d", d->steps_per_quarter);
    json_t *names = json_array();
    int failed = 0;
    for (size_t s = 0; s < d->tunes; s++)
        json_push(names, json_text(d->names[s]), &failed);
    int rc = tensors_add_text(t, "format", FORMAT, e);
    rc |= tensors_add_text(t, "steps_per_quarter", spq, e);
    rc |= tensors_add_text(t, "source_sha256", d->source_sha256, e);
    rc |= vocabulary_store(&d->vocabulary, t, e);
    rc |= tensors_add_list(t, "names", names, failed, e);
    return rc ? -1 : 0;
}

int dataset_write(const struct dataset *d, const char *name, struct buf *out,
                  struct err *e) {
    struct tensors t = {0};
    size_t S = d->tunes, N = d->steps;
    int rc = add_texts(d, &t, e);
    /* widest type first, so that every array is aligned */
    rc |= tensors_add(&t, "offset", TENSOR_I64, S + 1, 0, d->offset, e);
    rc |= tensors_add(&t, "bar", TENSOR_I16, S, 0, d->bar, e);
    rc |= tensors_add(&t, "phase", TENSOR_I16, S, 0, d->phase, e);
    rc |= tensors_add(&t, "melody", TENSOR_U8, N, 0, d->melody, e);
    rc |= tensors_add(&t, "chord", TENSOR_U8, N, 0, d->chord, e);
    rc |= tensors_add(&t, "split", TENSOR_U8, S, 0, d->split, e);
    rc |= tensors_add(&t, "meter", TENSOR_U8, S, 2, d->meter, e);
    rc |= tensors_add(&t, "key", TENSOR_I8, S, 0, d->key, e);
    if (dataset_chordless(d, SPLITS))
        rc |= tensors_add(&t, "has_chords", TENSOR_U8, S, 0, d->has_chords, e);
    rc = rc ? -1 : tensors_write(&t, name, out, e);
    tensors_free(&t);
    return rc;
}

/* ---- reading ---- */

/* Copies an array out of the container. */
static int take(void *dst, const struct tensors *t, const char *path,
                const char *name, enum tensor_type type, size_t count,
                size_t width, struct err *e) {
    const void *src = tensors_want(t, path, name, type, count, e);
    if (!src)
        return -1;
    memcpy(dst, src, count * width);
    return 0;
}

static int take_arrays(struct dataset *d, const struct tensors *t,
                       const char *path, struct err *e) {
    size_t S = d->tunes, N = d->steps;
    if (take(d->offset, t, path, "offset", TENSOR_I64, S + 1, 8, e) ||
        take(d->bar, t, path, "bar", TENSOR_I16, S, 2, e) ||
        take(d->phase, t, path, "phase", TENSOR_I16, S, 2, e) ||
        take(d->melody, t, path, "melody", TENSOR_U8, N, 1, e) ||
        take(d->chord, t, path, "chord", TENSOR_U8, N, 1, e) ||
        take(d->split, t, path, "split", TENSOR_U8, S, 1, e) ||
        take(d->meter, t, path, "meter", TENSOR_U8, 2 * S, 1, e) ||
        take(d->key, t, path, "key", TENSOR_I8, S, 1, e))
        return -1;
    return tensors_find(t, "has_chords")
               ? take(d->has_chords, t, path, "has_chords", TENSOR_U8, S, 1, e)
               : 0;
}

static int take_names(struct dataset *d, const struct tensors *t,
                      const char *path, struct err *e) {
    json_t *names = tensors_list(t, path, "names", d->tunes, e);
    if (!names)
        return -1;
    int rc = 0;
    for (size_t s = 0; s < d->tunes && rc == 0; s++) {
        const char *name = json_string_value(json_array_get(names, s));
        d->names[s] = strdup(name ? name : "");
        rc = d->names[s] ? 0 : err_set(e, ERR_MEM, "%s: out of memory", path);
    }
    json_decref(names);
    return rc;
}

/* Unknown chords are class 0, so that nobody takes them for what they are not.
 */
static int chords_fit(const struct dataset *d, size_t s) {
    for (int64_t k = d->offset[s]; !d->has_chords[s] && k < d->offset[s + 1];
         k++)
        if (d->chord[k])
            return 0;
    return d->has_chords[s] <= 1;
}

static int check_tune(const struct dataset *d, size_t s) {
    int64_t from = d->offset[s], to = d->offset[s + 1];
    struct tune_header h = dataset_header(d, s);
    return to > from && to - from >= 2 && to <= (int64_t)d->steps &&
           d->split[s] < SPLITS && tune_header_fits(&h) && chords_fit(d, s);
}

static int check(const struct dataset *d, const char *path, struct err *e) {
    if (d->offset[0] != 0 || d->offset[d->tunes] != (int64_t)d->steps)
        return err_set(e, ERR_FORMAT, "%s: offsets do not fit", path);
    for (size_t s = 0; s < d->tunes; s++)
        if (!check_tune(d, s))
            return err_set(e, ERR_FORMAT, "%s: tune %zu makes no sense", path,
                           s);
    for (size_t k = 0; k < d->steps; k++)
        if (d->melody[k] >= d->vocabulary.melody_count ||
            d->chord[k] >= d->vocabulary.chord_count)
            return err_set(e, ERR_FORMAT, "%s: step %zu: no such class", path,
                           k);
    return 0;
}

static int fill(struct dataset *d, const struct tensors *t, const char *path,
                struct err *e) {
    const char *hash = tensors_text(t, "source_sha256");
    if (tensors_check_format(t, path, FORMAT, "a sequence file", e))
        return -1;
    const struct tensor *offset = tensors_find(t, "offset");
    const struct tensor *melody = tensors_find(t, "melody");
    if (!offset || offset->count < 2 || !melody)
        return err_set(e, ERR_FORMAT, "%s: no tunes in it", path);
    if (dataset_init(d, offset->count - 1, melody->count, e))
        return -1;
    snprintf(d->source_sha256, sizeof d->source_sha256, "%s", hash ? hash : "");
    if (tensors_integer(t, path, "steps_per_quarter", 1,
                        ENCODE_MAX_STEPS_PER_QUARTER, &d->steps_per_quarter,
                        e) ||
        vocabulary_read(&d->vocabulary, t, path, e) ||
        take_arrays(d, t, path, e) || take_names(d, t, path, e))
        return -1;
    return check(d, path, e);
}

int dataset_load(struct dataset *d, const char *path, struct err *e) {
    struct tensors t;
    *d = (struct dataset){0};
    if (tensors_load(&t, path, e))
        return -1;
    int rc = fill(d, &t, path, e);
    tensors_free(&t);
    if (rc == 0) {
        d->path = strdup(path);
        rc = d->path ? 0 : err_set(e, ERR_MEM, "%s: out of memory", path);
    }
    if (rc)
        dataset_free(d);
    return rc;
}
