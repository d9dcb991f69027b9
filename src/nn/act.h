/* exp, sigmoid and tanh that a compiler turns into vector code.
 *
 * exp: x = n ln 2 + r, e^x = 2^n e^r, e^r by its Taylor polynomial of degree 6
 * on |r| <= ln 2 / 2 (relative error below 3e-7); the argument is held within
 * the range of normal floats. sigmoid and tanh follow from it with an absolute
 * error below 2.5e-7. In double precision they are the C library's.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_ACT_H
#define NOTT_ACT_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "nott/nn/mat.h"

/* Functions with loops over these are compiled once for each vector width and
 * chosen when the program is loaded. Sanitizers cannot run such resolvers.
 * ACT_VECTOR_FMA is for loops over fma, which is then an instruction too. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) &&          \
    __GNUC__ >= 12 && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define ACT_VECTOR                                                             \
    __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#define ACT_VECTOR_FMA                                                         \
    __attribute__((                                                            \
        target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ACT_VECTOR
#define ACT_VECTOR_FMA
#endif

#ifdef REAL_IS_DOUBLE

static inline real act_exp(real x) {
    return exp(x);
}

static inline real act_sigmoid(real x) {
    return 1 / (1 + exp(-x));
}

static inline real act_tanh(real x) {
    return tanh(x);
}

#else

static inline real act_exp(real x) {
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to int */
    x = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
    float rounded = x * 1.44269504f + shift;
    int32_t bits;
    memcpy(&bits, &rounded, sizeof bits);
    float n = rounded - shift;
    float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    int32_t scale = (int32_t)(((uint32_t)bits + 127u) << 23);
    float power;
    memcpy(&power, &scale, sizeof power);
    return p * power;
}

static inline real act_sigmoid(real x) {
    return 1.0f / (1.0f + act_exp(-x));
}

static inline real act_tanh(real x) {
    return 2.0f / (1.0f + act_exp(-2.0f * x)) - 1.0f;
}

#endif
#endif
