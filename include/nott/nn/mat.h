/* Matrices of real numbers. The only room that sees BLAS.
 *
 * Everything is row-major. In the numeric rooms the letters are: B slots (tunes
 * side by side), T time steps, H units of a layer, K classes. All products are
 * A·B with both operands as they lie in memory (the backward pass keeps
 * transposed copies of the weights), except for weight gradients, which are
 * Aᵀ·B. SPDX-License-Identifier: MIT */
#ifndef NOTT_MAT_H
#define NOTT_MAT_H

#include <stddef.h>

#include "nott/base/err.h"

#ifdef REAL_IS_DOUBLE
typedef double real;
#else
typedef float real;
#endif

/* A matrix that lies in memory of someone else: row i begins at at + i * ld,
 * ld >= cols. A view is one that is only read. */
struct mat {
    real *at;
    size_t rows, cols, ld;
};

struct mat_view {
    const real *at;
    size_t rows, cols, ld;
};

/* Without gaps between the rows. */
static inline struct mat mat_of(real *at, size_t rows, size_t cols) {
    return (struct mat){at, rows, cols, cols};
}

static inline struct mat_view mat_view_of(const real *at, size_t rows,
                                          size_t cols) {
    return (struct mat_view){at, rows, cols, cols};
}

static inline struct mat_view mat_read(struct mat m) {
    return (struct mat_view){m.at, m.rows, m.cols, m.ld};
}

/* Some of its columns: n of them, the first of which is `from`. */
static inline struct mat mat_cols(struct mat m, size_t from, size_t n) {
    return (struct mat){m.at + from, m.rows, n, m.ld};
}

static inline struct mat_view mat_view_cols(struct mat_view m, size_t from,
                                            size_t n) {
    return (struct mat_view){m.at + from, m.rows, n, m.ld};
}

/* How many numbers n take where the next ones must begin a cache line. */
static inline size_t mat_round_up(size_t n) {
    const size_t line = 64 / sizeof(real);
    return (n + line - 1) / line * line;
}

/* Who multiplies: the BLAS, or a kernel of our own (src/nn/kernel.h), which is
 * faster on these shapes: plain, which runs everywhere and is slow, or one for
 * an instruction set. KERNEL is the fastest of those that the processor has;
 * AUTO is that, or else the BLAS. */
enum mat_backend { MAT_AUTO, MAT_BLAS, MAT_PLAIN, MAT_AVX512, MAT_KERNEL };
extern const char *const mat_backend_names[]; /* in this order, then NULL */

/* Sets who multiplies, for the whole program; to be called before threads are
 * started. Until then it is the BLAS. Also tells the BLAS to use the calling
 * thread only: the threads here are ours, one for each group of slots, and two
 * pools would fight for the cores. ERR_USAGE when this processor cannot; AUTO,
 * BLAS and PLAIN never fail. */
int mat_use(enum mat_backend wanted, struct err *e);

/* Who multiplies now: one of mat_backend_names, but neither auto nor kernel. */
const char *mat_name(void);

/* Version and build of the BLAS, e.g. "OpenBLAS 0.3.21 ... SkylakeX". */
const char *mat_backend(void);

/* How many rows to batch into one product, so that they stay in the caches and
 * the product is worth its call: few for our kernels, more for a BLAS, which
 * copies its operands first. */
size_t mat_chunk_rows(void);

/* c[M,N] = a[M,K] b[K,N] + beta c; beta is 0 or 1. With beta 0 the old content
 * of c is not read. */
void mat_mul(struct mat c, struct mat_view a, struct mat_view b, real beta);

/* c[M,N] += a[K,M]ᵀ b[K,N]. */
void mat_mul_tn(struct mat c, struct mat_view a, struct mat_view b);

/* The same in bfloat16, which is about twice as fast where the processor has
 * it, with fp32 sums; by the kernel that has it, whoever else multiplies
 * (src/nn/kernel.h). Operands are made from pairs of rows. */
int mat_bf16_available(void);

/* dst[(rows+1)/2, cols] = the pairs of rows of src[rows,cols]. */
void mat_bf16_pairs(real *dst, struct mat_view src);

/* c[M,N] = a[M,K] b + beta c, b of pairs [(K+1)/2, N]. The pairs of a are made
 * in `room`, of M * (K+1)/2 numbers. */
void mat_mul_bf16(struct mat c, struct mat_view a, struct mat_view b_pairs,
                  real beta, real *room);

/* c[M,N] += aᵀ b, of pairs [(K+1)/2, M] and [(K+1)/2, N]. */
void mat_mul_tn_bf16(struct mat c, struct mat_view a_pairs,
                     struct mat_view b_pairs);

/* dst[cols,rows] = src[rows,cols]ᵀ, without gaps between the rows of dst. */
void mat_transpose(real *dst, struct mat_view src);

/* dst[n] += the sum of the rows of a[rows,n]. */
void mat_add_rows(real *dst, struct mat_view a);

#endif
