/* The product kernels: see kernel.h.
 *
 * C is covered with tiles of up to 8 rows and 3 vectors of 16 columns, whose
 * 24 sums stay in registers while k runs: 3 loads of b, 8 broadcasts of a and
 * 24 multiply-adds a step, enough to keep both units of the processor busy.
 * Tiles go down the rows first, so that their strip of b, some 40 KB for 200
 * units, stays in the first-level cache. SPDX-License-Identifier: MIT */
#include "kernel.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define WIDTH    16 /* floats in a vector */
#define ROWS_MAX 8
#define COLS_MAX 3 /* vectors */

#define TARGET __attribute__((target("avx512f,avx512bw,avx512bf16")))
#define INLINE static inline __attribute__((always_inline)) TARGET
/* The loops over a tile must vanish, or its sums would live in memory. */
#define UNROLL _Pragma("GCC unroll 8")

struct operands {
    float *c;
    const float *a, *b;
    size_t ldc, row, col, ldb, K;
    int beta;
};

/* sum + x y; with `half` every number is two bfloat16, and so two products. */
INLINE __m512 multiply_add(__m512 sum, __m512 x, __m512 y, int bf16) {
    return bf16 ? _mm512_dpbf16_ps(sum, (__m512bh)x, (__m512bh)y)
                : _mm512_fmadd_ps(x, y, sum);
}

/* One tile of R rows and J vectors, the last of which has only the columns of
 * the mask. R, J and half are constants wherever this is inlined. */
/* clang-format off */
INLINE void tile(const struct operands *o, float *c, const float *a,
                 const float *b, size_t R, size_t J, __mmask16 last, int bf16) {
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
                sum[i][j] = multiply_add(sum[i][j], one, line[j], bf16);
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

/* clang-format off */
#define CASE(R, J)                                                             \
    case R * 4 + J:                                                            \
        tile(o, c, a, b, R, J, last, BF16);                                    \
        break;
#define CASES(R) CASE(R, 1) CASE(R, 2) CASE(R, 3)
#define ALL_CASES                                                              \
    CASES(1) CASES(2) CASES(3) CASES(4) CASES(5) CASES(6) CASES(7) CASES(8)
/* clang-format on */

TARGET
static void any_tile(const struct operands *o, float *c, const float *a,
                     const float *b, size_t R, size_t J, __mmask16 last) {
#define BF16 0
    switch (R * 4 + J) { ALL_CASES }
#undef BF16
}

TARGET
static void any_bf16_tile(const struct operands *o, float *c, const float *a,
                          const float *b, size_t R, size_t J, __mmask16 last) {
#define BF16 1
    switch (R * 4 + J) { ALL_CASES }
#undef BF16
}

/* The i-th of n parts of `all`, as even as they go. */
static size_t part(size_t all, size_t n, size_t i) {
    return all * (i + 1) / n - all * i / n;
}

static void cover(const struct operands *o, size_t M, size_t N, int bf16) {
    size_t vectors = (N + WIDTH - 1) / WIDTH;
    size_t strips = (vectors + COLS_MAX - 1) / COLS_MAX;
    size_t tiles = (M + ROWS_MAX - 1) / ROWS_MAX;
    __mmask16 tail = (__mmask16)(N % WIDTH ? (1u << (N % WIDTH)) - 1 : 0xffffu);
    for (size_t s = 0, x = 0; s < strips; s++) {
        size_t J = part(vectors, strips, s);
        __mmask16 last = s + 1 < strips ? 0xffff : tail;
        for (size_t t = 0, y = 0; t < tiles; t++) {
            size_t R = part(M, tiles, t);
            (bf16 ? any_bf16_tile : any_tile)(o, o->c + y * o->ldc + WIDTH * x,
                                              o->a + y * o->row,
                                              o->b + WIDTH * x, R, J, last);
            y += R;
        }
        x += J;
    }
}

void kernel_mul(float *c, size_t ldc, const float *a, size_t row, size_t col,
                const float *b, size_t ldb, size_t M, size_t N, size_t K,
                int beta) {
    struct operands o = {c, a, b, ldc, row, col, ldb, K, beta};
    cover(&o, M, N, 0);
}

void kernel_mul_bf16(float *c, size_t ldc, const float *a, size_t row,
                     size_t col, const float *b, size_t ldb, size_t M, size_t N,
                     size_t pairs, int beta) {
    struct operands o = {c, a, b, ldc, row, col, ldb, pairs, beta};
    cover(&o, M, N, 1);
}

TARGET
void kernel_bf16_rows(float *dst, const float *src, size_t ld, size_t rows,
                      size_t cols) {
    size_t pairs = (cols + 1) / 2;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < pairs; j += WIDTH) {
            size_t n = cols - 2 * j < 2 * WIDTH ? cols - 2 * j : 2 * WIDTH;
            __mmask32 in = (__mmask32)((1ull << n) - 1);
            __mmask16 out = (__mmask16)((1u << ((n + 1) / 2)) - 1);
            const float *p = src + i * ld + 2 * j;
            __m512 low = _mm512_maskz_loadu_ps((__mmask16)in, p);
            __m512 high =
                _mm512_maskz_loadu_ps((__mmask16)(in >> WIDTH), p + WIDTH);
            _mm512_mask_storeu_epi32(dst + i * pairs + j, out,
                                     (__m512i)_mm512_cvtne2ps_pbh(high, low));
        }
}

