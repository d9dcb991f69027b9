/* Notes: scale, rhythm, intervals, instruments.
 * SPDX-License-Identifier: MIT */
#include "judge/note_measures.h"

#include "measured.h"

/* A scale is a major one; what is outside of the best one counts against. */
static void test_scale(void **state) {
    (void)state;
    struct surface t;
    hear(&t, "62 64 66 67 69 71 73 74 65 63", "", 8, 0);
    struct ratio r = measure_scale(&t);
    assert_true(r.part == 8 && r.whole == 10);
    surface_free(&t);
}

/* ---- rhythm ---- */

static void check_off(const char *melody, int bar, int phase, int beats,
                      int unit, double off, double bars) {
    struct surface t;
    struct ratio r[MEASURES];
    hear(&t, melody, "", bar, phase);
    t.header.beats = beats;
    t.header.unit = unit;
    measure(&t, r);
    check(r, MEASURE_OFF_EIGHTHS, off, bars);
    surface_free(&t);
}

static void test_off_eighths(void **state) {
    (void)state;
    const char *twelve = "60 60 60 - 60 - 60 60 60 60 60 60";
    check_off("60 60 60 - 60 - - 60", 8, 0, 2, 4, 2, 1);
    check_off("60 60 60 - 60 - - 60", 8, 1, 2, 4, 3, 1); /* 0, 2 and 4 */
    check_off(twelve, 12, 0, 6, 8, 4, 1);
    check_off(twelve, 12, 0, 3, 4, 4, 1);
    check_off(twelve, 24, 0, 2, 4, 8, 1); /* 12 to a quarter: 0 and 6 are on */
    check_off("60", 16, 0, 4, 4, 0, 0);   /* no bar */
}

static void test_meters(void **state) {
    (void)state;
    static const struct {
        int beats, unit, of;
    } meters[] = {{2, 4, 0}, {3, 4, 1}, {4, 4, 2}, {2, 2, 2},
                  {6, 8, 3}, {9, 8, 4}, {5, 4, -1}};
    struct surface t;
    struct ratio r[MEASURES];
    hear(&t, "60 - 60 - 60 - 60 -", "", 4, 0);
    for (size_t i = 0; i < sizeof meters / sizeof *meters; i++) {
        t.header.beats = meters[i].beats;
        t.header.unit = meters[i].unit;
        measure(&t, r);
        for (int m = 0; m < MEASURE_METERS; m++)
            check(r, (enum measure)(MEASURE_ONSETS_IN + m),
                  m == meters[i].of ? 4 : 0, m == meters[i].of ? 2 : 0);
    }
    surface_free(&t);
}

/* ---- intervals ---- */

static void check_straight(const char *melody, double part, double whole) {
    struct surface t;
    struct ratio r[MEASURES];
    hear(&t, melody, "", 8, 0);
    measure(&t, r);
    check(r, MEASURE_STRAIGHT, part, whole);
    surface_free(&t);
}

static void test_straight(void **state) {
    (void)state;
    check_straight("60 62 64 62 60 60 59", 2, 5); /* up up, down down */
    check_straight("60 - . 62 . 69", 1, 1);       /* a rest hides nothing */
    check_straight("60 62", 0, 0);
    check_straight("60 60 60", 0, 1);
}

/* ---- instruments ---- */

static void check_within(const char *melody, int whistle, int fiddle, int flute,
                         int above) {
    struct surface t;
    struct ratio r[MEASURES];
    hear(&t, melody, "", 8, 0);
    measure(&t, r);
    check(r, MEASURE_WITHIN + 0, whistle, 1);
    check(r, MEASURE_WITHIN + 1, fiddle, 1);
    check(r, MEASURE_WITHIN + 2, flute, 1);
    check(r, MEASURE_ABOVE_B5, above, 1);
    surface_free(&t);
}

static void test_instruments(void **state) {
    (void)state;
    check_within("62 70 83", 1, 1, 1, 0);
    check_within("61 70 83", 0, 1, 0, 0);
    check_within("55 83", 0, 1, 0, 0);
    check_within("54 83", 0, 0, 0, 0);
    check_within("62 84", 0, 0, 1, 1);
    check_within("86 62", 0, 0, 1, 1);
    check_within("62 87", 0, 0, 0, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scale),       cmocka_unit_test(test_off_eighths),
        cmocka_unit_test(test_meters),      cmocka_unit_test(test_straight),
        cmocka_unit_test(test_instruments),
    };
    return cmocka_run_group_tests_name("note_measures", tests, NULL, NULL);
}
