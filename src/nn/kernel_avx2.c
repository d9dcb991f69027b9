/* Products with AVX2 and FMA: see kernel.h. SPDX-License-Identifier: MIT */
#include "kernel.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(REAL_IS_DOUBLE)

#include <immintrin.h>

/* The bits of the first n of 8 numbers, from a table of 8 ones and 8 zeros. */
static const int32_t ones[16] = {-1, -1, -1, -1, -1, -1, -1, -1};

#define WIDTH                  8
#define VECTOR                 __m256
#define MASK                   const int32_t *
#define BITS(mask)             _mm256_loadu_si256((const __m256i *)(const void *)(mask))
#define FIRST(n)               (ones + 8 - (n))
#define LOAD(p)                _mm256_loadu_ps(p)
#define STORE(p, x)            _mm256_storeu_ps(p, x)
#define LOAD_SOME(mask, p)     _mm256_maskload_ps(p, BITS(mask))
#define STORE_SOME(p, mask, x) _mm256_maskstore_ps(p, BITS(mask), x)
#define BROADCAST(x)           _mm256_set1_ps(x)

/* Of 16 registers at most 12 sums, a few of b and 1 of a. */
#define TILES_ROWS                    4
#define TILES_COLS(R)                 ((R) == 1 ? 8 : (R) == 2 ? 6 : (R) == 3 ? 4 : 3)
#define TILES                         multiply
#define TILES_GATHER                  gather
#define TILES_TARGET                  __attribute__((target("avx2,fma")))
#define TILES_MULTIPLY_ADD(sum, x, y) _mm256_fmadd_ps(x, y, sum)
#include "kernel_tiles.h"

static int available(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

const struct kernel kernel_avx2 = {.name = "avx2",
                                   .available = available,
                                   .multiply = multiply,
                                   .gather = gather};

#else

static int available(void) {
    return 0;
}

const struct kernel kernel_avx2 = {.name = "avx2", .available = available};

#endif
