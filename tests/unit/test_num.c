/* exp, log, powers and cosine against the C library's, and some of their bits,
 * which must be the same with every processor.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "near.h"
#include "nott/base/num.h"

static double worst(double (*f)(double), double (*g)(double), double low,
                    double high, int relative) {
    enum { POINTS = 200001 };
    double most = 0;
    for (int i = 0; i < POINTS; i++) {
        double x = low + (high - low) * i / (POINTS - 1), want = g(x);
        double error = fabs(f(x) - want) / (relative ? fabs(want) : 1);
        if (want != 0 && !(error <= most))
            most = error;
    }
    return most;
}

static void test_accuracy(void **state) {
    (void)state;
    const double least = 4e-16;
    assert_true(worst(num_exp, exp, -708, 709.5, 1) < least);
    assert_true(worst(num_exp, exp, -1, 1, 1) < least);
    assert_true(worst(num_log, log, 1e-9, 3, 1) < least);
    assert_true(worst(num_log, log, 0.999, 1.001, 1) < least);
    assert_true(worst(num_log, log, 1e-300, 1e-290, 1) < least);
    assert_true(worst(num_log, log, 1, 1e300, 1) < least);
    assert_true(worst(num_cos, cos, 0, 3.14159265358979, 0) < least);
    for (unsigned n = 0; n < 100000; n = 3 * n + 1)
        assert_near_value(num_power(0.9999, n), pow(0.9999, n), 0, 1e-11);
}

static void test_ends(void **state) {
    (void)state;
    assert_true(num_log(0) == -INFINITY && num_log(INFINITY) == INFINITY);
    assert_true(isnan(num_log(-1)) && isnan(num_log(NAN)));
    assert_true(num_log(1) == 0 && num_exp(0) == 1);
    assert_true(num_exp(-INFINITY) == 0 && num_exp(-800) == 0);
    assert_true(num_exp(INFINITY) == INFINITY && isnan(num_exp(NAN)));
    assert_true(num_cos(0) == 1 && num_power(0, 0) == 1);
    assert_near_value(num_log(5e-324), log(5e-324), 0, 4e-16);
}

/* Were a compiler to fuse or reorder anything, some of a million bits would
 * differ, and with them this sum. */
static void test_bits(void **state) {
    (void)state;
    uint64_t sum = 0;
    for (int i = 1; i < 20000; i++) {
        double x[3] = {num_log(i * 0.37), num_exp(i * 0.013 - 130),
                       num_cos(i * 1.5e-4)};
        for (int k = 0; k < 3; k++) {
            uint64_t bits;
            memcpy(&bits, &x[k], sizeof bits);
            sum = (sum << 7 | sum >> 57) ^ bits;
        }
    }
    assert_true(sum == 0x6fc93d0ec4733b9eu);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accuracy),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_bits),
    };
    return cmocka_run_group_tests_name("num", tests, NULL, NULL);
}
