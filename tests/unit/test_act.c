/* exp, sigmoid and tanh against the C library, on a dense range.
 * SPDX-License-Identifier: MIT */
#include "near.h"
#include "nn/act.h"

#define POINTS 1000001 /* odd: 0 is one of them */

/* Largest error of a function over the points from low to high. */
static double worst(real (*f)(real), double (*g)(double), double low,
                    double high, int relative) {
    double error = 0;
    for (int i = 0; i < POINTS; i++) {
        real x = (real)(low + (high - low) * i / (POINTS - 1));
        double want = g((double)x), e = fabs((double)f(x) - want);
        e = relative ? e / want : e;
        if (!(e <= error))
            error = e;
    }
    return error;
}

/* Names for the functions that the macros of a header may hide. */
static real own_exp(real x) {
    return act_exp(x);
}

static real own_sigmoid(real x) {
    return act_sigmoid(x);
}

static real own_tanh(real x) {
    return act_tanh(x);
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static void test_accuracy(void **state) {
    (void)state;
    double tolerance = IN_DOUBLE_OR_FLOAT(1e-15, 2.5e-7);
    double exp_tolerance = IN_DOUBLE_OR_FLOAT(1e-15, 3e-7);
    assert_near_value(worst(own_exp, exp, -87, 88, 1), 0, exp_tolerance, 0);
    assert_near_value(worst(own_exp, exp, -1, 1, 1), 0, exp_tolerance, 0);
    for (double range = 1; range < 1000; range *= 4) {
        assert_near_value(worst(own_sigmoid, sigmoid, -range, range, 0), 0,
                          tolerance, 0);
        assert_near_value(worst(own_tanh, tanh, -range, range, 0), 0, tolerance,
                          0);
    }
}

static void test_bounds(void **state) {
    (void)state;
    for (int i = -100000; i <= 100000; i++) {
        real x = (real)i / 1000, s = act_sigmoid(x), t = act_tanh(x);
        assert_true(s >= 0 && s <= 1);
        assert_true(t >= -1 && t <= 1);
        assert_true(act_exp(x) > 0);
    }
    assert_true(act_exp(0) == 1);
    assert_true(act_sigmoid(0) == (real)0.5);
    assert_true(act_tanh(0) == 0);
}

static void test_extremes(void **state) {
    (void)state;
    const real large[] = {100, 1e4, 1e30f, (real)INFINITY};
    for (size_t i = 0; i < sizeof large / sizeof large[0]; i++) {
        real x = large[i];
        assert_true(act_exp(x) > (real)1e38);
        assert_near_value((double)act_exp(-x), 0, 1e-37, 0);
        assert_true(act_exp(-x) >= 0);
        assert_true(act_sigmoid(x) == 1);
        assert_near_value((double)act_sigmoid(-x), 0, 1e-37, 0);
        assert_true(act_tanh(x) == 1);
        assert_true(act_tanh(-x) == -1);
    }
}

static void test_nan(void **state) {
    (void)state;
    const real nan[] = {(real)NAN, -(real)NAN};
    for (size_t i = 0; i < 2; i++) {
        assert_true(isnan(act_exp(nan[i])));
        assert_true(isnan(act_sigmoid(nan[i])));
        assert_true(isnan(act_tanh(nan[i])));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accuracy),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_nan),
    };
    return cmocka_run_group_tests_name("act", tests, NULL, NULL);
}
