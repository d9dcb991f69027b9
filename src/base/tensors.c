/* The safetensors container: see tensors.h. SPDX-License-Identifier: MIT */
#include "nott/base/tensors.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/conf.h"
#include "nott/base/file.h"
#include "nott/base/hash.h"
#include "nott/base/json.h"

#define CHECKSUM        "sha256" /* of the file with zeros in its place */
#define CHECKSUM_DIGITS (HASH_HEX - 1)

static const char zeros[HASH_HEX] =
    "0000000000000000000000000000000000000000000000000000000000000000";

static const struct {
    const char *name;
    size_t bytes;
} types[TENSOR_TYPES] = {
    [TENSOR_U8] = {"U8", 1},   [TENSOR_I8] = {"I8", 1},
    [TENSOR_I16] = {"I16", 2}, [TENSOR_I64] = {"I64", 8},
    [TENSOR_F32] = {"F32", 4}, [TENSOR_F64] = {"F64", 8},
};

size_t tensors_width(enum tensor_type type) {
    return types[type].bytes;
}

void tensors_free(struct tensors *t) {
    for (size_t i = 0; i < t->text_count; i++) {
        free(t->texts[i].key);
        free(t->texts[i].value);
    }
    free(t->texts);
    free(t->list);
    buf_free(&t->file);
    *t = (struct tensors){0};
}

static int push(struct tensors *t, const struct tensor *one, struct err *e) {
    struct tensor *list = realloc(t->list, (t->count + 1) * sizeof *list);
    if (!list)
        return err_set(e, ERR_MEM, "arrays: out of memory");
    t->list = list;
    t->list[t->count++] = *one;
    return 0;
}

int tensors_add(struct tensors *t, const char *name, enum tensor_type type,
                size_t rows, size_t cols, const void *data, struct err *e) {
    struct tensor one = {.type = type,
                         .dims = cols ? 2 : 1,
                         .shape = {rows, cols},
                         .data = data,
                         .count = rows * (cols ? cols : 1)};
    snprintf(one.name, sizeof one.name, "%s", name);
    return push(t, &one, e);
}

int tensors_add_text(struct tensors *t, const char *key, const char *value,
                     struct err *e) {
    struct text_pair *texts =
        realloc(t->texts, (t->text_count + 1) * sizeof *texts);
    if (!texts)
        return err_set(e, ERR_MEM, "texts: out of memory");
    t->texts = texts;
    struct text_pair pair = {strdup(key), strdup(value)};
    if (!pair.key || !pair.value) {
        free(pair.key);
        free(pair.value);
        return err_set(e, ERR_MEM, "texts: out of memory");
    }
    t->texts[t->text_count++] = pair;
    return 0;
}

int tensors_add_list(struct tensors *t, const char *key, json_t *list,
                     int failed, struct err *e) {
    char *text = json_line(list, failed, key, e);
    int rc = text ? tensors_add_text(t, key, text, e) : -1;
    free(text);
    return rc;
}

/* ---- writing ---- */

static json_t *describe(const struct tensor *t, size_t at, int *failed) {
    size_t after = at + t->count * types[t->type].bytes;
    json_t *one = json_object(), *shape = json_array(), *place = json_array();
    for (int d = 0; d < t->dims; d++)
        json_push(shape, json_integer((json_int_t)t->shape[d]), failed);
    json_push(place, json_integer((json_int_t)at), failed);
    json_push(place, json_integer((json_int_t)after), failed);
    json_put(one, "dtype", json_string(types[t->type].name), failed);
    json_put(one, "shape", shape, failed);
    json_put(one, "data_offsets", place, failed);
    return one;
}

/* The caller frees; NULL when out of memory or when a text is no UTF-8. */
static char *make_header(const struct tensors *t, const char *name,
                         struct err *e) {
    json_t *root = json_object(), *meta = json_object();
    int failed = 0;
    /* first of all, so that no other text is taken for it */
    json_put(meta, CHECKSUM, json_string(zeros), &failed);
    for (size_t i = 0; i < t->text_count; i++)
        if (strcmp(t->texts[i].key, CHECKSUM) != 0)
            json_put(meta, t->texts[i].key, json_string(t->texts[i].value),
                     &failed);
    json_put(root, "__metadata__", meta, &failed);
    size_t at = 0;
    for (size_t i = 0; i < t->count; i++) {
        json_put(root, t->list[i].name, describe(&t->list[i], at, &failed),
                 &failed);
        at += t->list[i].count * types[t->list[i].type].bytes;
    }
    return json_line(root, failed, name, e);
}

