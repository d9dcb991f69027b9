/* Products with NEON, which every aarch64 has: see kernel.h.
 * SPDX-License-Identifier: MIT */
#include "kernel.h"

#if defined(__aarch64__) && defined(__GNUC__) && !defined(REAL_IS_DOUBLE)

#include <arm_neon.h>
#include <string.h>

static inline float32x4_t load_some(size_t n, const float *p) {
    float x[4] = {0};
    memcpy(x, p, n * sizeof *x);
    return vld1q_f32(x);
}

static inline void store_some(float *p, size_t n, float32x4_t x) {
    float all[4];
    vst1q_f32(all, x);
    memcpy(p, all, n * sizeof *all);
}

#define WIDTH                  4
#define VECTOR                 float32x4_t
#define MASK                   size_t
#define FIRST(n)               ((size_t)(n))
#define LOAD(p)                vld1q_f32(p)
#define STORE(p, x)            vst1q_f32(p, x)
#define LOAD_SOME(mask, p)     load_some(mask, p)
#define STORE_SOME(p, mask, x) store_some(p, mask, x)
#define BROADCAST(x)           vdupq_n_f32(x)

/* Of 32 registers at most 24 sums, a few of b and 1 of a. */
#define TILES_ROWS    8
#define TILES_COLS(R) ((R) <= 3 ? 8 : (R) == 4 ? 6 : (R) <= 6 ? 4 : 3)
#define TILES         multiply
#define TILES_GATHER  gather
#define TILES_TARGET
#define TILES_MULTIPLY_ADD(sum, x, y) vfmaq_f32(sum, x, y)
#include "kernel_tiles.h"

static int available(void) {
    return 1;
}

const struct kernel kernel_neon = {.name = "neon",
                                   .available = available,
                                   .multiply = multiply,
                                   .gather = gather};

#else

static int available(void) {
    return 0;
}

const struct kernel kernel_neon = {.name = "neon", .available = available};

#endif
