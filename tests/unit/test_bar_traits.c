/* Traits of bars, by hand. SPDX-License-Identifier: MIT */
#include "judge/bar_traits.h"

#include "hear.h"

/* Bars of 4 steps after a pickup: one, moved by 2, the same again, something
 * else, and its half. */
static void five_bars(struct surface *t) {
    hear(t, "50 60 62 - 64 62 64 - 66 60 62 - 64 60 - 67 64 60 -", "", 4, 1);
    assert_int_equal(surface_bars(t), 5);
}

static void test_likenesses(void **state) {
    (void)state;
    struct surface t;
    double out[BAR_LIKE * BAR_LAGS];
    five_bars(&t);
    bar_traits_likenesses(&t, out);
    const double want[BAR_LIKE][2] = {
        {3.0 / 4, 1.0 / 3}, /* the half bar has the rhythm of the fourth */
        {1.0 / 4, 1.0 / 3},
        {1.0 / 4, 1.0 / 3},
        {(0 + 0 + 0.5 + 1) / 4, (1 + 0 + 0.5) / 3},
        {2.0 / 4, 0},
    };
    for (int k = 0; k < BAR_LIKE; k++)
        for (int i = 0; i < 2; i++)
            if (fabs(out[k * BAR_LAGS + i] - want[k][i]) > 1e-12)
                fail_msg("row %d, lag %d: %g, wanted %g", k, i + 1,
                         out[k * BAR_LAGS + i], want[k][i]);
    assert_true(isnan(out[7]));
    surface_free(&t);
}

static void test_rhythms(void **state) {
    (void)state;
    struct surface t;
    double out[2];
    five_bars(&t);
    t.steps -= 2;
    bar_traits_rhythms(&t, out);
    assert_near_value(out[0], 2.0 / 4, 1e-12, 0);
    assert_near_value(out[1], 3.0 / 4, 1e-12, 0);
    surface_free(&t);
}

static void test_end_notes(void **state) {
    (void)state;
    struct surface t;
    double out[MEASURE_ENDS] = {NAN, NAN};
    five_bars(&t);
    bar_traits_end_notes(&t, out);
    assert_true(out[0] == 3); /* of bar 4 */
    assert_true(isnan(out[1]));
    surface_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_likenesses),
        cmocka_unit_test(test_rhythms),
        cmocka_unit_test(test_end_notes),
    };
    return cmocka_run_group_tests_name("bar_traits", tests, NULL, NULL);
}
