/* Products in plain C: see kernel.h. Slow, but it runs everywhere, and it is
 * what our other kernels are measured by, bit for bit.
 * SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <math.h>

#include "act.h"

#define STRIP 64 /* columns whose sums are kept in registers or nearby */

#ifdef REAL_IS_DOUBLE
#define MULTIPLY_ADD fma
#else
#define MULTIPLY_ADD fmaf
#endif

/* c[n] = a b + beta c for one row of c and n columns. */
ACT_VECTOR_FMA
static void row_strip(const struct kernel_product *p, real *restrict c,
                      const real *restrict a, const real *restrict b,
                      size_t n) {
    size_t step = p->a_transposed ? p->a.ld : 1;
    real sum[STRIP] = {0};
    for (size_t k = 0; k < p->b.rows; k++)
        for (size_t j = 0; j < n; j++)
            sum[j] = MULTIPLY_ADD(a[k * step], b[k * p->b.ld + j], sum[j]);
    for (size_t j = 0; j < n; j++)
        c[j] = p->beta != 0 ? sum[j] + c[j] : sum[j];
}

static void multiply(const struct kernel_product *p) {
    size_t row = p->a_transposed ? 1 : p->a.ld, N = p->c.cols;
    for (size_t j = 0; j < N; j += STRIP)
        for (size_t i = 0; i < p->c.rows; i++)
            row_strip(p, p->c.at + i * p->c.ld + j, p->a.at + i * row,
                      p->b.at + j, N - j < STRIP ? N - j : STRIP);
}

static int available(void) {
    return 1;
}

const struct mat_engine kernel_plain = {.name = "plain",
                                        .available = available,
                                        .multiply = multiply,
                                        .chunk_rows = 64};
