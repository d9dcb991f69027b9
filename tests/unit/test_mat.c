/* Matrix products of every engine that there is here, against a plain triple
 * loop in double.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "nn/kernel.h"
#include "nott/base/conf.h"
#include "nott/base/rng.h"

#define UNIT      IN_DOUBLE_OR_FLOAT(2.3e-16, 1.2e-7) /* one ulp of 1 */
#define UNTOUCHED ((real)777)

struct shape {
    size_t M, N, K;
};

static const struct shape shapes[] = {
    {1, 1, 1},     {1, 7, 3},    {3, 1, 5},    {5, 4, 1},
    {2, 3, 4},     {17, 13, 19}, {64, 33, 65}, {8, 16, 8},
    {2, 150, 301}, {129, 3, 31}, {31, 129, 7}, {100, 100, 9},
};

#define SHAPES (sizeof shapes / sizeof shapes[0])

/* rows of `cols` numbers in -1..1, and a gap of UNTOUCHED after each. */
static real *filled(struct rng *rng, size_t rows, size_t cols, size_t ld) {
    real *a = malloc(rows * ld * sizeof *a);
    assert_non_null(a);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < ld; j++)
            a[i * ld + j] =
                j < cols ? (real)(2 * rng_uniform(rng) - 1) : UNTOUCHED;
    return a;
}

/* Element i, j < N of beta old + a b, or with `transposed` aᵀ b, in double. */
static double exact(struct shape s, int transposed, size_t i, size_t j,
                    const real *old, size_t ldc, const real *a, size_t lda,
                    const real *b, size_t ldb, int beta) {
    double sum = beta ? (double)old[i * ldc + j] : 0;
    for (size_t k = 0; k < s.K; k++)
        sum += (double)(transposed ? a[k * lda + i] : a[i * lda + k]) *
               (double)b[k * ldb + j];
    return sum;
}

/* c[M,N] against beta old + a b, or with `transposed` aᵀ b; the gaps of c must
 * not have changed. With beta 0, old is not looked at. */
static void check_product(struct shape s, int transposed, const real *c,
                          const real *old, size_t ldc, const real *a,
                          size_t lda, const real *b, size_t ldb, int beta) {
    double tolerance = 2 * UNIT * ((double)s.K + 2);
    struct near near = {.absolute = tolerance};
    for (size_t i = 0; i < s.M; i++)
        for (size_t j = 0; j < ldc; j++) {
            double want = j < s.N ? exact(s, transposed, i, j, old, ldc, a, lda,
                                          b, ldb, beta)
                                  : (double)UNTOUCHED;
            near_add(&near, (double)c[i * ldc + j], want);
        }
    near_check(&near, "product", __FILE__, __LINE__);
}

static void product(struct shape s, size_t gap, int transposed, int beta) {
    struct rng rng;
    rng_seed(&rng, 1, s.M * 10000 + s.N * 100 + s.K);
    size_t arows = transposed ? s.K : s.M, acols = transposed ? s.M : s.K;
    size_t lda = acols + gap, ldb = s.N + 2 * gap, ldc = s.N + 3 * gap;
    real *a = filled(&rng, arows, acols, lda);
    real *b = filled(&rng, s.K, s.N, ldb);
    real *c = filled(&rng, s.M, s.N, ldc);
    for (size_t i = 0; i < s.M && !beta; i++)
        for (size_t j = 0; j < s.N; j++)
            c[i * ldc + j] = (real)NAN;
    real *old = malloc(s.M * ldc * sizeof *old);
    assert_non_null(old);
    memcpy(old, c, s.M * ldc * sizeof *old);
    if (transposed)
        mat_mul_tn(c, ldc, a, lda, b, ldb, s.M, s.N, s.K);
    else
        mat_mul(c, ldc, a, lda, b, ldb, s.M, s.N, s.K, (real)beta);
    check_product(s, transposed, c, old, ldc, a, lda, b, ldb, beta);
    free(a);
    free(b);
    free(c);
    free(old);
}

