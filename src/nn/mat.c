/* Matrix products: see mat.h. SPDX-License-Identifier: MIT */
#include "nott/nn/mat.h"

#include <assert.h>
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
    struct mat c = p->c;
    struct mat_view a = p->a, b = p->b;
    GEMM(CblasRowMajor, p->a_transposed ? CblasTrans : CblasNoTrans,
         CblasNoTrans, (blasint)c.rows, (blasint)c.cols, (blasint)b.rows, 1,
         a.at, (blasint)a.ld, b.at, (blasint)b.ld, p->beta, c.at,
         (blasint)c.ld);
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

static void multiply(void (*by)(const struct kernel_product *), struct mat c,
                     struct mat_view a, struct mat_view b, real beta) {
    assert(a.rows == c.rows && a.cols == b.rows && b.cols == c.cols);
    by(&(struct kernel_product){c, a, b, 0, beta});
}

static void multiply_tn(void (*by)(const struct kernel_product *), struct mat c,
                        struct mat_view a, struct mat_view b) {
    assert(a.cols == c.rows && a.rows == b.rows && b.cols == c.cols);
    by(&(struct kernel_product){c, a, b, 1, 1});
}

void mat_mul(struct mat c, struct mat_view a, struct mat_view b, real beta) {
    multiply(engine->multiply, c, a, b, beta);
}

void mat_mul_tn(struct mat c, struct mat_view a, struct mat_view b) {
    multiply_tn(engine->multiply, c, a, b);
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

void mat_bf16_pairs(real *dst, struct mat_view src) {
    bf16_engine()->bf16_pairs(dst, src);
}

void mat_mul_bf16(struct mat c, struct mat_view a, struct mat_view b_pairs,
                  real beta, real *room) {
    const struct mat_engine *bf16 = bf16_engine();
    bf16->bf16_rows(room, a);
    multiply(bf16->bf16_multiply, c,
             mat_view_of(room, a.rows, (a.cols + 1) / 2), b_pairs, beta);
}

void mat_mul_tn_bf16(struct mat c, struct mat_view a_pairs,
                     struct mat_view b_pairs) {
    multiply_tn(bf16_engine()->bf16_multiply, c, a_pairs, b_pairs);
}

/* ---- the rest ---- */

void mat_transpose(real *dst, struct mat_view src) {
    const size_t tile = 16; /* a tile of both sides stays in the L1 cache */
    size_t rows = src.rows, cols = src.cols;
    for (size_t i0 = 0; i0 < rows; i0 += tile)
        for (size_t j0 = 0; j0 < cols; j0 += tile)
            for (size_t i = i0; i < rows && i < i0 + tile; i++)
                for (size_t j = j0; j < cols && j < j0 + tile; j++)
                    dst[j * rows + i] = src.at[i * src.ld + j];
}

ACT_VECTOR
static void add_rows(real *restrict dst, const real *restrict a, size_t ld,
                     size_t rows, size_t n) {
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < n; j++)
            dst[j] += a[i * ld + j];
}

void mat_add_rows(real *dst, struct mat_view a) {
    add_rows(dst, a.at, a.ld, a.rows, a.cols);
}
