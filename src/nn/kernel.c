/* The product kernel: see kernel.h.
 *
 * C is covered with tiles of up to 8 rows and 3 vectors of 16 columns, whose
 * 24 sums stay in registers while k runs: 3 loads of b, 8 broadcasts of a and
 * 24 multiply-adds a step, enough to keep both units of the processor busy.
 * Tiles go down the rows first, so that their strip of b, some 40 KB for 200
 * units, stays in the first-level cache. SPDX-License-Identifier: MIT */
#include "nott/kernel.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define WIDTH    16 /* floats in a vector */
#define ROWS_MAX 8
#define COLS_MAX 3 /* vectors */

#define TARGET __attribute__((target("avx512f")))
#define INLINE static inline __attribute__((always_inline)) TARGET
/* The loops over a tile must vanish, or its sums would live in memory. */
#define UNROLL _Pragma("GCC unroll 8")

struct operands {
    float *c;
    const float *a, *b;
    size_t ldc, row, col, ldb, K;
    int beta;
};

/* One tile of R rows and J vectors, the last of which has only the columns of
 * the mask. R and J are constants wherever this is inlined. */
/* clang-format off */
INLINE void tile(const struct operands *o, float *c, const float *a,
                 const float *b, size_t R, size_t J, __mmask16 last) {
    __m512 sum[ROWS_MAX][COLS_MAX], line[COLS_MAX];
    UNROLL
    for (size_t i = 0; i < R; i++)
        UNROLL
        for (size_t j = 0; j < J; j++)
            sum[i][j] = _mm512_setzero_ps();
    const size_t row = o->row, col = o->col, ldb = o->ldb;
    for (size_t k = o->K; k > 0; k--, a += col, b += ldb) {
        UNROLL
        for (size_t j = 0; j < J; j++)
            line[j] = _mm512_maskz_loadu_ps(j + 1 < J ? 0xffff : last,
                                            b + WIDTH * j);
        UNROLL
        for (size_t i = 0; i < R; i++) {
            __m512 one = _mm512_set1_ps(a[i * row]);
            UNROLL
            for (size_t j = 0; j < J; j++)
                sum[i][j] = _mm512_fmadd_ps(one, line[j], sum[i][j]);
        }
    }
    UNROLL
    for (size_t i = 0; i < R; i++)
        UNROLL
        for (size_t j = 0; j < J; j++) {
            __mmask16 mask = j + 1 < J ? 0xffff : last;
            float *p = c + i * o->ldc + WIDTH * j;
            if (o->beta)
                sum[i][j] = _mm512_add_ps(sum[i][j],
                                          _mm512_maskz_loadu_ps(mask, p));
            _mm512_mask_storeu_ps(p, mask, sum[i][j]);
        }
}
/* clang-format on */

TARGET
static void any_tile(const struct operands *o, float *c, const float *a,
                     const float *b, size_t R, size_t J, __mmask16 last) {
#define CASE(R, J)                                                             \
    case R * 4 + J:                                                            \
        tile(o, c, a, b, R, J, last);                                          \
        break;
#define CASES(R) CASE(R, 1) CASE(R, 2) CASE(R, 3)
    switch (R * 4 + J) {
        CASES(1)
        CASES(2)
        CASES(3)
        CASES(4)
        CASES(5)
        CASES(6)
        CASES(7)
        CASES(8)
    }
#undef CASES
#undef CASE
}

/* The i-th of n parts of `all`, as even as they go. */
static size_t part(size_t all, size_t n, size_t i) {
    return all * (i + 1) / n - all * i / n;
}

void kernel_mul(float *c, size_t ldc, const float *a, size_t row, size_t col,
                const float *b, size_t ldb, size_t M, size_t N, size_t K,
                int beta) {
    struct operands o = {c, a, b, ldc, row, col, ldb, K, beta};
    size_t vectors = (N + WIDTH - 1) / WIDTH;
    size_t strips = (vectors + COLS_MAX - 1) / COLS_MAX;
    size_t tiles = (M + ROWS_MAX - 1) / ROWS_MAX;
    __mmask16 tail = (__mmask16)(N % WIDTH ? (1u << (N % WIDTH)) - 1 : 0xffffu);
    for (size_t s = 0, x = 0; s < strips; s++) {
        size_t J = part(vectors, strips, s);
        __mmask16 last = s + 1 < strips ? 0xffff : tail;
        for (size_t t = 0, y = 0; t < tiles; t++) {
            size_t R = part(M, tiles, t);
            any_tile(&o, c + y * ldc + WIDTH * x, a + y * row, b + WIDTH * x, R,
                     J, last);
            y += R;
        }
        x += J;
    }
}

int kernel_available(void) {
    return __builtin_cpu_supports("avx512f");
}

#else

int kernel_available(void) {
    return 0;
}

void kernel_mul(float *c, size_t ldc, const float *a, size_t row, size_t col,
                const float *b, size_t ldb, size_t M, size_t N, size_t K,
                int beta) {
    (void)c, (void)ldc, (void)a, (void)row, (void)col, (void)b, (void)ldb;
    (void)M, (void)N, (void)K, (void)beta;
}

#endif