static void test_mul(void **state) {
    (void)state;
    for (size_t i = 0; i < SHAPES; i++)
        product(shapes[i], 0, 0, 1);
}

static void test_mul_does_not_read_old(void **state) {
    (void)state;
    for (size_t i = 0; i < SHAPES; i++)
        for (size_t gap = 0; gap < 6; gap += 5)
            product(shapes[i], gap, 0, 0);
}

static void test_mul_with_gaps(void **state) {
    (void)state;
    for (size_t i = 0; i < SHAPES; i++)
        product(shapes[i], 3, 0, 1);
}

static void test_mul_tn(void **state) {
    (void)state;
    for (size_t i = 0; i < SHAPES; i++)
        for (size_t gap = 0; gap < 6; gap += 5)
            product(shapes[i], gap, 1, 1);
}

static void test_transpose(void **state) {
    (void)state;
    struct rng rng;
    rng_seed(&rng, 2, 0);
    for (size_t s = 0; s < SHAPES; s++) {
        size_t rows = shapes[s].M, cols = shapes[s].N;
        real *a = filled(&rng, rows, cols, cols);
        real *b = filled(&rng, rows, cols, cols);
        mat_transpose(b, a, rows, cols);
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < cols; j++)
                assert_true(b[j * rows + i] == a[i * cols + j]);
        free(a);
        free(b);
    }
}

static void test_add_rows(void **state) {
    (void)state;
    struct rng rng;
    rng_seed(&rng, 3, 0);
    for (size_t s = 0; s < SHAPES; s++) {
        size_t rows = shapes[s].M, n = shapes[s].N, ld = n + s % 3;
        real *a = filled(&rng, rows, n, ld);
        real *sum = filled(&rng, 1, n, n + 1); /* the old content counts */
        double *want = malloc((n + 1) * sizeof *want);
        assert_non_null(want);
        for (size_t j = 0; j <= n; j++) {
            want[j] = (double)sum[j];
            for (size_t i = 0; i < rows && j < n; i++)
                want[j] += (double)a[i * ld + j];
        }
        mat_add_rows(sum, a, ld, rows, n);
        assert_near(sum, want, n + 1, UNIT * (double)(rows * rows), 0);
        free(a);
        free(sum);
        free(want);
    }
}

/* ---- in bfloat16 ---- */

static void bf16_product(struct shape s, size_t gap, int transposed, int beta) {
    struct rng rng;
    rng_seed(&rng, 4, s.M * 10000 + s.N * 100 + s.K);
    size_t arows = transposed ? s.K : s.M, acols = transposed ? s.M : s.K;
    size_t lda = acols + gap, ldb = s.N + 2 * gap, ldc = s.N + 3 * gap;
    size_t pairs = (s.K + 1) / 2;
    real *a = filled(&rng, arows, acols, lda);
    real *b = filled(&rng, s.K, s.N, ldb);
    real *c = filled(&rng, s.M, s.N, ldc), *old = malloc(s.M * ldc * sizeof *c);
    real *left = malloc(s.M * pairs * sizeof *left);
    real *right = malloc(pairs * s.N * sizeof *right);
    assert_true(old && left && right);
    memcpy(old, c, s.M * ldc * sizeof *old);
    mat_bf16_pairs(right, b, ldb, s.K, s.N);
    if (transposed) {
        mat_bf16_pairs(left, a, lda, s.K, s.M);
        mat_mul_tn_bf16(c, ldc, left, s.M, right, s.N, s.M, s.N, s.K);
    } else {
        mat_mul_bf16(c, ldc, a, lda, right, s.N, s.M, s.N, s.K, (real)beta,
                     left);
    }
    /* two factors below 1, each off by at most half of 2^-8 */
    struct near near = {.absolute = (double)s.K / 256};
    double squares = 0;
    for (size_t i = 0; i < s.M; i++)
        for (size_t j = 0; j < ldc; j++) {
            double want = j < s.N ? exact(s, transposed, i, j, old, ldc, a, lda,
                                          b, ldb, beta)
                                  : (double)UNTOUCHED;
            near_add(&near, (double)c[i * ldc + j], want);
            if (j < s.N)
                squares += pow((double)c[i * ldc + j] - want, 2);
        }
    near_check(&near, "product", __FILE__, __LINE__);
    /* rounding errors are as often up as down */
    assert_true(sqrt(squares / (double)(s.M * s.N)) <
                0.004 * sqrt((double)s.K));
    free(a), free(b), free(c), free(old), free(left), free(right);
}

