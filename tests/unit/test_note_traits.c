/* Traits of notes, by hand. SPDX-License-Identifier: MIT */
#include "judge/note_traits.h"

#include "hear.h"

static void near_row(const double *got, const double *want, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (fabs(got[i] - want[i]) > 1e-12)
            fail_msg("[%zu] = %g, wanted %g", i, got[i], want[i]);
}

static void test_intervals(void **state) {
    (void)state;
    struct surface t;
    double out[NOTE_INTERVALS],
        want[NOTE_INTERVALS] = {
            [0] = 0.25, [12] = 0.25, [14] = 0.25, [24] = 0.25};
    hear(&t, "60 - 62 . 62 82 60", "", 8, 0);
    note_traits_intervals(&t, out);
    near_row(out, want, NOTE_INTERVALS);
    surface_free(&t);
    hear(&t, "60 - .", "", 8, 0);
    note_traits_intervals(&t, out);
    assert_true(isnan(out[0]) && isnan(out[24]));
    surface_free(&t);
}

/* Quarter notes of 4 steps: a 16th, an eighth, a dotted quarter, a whole note
 * and more, whose rest is counted. */
static void test_lengths(void **state) {
    (void)state;
    struct surface t;
    double out[NOTE_LENGTHS];
    const double want[NOTE_LENGTHS] = {
        [0] = 0.25, [2] = 0.25, [5] = 0.25, [7] = 0.25};
    hear(&t, "60 60 - 60 - - - - - 60 - - - - - - - - . . . .", "", 8, 0);
    note_traits_lengths(&t, out);
    near_row(out, want, NOTE_LENGTHS);
    surface_free(&t);
}

static void test_places(void **state) {
    (void)state;
    struct surface t;
    double out[NOTE_PLACES];
    const double want[NOTE_PLACES] = {[0] = 1, [2] = 0.5, [14] = 0.5};
    hear(&t, "60 60 60 - - - - - - 60 - - - - - - -", "", 8, 1);
    note_traits_places(&t, out);
    near_row(out, want, NOTE_PLACES);
    surface_free(&t);
}

static void test_contour(void **state) {
    (void)state;
    struct surface t;
    double out[NOTE_CONTOUR];
    hear(&t, "60 - 65 64 69 . 72", "", 8, 0); /* 5 -1 5 3 */
    note_traits_contour(&t, out);
    assert_near_value(out[NOTE_MEAN], 66, 1e-12, 0);
    assert_near_value(out[NOTE_LOW], 60, 1e-12, 0);
    assert_near_value(out[NOTE_HIGH], 72, 1e-12, 0);
    assert_near_value(out[NOTE_DEVIATION], sqrt((36 + 1 + 4 + 9 + 36) / 5.0),
                      1e-12, 0);
    assert_near_value(out[NOTE_TURNS], 2.0 / 3, 1e-12, 0);
    assert_near_value(out[NOTE_LEAPS_TURN], 0.5, 1e-12, 0);
    assert_near_value(out[NOTE_COUNT], 5, 0, 0);
    surface_free(&t);
}

static void test_quarters(void **state) {
    (void)state;
    struct surface t;
    double out[NOTE_QUARTERS];
    const double want[NOTE_QUARTERS] = {-3, -1, 0, 4};
    hear(&t, "60 60 62 62 - - - - 60 66 67 67", "", 8, 0);
    note_traits_quarters(&t, out);
    near_row(out, want, NOTE_QUARTERS);
    surface_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intervals), cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_places),    cmocka_unit_test(test_contour),
        cmocka_unit_test(test_quarters),
    };
    return cmocka_run_group_tests_name("note_traits", tests, NULL, NULL);
}
