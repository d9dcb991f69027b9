/* Every stretch of SHINGLE_STEPS steps that training tunes have, in any key: by
 * them a model knows what it must not play again.
 *
 * Of a stretch only its bits in a filter are kept (Bloom 1970; two hashes stand
 * for many, Kirsch and Mitzenmacher 2006), a byte for each step of the training
 * tunes or two. What is there is always found; of 46 stretches that are not,
 * one at most is found as well, and as tunes repeat themselves far fewer. A
 * longer stretch that a training tune has consists of nothing but such ones
 * (Broder 1997), so that it is found, too. SPDX-License-Identifier: MIT */
#ifndef NOTT_SHINGLES_H
#define NOTT_SHINGLES_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"
#include "nott/music/vocabulary.h"

#define SHINGLE_STEPS 16

struct shingles {
    uint8_t *filter; /* owned: [bytes]; NULL = nothing is known */
    size_t bytes;    /* a power of two */
};

/* A filter for tunes of so many steps in all, which are then added. ERR_MEM;
 * shingles_free in all cases. */
int shingles_begin(struct shingles *x, size_t steps, struct err *e);
void shingles_add(struct shingles *x, const struct vocabulary *v,
                  const uint8_t *melody, size_t steps);
void shingles_free(struct shingles *x);

/* Whether so many bytes can be a filter. */
int shingles_fit(size_t bytes);

/* The longest stretch of a melody, in steps, that training tunes may have, of
 * those that go on from step `begin` - 1 >= 0 or a later one and end at steps
 * from..to-1; 0 = none of SHINGLE_STEPS, or nothing is known. It is measured as
 * novelty is (novelty.h); a long note or rest is a stretch as any other. */
size_t shingles_run(const struct shingles *x, const struct vocabulary *v,
                    const uint8_t *melody, size_t begin, size_t from,
                    size_t to);

#endif
