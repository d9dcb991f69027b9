/* The sparse input layer against the product with the long vector it stands
 * for. SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "near.h"
#include "nn/embedding.h"
#include "nott/base/rng.h"

enum { R = 11, N = 37, A = 5 };

static const uint16_t row[A] = {10, 0, 4, 4, 7}; /* one of them twice */
static const real scale[A] = {1, (real)-0.5, 2, 1, 0};

static void fill(real *x, size_t n, uint64_t stream) {
    struct rng rng;
    rng_seed(&rng, 1, stream);
    for (size_t i = 0; i < n; i++)
        x[i] = (real)(2 * rng_uniform(&rng) - 1);
}

/* The input that `row` and `scale` stand for. */
static void dense_input(double x[R]) {
    for (size_t r = 0; r < R; r++)
        x[r] = 0;
    for (size_t k = 0; k < A; k++)
        x[row[k]] += (double)scale[k];
}

static void test_gather(void **state) {
    (void)state;
    real w[R * N], dst[N];
    double x[R], want[N];
    fill(w, R * N, 0);
    fill(dst, N, 1);
    dense_input(x);
    for (size_t j = 0; j < N; j++) {
        want[j] = (double)dst[j];
        for (size_t r = 0; r < R; r++)
            want[j] += x[r] * (double)w[r * N + j];
    }
    embedding_forward(dst, w, N, row, scale, A);
    assert_near(dst, want, N, IN_DOUBLE_OR_FLOAT(1e-15, 1e-6), 0);
}

static void test_scatter(void **state) {
    (void)state;
    real d[N], dw[R * N];
    double x[R], want[R * N];
    fill(d, N, 2);
    fill(dw, R * N, 3);
    dense_input(x);
    for (size_t r = 0; r < R; r++)
        for (size_t j = 0; j < N; j++)
            want[r * N + j] = (double)dw[r * N + j] + x[r] * (double)d[j];
    embedding_backward(dw, d, N, row, scale, A);
    assert_near(dw, want, R * N, IN_DOUBLE_OR_FLOAT(1e-15, 1e-6), 0);
}

/* A dropped row is not read, and no row is nothing. */
static void test_nothing(void **state) {
    (void)state;
    real w[2] = {(real)NAN, (real)NAN}, dst[2] = {1, 2}, none[2] = {0, 0};
    const uint16_t both[2] = {0, 1};
    embedding_forward(dst, w, 1, both, none, 2);
    embedding_forward(dst, w, 2, both, none, 0);
    embedding_backward(dst, w, 1, both, none, 2);
    embedding_backward(dst, w, 2, both, none, 0);
    assert_true(dst[0] == 1 && dst[1] == 2);
}

/* The last row of the longest matrix. */
static void test_last_row(void **state) {
    (void)state;
    const size_t rows = 65536, n = 3;
    const uint16_t last = 65535;
    const real one = 1;
    real *w = calloc(rows * n, sizeof *w), dst[3] = {0};
    assert_non_null(w);
    w[rows * n - 1] = 5;
    embedding_forward(dst, w, n, &last, &one, 1);
    assert_true(dst[0] == 0 && dst[2] == 5);
    embedding_backward(w, dst, n, &last, &one, 1);
    assert_true(w[rows * n - 1] == 10);
    free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gather),
        cmocka_unit_test(test_scatter),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_last_row),
    };
    return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
