/* Reads the reference numbers under tests/reference (relative to the current
 * directory, the top of the tree) into named arrays. The text: lines that
 * begin with '#', then for each tensor a line "name rows cols" and its rows.
 * Whatever is wrong with a file fails the test.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_FIXTURE_H
#define NOTT_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"

#define FIXTURE_MAX 48

struct fixture_array {
    char name[40];
    size_t rows, cols;
    double *v; /* [rows, cols] */
};

struct fixture {
    size_t count;
    struct fixture_array array[FIXTURE_MAX];
};

static inline void fixture_skip_comment(FILE *in) {
    int c;
    while ((c = getc(in)) == '#')
        while ((c = getc(in)) != '\n' && c != EOF)
            continue;
    ungetc(c, in);
}

static inline void fixture_read_array(FILE *in, struct fixture_array *a,
                                      const char *file) {
    size_t n = a->rows * a->cols;
    if (a->rows < 1 || a->rows > 1000 || a->cols < 1 || a->cols > 1000)
        fail_msg("%s: %s: bad shape", file, a->name);
    a->v = malloc(n * sizeof *a->v);
    assert_non_null(a->v);
    for (size_t i = 0; i < n; i++)
        if (fscanf(in, "%lf", &a->v[i]) != 1)
            fail_msg("%s: %s: number %zu is missing", file, a->name, i);
}

/* The caller frees with fixture_free. */
static inline void fixture_read(struct fixture *f, const char *file) {
    char path[256];
    snprintf(path, sizeof path, "tests/reference/%s", file);
    FILE *in = fopen(path, "r");
    if (!in)
        fail_msg("cannot open %s (tests run from the top level)", path);
    *f = (struct fixture){0};
    fixture_skip_comment(in);
    struct fixture_array a = {.v = NULL};
    while (fscanf(in, "%39s %zu %zu", a.name, &a.rows, &a.cols) == 3) {
        if (f->count == FIXTURE_MAX)
            fail_msg("%s: too many arrays", path);
        fixture_read_array(in, &a, path);
        f->array[f->count++] = a;
    }
    if (!feof(in) || !f->count)
        fail_msg("%s: not understood", path);
    fclose(in);
}

static inline void fixture_free(struct fixture *f) {
    for (size_t i = 0; i < f->count; i++)
        free(f->array[i].v);
    f->count = 0;
}

/* The numbers of the array of this name, which must have this shape;
 * borrowed. */
static inline const double *fixture_get(const struct fixture *f,
                                        const char *name, size_t rows,
                                        size_t cols) {
    for (size_t i = 0; i < f->count; i++) {
        const struct fixture_array *a = &f->array[i];
        if (strcmp(a->name, name) != 0)
            continue;
        if (a->rows != rows || a->cols != cols)
            fail_msg("%s is %zu x %zu, not %zu x %zu", name, a->rows, a->cols,
                     rows, cols);
        return a->v;
    }
    fail_msg("no array is called %s", name);
    return NULL;
}

/* The same as a copy in the networks' number type; the caller frees. */
static inline real *fixture_copy(const struct fixture *f, const char *name,
                                 size_t rows, size_t cols) {
    const double *v = fixture_get(f, name, rows, cols);
    real *copy = malloc(rows * cols * sizeof *copy);
    assert_non_null(copy);
    for (size_t i = 0; i < rows * cols; i++)
        copy[i] = (real)v[i];
    return copy;
}

#endif