static void test_bf16(void **state) {
    (void)state;
    if (!mat_bf16_available()) {
        print_message("this processor cannot multiply in bfloat16\n");
        skip();
    }
    for (size_t i = 0; i < SHAPES; i++)
        for (size_t gap = 0; gap < 6; gap += 5) {
            bf16_product(shapes[i], gap, 0, 0);
            bf16_product(shapes[i], gap, 0, 1);
            bf16_product(shapes[i], gap, 1, 1);
        }
}

/* ---- who multiplies ---- */

/* The engine of the table that the tests of a group are about. */
static const struct mat_engine *engine;

static enum mat_backend backend_of(const struct mat_engine *of) {
    int k = MAT_BLAS;
    while (mat_backend_names[k] && strcmp(mat_backend_names[k], of->name) != 0)
        k++;
    assert_non_null(mat_backend_names[k]);
    return (enum mat_backend)k;
}

/* The same product, of K long enough for rounding to show, by `engine` and by
 * the plain one. */
static void same_as_plain(struct shape s, int transposed, real beta) {
    enum { GAP = 3 };
    struct rng rng;
    rng_seed(&rng, 5, s.M * 10000 + s.N * 100 + s.K);
    size_t arows = transposed ? s.K : s.M, acols = transposed ? s.M : s.K;
    size_t lda = acols + GAP, ldb = s.N + GAP, ldc = s.N + GAP;
    real *a = filled(&rng, arows, acols, lda);
    real *b = filled(&rng, s.K, s.N, ldb);
    real *c = filled(&rng, s.M, s.N, ldc), *d = malloc(s.M * ldc * sizeof *d);
    assert_non_null(d);
    memcpy(d, c, s.M * ldc * sizeof *d);
    struct kernel_product p = {c,   a,   b,   s.M,        s.N, s.K,
                               ldc, lda, ldb, transposed, beta};
    engine->multiply(&p);
    p.c = d;
    kernel_plain.multiply(&p);
    assert_memory_equal(c, d, s.M * ldc * sizeof *d);
    free(a), free(b), free(c), free(d);
}

/* Tiles of all sizes, and several of them. */
static void test_same_as_plain(void **state) {
    (void)state;
    if (strcmp(engine->name, "blas") == 0)
        return; /* may add in any order */
    for (size_t M = 1; M <= 17; M++)
        for (size_t N = 1; N <= 65; N++) {
            same_as_plain((struct shape){M, N, 23}, 0, (real)(N % 2));
            same_as_plain((struct shape){M, N, 23}, 1, 1);
        }
    for (size_t i = 0; i < SHAPES; i++)
        same_as_plain(shapes[i], 0, 1);
}

/* The plain one is the definition: a chain in rising order from 0, and the old
 * number last. In any other order these sums are others. */
static void test_plain_is_a_chain(void **state) {
    (void)state;
    enum { LENGTH = 50 };
    struct rng rng;
    rng_seed(&rng, 6, 0);
    size_t other = 0;
    for (int n = 0; n < 20; n++) {
        real *a = filled(&rng, 1, LENGTH, LENGTH), c = (real)0.7;
        real *b = filled(&rng, LENGTH, 1, 1), up = 0, down = 0;
        for (size_t k = 0; k < LENGTH; k++) {
            up = IN_DOUBLE_OR_FLOAT(fma, fmaf)(a[k], b[k], up);
            down = IN_DOUBLE_OR_FLOAT(fma, fmaf)(a[LENGTH - 1 - k],
                                                 b[LENGTH - 1 - k], down);
        }
        kernel_plain.multiply(&(struct kernel_product){&c, a, b, 1, 1, LENGTH,
                                                       1, LENGTH, 1, 0, 1});
        assert_true(c == up + (real)0.7);
        other += c != down + (real)0.7;
        free(a), free(b);
    }
    assert_true(other > 0);
}

