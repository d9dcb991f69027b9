/* Matrix products: see mat.h. SPDX-License-Identifier: MIT */
#include "nott/nn/mat.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "act.h"
#include "kernel.h"

/* ---- memory ---- */

#define LARGE_PAGE ((size_t)2 << 20)

real *mat_new(size_t n) {
    size_t bytes = mat_round_up(n ? n : 1) * sizeof(real);
    int large = bytes >= LARGE_PAGE;
    if (large)
        bytes = (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    real *at = aligned_alloc(large ? LARGE_PAGE : 64, bytes);
    if (!at)
        return NULL;
#ifdef MADV_HUGEPAGE
    if (large)
        madvise(at, bytes, MADV_HUGEPAGE);
#endif
    memset(at, 0, n * sizeof(real));
    return at;
}

/* ---- who multiplies ---- */

const struct kernel *const kernel_ours[] = {&kernel_avx512, &kernel_avx2,
                                            &kernel_neon, &kernel_plain, NULL};
const char *const mat_backend_names[] = {"auto",   "blas", "plain",  "avx2",
                                         "avx512", "neon", "kernel", NULL};

const struct kernel *kernel_used = &kernel_plain,
                    *kernel_gatherer = &kernel_plain;

const char *mat_name(void) {
    return kernel_used->name;
}

/* ---- panels ---- */

struct mat_panels mat_panels_of(const real *at, size_t rows, size_t cols) {
    return (struct mat_panels){at, rows, cols, kernel_used->by_rows ? cols : 0};
}

/* Where column `from`, the first of a panel, begins. */
static size_t panel_place(size_t rows, size_t ld, size_t from) {
    return ld ? from : from * rows;
}

struct mat_panels mat_panels_cols(struct mat_panels b, size_t from, size_t n) {
    assert(from % MAT_PANEL == 0 && from + n <= b.cols);
    return (struct mat_panels){b.at + panel_place(b.rows, b.ld, from), b.rows,
                               n, b.ld};
}

/* dst[rows,n] = src, its rows being ld numbers apart, or srcᵀ. */
static void copy_panel(real *restrict dst, size_t ld, const real *restrict src,
                       size_t src_ld, size_t rows, size_t n, int transposed) {
    for (size_t k = 0; k < rows && !transposed; k++)
        memcpy(dst + k * ld, src + k * src_ld, n * sizeof *dst);
    for (size_t k = 0; k < rows && transposed; k++)
        for (size_t j = 0; j < n; j++)
            dst[k * ld + j] = src[j * src_ld + k];
}

void mat_panels_fill(real *dst, struct mat_view src, int transposed,
                     size_t from, size_t to) {
    size_t rows = transposed ? src.cols : src.rows;
    size_t cols = transposed ? src.rows : src.cols;
    size_t ld = mat_panels_of(dst, rows, cols).ld, wide = ld ? ld : MAT_PANEL;
    for (size_t p = from; p < to; p++) {
        size_t at = p * MAT_PANEL;
        size_t n = cols - at < MAT_PANEL ? cols - at : MAT_PANEL;
        real *panel = dst + panel_place(rows, ld, at);
        copy_panel(panel, wide, src.at + at * (transposed ? src.ld : 1), src.ld,
                   rows, n, transposed);
        for (size_t k = 0; k < rows && !ld; k++)
            memset(panel + k * wide + n, 0, (MAT_PANEL - n) * sizeof *dst);
    }
}

/* ---- products ---- */

void mat_mul(struct mat c, struct mat_view a, struct mat_panels b, real beta) {
    assert(a.rows == c.rows && a.cols == b.rows && b.cols == c.cols);
    kernel_used->multiply(
        &(struct kernel_product){c, a, 0, b.at, b.rows, b.ld, beta});
}

void mat_mul_tn(struct mat c, struct mat_view a, struct mat_view b, real beta) {
    assert(a.cols == c.rows && a.rows == b.rows && b.cols == c.cols);
    kernel_used->multiply(
        &(struct kernel_product){c, a, 1, b.at, b.rows, b.ld, beta});
}

void mat_gather(real *dst, struct mat_view src, const uint32_t *row,
                const real *scale, size_t count, real beta) {
    kernel_gatherer->gather(
        &(struct kernel_gather){dst, src, row, scale, count, beta});
}

/* The one that multiplies in bfloat16; NULL if this processor cannot. */
static const struct kernel *bf16_kernel(void) {
    for (size_t i = 0; kernel_ours[i]; i++)
        if (kernel_ours[i]->bf16_available && kernel_ours[i]->bf16_available())
            return kernel_ours[i];
    return NULL;
}

int mat_bf16_available(void) {
    return bf16_kernel() != NULL;
}

void mat_bf16_pairs(real *dst, struct mat_view src) {
    bf16_kernel()->bf16_pairs(dst, src.cols, src);
}

struct mat_panels mat_bf16_panels_of(const real *at, size_t rows, size_t cols) {
    return (struct mat_panels){at, (rows + 1) / 2, cols, 0};
}

void mat_bf16_panels_fill(real *dst, struct mat_panels src, size_t from,
                          size_t to) {
    size_t pairs = (src.rows + 1) / 2;
    for (size_t p = from; p < to; p++) {
        size_t at = p * MAT_PANEL;
        size_t n = src.cols - at < MAT_PANEL ? src.cols - at : MAT_PANEL;
        struct mat_view panel = {src.at + panel_place(src.rows, src.ld, at),
                                 src.rows, n, src.ld ? src.ld : MAT_PANEL};
        bf16_kernel()->bf16_pairs(dst + at * pairs, MAT_PANEL, panel);
    }
}

struct mat_view mat_bf16_rows(real *dst, struct mat_view a) {
    bf16_kernel()->bf16_rows(dst, a);
    return mat_view_of(dst, a.rows, (a.cols + 1) / 2);
}

void mat_mul_bf16(struct mat c, struct mat_view a_pairs,
                  struct mat_panels b_pairs, real beta) {
    assert(a_pairs.rows == c.rows && a_pairs.cols == b_pairs.rows &&
           b_pairs.cols == c.cols);
    bf16_kernel()->bf16_multiply(&(struct kernel_product){
        c, a_pairs, 0, b_pairs.at, b_pairs.rows, b_pairs.ld, beta});
}

void mat_mul_tn_bf16(struct mat c, struct mat_view a_pairs,
                     struct mat_view b_pairs, real beta) {
    assert(a_pairs.cols == c.rows && a_pairs.rows == b_pairs.rows);
    bf16_kernel()->bf16_multiply(&(struct kernel_product){
        c, a_pairs, 1, b_pairs.at, b_pairs.rows, b_pairs.ld, beta});
}

/* ---- the rest ---- */

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
