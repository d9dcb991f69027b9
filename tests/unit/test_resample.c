/* The bootstrap: quantiles by hand, draws. SPDX-License-Identifier: MIT */
#include "judge/resample.h"

#include "near.h"

static void test_quantile(void **state) {
    (void)state;
    const double v[] = {1, 2, 4, 8};
    assert_true(resample_quantile(v, 4, 0) == 1);
    assert_true(resample_quantile(v, 4, 1) == 8);
    assert_near_value(resample_quantile(v, 4, 0.5), 3, 1e-12, 0);
    assert_near_value(resample_quantile(v, 4, 1.0 / 3), 2, 1e-12, 0);
    assert_true(resample_quantile(v, 1, 0.3) == 1);
    assert_true(isnan(resample_quantile(v, 0, 0.5)));
}

static void test_interval(void **state) {
    (void)state;
    double v[203];
    for (int i = 0; i < 203; i++)
        v[i] = i % 2 ? 202 - i : i; /* 0..202 in disorder */
    v[200] = v[202] = NAN;
    struct resample_interval in = resample_interval(v, 203);
    assert_near_value(in.low, 5, 1e-9, 0); /* of 0..199 and 201 */
    assert_near_value(in.high, 195, 1e-9, 0);
    assert_true(isnan(resample_interval(v, 0).low));
}

static void test_draw(void **state) {
    (void)state;
    struct rng rng;
    size_t pick[50], again[50], seen[50] = {0}, most = 0;
    rng_seed(&rng, 3, 0);
    for (int d = 0; d < 200; d++) {
        resample_draw(&rng, pick, 50);
        for (int i = 0; i < 50; i++) {
            assert_true(pick[i] < 50);
            seen[pick[i]]++;
        }
    }
    for (int i = 0; i < 50; i++) {
        assert_true(seen[i] > 130 && seen[i] < 270); /* of 200 */
        most = seen[i] > most ? seen[i] : most;
    }
    assert_true(most > 205); /* with replacement */
    rng_seed(&rng, 3, 0);
    resample_draw(&rng, pick, 50);
    rng_seed(&rng, 3, 0);
    resample_draw(&rng, again, 50);
    assert_memory_equal(pick, again, sizeof pick);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantile),
        cmocka_unit_test(test_interval),
        cmocka_unit_test(test_draw),
    };
    return cmocka_run_group_tests_name("resample", tests, NULL, NULL);
}
