/* Who can multiply matrices: a kernel for each instruction set (kernel_*.c, all
 * of one source, kernel_tiles.h), one in plain C, which is their definition,
 * and the BLAS (kernel_choice.c).
 *
 * The shapes of recurrent networks are few rows against a weight matrix, over
 * and over. A BLAS copies both operands into an order of its own first; with 8
 * to 64 rows that can take as long as the product. Our weights lie in panels
 * already. Each element that a kernel makes is one chain of fused multiply-adds
 * over k in rising order, from the old element or from 0; so all of them, and
 * any numbers of rows, columns and threads, give the same bits. A BLAS may add
 * in any order. SPDX-License-Identifier: MIT */
#ifndef NOTT_KERNEL_H
#define NOTT_KERNEL_H

#include "nott/nn/mat.h"

/* c[M,N] = a[M,K] b[K,N] + beta c, or with a_transposed a[K,M]ᵀ b + beta c;
 * beta is 0 or 1. With beta 0 the old c is not read. */
struct kernel_product {
    struct mat c;
    struct mat_view a;
    int a_transposed;
    const real *b; /* [K,N], in panels or, where ld is not 0, row by row */
    size_t K, ld;
    real beta;
};

/* What mat_gather does. */
struct kernel_gather {
    real *dst;
    struct mat_view src;
    const uint32_t *row;
    const real *scale;
    size_t count;
    real beta;
};

struct kernel {
    const char *name;       /* one of mat_backend_names */
    int (*available)(void); /* on this processor, in this build */
    void (*multiply)(const struct kernel_product *p);
    void (*gather)(const struct kernel_gather *g); /* NULL: not by this one */
    int by_rows; /* wants b row by row, not in panels */

    /* The same in bfloat16 (8 bits of mantissa), two products at a time, summed
     * in fp32; NULL where there is none. The numbers of a and b lie in pairs
     * along k, a pair in the 32 bits of a float, and K counts pairs: a[M,K]
     * made by bf16_rows, or a[K,M] to be transposed and b[K,N] made by
     * bf16_pairs. Subnormal numbers count as 0. */
    int (*bf16_available)(void);
    void (*bf16_multiply)(const struct kernel_product *p);

    /* dst[rows, (cols+1)/2] pairs along the rows of src[rows,cols], and
     * dst[(rows+1)/2, cols] pairs down its columns, rows of dst being ld
     * numbers apart; rounded to nearest even, the last pair of an odd number
     * filled with 0. */
    void (*bf16_rows)(real *dst, struct mat_view src);
    void (*bf16_pairs)(real *dst, size_t ld, struct mat_view src);
};

extern const struct kernel kernel_plain, kernel_avx2, kernel_avx512,
    kernel_neon;

/* All of them, the fastest first: what AUTO tries in turn. NULL at the end. */
extern const struct kernel *const kernel_list[];

/* The same without the BLAS. */
extern const struct kernel *const kernel_ours[];

/* What mat_use has chosen: who multiplies, and who gathers. */
extern const struct kernel *kernel_used, *kernel_gatherer;

#endif
