/* Sets side by side. SPDX-License-Identifier: MIT */
#include "nott/judge/compare.h"

#include "hear.h"

/* n tunes of which `ended` end on their tonic; they have 4 notes and 0 rests,
 * or, those that end on it, 3 and 1. */
static void make(struct surface_set *s, size_t n, size_t ended) {
    *s = (struct surface_set){calloc(n + 1, sizeof *s->list), n, 4};
    for (size_t i = 0; i < n; i++) {
        hear(&s->list[i], i < ended ? "62 64 60 ." : "60 62 64 62", "", 4, 0);
        s->list[i].header.key = 0;
    }
}

/* The share of a hundred is as sure as the binomial distribution says. */
static void test_share(void **state) {
    (void)state;
    struct surface_set s;
    struct compared c, again;
    make(&s, 100, 30);
    assert_ok(compare_set(&s, &c, e));
    assert_near_value(c.value[MEASURE_ENDS_ON_TONIC], 0.3, 1e-12, 0);
    double wide = 1.96 * sqrt(0.3 * 0.7 / 100);
    assert_near_value(c.low[MEASURE_ENDS_ON_TONIC], 0.3 - wide, 0.02, 0);
    assert_near_value(c.high[MEASURE_ENDS_ON_TONIC], 0.3 + wide, 0.02, 0);
    assert_near_value(c.value[MEASURE_RESTS], 30.0 / 400, 1e-12, 0);
    assert_near_value(c.high[MEASURE_RESTS], (0.3 + wide) / 4, 0.01, 0);
    assert_ok(compare_set(&s, &again, e));
    assert_memory_equal(c.low, again.low, sizeof c.low);
    compare_free(&again);
    compare_free(&c);
    assert_null(c.of);
    surface_set_free(&s);
}

/* What all tunes share is sure, what none says is nothing. */
static void test_sure(void **state) {
    (void)state;
    struct surface_set s;
    struct compared c;
    make(&s, 20, 0);
    assert_ok(compare_set(&s, &c, e));
    assert_int_equal(c.tunes, 20);
    assert_true(c.of[19].of[MEASURE_RANGE].part == 4);
    assert_true(c.low[MEASURE_RANGE] == 4 && c.high[MEASURE_RANGE] == 4);
    assert_true(isnan(c.value[MEASURE_AABB]) && isnan(c.low[MEASURE_AABB]) &&
                isnan(c.high[MEASURE_AABB]));
    compare_free(&c);
    surface_set_free(&s);
    make(&s, 0, 0);
    assert_ok(compare_set(&s, &c, e));
    for (int m = 0; m < MEASURES; m++)
        assert_true(isnan(c.value[m]) && isnan(c.low[m]));
    compare_free(&c);
    surface_set_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_share),
        cmocka_unit_test(test_sure),
    };
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
