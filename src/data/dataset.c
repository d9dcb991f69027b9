/* The .seq file: see dataset.h. SPDX-License-Identifier: MIT */
#include "nott/data/dataset.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "nott-seq 1"

const char *const split_names[SPLITS] = {"train", "valid", "test"};
static const char *const encoding_names[] = {"attack", "classic"};

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
    d->names = calloc(tunes + 1, sizeof *d->names);
    if (d->melody && d->chord && d->offset && d->split && d->meter && d->bar &&
        d->phase && d->key && d->names)
        return 0;
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
    *d = (struct dataset){0};
}

/* ---- vocabulary ---- */

/* Adds the JSON value as a text; takes the value over. */
static int add_json(struct tensors *t, const char *key, json_t *value,
                    struct err *e) {
    char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
    json_decref(value);
    if (!text)
        return err_set(e, ERR_MEM, "%s: out of memory", key);
    int rc = tensors_add_text(t, key, text, e);
    free(text);
    return rc;
}

static json_t *voicing_json(const struct chord *c) {
    json_t *list = json_array();
    for (int i = 0; i < c->voices; i++)
        json_array_append_new(list, json_integer(c->pitch[i]));
    return list;
}

int vocabulary_store(const struct vocabulary *v, struct tensors *t,
                     struct err *e) {
    char low[16];
    snprintf(low, sizeof low, "%d", v->low);
    json_t *melody = json_array(), *chords = json_array(),
           *voicings = json_array(), *sets = json_array(),
           *roots = json_array();
    for (int k = 0; k < v->melody_count; k++) {
        char name[16];
        vocabulary_melody_name(v, k, name);
        json_array_append_new(melody, json_string(name));
    }
    for (int k = 0; k < v->chord_count; k++) {
        const struct chord_class *c = &v->chords[k];
        json_array_append_new(chords, json_string(c->name));
        json_array_append_new(voicings, voicing_json(&c->voicing));
        json_array_append_new(sets, json_integer(c->set));
        json_array_append_new(roots, json_integer(c->root));
    }
    int rc = tensors_add_text(t, "encoding", encoding_names[v->encoding], e);
    rc |= tensors_add_text(t, "low", low, e);
    rc |= add_json(t, "melody_classes", melody, e);
    rc |= add_json(t, "chord_classes", chords, e);
    rc |= add_json(t, "chord_sets", sets, e);
    rc |= add_json(t, "chord_roots", roots, e);
    rc |= add_json(t, "chord_voicings", voicings, e);
    return rc ? -1 : 0;
}

static int integer_text(const struct tensors *t, const char *path,
                        const char *key, int min, int max, int *out,
                        struct err *e) {
    const char *text = tensors_text(t, key);
    char *end = NULL;
    long v = text ? strtol(text, &end, 10) : 0;
    if (!text || end == text || *end || v < min || v > max)
        return err_set(e, ERR_FORMAT, "%s: text \"%s\" is missing or wrong",
                       path, key);
    *out = (int)v;
    return 0;
}

/* A JSON array of `count` elements (SIZE_MAX: any) behind a text; NULL with
 * an error. The caller decrefs. */
static json_t *list_text(const struct tensors *t, const char *path,
                         const char *key, size_t count, struct err *e) {
    const char *text = tensors_text(t, key);
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    if (json_is_array(list) &&
        (count == SIZE_MAX || json_array_size(list) == count))
        return list;
    json_decref(list);
    err_set(e, ERR_FORMAT, "%s: text \"%s\" is missing or wrong", path, key);
    return NULL;
}

static int read_voicing(struct chord *c, const json_t *list) {
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > CHORD_VOICES)
        return -1;
    for (size_t i = 0; i < n; i++) {
        json_int_t p = json_integer_value(json_array_get(list, i));
        if (p < 0 || p > 127)
            return -1;
        c->pitch[i] = (uint8_t)p;
    }
    c->voices = (uint8_t)n;
    return 0;
}

static int read_chords(struct vocabulary *v, const json_t *names,
                       const json_t *sets, const json_t *roots,
                       const json_t *voicings) {
    for (int k = 0; k < v->chord_count; k++) {
        size_t i = (size_t)k;
        struct chord_class *c = &v->chords[k];
        const char *name = json_string_value(json_array_get(names, i));
        json_int_t set = json_integer_value(json_array_get(sets, i));
        json_int_t root = json_integer_value(json_array_get(roots, i));
        if (!name || strlen(name) >= sizeof c->name || set < 0 || set > 0xfff ||
            root < -1 || root > 11 ||
            read_voicing(&c->voicing, json_array_get(voicings, i)))
            return -1;
        snprintf(c->name, sizeof c->name, "%s", name);
        c->set = (uint16_t)set;
        c->root = (int)root;
    }
    return 0;
}

