/* Matrix products: see mat.h. SPDX-License-Identifier: MIT */
#include "nott/nn/mat.h"

#include <cblas.h>

#include "act.h"
#include "kernel.h"

const char *const mat_backend_names[] = {"auto", "blas", "kernel", NULL};

static enum mat_engine engine = MAT_BLAS; /* see mat_use */

#ifdef REAL_IS_DOUBLE

#define GEMM cblas_dgemm

static int own_product(real *c, size_t ldc, const real *a, size_t row,
                       size_t col, const real *b, size_t ldb, size_t M,
                       size_t N, size_t K, int beta) {
    (void)c, (void)ldc, (void)a, (void)row, (void)col, (void)b, (void)ldb;
    (void)M, (void)N, (void)K, (void)beta;
    return 0;
}

int mat_bf16_available(void) {
    return 0;
}

void mat_bf16_pairs(real *dst, const real *src, size_t ld, size_t rows,
                    size_t cols) {
    (void)dst, (void)src, (void)ld, (void)rows, (void)cols;
}

void mat_mul_bf16(real *c, size_t ldc, const real *a, size_t lda,
                  const real *b_pairs, size_t ldb, size_t M, size_t N, size_t K,
                  real beta, real *room) {
    (void)c, (void)ldc, (void)a, (void)lda, (void)b_pairs, (void)ldb;
    (void)M, (void)N, (void)K, (void)beta, (void)room;
}

void mat_mul_tn_bf16(real *c, size_t ldc, const real *a_pairs, size_t lda,
                     const real *b_pairs, size_t ldb, size_t M, size_t N,
                     size_t K) {
    (void)c, (void)ldc, (void)a_pairs, (void)lda, (void)b_pairs, (void)ldb;
    (void)M, (void)N, (void)K;
}

#else

#define GEMM cblas_sgemm

static int own_product(real *c, size_t ldc, const real *a, size_t row,
                       size_t col, const real *b, size_t ldb, size_t M,
                       size_t N, size_t K, int beta) {
    if (engine != MAT_KERNEL)
        return 0;
    kernel_mul(c, ldc, a, row, col, b, ldb, M, N, K, beta);
    return 1;
}

int mat_bf16_available(void) {
    return kernel_bf16_available();
}

void mat_bf16_pairs(real *dst, const real *src, size_t ld, size_t rows,
                    size_t cols) {
    kernel_bf16_pairs(dst, src, ld, rows, cols);
}

void mat_mul_bf16(real *c, size_t ldc, const real *a, size_t lda,
                  const real *b_pairs, size_t ldb, size_t M, size_t N, size_t K,
                  real beta, real *room) {
    size_t pairs = (K + 1) / 2;
    kernel_bf16_rows(room, a, lda, M, K);
    kernel_mul_bf16(c, ldc, room, pairs, 1, b_pairs, ldb, M, N, pairs,
                    beta != 0);
}

void mat_mul_tn_bf16(real *c, size_t ldc, const real *a_pairs, size_t lda,
                     const real *b_pairs, size_t ldb, size_t M, size_t N,
                     size_t K) {
    kernel_mul_bf16(c, ldc, a_pairs, 1, lda, b_pairs, ldb, M, N, (K + 1) / 2,
                    1);
}

#endif

enum mat_engine mat_use(enum mat_engine wanted) {
    int can = kernel_available() && sizeof(real) == sizeof(float);
    engine = can && wanted != MAT_BLAS ? MAT_KERNEL : MAT_BLAS;
    return engine;
}

size_t mat_chunk_rows(void) {
    return engine == MAT_KERNEL ? 64 : 256;
}

void mat_mul(real *c, size_t ldc, const real *a, size_t lda, const real *b,
             size_t ldb, size_t M, size_t N, size_t K, real beta) {
    if (!own_product(c, ldc, a, lda, 1, b, ldb, M, N, K, beta != 0))
        GEMM(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)M, (blasint)N,
             (blasint)K, 1, a, (blasint)lda, b, (blasint)ldb, beta, c,
             (blasint)ldc);
}

void mat_mul_tn(real *c, size_t ldc, const real *a, size_t lda, const real *b,
                size_t ldb, size_t M, size_t N, size_t K) {
    if (!own_product(c, ldc, a, 1, lda, b, ldb, M, N, K, 1))
        GEMM(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)M, (blasint)N,
             (blasint)K, 1, a, (blasint)lda, b, (blasint)ldb, 1, c,
             (blasint)ldc);
}

void mat_transpose(real *dst, const real *src, size_t rows, size_t cols) {
    const size_t tile = 16; /* a tile of both sides stays in the L1 cache */
    for (size_t i0 = 0; i0 < rows; i0 += tile)
        for (size_t j0 = 0; j0 < cols; j0 += tile)
            for (size_t i = i0; i < rows && i < i0 + tile; i++)
                for (size_t j = j0; j < cols && j < j0 + tile; j++)
                    dst[j * rows + i] = src[i * cols + j];
}

ACT_VECTOR
void mat_add_rows(real *restrict dst, const real *restrict a, size_t lda,
                  size_t rows, size_t n) {
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < n; j++)
            dst[j] += a[i * lda + j];
}

void mat_single_thread(void) {
    openblas_set_num_threads(1);
}

const char *mat_backend(void) {
    return openblas_get_config();
}
