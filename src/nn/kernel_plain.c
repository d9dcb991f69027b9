/* Products in plain C: see kernel.h. Slow, but it runs everywhere, and it is
 * what our other kernels are measured by, bit for bit.
 * SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <math.h>
#include <string.h>

#include "act.h"

#ifdef REAL_IS_DOUBLE
#define MULTIPLY_ADD fma
#else
#define MULTIPLY_ADD fmaf
#endif

/* c[n] += one row of a times n <= MAT_PANEL columns of b. */
ACT_VECTOR_FMA
static void row_panel(real *restrict c, const real *restrict a, size_t col,
                      const real *restrict b, size_t step, size_t K, size_t n) {
    real sum[MAT_PANEL] = {0};
    for (size_t j = 0; j < n; j++)
        sum[j] = c[j];
    for (size_t k = 0; k < K; k++)
        for (size_t j = 0; j < n; j++)
            sum[j] = MULTIPLY_ADD(a[k * col], b[k * step + j], sum[j]);
    for (size_t j = 0; j < n; j++)
        c[j] = sum[j];
}

static void multiply(const struct kernel_product *p) {
    size_t row = p->a_transposed ? 1 : p->a.ld, N = p->c.cols;
    size_t col = p->a_transposed ? p->a.ld : 1;
    size_t step = p->ld ? p->ld : MAT_PANEL;
    for (size_t i = 0; i < p->c.rows; i++)
        for (size_t j = 0; j < N; j += MAT_PANEL) {
            real *c = p->c.at + i * p->c.ld + j;
            size_t n = N - j < MAT_PANEL ? N - j : MAT_PANEL;
            for (size_t x = 0; x < n && p->beta == 0; x++)
                c[x] = 0;
            row_panel(c, p->a.at + i * row, col, p->b + j * (p->ld ? 1 : p->K),
                      step, p->K, n);
        }
}

ACT_VECTOR_FMA
static void add_scaled(real *restrict y, const real *restrict x, real a,
                       size_t n) {
    for (size_t j = 0; j < n; j++)
        y[j] = MULTIPLY_ADD(a, x[j], y[j]);
}

static void gather(const struct kernel_gather *g) {
    if (g->beta == 0)
        memset(g->dst, 0, g->src.cols * sizeof *g->dst);
    for (size_t i = 0; i < g->count; i++)
        add_scaled(g->dst, g->src.at + g->row[i] * g->src.ld, g->scale[i],
                   g->src.cols);
}

static int available(void) {
    return 1;
}

const struct kernel kernel_plain = {.name = "plain",
                                    .available = available,
                                    .multiply = multiply,
                                    .gather = gather};
