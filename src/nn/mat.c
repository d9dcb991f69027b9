/* Matrix products through CBLAS: see mat.h. SPDX-License-Identifier: MIT */
#include "nott/mat.h"

#include <cblas.h>

#ifdef REAL_IS_DOUBLE
#define GEMM cblas_dgemm
#else
#define GEMM cblas_sgemm
#endif

void mat_mul(real *c, size_t ldc, const real *a, size_t lda, const real *b,
             size_t ldb, size_t M, size_t N, size_t K, real beta) {
    GEMM(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)M, (blasint)N,
         (blasint)K, 1, a, (blasint)lda, b, (blasint)ldb, beta, c,
         (blasint)ldc);
}

void mat_mul_tn(real *c, size_t ldc, const real *a, size_t lda, const real *b,
                size_t ldb, size_t M, size_t N, size_t K) {
    GEMM(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)M, (blasint)N,
         (blasint)K, 1, a, (blasint)lda, b, (blasint)ldb, 1, c, (blasint)ldc);
}

void mat_transpose(real *dst, const real *src, size_t rows, size_t cols) {
    const size_t tile = 16; /* a tile of both sides stays in the L1 cache */
    for (size_t i0 = 0; i0 < rows; i0 += tile)
        for (size_t j0 = 0; j0 < cols; j0 += tile)
            for (size_t i = i0; i < rows && i < i0 + tile; i++)
                for (size_t j = j0; j < cols && j < j0 + tile; j++)
                    dst[j * rows + i] = src[i * cols + j];
}

void mat_add_rows(real *dst, const real *a, size_t lda, size_t rows, size_t n) {
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
