/* The safetensors container: named arrays and a few texts in one file.
 *
 * Layout: 8 bytes little-endian length of the header; the header, a JSON
 * object {name: {dtype, shape, data_offsets}, "__metadata__": {text: text}};
 * the raw little-endian arrays. Sequence files and weights both are one. The
 * text "sha256" is the SHA-256 of the file with 64 zeros in its place.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_TENSORS_H
#define NOTT_TENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/buf.h"
#include "nott/base/err.h"

struct json_t; /* json.h */

#define TENSORS_MAX_BYTES  ((size_t)1 << 30)
#define TENSORS_MAX_HEADER ((size_t)16 << 20) /* bytes */
#define TENSORS_MAX_COUNT  4096               /* arrays; and texts */
#define TENSORS_MAX_DIMS   4

enum tensor_type {
    TENSOR_U8,
    TENSOR_I8,
    TENSOR_I16,
    TENSOR_I64,
    TENSOR_F32,
    TENSOR_F64,
    TENSOR_TYPES
};

size_t tensors_width(enum tensor_type type); /* bytes of one number */

struct tensor {
    char name[64];
    enum tensor_type type;
    int dims;
    size_t shape[TENSORS_MAX_DIMS];
    const void *data; /* aligned to its type; borrowed or inside `file` */
    size_t count;     /* elements */
};

struct text_pair {
    char *key, *value; /* owned */
};

struct tensors {
    struct tensor *list; /* owned */
    size_t count;
    struct text_pair *texts; /* owned */
    size_t text_count;
    struct buf file; /* what tensors_load read */
};

void tensors_free(struct tensors *t); /* leaves it zeroed and empty */

/* Adds an array of dims[0] x dims[1] (x 1 when cols is 0) that borrows `data`
 * until the set is saved or freed. */
int tensors_add(struct tensors *t, const char *name, enum tensor_type type,
                size_t rows, size_t cols, const void *data, struct err *e);

/* Adds a text (copied). */
int tensors_add_text(struct tensors *t, const char *key, const char *value,
                     struct err *e);

/* Adds a JSON list as a text, unless anything in it has `failed` (json.h);
 * takes the list over. ERR_MEM. */
int tensors_add_list(struct tensors *t, const char *key, struct json_t *list,
                     int failed, struct err *e);

/* The file as bytes into `out`, which is empty before; the same for the same
 * content. Its checksum is made anew; `name` is for messages. ERR_FORMAT when
 * the header would be larger than one that is read; ERR_MEM. */
int tensors_write(const struct tensors *t, const char *name, struct buf *out,
                  struct err *e);

/* The same as a file, whole or not at all. ERR_IO, ERR_FORMAT, ERR_MEM. */
int tensors_save(const struct tensors *t, const char *path, struct err *e);

/* Reads a file and checks all of its header: types, shapes against offsets,
 * no gaps, overlaps or duplicates; and the checksum, if it has one. Takes the
 * memory of the file, and while it reads 25 bytes for each of the header; time
 * grows as the file does.
 * Little-endian machines only. ERR_FORMAT, ERR_IO, ERR_MEM; *t is then empty.
 */
int tensors_load(struct tensors *t, const char *path, struct err *e);

/* NULL when there is none. */
const struct tensor *tensors_find(const struct tensors *t, const char *name);
const char *tensors_text(const struct tensors *t, const char *key);

/* Is the text "format" this one, a name and a number such as "nott-seq 1"? The
 * same name with a higher number is of a newer program; anything else is not
 * `what`, such as "a sequence file". ERR_FORMAT. */
int tensors_check_format(const struct tensors *t, const char *path,
                         const char *format, const char *what, struct err *e);

/* A text that is a whole number of min..max. ERR_FORMAT. */
int tensors_integer(const struct tensors *t, const char *path, const char *key,
                    int min, int max, int *out, struct err *e);

/* A text that is a JSON list of `count` elements (SIZE_MAX: any): NULL with
 * ERR_FORMAT or ERR_MEM otherwise. The caller decrefs. */
struct json_t *tensors_list(const struct tensors *t, const char *path,
                            const char *key, size_t count, struct err *e);

/* The array, held against type and element count (count 0 = any): NULL with
 * ERR_FORMAT `path: array "name": what` otherwise. */
const void *tensors_want(const struct tensors *t, const char *path,
                         const char *name, enum tensor_type type, size_t count,
                         struct err *e);

#endif
