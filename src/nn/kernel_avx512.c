/* Products with AVX-512: see kernel.h. SPDX-License-Identifier: MIT */
#include "kernel.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(REAL_IS_DOUBLE)

#include <immintrin.h>

/* What functions are compiled for, and what the processor is asked for before
 * they are called. Each pair must name the same. (BW is for the masks, which
 * then stay in their registers: 2 % faster.) */
#define FP32_TARGET __attribute__((target("avx512f,avx512bw")))
#define HAS_FP32                                                               \
    (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
#define BF16_TARGET __attribute__((target("avx512f,avx512bw,avx512bf16")))
#define HAS_BF16    (HAS_FP32 && __builtin_cpu_supports("avx512bf16"))

#define WIDTH                  16
#define VECTOR                 __m512
#define MASK                   __mmask16
#define FIRST(n)               ((MASK)((1u << (n)) - 1))
#define LOAD(p)                _mm512_loadu_ps(p)
#define STORE(p, x)            _mm512_storeu_ps(p, x)
#define LOAD_SOME(mask, p)     _mm512_maskz_loadu_ps(mask, p)
#define STORE_SOME(p, mask, x) _mm512_mask_storeu_ps(p, mask, x)
#define BROADCAST(x)           _mm512_set1_ps(x)

/* Of 32 registers at most 24 sums, a few of b and 1 of a. */
#define TILES_ROWS    8
#define TILES_COLS(R) ((R) <= 3 ? 8 : (R) == 4 ? 6 : (R) <= 6 ? 4 : 3)

#define TILES                         multiply
#define TILES_GATHER                  gather
#define TILES_TARGET                  FP32_TARGET
#define TILES_MULTIPLY_ADD(sum, x, y) _mm512_fmadd_ps(x, y, sum)
#include "kernel_tiles.h"
#undef TILES
#undef TILES_TARGET
#undef TILES_MULTIPLY_ADD

#define TILES        bf16_multiply
#define TILES_TARGET BF16_TARGET
#define TILES_MULTIPLY_ADD(sum, x, y)                                          \
    _mm512_dpbf16_ps(sum, (__m512bh)(x), (__m512bh)(y))
#include "kernel_tiles.h"

BF16_TARGET
static void bf16_rows(float *dst, struct mat_view src) {
    size_t pairs = (src.cols + 1) / 2;
    for (size_t i = 0; i < src.rows; i++)
        for (size_t j = 0; j < pairs; j += WIDTH) {
            size_t left = src.cols - 2 * j;
            size_t n = left < 2 * WIDTH ? left : 2 * WIDTH;
            __mmask32 in = (__mmask32)((1ull << n) - 1);
            const float *p = src.at + i * src.ld + 2 * j;
            VECTOR low = LOAD_SOME((MASK)in, p);
            VECTOR high = LOAD_SOME((MASK)(in >> WIDTH), p + WIDTH);
            _mm512_mask_storeu_epi32(dst + i * pairs + j, FIRST((n + 1) / 2),
                                     (__m512i)_mm512_cvtne2ps_pbh(high, low));
        }
}

/* Its 16 numbers as bfloat16 in the low 16 bits of 32 each. */
BF16_TARGET
static inline __m512i narrow(VECTOR x) {
    return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(x));
}

BF16_TARGET
static void bf16_pairs(float *dst, size_t ld, struct mat_view src) {
    size_t rows = src.rows, cols = src.cols;
    for (size_t i = 0; i < rows; i += 2)
        for (size_t j = 0; j < cols; j += WIDTH) {
            MASK in = FIRST(cols - j < WIDTH ? cols - j : WIDTH);
            const float *p = src.at + i * src.ld + j;
            __m512i first = narrow(LOAD_SOME(in, p));
            __m512i second =
                narrow(LOAD_SOME(i + 1 < rows ? in : 0, p + src.ld));
            _mm512_mask_storeu_epi32(
                dst + i / 2 * ld + j, in,
                _mm512_or_si512(first, _mm512_slli_epi32(second, 16)));
        }
}

static int available(void) {
    return HAS_FP32;
}

static int bf16_available(void) {
    return HAS_BF16;
}

const struct kernel kernel_avx512 = {.name = "avx512",
                                     .available = available,
                                     .multiply = multiply,
                                     .gather = gather,
                                     .bf16_available = bf16_available,
                                     .bf16_multiply = bf16_multiply,
                                     .bf16_rows = bf16_rows,
                                     .bf16_pairs = bf16_pairs};

#else

static int available(void) {
    return 0;
}

const struct kernel kernel_avx512 = {.name = "avx512", .available = available};

#endif
