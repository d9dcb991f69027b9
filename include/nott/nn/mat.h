/* Matrices of real numbers. The only room that sees BLAS.
 *
 * Everything is row-major; `ld` is the distance between the starts of two
 * rows. In the numeric rooms the letters are: B slots (tunes side by side),
 * T time steps, H units of a layer, K classes. All products are A·B with both
 * operands as they lie in memory (the backward pass keeps transposed copies of
 * the weights), except for weight gradients, which are Aᵀ·B.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_MAT_H
#define NOTT_MAT_H

#include <stddef.h>

#include "nott/base/err.h"

#ifdef REAL_IS_DOUBLE
typedef double real;
#else
typedef float real;
#endif

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
void mat_mul(real *c, size_t ldc, const real *a, size_t lda, const real *b,
             size_t ldb, size_t M, size_t N, size_t K, real beta);

/* c[M,N] += a[K,M]ᵀ b[K,N]. */
void mat_mul_tn(real *c, size_t ldc, const real *a, size_t lda, const real *b,
                size_t ldb, size_t M, size_t N, size_t K);

/* The same in bfloat16, which is about twice as fast where the processor has
 * it, with fp32 sums; by the kernel that has it, whoever else multiplies
 * (src/nn/kernel.h). Operands are made from pairs of rows:
 * dst[(rows+1)/2, cols]. mat_mul_half makes those of a itself and needs room
 * for M * (K+1)/2 numbers. */
int mat_bf16_available(void);
void mat_bf16_pairs(real *dst, const real *src, size_t ld, size_t rows,
                    size_t cols);
void mat_mul_bf16(real *c, size_t ldc, const real *a, size_t lda,
                  const real *b_pairs, size_t ldb, size_t M, size_t N, size_t K,
                  real beta, real *room);
void mat_mul_tn_bf16(real *c, size_t ldc, const real *a_pairs, size_t lda,
                     const real *b_pairs, size_t ldb, size_t M, size_t N,
                     size_t K);

/* dst[cols,rows] = src[rows,cols]ᵀ; both without gaps between rows. */
void mat_transpose(real *dst, const real *src, size_t rows, size_t cols);

/* dst[n] += the sum of the rows of a[rows,n]. */
void mat_add_rows(real *dst, const real *a, size_t lda, size_t rows, size_t n);

#endif