/* Of the file with zeros instead of the digits at `at`. */
static void checksum(const struct buf *file, size_t at, char hex[HASH_HEX]) {
    struct hash h;
    size_t after = at + CHECKSUM_DIGITS;
    hash_begin(&h);
    hash_add(&h, file->data, at);
    hash_add(&h, zeros, CHECKSUM_DIGITS);
    hash_add(&h, file->data + after, file->len - after);
    hash_end(&h, hex);
}

/* Where `digits` first stands in the header of n bytes; 0 = nowhere. */
static size_t find_digits(const struct buf *file, size_t n,
                          const char *digits) {
    for (size_t i = 8; i + CHECKSUM_DIGITS <= n + 8; i++)
        if (memcmp(file->data + i, digits, CHECKSUM_DIGITS) == 0)
            return i;
    return 0;
}

int tensors_write(const struct tensors *t, const char *name, struct buf *out,
                  struct err *e) {
    char *header = make_header(t, name, e);
    if (!header)
        return -1;
    size_t n = strlen(header), padded = (n + 7) / 8 * 8;
    if (padded > TENSORS_MAX_HEADER) {
        free(header);
        return err_set(e, ERR_FORMAT,
                       "%s: names and texts of more than %zu bytes, which "
                       "nobody could read",
                       name, TENSORS_MAX_HEADER);
    }
    uint8_t length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)((uint64_t)padded >> (8 * i));
    buf_add(out, length, 8);
    buf_add(out, header, n);
    buf_add(out, "       ", padded - n); /* arrays begin aligned */
    for (size_t i = 0; i < t->count; i++)
        buf_add(out, t->list[i].data,
                t->list[i].count * types[t->list[i].type].bytes);
    free(header);
    char hex[HASH_HEX];
    if (buf_ok(out, name, e))
        return -1;
    size_t at = find_digits(out, n, zeros);
    checksum(out, at, hex);
    memcpy(out->data + at, hex, CHECKSUM_DIGITS);
    return 0;
}

int tensors_save(const struct tensors *t, const char *path, struct err *e) {
    struct buf file = {0};
    int rc = tensors_write(t, path, &file, e);
    if (rc == 0)
        rc = file_write(path, file.data, file.len, e);
    buf_free(&file);
    return rc;
}

/* ---- reading ---- */

static int parse_shape(struct tensor *t, const json_t *shape) {
    t->dims = (int)json_array_size(shape);
    t->count = 1;
    if (!json_is_array(shape) || json_array_size(shape) > TENSORS_MAX_DIMS)
        return -1;
    for (int d = 0; d < t->dims; d++) {
        const json_t *v = json_array_get(shape, (size_t)d);
        if (!json_is_integer(v) || json_integer_value(v) < 0)
            return -1;
        size_t n = (size_t)json_integer_value(v);
        if (n && t->count > TENSORS_MAX_BYTES / n)
            return -1;
        t->shape[d] = n;
        t->count *= n;
    }
    return 0;
}

/* Fills *t from its description; *at is where the one before ended. */
static int parse_tensor(struct tensor *t, const char *name, const json_t *v,
                        const uint8_t *data, size_t size, size_t *at) {
    const char *dtype = json_string_value(json_object_get(v, "dtype"));
    const json_t *offsets = json_object_get(v, "data_offsets");
    json_int_t from = json_integer_value(json_array_get(offsets, 0));
    json_int_t to = json_integer_value(json_array_get(offsets, 1));
    *t = (struct tensor){.type = TENSOR_TYPES};
    for (int k = 0; dtype && k < TENSOR_TYPES; k++)
        if (strcmp(dtype, types[k].name) == 0)
            t->type = (enum tensor_type)k;
    if (t->type == TENSOR_TYPES || strlen(name) >= sizeof t->name ||
        json_array_size(offsets) != 2 ||
        parse_shape(t, json_object_get(v, "shape")))
        return -1;
    size_t bytes = t->count * types[t->type].bytes;
    if (from < 0 || to < from || (size_t)from != *at || (size_t)to > size ||
        (size_t)(to - from) != bytes ||
        (uintptr_t)(data + *at) % types[t->type].bytes)
        return -1;
    snprintf(t->name, sizeof t->name, "%s", name);
    t->data = data + *at;
    *at = (size_t)to;
    return 0;
}

