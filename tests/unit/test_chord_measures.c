/* Chords and bar lines. SPDX-License-Identifier: MIT */
#include "judge/chord_measures.h"

#include "measured.h"

static void check_changes(const char *chords, double on_bar, double on_beat,
                          double mid_bar, double all) {
    struct surface t;
    struct ratio r[MEASURES];
    hear(&t, ". . . . . . . . . . . . . . . .", chords, 8, 0);
    measure(&t, r);
    check(r, MEASURE_CHANGES_ON_BAR, on_bar, all);
    check(r, MEASURE_CHANGES_ON_BEAT, on_beat, all);
    check(r, MEASURE_CHANGES_MID_BAR, mid_bar, all);
    check(r, MEASURE_CHANGES_PER_BAR, all, 2);
    surface_free(&t);
}

static void test_changes(void **state) {
    (void)state;
    check_changes("CCCCCCCCGGGGGGGG", 1, 1, 0, 1);
    check_changes("CCCCGGGGGGGGGGGG", 0, 1, 1, 1);
    check_changes("CCCCCGGGGGGCCCCC", 0, 0, 0, 2);
    check_changes("..CC..CC..CCCC..", 0, 0, 0, 0); /* silence is no change */
    check_changes("CCCC....GGGG....", 1, 1, 0, 1); /* nor does it hide one */
    check_changes("", 0, 0, 0, 0);
}

/* The middle is that after a pickup too; three beats have none on a beat. */
static void test_mid_bar(void **state) {
    (void)state;
    struct surface t;
    struct ratio r[MEASURES];
    hear(&t, ". . . . . . . . . . . . . .", "GCCCCGGGGCCCCC", 8, 1);
    measure(&t, r);
    check(r, MEASURE_CHANGES_MID_BAR, 1, 3); /* at 1, 5 and 9 */
    t.header.bar = 7;
    measure(&t, r);
    check(r, MEASURE_CHANGES_MID_BAR, 0, 3);
    surface_free(&t);
}

/* In 6/8 a beat is a dotted quarter. */
static void test_compound_beat(void **state) {
    (void)state;
    struct surface t;
    struct ratio r[MEASURES];
    hear(&t, ". . . . . . . . . . . .", "CCCCGGCCCCCC", 12, 0);
    t.header.beats = 6;
    t.header.unit = 8;
    measure(&t, r);
    check(r, MEASURE_CHANGES_ON_BEAT, 1, 2); /* at 6, not at 4 */
    surface_free(&t);
}

static void check_meter(const char *melody, const char *chords, int bar,
                        int phase, double fits, double whole) {
    struct surface t;
    struct ratio r[MEASURES];
    hear(&t, melody, chords, bar, phase);
    measure(&t, r);
    check(r, MEASURE_METER_FITS, fits, whole);
    surface_free(&t);
}

static void test_meter(void **state) {
    (void)state;
    const char *tune = "60 - - 60 62 - - 62 64 - - 64";
    check_meter(tune, "CCCCGGGGCCCC", 4, 0, 1, 1);
    check_meter(tune, "CCCCGGGGCCCC", 4, 3, 0, 1);
    check_meter(tune, "CCCCGGGGCCCC", 3, 0, 0, 1);
    check_meter(tune, "", 4, 0, 0, 1); /* as many notes on the fourth */
    check_meter(". . . . . . . .", "CCCCCCCC", 4, 0, 0, 0);
}

static void test_accents(void **state) {
    (void)state;
    struct surface t;
    struct chord_measures_accents a;
    hear(&t, "60 - - 60 62 - - 62 64 - - -", "CCCCGGGGCCCC", 4, 0);
    assert_ok(chord_measures_accents(&t, &a, e));
    assert_true(a.on_line == 5 && a.elsewhere == 2);
    t.header.bar = 1; /* there is no elsewhere */
    assert_ok(chord_measures_accents(&t, &a, e));
    assert_true(a.on_line == 7 && a.elsewhere == 0);
    surface_free(&t);
}

/* However long a chord lasts, it is one. */
static void test_long_chord(void **state) {
    (void)state;
    struct surface t;
    struct ratio r[MEASURES];
    assert_ok(surface_init(&t, "long", 600, e));
    for (size_t k = 0; k < t.steps; k++)
        t.chord[k] = 0x91;
    measure(&t, r);
    check(r, MEASURE_CHORDS, 1, 1);
    surface_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes),       cmocka_unit_test(test_mid_bar),
        cmocka_unit_test(test_compound_beat), cmocka_unit_test(test_meter),
        cmocka_unit_test(test_accents),       cmocka_unit_test(test_long_chord),
    };
    return cmocka_run_group_tests_name("chord_measures", tests, NULL, NULL);
}