int vocabulary_read(struct vocabulary *v, const struct tensors *t,
                    const char *path, struct err *e) {
    *v = (struct vocabulary){0};
    const char *encoding = tensors_text(t, "encoding");
    if (encoding && strcmp(encoding, encoding_names[1]) == 0)
        v->encoding = ENCODING_CLASSIC;
    else if (!encoding || strcmp(encoding, encoding_names[0]) != 0)
        return err_set(e, ERR_FORMAT, "%s: no known encoding", path);
    json_t *melody = list_text(t, path, "melody_classes", SIZE_MAX, e);
    json_t *names = list_text(t, path, "chord_classes", SIZE_MAX, e);
    size_t K = json_array_size(names);
    json_t *sets = names ? list_text(t, path, "chord_sets", K, e) : NULL;
    json_t *roots = sets ? list_text(t, path, "chord_roots", K, e) : NULL;
    json_t *voicings =
        roots ? list_text(t, path, "chord_voicings", K, e) : NULL;
    int rc = -1;
    v->melody_count = (int)json_array_size(melody);
    v->chord_count = (int)K;
    if (!melody || !voicings ||
        integer_text(t, path, "low", 0, 127, &v->low, e))
        goto out;
    int fixed = v->encoding == ENCODING_CLASSIC;
    int top = v->low + v->melody_count - (fixed ? 2 : 3);
    if (K < 1 || K > VOCABULARY_MAX || v->melody_count < 3 ||
        v->melody_count > VOCABULARY_MAX ||
        (fixed && v->melody_count != CLASSIC_PITCHES + 1) ||
        top > 127 || /* the highest pitch */
        read_chords(v, names, sets, roots, voicings))
        err_set(e, ERR_FORMAT, "%s: its classes make no sense", path);
    else
        rc = 0;
out:
    json_decref(melody);
    json_decref(names);
    json_decref(sets);
    json_decref(roots);
    json_decref(voicings);
    return rc;
}

int vocabulary_differs(const struct vocabulary *a, const struct vocabulary *b) {
    if (a->encoding != b->encoding || a->melody_count != b->melody_count ||
        a->low != b->low || a->chord_count != b->chord_count)
        return 1;
    for (int k = 0; k < a->chord_count; k++)
        if (strcmp(a->chords[k].name, b->chords[k].name) != 0)
            return 1;
    return 0;
}

/* ---- the file ---- */

/* A name that is no UTF-8 has its other bytes than ASCII replaced. */
static json_t *name_json(const char *name) {
    json_t *value = json_string(name);
    char *plain = value ? NULL : strdup(name);
    if (!plain)
        return value;
    for (char *p = plain; *p; p++)
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    value = json_string(plain);
    free(plain);
    return value;
}

static int add_texts(const struct dataset *d, struct tensors *t,
                     struct err *e) {
    char spq[16];
    snprintf(spq, sizeof spq, "%d", d->steps_per_quarter);
    json_t *names = json_array();
    for (size_t s = 0; s < d->tunes; s++)
        json_array_append_new(names, name_json(d->names[s]));
    int rc = tensors_add_text(t, "format", FORMAT, e);
    rc |= tensors_add_text(t, "steps_per_quarter", spq, e);
    rc |= tensors_add_text(t, "source_sha256", d->source_sha256, e);
    rc |= vocabulary_store(&d->vocabulary, t, e);
    rc |= add_json(t, "names", names, e);
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
    rc = rc ? -1 : tensors_write(&t, name, out, e);
    tensors_free(&t);
    return rc;
}

int dataset_save(const struct dataset *d, const char *path, struct err *e) {
    struct buf file = {0};
    int rc = dataset_write(d, path, &file, e);
    if (rc == 0)
        rc = file_write(path, file.data, file.len, e);
    buf_free(&file);
    return rc;
}

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
    return 0;
}

static int take_names(struct dataset *d, const struct tensors *t,
                      const char *path, struct err *e) {
    json_t *names = list_text(t, path, "names", d->tunes, e);
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

static int check_tune(const struct dataset *d, size_t s) {
    int64_t from = d->offset[s], to = d->offset[s + 1];
    return to > from && to - from >= 2 && d->split[s] < SPLITS &&
           d->bar[s] >= 1 && d->phase[s] >= 0 && d->phase[s] < d->bar[s] &&
           d->key[s] >= -1 && d->key[s] < 24 && d->meter[2 * s] &&
           d->meter[2 * s + 1];
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
    const char *format = tensors_text(t, "format");
    const char *hash = tensors_text(t, "source_sha256");
    if (!format || strcmp(format, FORMAT) != 0)
        return err_set(e, ERR_FORMAT, "%s: not a sequence file", path);
    const struct tensor *offset = tensors_find(t, "offset");
    const struct tensor *melody = tensors_find(t, "melody");
    if (!offset || offset->count < 2 || !melody)
        return err_set(e, ERR_FORMAT, "%s: no tunes in it", path);
    if (dataset_init(d, offset->count - 1, melody->count, e))
        return -1;
    snprintf(d->source_sha256, sizeof d->source_sha256, "%s", hash ? hash : "");
    if (integer_text(t, path, "steps_per_quarter", 1, 96, &d->steps_per_quarter,
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