static json_int_t offset(const json_t *v, size_t i) {
    return json_integer_value(
        json_array_get(json_object_get(v, "data_offsets"), i));
}

struct entry {
    const char *name;
    const json_t *value;
};

static int by_offset(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    for (size_t k = 0; k < 2; k++) { /* an empty array before its equal */
        json_int_t i = offset(x->value, k), j = offset(y->value, k);
        if (i != j)
            return i < j ? -1 : 1;
    }
    return 0;
}

static int parse_texts(struct tensors *t, const char *path, json_t *meta,
                       struct err *e) {
    const char *key;
    json_t *value;
    if (!json_is_object(meta))
        return err_set(e, ERR_FORMAT, "%s: bad metadata", path);
    json_object_foreach(meta, key, value) {
        if (!json_is_string(value))
            return err_set(e, ERR_FORMAT, "%s: metadata \"%s\" is not a text",
                           path, key);
        if (tensors_add_text(t, key, json_string_value(value), e))
            return -1;
    }
    return 0;
}

static int parse_entries(struct tensors *t, const char *path, json_t *root,
                         const uint8_t *data, size_t size, struct err *e) {
    size_t n = 0, at = 0;
    struct entry *list = calloc(json_object_size(root) + 1, sizeof *list);
    if (!list)
        return err_set(e, ERR_MEM, "%s: out of memory", path);
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value) {
        if (strcmp(key, "__metadata__") != 0)
            list[n++] = (struct entry){key, value};
    }
    qsort(list, n, sizeof *list, by_offset);
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct tensor one;
        if (parse_tensor(&one, list[i].name, list[i].value, data, size, &at))
            rc = err_set(e, ERR_FORMAT, "%s: array \"%s\": bad description",
                         path, list[i].name);
        else
            rc = push(t, &one, e);
    }
    if (rc == 0 && at != size)
        rc = err_set(e, ERR_FORMAT, "%s: %zu bytes belong to no array", path,
                     size - at);
    free(list);
    return rc;
}

static uint64_t header_length(const struct buf *f) {
    uint64_t n = 0;
    for (size_t i = 8; i-- > 0 && f->len >= 8;)
        n = n << 8 | f->data[i];
    return n;
}

static int parse_file(struct tensors *t, const char *path, struct err *e) {
    const struct buf *f = &t->file;
    uint64_t n = header_length(f);
    if (f->len < 8 || n > f->len - 8 || f->data[8] != '{')
        return err_set(e, ERR_FORMAT, "%s: not a safetensors file", path);
    if (n > TENSORS_MAX_HEADER)
        return err_set(e, ERR_FORMAT, "%s: its header is larger than %zu bytes",
                       path, TENSORS_MAX_HEADER);
    struct err why = {0};
    json_t *root =
        json_parse((const char *)f->data + 8, (size_t)n, "header", &why);
    if (!root)
        return err_set(e, why.code, "%s: %s", path, why.text);
    int rc = -1;
    json_t *meta = json_object_get(root, "__metadata__");
    if (json_object_size(root) > TENSORS_MAX_COUNT)
        err_set(e, ERR_FORMAT, "%s: too many arrays", path);
    else if (json_object_size(meta) > TENSORS_MAX_COUNT)
        err_set(e, ERR_FORMAT, "%s: too many texts", path);
    else if (!meta || parse_texts(t, path, meta, e) == 0)
        rc = parse_entries(t, path, root, f->data + 8 + n,
                           f->len - 8 - (size_t)n, e);
    json_decref(root);
    return rc;
}

