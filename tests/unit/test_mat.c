/* Matrix products of every engine that there is here, against a plain triple
 * loop in double.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "nn/kernel.h"
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

/* What a product works on: matrices with gaps after their rows, and a copy of
 * the old c. */
struct operands {
    struct shape s;
    int transposed; /* a is a[K,M] and aᵀ b is made */
    struct mat a, b, c, old;
};

static struct mat random_mat(struct rng *rng, size_t rows, size_t cols,
                             size_t gap) {
    size_t ld = cols + gap;
    return mat_cols(mat_of(filled(rng, rows, cols, ld), rows, ld), 0, cols);
}

static void make_operands(struct operands *o, struct shape s, size_t gap,
                          int transposed, int beta, uint64_t seed) {
    struct rng rng;
    rng_seed(&rng, seed, s.M * 10000 + s.N * 100 + s.K);
    *o = (struct operands){.s = s, .transposed = transposed};
    o->a =
        random_mat(&rng, transposed ? s.K : s.M, transposed ? s.M : s.K, gap);
    o->b = random_mat(&rng, s.K, s.N, 2 * gap);
    o->c = random_mat(&rng, s.M, s.N, 3 * gap);
    for (size_t i = 0; i < s.M && !beta; i++)
        for (size_t j = 0; j < s.N; j++)
            o->c.at[i * o->c.ld + j] = (real)NAN;
    o->old = o->c;
    o->old.at = malloc(s.M * o->c.ld * sizeof *o->old.at);
    assert_non_null(o->old.at);
    memcpy(o->old.at, o->c.at, s.M * o->c.ld * sizeof *o->old.at);
}

static void free_operands(struct operands *o) {
    free(o->a.at);
    free(o->b.at);
    free(o->c.at);
    free(o->old.at);
}

/* Element i, j < N of beta old + a b, or with `transposed` aᵀ b, in double. */
static double exact(const struct operands *o, size_t i, size_t j, int beta) {
    double sum = beta ? (double)o->old.at[i * o->old.ld + j] : 0;
    for (size_t k = 0; k < o->s.K; k++)
        sum +=
            (double)o->a.at[o->transposed ? k * o->a.ld + i : i * o->a.ld + k] *
            (double)o->b.at[k * o->b.ld + j];
    return sum;
}

/* c against beta old + a b, or with `transposed` aᵀ b; the gaps of c must not
 * have changed. With beta 0, old is not looked at. Returns the sum of the
 * squares of the differences. */
static double check_product(const struct operands *o, int beta,
                            double tolerance) {
    struct near near = {.absolute = tolerance};
    double squares = 0;
    for (size_t i = 0; i < o->s.M; i++)
        for (size_t j = 0; j < o->c.ld; j++) {
            double want = j < o->s.N ? exact(o, i, j, beta) : (double)UNTOUCHED;
            double got = (double)o->c.at[i * o->c.ld + j];
            near_add(&near, got, want);
            squares += (got - want) * (got - want);
        }
    near_check(&near, "product", __FILE__, __LINE__);
    return squares;
}

static void product(struct shape s, size_t gap, int transposed, int beta) {
    struct operands o;
    make_operands(&o, s, gap, transposed, beta, 1);
    if (transposed)
        mat_mul_tn(o.c, mat_read(o.a), mat_read(o.b));
    else
        mat_mul(o.c, mat_read(o.a), mat_read(o.b), (real)beta);
    check_product(&o, beta, 2 * UNIT * ((double)s.K + 2));
    free_operands(&o);
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
        mat_transpose(b, mat_view_of(a, rows, cols));
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
        mat_add_rows(sum, mat_view_cols(mat_view_of(a, rows, ld), 0, n));
        assert_near(sum, want, n + 1, UNIT * (double)(rows * rows), 0);
        free(a);
        free(sum);
        free(want);
    }
}

/* ---- in bfloat16 ---- */

static void bf16_product(struct shape s, size_t gap, int transposed, int beta) {
    struct operands o;
    size_t pairs = (s.K + 1) / 2;
    make_operands(&o, s, gap, transposed, beta, 4);
    real *left = malloc(s.M * pairs * sizeof *left);
    real *right = malloc(pairs * s.N * sizeof *right);
    assert_true(left && right);
    mat_bf16_pairs(right, mat_read(o.b));
    struct mat_view b = mat_view_of(right, pairs, s.N);
    if (transposed) {
        mat_bf16_pairs(left, mat_read(o.a));
        mat_mul_tn_bf16(o.c, mat_view_of(left, pairs, s.M), b);
    } else {
        mat_mul_bf16(o.c, mat_read(o.a), b, (real)beta, left);
    }
    /* two factors below 1, each off by at most a part in 2^9 */
    double squares = check_product(&o, beta, (double)s.K / 256);
    /* rounding errors are as often up as down */
    assert_true(sqrt(squares / (double)(s.M * s.N)) <
                0.004 * sqrt((double)s.K));
    free_operands(&o);
    free(left), free(right);
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
static void same_as_plain(struct shape s, int transposed, int beta) {
    struct operands o;
    make_operands(&o, s, 3, transposed, 1, 5);
    struct kernel_product p = {o.c, mat_read(o.a), mat_read(o.b), transposed,
                               (real)beta};
    engine->multiply(&p);
    p.c = o.old;
    kernel_plain.multiply(&p);
    assert_memory_equal(o.c.at, o.old.at, s.M * o.c.ld * sizeof(real));
    free_operands(&o);
}

/* Tiles of all sizes, and several of them. */
static void test_same_as_plain(void **state) {
    (void)state;
    if (strcmp(engine->name, "blas") == 0)
        return; /* may add in any order */
    for (size_t M = 1; M <= 17; M++)
        for (size_t N = 1; N <= 65; N++) {
            same_as_plain((struct shape){M, N, 23}, 0, N % 2);
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
        kernel_plain.multiply(&(struct kernel_product){
            mat_of(&c, 1, 1), mat_view_of(a, 1, LENGTH),
            mat_view_of(b, LENGTH, 1), 0, 1});
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

/* The names are in the order of their numbers. */
static void test_names(void **state) {
    (void)state;
    assert_string_equal(mat_backend_names[MAT_AUTO], "auto");
    assert_string_equal(mat_backend_names[MAT_BLAS], "blas");
    assert_string_equal(mat_backend_names[MAT_PLAIN], "plain");
    assert_string_equal(mat_backend_names[MAT_AVX512], "avx512");
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
