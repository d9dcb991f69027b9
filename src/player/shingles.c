/* What training tunes have: see shingles.h. SPDX-License-Identifier: MIT */
#include "nott/player/shingles.h"

#include <stdlib.h>

#include "nott/base/rng.h"
#include "nott/music/contour.h"

#define LEAST_BYTES 64
#define HASHES      5
#define CONTOUR     (SHINGLE_STEPS - 1) /* n of it hold n + 1 steps together */

/* The latest contour of a melody, in a ring. */
struct stretch {
    uint16_t contour[CONTOUR];
    size_t n; /* heard so far */
    int last; /* pitch */
};

static void hear(struct stretch *s, const struct vocabulary *v,
                 const uint8_t *melody, size_t t) {
    int before = vocabulary_pitch(v, vocabulary_sounding(v, melody, t - 1));
    int now = vocabulary_pitch(v, vocabulary_sounding(v, melody, t));
    s->contour[s->n++ % CONTOUR] = contour_step(
        before, now, vocabulary_struck(v, melody, t) >= 0, &s->last);
}

static uint64_t hash(const struct stretch *s) {
    uint64_t h = 0;
    for (size_t k = 0; k < CONTOUR; k++)
        h = rng_mix(h, s->contour[(s->n + k) % CONTOUR]);
    return h;
}

/* The k-th bit of a stretch: where it stands, and its mask. */
static uint8_t *bit(const struct shingles *x, uint64_t h, unsigned k,
                    uint8_t *mask) {
    uint64_t at = (h & 0xffffffff) + k * ((h >> 32) | 1);
    *mask = (uint8_t)(1u << (at & 7));
    return &x->filter[(at >> 3) & (x->bytes - 1)];
}

static int is_known(const struct shingles *x, const struct stretch *s) {
    uint64_t h = hash(s);
    uint8_t mask;
    for (unsigned k = 0; k < HASHES; k++)
        if (!(*bit(x, h, k, &mask) & mask))
            return 0;
    return 1;
}

int shingles_begin(struct shingles *x, size_t steps, struct err *e) {
    x->bytes = LEAST_BYTES;
    while (x->bytes < steps)
        x->bytes *= 2;
    x->filter = calloc(x->bytes, 1);
    return x->filter ? 0 : err_set(e, ERR_MEM, "model: out of memory");
}

void shingles_add(struct shingles *x, const struct vocabulary *v,
                  const uint8_t *melody, size_t steps) {
    struct stretch s = {.last = -1};
    uint8_t mask;
    for (size_t t = 1; t < steps; t++) {
        hear(&s, v, melody, t);
        if (s.n < CONTOUR)
            continue;
        uint64_t h = hash(&s);
        for (unsigned k = 0; k < HASHES; k++) {
            uint8_t *byte = bit(x, h, k, &mask);
            *byte |= mask;
        }
    }
}

void shingles_free(struct shingles *x) {
    free(x->filter);
    *x = (struct shingles){0};
}

int shingles_fit(size_t bytes) {
    return bytes >= LEAST_BYTES && (bytes & (bytes - 1)) == 0;
}

size_t shingles_run(const struct shingles *x, const struct vocabulary *v,
                    const uint8_t *melody, size_t begin, size_t from,
                    size_t to) {
    struct stretch s = {.last = -1};
    size_t run = 0, longest = 0;
    for (size_t t = 1; x->filter && t < to; t++) {
        hear(&s, v, melody, t);
        int known = t + 1 >= begin + CONTOUR && is_known(x, &s);
        run = !known ? 0 : run ? run + 1 : SHINGLE_STEPS;
        longest = t >= from && run > longest ? run : longest;
    }
    return longest;
}
