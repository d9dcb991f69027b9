/* Softmax, cross-entropy and dropout. SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "nott/head.h"
#include "nott/rng.h"

enum { ROWS = 9, K = 7 };

#define EPS IN_DOUBLE_OR_FLOAT(1e-14, 2e-6)

static const int16_t target[ROWS] = {0, 6, 3, -1, 2, 2, -1, 5, 1};

static void fill(real *x, size_t n, double range) {
    struct rng rng;
    rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < n; i++)
        x[i] = (real)((2 * rng_uniform(&rng) - 1) * range);
}

static void test_softmax(void **state) {
    (void)state;
    real x[ROWS * K];
    double want[ROWS * K];
    fill(x, ROWS * K, 5);
    for (size_t i = 0; i < ROWS; i++) {
        double sum = 0;
        for (size_t k = 0; k < K; k++)
            sum += exp((double)x[i * K + k]);
        for (size_t k = 0; k < K; k++)
            want[i * K + k] = exp((double)x[i * K + k]) / sum;
    }
    head_softmax(x, ROWS, K);
    assert_near(x, want, ROWS * K, 0, EPS);
    for (size_t i = 0; i < ROWS; i++) {
        double sum = 0;
        for (size_t k = 0; k < K; k++)
            sum += (double)x[i * K + k];
        assert_near_value(sum, 1, EPS, 0);
    }
    real alone = -50;
    head_softmax(&alone, 1, 1);
    assert_true(alone == 1);
}

static void test_huge_logits(void **state) {
    (void)state;
    real x[6] = {0, (real)1e30f, (real)-1e30f, -3e4f, -3e4f, -3.1e4f};
    const real logits[6] = {0,     (real)1e30f, (real)-1e30f,
                            -3e4f, -3e4f,       -3.1e4f};
    const double p[6] = {0, 1, 0, 0.5, 0.5, 0};
    head_softmax(x, 2, 3);
    assert_near(x, p, 6, 1e-7, 0);
    memcpy(x, logits, sizeof x);
    const int16_t y[2] = {1, 0};
    int16_t best[2];
    real nll[2];
    head_cross_entropy(x, y, 2, 3, 1, nll, best);
    const double want[2] = {0, log(2)}, gradient[6] = {0, 0, 0, -0.5, 0.5, 0};
    assert_near(nll, want, 2, EPS, 0);
    assert_near(x, gradient, 6, 1e-7, 0);
}

/* Adding the same to all logits of a row changes nothing. */
static void test_shift(void **state) {
    (void)state;
    const int16_t y = 1;
    int16_t best;
    for (real shift = -65536; shift <= 65536; shift += 8192) {
        real x[3] = {shift + 1, shift, shift - 2}, nll;
        head_cross_entropy(x, &y, 1, 3, 1, &nll, &best);
        assert_near_value((double)nll, log(exp(1) + 1 + exp(-2)), EPS, 0);
        assert_int_equal(best, 0);
    }
}

static void test_nll(void **state) {
    (void)state;
    real x[ROWS * K], p[ROWS * K], nll[ROWS];
    double want[ROWS];
    int16_t best[ROWS];
    fill(x, ROWS * K, 4);
    for (size_t i = 0; i < ROWS; i++) {
        double sum = 0;
        for (size_t k = 0; k < K; k++)
            sum += exp((double)x[i * K + k]);
        want[i] = target[i] < 0 ? 0 : log(sum) - (double)x[i * K + target[i]];
    }
    memcpy(p, x, sizeof p);
    head_softmax(p, ROWS, K);
    head_cross_entropy(x, target, ROWS, K, 0, nll, best);
    assert_near(nll, want, ROWS, EPS, 0);
    for (size_t i = 0; i < ROWS; i++) {
        if (target[i] < 0) {
            assert_int_equal(best[i], -1);
            continue;
        }
        for (size_t k = 0; k < K; k++)
            assert_true(p[i * K + best[i]] >= p[i * K + k]);
    }
}

static double loss(const real *logits, double scale) {
    real x[ROWS * K], nll[ROWS];
    int16_t best[ROWS];
    memcpy(x, logits, sizeof x);
    head_cross_entropy(x, target, ROWS, K, 0, nll, best);
    double sum = 0;
    for (size_t i = 0; i < ROWS; i++)
        sum += (double)nll[i];
    return scale * sum;
}