/* Its 16 numbers as bfloat16 in the low halves of 32 bits each. */
INLINE __m512i narrow(__m512 x) {
    return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(x));
}

TARGET
void kernel_bf16_pairs(float *dst, const float *src, size_t ld, size_t rows,
                       size_t cols) {
    for (size_t i = 0; i < rows; i += 2)
        for (size_t j = 0; j < cols; j += WIDTH) {
            size_t n = cols - j < WIDTH ? cols - j : WIDTH;
            __mmask16 in = (__mmask16)((1u << n) - 1);
            const float *p = src + i * ld + j;
            __m512i first = narrow(_mm512_maskz_loadu_ps(in, p));
            __m512i second =
                narrow(_mm512_maskz_loadu_ps(i + 1 < rows ? in : 0, p + ld));
            _mm512_mask_storeu_epi32(
                dst + i / 2 * cols + j, in,
                _mm512_or_si512(first, _mm512_slli_epi32(second, 16)));
        }
}

int kernel_available(void) {
    return __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw");
}

int kernel_bf16_available(void) {
    return kernel_available() && __builtin_cpu_supports("avx512bf16");
}

#else

int kernel_available(void) {
    return 0;
}

int kernel_bf16_available(void) {
    return 0;
}

void kernel_mul(float *c, size_t ldc, const float *a, size_t row, size_t col,
                const float *b, size_t ldb, size_t M, size_t N, size_t K,
                int beta) {
    (void)c, (void)ldc, (void)a, (void)row, (void)col, (void)b, (void)ldb;
    (void)M, (void)N, (void)K, (void)beta;
}

void kernel_mul_bf16(float *c, size_t ldc, const float *a, size_t row,
                     size_t col, const float *b, size_t ldb, size_t M, size_t N,
                     size_t pairs, int beta) {
    (void)c, (void)ldc, (void)a, (void)row, (void)col, (void)b, (void)ldb;
    (void)M, (void)N, (void)pairs, (void)beta;
}

void kernel_bf16_rows(float *dst, const float *src, size_t ld, size_t rows,
                      size_t cols) {
    (void)dst, (void)src, (void)ld, (void)rows, (void)cols;
}

void kernel_bf16_pairs(float *dst, const float *src, size_t ld, size_t rows,
                       size_t cols) {
    (void)dst, (void)src, (void)ld, (void)rows, (void)cols;
}

#endif