static void test_use(void **state) {
    (void)state;
    assert_int_equal(mat_use(backend_of(engine), NULL), 0);
    assert_string_equal(mat_name(), engine->name);
    assert_int_equal(mat_chunk_rows(), engine->chunk_rows);
    assert_true(strlen(mat_backend()) > 0);
}

/* What there is not is refused by name, and what was in use stays. AUTO takes
 * the first of the table that there is; KERNEL the same, or nothing. */
static void test_selection(void **state) {
    (void)state;
    int kernels = 0;
    const char *first = NULL;
    for (size_t i = 0; mat_engines[i]; i++) {
        struct err e = {0};
        enum mat_backend wanted = backend_of(mat_engines[i]);
        int can = mat_engines[i]->available();
        mat_use(MAT_PLAIN, NULL);
        assert_int_equal(mat_use(wanted, &e), can ? 0 : -1);
        assert_string_equal(mat_name(), can ? mat_engines[i]->name : "plain");
        assert_int_equal(e.code, can ? ERR_NONE : ERR_USAGE);
        if (!can)
            assert_non_null(strstr(e.text, mat_engines[i]->name));
        first = can && !first ? mat_engines[i]->name : first;
        kernels += can && wanted != MAT_BLAS && wanted != MAT_PLAIN;
    }
    assert_int_equal(mat_use(MAT_AUTO, NULL), 0);
    assert_string_equal(mat_name(), first);
    assert_int_equal(mat_use(MAT_KERNEL, NULL), kernels ? 0 : -1);
    assert_string_equal(mat_name(), first);
    if (!kernels)
        assert_string_equal(first, "blas");
    mat_use(backend_of(engine), NULL);
}

/* The setting has the same names in the same order. */
static void test_names(void **state) {
    (void)state;
    struct settings s;
    char set[64];
    for (int k = 0; mat_backend_names[k]; k++) {
        snprintf(set, sizeof set, "train.backend=%s", mat_backend_names[k]);
        assert_int_equal(conf_set(&s, set, NULL), 0);
        assert_int_equal(s.train.backend, k);
    }
    assert_string_equal(mat_backend_names[MAT_KERNEL], "kernel");
    assert_null(mat_backend_names[MAT_KERNEL + 1]);
}

static int use_engine(void **state) {
    (void)state;
    return mat_use(backend_of(engine), NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mul),
        cmocka_unit_test(test_mul_does_not_read_old),
        cmocka_unit_test(test_mul_with_gaps),
        cmocka_unit_test(test_mul_tn),
        cmocka_unit_test(test_transpose),
        cmocka_unit_test(test_add_rows),
        cmocka_unit_test(test_bf16),
        cmocka_unit_test(test_same_as_plain),
        cmocka_unit_test(test_plain_is_a_chain),
        cmocka_unit_test(test_use),
        cmocka_unit_test(test_selection),
        cmocka_unit_test(test_names),
    };
    int failed = strcmp(mat_name(), "blas") != 0; /* before anyone chose */
    for (size_t i = 0; mat_engines[i]; i++) {
        char group[64];
        engine = mat_engines[i];
        snprintf(group, sizeof group, "mat (%s)", engine->name);
        if (engine->available())
            failed += _cmocka_run_group_tests(
                group, tests, sizeof tests / sizeof *tests, use_engine, NULL);
        else
            print_message("%s: not for this processor\n", group);
    }
    return failed;
}
