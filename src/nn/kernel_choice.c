/* The BLAS, and the choice of who multiplies: see kernel.h and mat.h. The only
 * room that sees BLAS; a program that never chooses does not load it.
 * SPDX-License-Identifier: MIT */
#include <cblas.h>
#include <string.h>

#include "kernel.h"

#ifdef REAL_IS_DOUBLE
#define GEMM cblas_dgemm
#else
#define GEMM cblas_sgemm
#endif

static void blas_multiply(const struct kernel_product *p) {
    struct mat c = p->c;
    GEMM(CblasRowMajor, p->a_transposed ? CblasTrans : CblasNoTrans,
         CblasNoTrans, (blasint)c.rows, (blasint)c.cols, (blasint)p->K, 1,
         p->a.at, (blasint)p->a.ld, p->b, (blasint)p->ld, p->beta, c.at,
         (blasint)c.ld);
}

static int blas_available(void) {
    return 1;
}

static const struct kernel blas = {.name = "blas",
                                   .available = blas_available,
                                   .multiply = blas_multiply,
                                   .by_rows = 1};

const struct kernel *const kernel_list[] = {
    &kernel_avx512, &kernel_avx2, &kernel_neon, &blas, &kernel_plain, NULL};

/* NULL if this processor has none. */
static const struct kernel *find_kernel(enum mat_backend wanted) {
    for (size_t i = 0; kernel_list[i]; i++) {
        const struct kernel *k = kernel_list[i];
        int any = wanted == MAT_AUTO || wanted == MAT_KERNEL;
        if (wanted == MAT_KERNEL && k == &blas)
            return NULL; /* what follows is slower */
        if ((any || strcmp(k->name, mat_backend_names[wanted]) == 0) &&
            k->available())
            return k;
    }
    return NULL;
}

int mat_use(enum mat_backend wanted, struct err *e) {
    const struct kernel *found = find_kernel(wanted);
    if (!found)
        return err_set(e, ERR_USAGE,
                       "train.backend: this processor has no %s; auto takes "
                       "what there is",
                       mat_backend_names[wanted]);
    openblas_set_num_threads(1);
    kernel_used = kernel_gatherer = found;
    if (!found->gather)
        kernel_gatherer =
            find_kernel(MAT_KERNEL) ? find_kernel(MAT_KERNEL) : &kernel_plain;
    return 0;
}

const char *mat_blas_version(void) {
    return openblas_get_config();
}
