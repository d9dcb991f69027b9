/* Who can multiply matrices: one engine for each instruction set (a file
 * kernel_*.c), one in plain C, and the BLAS (mat.c).
 *
 * The shapes of recurrent networks are few rows against a weight matrix, over
 * and over. A BLAS copies both operands into an order of its own first; with 16
 * to 64 rows that can take as long as the product. Our kernels read them where
 * they lie. Each element that they make is one chain of fused multiply-adds
 * over k in rising order, from 0, to which the old element is added at the end;
 * so all of them, and any numbers of rows and columns, give the same bits. A
 * BLAS may add in any order. SPDX-License-Identifier: MIT */
#ifndef NOTT_KERNEL_H
#define NOTT_KERNEL_H

#include "nott/nn/mat.h"

/* c[M,N] = a[M,K] b[K,N] + beta c, or with a_transposed a[K,M]ᵀ b + beta c;
 * beta is 0 or 1. With beta 0 the old c is not read. */
struct kernel_product {
    struct mat c;
    struct mat_view a, b;
    int a_transposed;
    real beta;
};

struct mat_engine {
    const char *name;       /* one of mat_backend_names */
    int (*available)(void); /* on this processor, in this build */
    void (*multiply)(const struct kernel_product *p);
    size_t chunk_rows; /* see mat_chunk_rows */

    /* The same in bfloat16 (8 bits of mantissa), two products at a time, summed
     * in fp32; NULL where there is none. The numbers of a and b lie in pairs
     * along k, a pair in the 32 bits of a float, and K counts pairs: a[M,K]
     * made by bf16_rows, or a[K,M] to be transposed and b[K,N] made by
     * bf16_pairs. Subnormal numbers count as 0. */
    int (*bf16_available)(void);
    void (*bf16_multiply)(const struct kernel_product *p);

    /* dst[rows, (cols+1)/2] pairs along the rows of src[rows,cols], and
     * dst[(rows+1)/2, cols] pairs down its columns; rounded to nearest even,
     * the last pair of an odd number filled with 0. */
    void (*bf16_rows)(real *dst, struct mat_view src);
    void (*bf16_pairs)(real *dst, struct mat_view src);
};

extern const struct mat_engine kernel_avx512, kernel_plain;

/* All of them, the fastest first: what AUTO tries in turn. NULL at the end. */
extern const struct mat_engine *const mat_engines[];

#endif
