/* Matrix products: see mat.h. SPDX-License-Identifier: MIT */
#include "nott/nn/mat.h"

#include <cblas.h>
#include <string.h>

#include "act.h"
#include "kernel.h"

#ifdef REAL_IS_DOUBLE
#define GEMM cblas_dgemm
#else
#define GEMM cblas_sgemm
#endif

static void blas_multiply(const struct kernel_product *p) {
    GEMM(CblasRowMajor, p->a_transposed ? CblasTrans : CblasNoTrans,
         CblasNoTrans, (blasint)p->M, (blasint)p->N, (blasint)p->K, 1, p->a,
         (blasint)p->lda, p->b, (blasint)p->ldb, p->beta, p->c,
         (blasint)p->ldc);
}

static int blas_available(void) {
    return 1;
}

static const struct mat_engine blas = {.name = "blas",
                                       .available = blas_available,
                                       .multiply = blas_multiply,
                                       .chunk_rows = 256};

/* ---- who multiplies ---- */

const struct mat_engine *const mat_engines[] = {&kernel_avx512, &blas,
                                                &kernel_plain, NULL};
const char *const mat_backend_names[] = {"auto",   "blas",   "plain",
                                         "avx512", "kernel", NULL};

static const struct mat_engine *engine = &blas; /* see mat_use */

/* NULL if this processor has none. */
static const struct mat_engine *find_engine(enum mat_backend wanted) {
    for (size_t i = 0; mat_engines[i]; i++) {
        const struct mat_engine *e = mat_engines[i];
        int any = wanted == MAT_AUTO || wanted == MAT_KERNEL;
        if (wanted == MAT_KERNEL && e == &blas)
            return NULL; /* what follows is slower */
        if ((any || strcmp(e->name, mat_backend_names[wanted]) == 0) &&
            e->available())
            return e;
    }
    return NULL;
}

int mat_use(enum mat_backend wanted, struct err *e) {
    const struct mat_engine *found = find_engine(wanted);
    if (!found)
        return err_set(e, ERR_USAGE,
                       "train.backend: this processor has no %s; auto takes "
                       "what there is",
                       mat_backend_names[wanted]);
    openblas_set_num_threads(1);
    engine = found;
    return 0;
}

const char *mat_name(void) {
    return engine->name;
}

const char *mat_backend(void) {
    return openblas_get_config();
}

size_t mat_chunk_rows(void) {
    return engine->chunk_rows;
}

/* ---- products ---- */

void mat_mul(real *c, size_t ldc, const real *a, size_t lda, const real *b,
             size_t ldb, size_t M, size_t N, size_t K, real beta) {
    engine->multiply(&(struct kernel_product){c, a, b, M, N, K, ldc, lda, ldb,
                                              .beta = beta});
}

void mat_mul_tn(real *c, size_t ldc, const real *a, size_t lda, const real *b,
                size_t ldb, size_t M, size_t N, size_t K) {
    engine->multiply(&(struct kernel_product){c, a, b, M, N, K, ldc, lda, ldb,
                                              .a_transposed = 1, .beta = 1});
}

/* The one that multiplies in bfloat16; NULL if this processor cannot. */
static const struct mat_engine *bf16_engine(void) {
    for (size_t i = 0; mat_engines[i]; i++)
        if (mat_engines[i]->bf16_available && mat_engines[i]->bf16_available())
            return mat_engines[i];
    return NULL;
}

int mat_bf16_available(void) {
    return bf16_engine() != NULL;
}

void mat_bf16_pairs(real *dst, const real *src, size_t ld, size_t rows,
                    size_t cols) {
    bf16_engine()->bf16_pairs(dst, src, ld, rows, cols);
}

void mat_mul_bf16(real *c, size_t ldc, const real *a, size_t lda,
                  const real *b_pairs, size_t ldb, size_t M, size_t N, size_t K,
                  real beta, real *room) {
    const struct mat_engine *bf16 = bf16_engine();
    size_t pairs = (K + 1) / 2;
    bf16->bf16_rows(room, a, lda, M, K);
    bf16->bf16_multiply(&(struct kernel_product){
        c, room, b_pairs, M, N, pairs, ldc, pairs, ldb, .beta = beta});
}

void mat_mul_tn_bf16(real *c, size_t ldc, const real *a_pairs, size_t lda,
                     const real *b_pairs, size_t ldb, size_t M, size_t N,
                     size_t K) {
    bf16_engine()->bf16_multiply(
        &(struct kernel_product){c, a_pairs, b_pairs, M, N, (K + 1) / 2, ldc,
                                 lda, ldb, .a_transposed = 1, .beta = 1});
}

/* ---- the rest ---- */

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
