/* Random numbers: see rng.h. SPDX-License-Identifier: MIT */
#include "nott/base/rng.h"

static uint64_t finalize(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t rng_mix(uint64_t key, uint64_t counter) {
    return finalize(finalize(key + 0x9e3779b97f4a7c15u) ^
                    (counter + 1) * 0x9e3779b97f4a7c15u);
}

void rng_seed(struct rng *r, uint64_t seed, uint64_t stream) {
    uint64_t z = rng_mix(seed, stream);
    for (int i = 0; i < 4; i++) {
        z += 0x9e3779b97f4a7c15u;
        r->s[i] = finalize(z);
    }
}

static uint64_t rotl(uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
}

uint64_t rng_next(struct rng *r) {
    uint64_t *s = r->s;
    uint64_t out = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return out;
}

double rng_uniform(struct rng *r) {
    return (double)(rng_next(r) >> 11) * 0x1p-53;
}

size_t rng_below(struct rng *r, size_t n) {
    uint64_t limit = UINT64_MAX - UINT64_MAX % n;
    uint64_t x;
    do
        x = rng_next(r);
    while (x >= limit);
    return (size_t)(x % n);
}

void rng_shuffle(struct rng *r, int *v, size_t n) {
    for (size_t i = n; i > 1; i--) {
        size_t j = rng_below(r, i);
        int t = v[i - 1];
        v[i - 1] = v[j];
        v[j] = t;
    }
}