static void test_gradient(void **state) {
    (void)state;
    DOUBLE_ONLY();
    const double step = 1e-5, scale = 0.3;
    real x[ROWS * K], g[ROWS * K], nll[ROWS];
    int16_t best[ROWS];
    double want[ROWS * K], size = 0;
    fill(x, ROWS * K, 3);
    for (size_t i = 0; i < ROWS * K; i++) {
        real old = x[i];
        x[i] = (real)((double)old + step);
        double above = loss(x, scale);
        x[i] = (real)((double)old - step);
        double below = loss(x, scale);
        x[i] = old;
        want[i] = (above - below) / (2 * step);
        size += fabs(want[i]);
    }
    memcpy(g, x, sizeof g);
    head_cross_entropy(g, target, ROWS, K, (real)scale, nll, best);
    assert_near(g, want, ROWS * K, 1e-9, 1e-7);
    assert_true(size > 1);
}

/* The same in closed form, for both number types. */
static void test_gradient_closed_form(void **state) {
    (void)state;
    real x[ROWS * K], p[ROWS * K], nll[ROWS];
    double want[ROWS * K];
    int16_t best[ROWS];
    fill(x, ROWS * K, 3);
    memcpy(p, x, sizeof p);
    head_softmax(p, ROWS, K);
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < K; k++)
            want[i * K + k] =
                target[i] < 0
                    ? 0
                    : 0.25 * ((double)p[i * K + k] - (k == target[i]));
    head_cross_entropy(x, target, ROWS, K, (real)0.25, nll, best);
    assert_near(x, want, ROWS * K, EPS, 0);
}

static void test_masked_rows(void **state) {
    (void)state;
    real x[2 * K], nll[2] = {5, 5};
    const int16_t none[2] = {-1, -1};
    int16_t best[2];
    for (size_t i = 0; i < 2 * K; i++)
        x[i] = (real)NAN; /* not even looked at */
    head_cross_entropy(x, none, 2, K, 1, nll, best);
    for (size_t i = 0; i < 2 * K; i++)
        assert_true(x[i] == 0);
    assert_true(nll[0] == 0 && nll[1] == 0);
    assert_true(best[0] == -1 && best[1] == -1);
}

static void test_nan_shows(void **state) {
    (void)state;
    real x[3] = {0, (real)NAN, 1}, nll;
    const int16_t y = 0;
    int16_t best;
    head_cross_entropy(x, &y, 1, 3, 1, &nll, &best);
    assert_true(isnan(nll));
}

enum { WIDE = 100003 };

static real *ones(void) {
    real *x = malloc(WIDE * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < WIDE; i++)
        x[i] = 1;
    return x;
}

static void test_dropout_share(void **state) {
    (void)state;
    const double shares[] = {0.1, 0.5, 0.75, 0.9};
    for (size_t s = 0; s < sizeof shares / sizeof shares[0]; s++) {
        real *x = ones(), keep = (real)shares[s];
        head_dropout(x, WIDE, keep, 17 + s);
        size_t kept = 0, pairs = 0;
        for (size_t i = 0; i < WIDE; i++) {
            assert_true(x[i] == 0 || x[i] == 1 / keep);
            kept += x[i] != 0;
            pairs += i > 0 && x[i] != 0 && x[i - 1] != 0;
        }
        /* six standard errors of the share, and of that of neighbours */
        assert_near_value((double)kept / WIDE, shares[s], 0.0095, 0);
        assert_near_value((double)pairs / WIDE, shares[s] * shares[s], 0.015,
                          0);
        free(x);
    }
}

static void test_dropout_mask(void **state) {
    (void)state;
    real *x = ones(), *again = ones(), *other = ones(), *brief = ones();
    head_dropout(x, WIDE, (real)0.5, 1);
    head_dropout(again, WIDE, (real)0.5, 1);
    head_dropout(other, WIDE, (real)0.5, 2);
    head_dropout(brief, 10, (real)0.5, 1);
    assert_memory_equal(x, again, WIDE * sizeof *x);
    assert_memory_equal(x, brief, 10 * sizeof *x);
    assert_true(brief[10] == 1);
    size_t same = 0;
    for (size_t i = 0; i < WIDE; i++)
        same += x[i] == other[i];
    assert_near_value((double)same / WIDE, 0.5, 0.0095, 0);
    free(x);
    free(again);
    free(other);
    free(brief);
}

static void test_dropout_keeps_all(void **state) {
    (void)state;
    real x[K] = {1, -2, 3, -4, 5, 0, 7}, old[K];
    memcpy(old, x, sizeof x);
    head_dropout(x, K, 1, 99);
    assert_memory_equal(x, old, sizeof x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_softmax),
        cmocka_unit_test(test_huge_logits),
        cmocka_unit_test(test_shift),
        cmocka_unit_test(test_nll),
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_gradient_closed_form),
        cmocka_unit_test(test_masked_rows),
        cmocka_unit_test(test_nan_shows),
        cmocka_unit_test(test_dropout_share),
        cmocka_unit_test(test_dropout_mask),
        cmocka_unit_test(test_dropout_keeps_all),
    };
    return cmocka_run_group_tests_name("head", tests, NULL, NULL);
}
