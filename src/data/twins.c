/* Tunes of one name: see twins.h. SPDX-License-Identifier: MIT */
#include "twins.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/plain.h"
#include "nott/base/rng.h"

/* ---- of one name ---- */

/* The next byte of a name as it is shown; 0 at its end. *bytes are left of the
 * letter that *name is in. */
static int next_shown(const char **name, size_t *bytes) {
    size_t skip = 1;
    if (!**name)
        return 0;
    if (!*bytes) {
        *bytes = plain_bytes(*name, strnlen(*name, 4), &skip);
        if (!*bytes) {
            *name += skip;
            return '?';
        }
    }
    --*bytes;
    return (unsigned char)*(*name)++;
}

/* Names that look alike are one name. */
static int name_order(const char *a, const char *b) {
    size_t p = 0, q = 0;
    for (;;) {
        int x = next_shown(&a, &p), y = next_shown(&b, &q);
        if (x != y || !x)
            return x - y;
    }
}

/* What is there comes before what only has the name. */
static int by_name(const void *a, const void *b) {
    const struct corpus_file *x = a, *y = b;
    int order = name_order(x->name, y->name);
    if (!order)
        order = (int)x->outcome - (int)y->outcome;
    return order ? order : strcmp(x->path, y->path);
}

static int has_same_name(const struct corpus *c, size_t i) {
    return i && name_order(c->files[i - 1].name, c->files[i].name) == 0;
}

static int rename_twin(struct corpus_file *f, size_t number, struct err *e) {
    size_t n = f->stem + 24;
    char *name = malloc(n);
    if (!name)
        return err_set(e, ERR_MEM, "%s: out of memory", f->path);
    snprintf(name, n, "%s~%zu", f->name, number);
    free(f->name);
    f->name = name;
    return 0;
}

/* From behind, so that each is still beside those of its name. */
static int number_twins(struct corpus *c, struct err *e) {
    for (size_t i = c->count; i-- > 1;) {
        size_t first = i;
        while (has_same_name(c, first))
            first--;
        for (; i > first; i--)
            if (c->files[i].outcome == OUTCOME_KEPT &&
                rename_twin(&c->files[i], i - first + 1, e))
                return -1;
    }
    return 0;
}

/* A file may have been called "x~2" before. */
static void refuse_twins(struct corpus *c) {
    for (size_t i = 1; i < c->count; i++)
        if (has_same_name(c, i) && c->files[i].outcome == OUTCOME_KEPT) {
            c->files[i].outcome = OUTCOME_REFUSED;
            raw_tune_refuse(&c->files[i].tune, "has the same name as %s",
                            c->files[i - 1].path);
        }
}

int twins_name(struct corpus *c, struct err *e) {
    qsort(c->files, c->count, sizeof *c->files, by_name);
    if (number_twins(c, e))
        return -1;
    qsort(c->files, c->count, sizeof *c->files, by_name);
    refuse_twins(c);
    return 0;
}

/* ---- of one name and the same notes ---- */

static int same_tune(const struct raw_tune *a, const struct raw_tune *b) {
    const struct tune_header *x = &a->header, *y = &b->header;
    size_t n = (size_t)a->steps;
    return a->steps == b->steps && x->bar == y->bar && x->phase == y->phase &&
           x->beats == y->beats && x->unit == y->unit && x->key == y->key &&
           memcmp(a->melody, b->melody, n * sizeof *a->melody) == 0 &&
           memcmp(a->chord, b->chord, n * sizeof *a->chord) == 0;
}

int twins_init(struct twins *x, size_t files, struct err *e) {
    *x = (struct twins){NULL, 2};
    while (x->size < 2 * files)
        x->size *= 2;
    x->slot = calloc(x->size, sizeof *x->slot);
    return x->slot ? 0 : err_set(e, ERR_MEM, "twins: out of memory");
}

static uint64_t hash_notes(const struct corpus_file *f) {
    const struct raw_tune *t = &f->tune;
    const struct tune_header *x = &t->header;
    uint64_t h = rng_mix(f->hash, (uint64_t)t->steps);
    h = rng_mix(h, (uint64_t)(uint16_t)x->bar << 32 | (uint16_t)x->phase);
    h = rng_mix(h, (uint64_t)(uint16_t)x->beats << 32 |
                       (uint32_t)(uint16_t)x->unit << 16 | (uint16_t)x->key);
    for (int k = 0; k < t->steps; k++)
        h = rng_mix(h, (uint64_t)(uint16_t)t->melody[k] << 32 |
                           (uint32_t)t->chord[k]);
    return h;
}

static int same_stem(const struct corpus_file *a, const struct corpus_file *b) {
    return a->stem == b->stem && strncmp(a->name, b->name, a->stem) == 0;
}

void twins_compare(struct corpus *c, struct twins *x, size_t i) {
    struct corpus_file *f = &c->files[i];
    if (f->outcome != OUTCOME_KEPT)
        return;
    size_t at = hash_notes(f) & (x->size - 1);
    for (; x->slot[at]; at = (at + 1) & (x->size - 1)) {
        const struct corpus_file *g = &c->files[x->slot[at] - 1];
        if (same_stem(g, f) && same_tune(&g->tune, &f->tune)) {
            char why[sizeof f->tune.reason];
            snprintf(why, sizeof why, "has the same name and notes as %s",
                     f->source ? g->name : g->path);
            f->outcome = OUTCOME_REFUSED;
            raw_tune_refuse(&f->tune, "%s", why);
            return;
        }
    }
    x->slot[at] = i + 1;
}

void twins_free(struct twins *x) {
    free(x->slot);
    *x = (struct twins){0};
}