/* A file that has no checksum, of another program perhaps, is taken. */
static int check_sum(const struct tensors *t, const char *path, struct err *e) {
    const char *digits = tensors_text(t, CHECKSUM);
    char hex[HASH_HEX] = "";
    if (!digits)
        return 0;
    size_t at = 0;
    if (strlen(digits) == CHECKSUM_DIGITS)
        at = find_digits(&t->file, (size_t)header_length(&t->file), digits);
    if (at)
        checksum(&t->file, at, hex);
    return strcmp(hex, digits) == 0
               ? 0
               : err_set(e, ERR_FORMAT, "%s: damaged, its checksum is another",
                         path);
}

int tensors_load(struct tensors *t, const char *path, struct err *e) {
    *t = (struct tensors){0};
    const uint16_t probe = 1;
    uint8_t first;
    memcpy(&first, &probe, 1);
    int rc = -1;
    if (!first)
        err_set(e, ERR_FORMAT, "%s: needs a little-endian machine", path);
    else if (file_read(&t->file, path, TENSORS_MAX_BYTES, e) == 0)
        rc = parse_file(t, path, e) || check_sum(t, path, e) ? -1 : 0;
    if (rc)
        tensors_free(t);
    return rc;
}

const struct tensor *tensors_find(const struct tensors *t, const char *name) {
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->list[i].name, name) == 0)
            return &t->list[i];
    return NULL;
}

const char *tensors_text(const struct tensors *t, const char *key) {
    for (size_t i = 0; i < t->text_count; i++)
        if (strcmp(t->texts[i].key, key) == 0)
            return t->texts[i].value;
    return NULL;
}

/* The number at the end of a format of this name; 0 = it is another. */
static int format_number(const char *format, const char *name) {
    size_t n = strcspn(name, " ") + 1;
    int64_t number = 0;
    if (strncmp(format, name, n) != 0 ||
        conf_integer("format", format + n, 1, INT_MAX, &number, NULL))
        return 0;
    return (int)number;
}

int tensors_check_format(const struct tensors *t, const char *path,
                         const char *format, const char *what, struct err *e) {
    const char *is = tensors_text(t, "format");
    if (is && strcmp(is, format) == 0)
        return 0;
    if (is && format_number(is, format) > format_number(format, format))
        return err_set(e, ERR_FORMAT,
                       "%s: is %s, of a newer nott; this one reads %s", path,
                       is, format);
    return err_set(e, ERR_FORMAT, "%s: not %s", path, what);
}

static int text_wrong(const char *path, const char *key, struct err *e) {
    return err_set(e, ERR_FORMAT, "%s: text \"%s\" is missing or wrong", path,
                   key);
}

int tensors_integer(const struct tensors *t, const char *path, const char *key,
                    int min, int max, int *out, struct err *e) {
    const char *text = tensors_text(t, key);
    char *end = NULL;
    long v = text ? strtol(text, &end, 10) : 0;
    if (!text || end == text || *end || v < min || v > max)
        return text_wrong(path, key, e);
    *out = (int)v;
    return 0;
}

json_t *tensors_list(const struct tensors *t, const char *path, const char *key,
                     size_t count, struct err *e) {
    const char *text = tensors_text(t, key);
    struct err why = {0};
    json_t *list = text ? json_parse(text, strlen(text), path, &why) : NULL;
    if (json_is_array(list) &&
        (count == SIZE_MAX || json_array_size(list) == count))
        return list;
    json_decref(list);
    if (why.code == ERR_MEM)
        err_set(e, ERR_MEM, "%s", why.text);
    else
        text_wrong(path, key, e);
    return NULL;
}

const void *tensors_want(const struct tensors *t, const char *path,
                         const char *name, enum tensor_type type, size_t count,
                         struct err *e) {
    const struct tensor *one = tensors_find(t, name);
    if (!one)
        err_set(e, ERR_FORMAT, "%s: array \"%s\": missing", path, name);
    else if (one->type != type || (count && one->count != count))
        err_set(e, ERR_FORMAT, "%s: array \"%s\": wrong type or size", path,
                name);
    else
        return one->data;
    return NULL;
}
