/* Dropout; the layers themselves are tested with the network (test_model.c).
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "nn/layers.h"

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
        layers_dropout(x, 0, WIDE, keep, 17 + s);
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
    real *part = ones();
    layers_dropout(x, 0, WIDE, (real)0.5, 1);
    layers_dropout(again, 0, WIDE, (real)0.5, 1);
    layers_dropout(other, 0, WIDE, (real)0.5, 2);
    layers_dropout(brief, 0, 10, (real)0.5, 1);
    layers_dropout(part + 40, 40, 60, (real)0.5, 1); /* 40 .. 99 of them */
    assert_memory_equal(x, again, WIDE * sizeof *x);
    assert_memory_equal(x, brief, 10 * sizeof *x);
    assert_true(brief[10] == 1);
    assert_memory_equal(x + 40, part + 40, 60 * sizeof *x);
    size_t same = 0;
    for (size_t i = 0; i < WIDE; i++)
        same += x[i] == other[i];
    assert_near_value((double)same / WIDE, 0.5, 0.0095, 0);
    free(x);
    free(again);
    free(other);
    free(brief);
    free(part);
}

static void test_dropout_keeps_all(void **state) {
    (void)state;
    real x[7] = {1, -2, 3, -4, 5, 0, 7}, old[7];
    memcpy(old, x, sizeof x);
    layers_dropout(x, 0, 7, 1, 99);
    assert_memory_equal(x, old, sizeof x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dropout_share),
        cmocka_unit_test(test_dropout_mask),
        cmocka_unit_test(test_dropout_keeps_all),
    };
    return cmocka_run_group_tests_name("layers", tests, NULL, NULL);
}
