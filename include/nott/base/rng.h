/* Random numbers that depend on a seed and nothing else.
 *
 * Sequential: xoshiro256** (Blackman & Vigna 2018), seeded by splitmix64.
 * Counter-based: a hash of (key, counter), for numbers that must not depend
 * on the order in which threads ask for them (Salmon et al. 2011, the idea).
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_RNG_H
#define NOTT_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    uint64_t s[4];
};

/* Streams with different `stream` are independent for the same seed. */
void rng_seed(struct rng *r, uint64_t seed, uint64_t stream);
uint64_t rng_next(struct rng *r);
double rng_uniform(struct rng *r);                 /* [0, 1) */
size_t rng_below(struct rng *r, size_t n);         /* 0 .. n-1, unbiased */
void rng_shuffle(struct rng *r, int *v, size_t n); /* Fisher-Yates */

/* Mixes two words into one; every bit of the result depends on every bit of
 * both (the finalizer of splitmix64). */
uint64_t rng_mix(uint64_t key, uint64_t counter);

#endif
