/* Matrices of real numbers.
 *
 * Everything is row-major. In the numeric rooms the letters are: B slots (tunes
 * side by side), T time steps, H units of a layer, K classes. All products are
 * A·B, except for weight gradients, which are Aᵀ·B; the weights are laid in
 * panels for it once, when they have changed, and so are their transposes.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_MAT_H
#define NOTT_MAT_H

#include <stddef.h>
#include <stdint.h>

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

/* Some of its rows. */
static inline struct mat mat_rows(struct mat m, size_t from, size_t n) {
    return (struct mat){m.at + from * m.ld, n, m.cols, m.ld};
}

static inline struct mat_view mat_view_rows(struct mat_view m, size_t from,
                                            size_t n) {
    return (struct mat_view){m.at + from * m.ld, n, m.cols, m.ld};
}

/* How many numbers n take where the next ones must begin a cache line. */
static inline size_t mat_round_up(size_t n) {
    const size_t line = 64 / sizeof(real);
    return (n + line - 1) / line * line;
}

/* n zeros, beginning a cache line; to be freed with free(). Large ones lie in
 * large pages where the system has them: the rows that are on are far apart,
 * and small pages for all of them would not be remembered. NULL = no memory. */
real *mat_new(size_t n);

/* ---- panels ---- */

/* A matrix as right operands lie best: cut into panels of MAT_PANEL columns,
 * one after the other, the rows of a panel one after the other; the last panel
 * is filled with zeros. A product then reads it from one end to the other.
 * While the BLAS multiplies, which has an order of its own, it lies row by row
 * instead: who multiplies must not change between laying and reading. */
#define MAT_PANEL 16

struct mat_panels {
    const real *at;
    size_t rows, cols, ld; /* ld: between rows; 0 = in panels */
};

static inline size_t mat_panels_count(size_t cols) {
    return (cols + MAT_PANEL - 1) / MAT_PANEL;
}

/* Numbers that rows * cols take in panels. */
static inline size_t mat_panels_size(size_t rows, size_t cols) {
    return mat_round_up(mat_panels_count(cols) * MAT_PANEL * rows);
}

struct mat_panels mat_panels_of(const real *at, size_t rows, size_t cols);

/* Some of the columns; `from` must be a multiple of MAT_PANEL. */
struct mat_panels mat_panels_cols(struct mat_panels b, size_t from, size_t n);

/* Lays src, or with `transposed` its transpose, at dst; of it only the panels
 * from .. to-1, so that several threads may share the work. */
void mat_panels_fill(real *dst, struct mat_view src, int transposed,
                     size_t from, size_t to);

/* ---- products ---- */

/* Who multiplies: the BLAS, or a kernel of our own (src/nn/kernel.h), which is
 * faster on these shapes: plain C, which runs everywhere and is slow, or one
 * for an instruction set. All our kernels give the same bits, on every
 * processor; the BLAS may add in any order. KERNEL is the fastest kernel for an
 * instruction set that the processor has; AUTO is that, or else the BLAS. */
enum mat_backend {
    MAT_AUTO,
    MAT_BLAS,
    MAT_PLAIN,
    MAT_AVX2,
    MAT_AVX512,
    MAT_NEON,
    MAT_KERNEL
};
extern const char *const mat_backend_names[]; /* in this order, then NULL */

/* Sets who multiplies, for the whole program; to be called before threads are
 * started. Until then it is plain C, so that a program which only looks at
 * models does without a BLAS. Also tells the BLAS to use the calling
 * thread only: the threads here are ours, and two pools would fight for the
 * cores. ERR_USAGE when this processor cannot; AUTO, BLAS and PLAIN never fail.
 */
int mat_use(enum mat_backend wanted, struct err *e);

/* Who multiplies now: one of mat_backend_names, but neither auto nor kernel. */
const char *mat_name(void);

/* Version and build of the BLAS, e.g. "OpenBLAS 0.3.21 ... SkylakeX". */
const char *mat_blas_version(void);

/* c[M,N] = a[M,K] b[K,N] + beta c, none of M, N, K 0; beta is 0 or 1. With beta
 * 0 the old content of c is not read. By our kernels each element is one chain
 * of fused multiply-adds in rising k, from the old element or from 0. */
void mat_mul(struct mat c, struct mat_view a, struct mat_panels b, real beta);

/* c[M,N] = a[K,M]ᵀ b[K,N] + beta c. */
void mat_mul_tn(struct mat c, struct mat_view a, struct mat_view b, real beta);

/* dst[n] = scale[0] src[row[0],n] + scale[1] src[row[1],n] + ... + beta dst,
 * `count` rows of src, one chain for each element likewise; always by a kernel
 * of ours. */
void mat_gather(real *dst, struct mat_view src, const uint32_t *row,
                const real *scale, size_t count, real beta);

/* The same products in bfloat16, faster where the processor has it, with fp32
 * sums; by the kernel that has it, whoever else multiplies (src/nn/kernel.h).
 * Operands are made from pairs of rows. */
int mat_bf16_available(void);

/* dst[(rows+1)/2, cols] = the pairs of rows of src[rows,cols], and the same of
 * the panels from .. to-1 of src as panels. */
void mat_bf16_pairs(real *dst, struct mat_view src);
void mat_bf16_panels_fill(real *dst, struct mat_panels src, size_t from,
                          size_t to);
struct mat_panels mat_bf16_panels_of(const real *at, size_t rows, size_t cols);

/* The pairs along the rows of a[M,K], made at dst: [M, (K+1)/2]. */
struct mat_view mat_bf16_rows(real *dst, struct mat_view a);

/* c[M,N] = a b + beta c, a made by mat_bf16_rows of [M,K] and b by
 * mat_bf16_panels_fill of [K,N]. */
void mat_mul_bf16(struct mat c, struct mat_view a_pairs,
                  struct mat_panels b_pairs, real beta);

/* c[M,N] = aᵀ b + beta c, of pairs [(K+1)/2, M] and [(K+1)/2, N]. */
void mat_mul_tn_bf16(struct mat c, struct mat_view a_pairs,
                     struct mat_view b_pairs, real beta);

/* dst[n] += the sum of the rows of a[rows,n], in rising order. */
void mat_add_rows(real *dst, struct mat_view a);

#endif
