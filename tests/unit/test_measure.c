/* Measures: a tune of four bars worked out on paper, and what says nothing.
 * SPDX-License-Identifier: MIT */
#include "nott/judge/measure.h"

#include "measured.h"

#define BAR_1 "60 - 64 - 67 - 64 - "

/* A pickup of a beat's half, and a last bar that is short of it. */
static void hear_four_bars(struct surface *t) {
    hear(t, "67 - " BAR_1 "65 - 69 - . . 69 - " BAR_1 "60 - - - - -",
         "..CCCCCCCCFFFFGGGGCCCCCCCCCCCCCC", 8, 2);
    assert_int_equal(t->steps, 32);
}

static void test_form(void **state) {
    (void)state;
    struct surface t;
    struct ratio r[MEASURES];
    hear_four_bars(&t);
    measure(&t, r);
    check(r, MEASURE_BARS, 4, 1);
    check(r, MEASURE_SAME_MELODY, 2, 24);
    check(r, MEASURE_SAME_CHORD, 6, 24);
    check(r, MEASURE_SAME_BOTH, 2, 24);
    check(r, MEASURE_SAME_MELODY + 1, 8, 16);
    check(r, MEASURE_SAME_CHORD + 1, 8, 16);
    check(r, MEASURE_SAME_BOTH + 1, 8, 16);
    for (int i = 2; i < MEASURE_LAGS; i++)
        check(r, (enum measure)(MEASURE_SAME_BOTH + i), 0, 0);
    check(r, MEASURE_BAR_REPEATS, 1, 3); /* of the bars that are whole */
    check(r, MEASURE_BARS_32, 0, 1);
    check(r, MEASURE_AABB, 0, 0);
    surface_free(&t);
}

static void test_chords(void **state) {
    (void)state;
    struct surface t;
    struct ratio r[MEASURES];
    hear_four_bars(&t);
    measure(&t, r);
    check(r, MEASURE_CHANGES_ON_BAR, 2, 3);
    check(r, MEASURE_CHANGES_ON_BEAT, 3, 3);
    check(r, MEASURE_CHANGES_PER_BAR, 3, 4);
    check(r, MEASURE_NO_CHORD, 2, 32);
    check(r, MEASURE_CHORD_TONES, 26, 28);
    check(r, MEASURE_CHORD_TONE_ONSETS, 11, 12);
    check(r, MEASURE_CHORDS, 3, 1);
    check(r, MEASURE_LAST_CHORD_FIRST, 1, 1);
    surface_free(&t);
}

/* Of chords that are unknown nothing is said: not that there are none. The
 * melody is what it was. */
static void test_unknown_chords(void **state) {
    (void)state;
    struct surface t;
    struct ratio r[MEASURES], with[MEASURES];
    static const enum measure chords[] = {MEASURE_CHANGES_ON_BAR,
                                          MEASURE_CHANGES_ON_BEAT,
                                          MEASURE_CHANGES_PER_BAR,
                                          MEASURE_NO_CHORD,
                                          MEASURE_CHORD_TONES,
                                          MEASURE_CHORDS,
                                          MEASURE_CHORD_TONE_ONSETS,
                                          MEASURE_ENDS_ON_ROOT,
                                          MEASURE_LAST_CHORD_FIRST,
                                          MEASURE_CHANGES_MID_BAR,
                                          MEASURE_CADENCE,
                                          MEASURE_I_AT,
                                          MEASURE_V_AT};
    hear(&t, "67 - " BAR_1 "65 - 69 - . . 69 - " BAR_1 "60 - - - - -", "", 8,
         2);
    measure(&t, with); /* no chord, and that is known */
    check(with, MEASURE_NO_CHORD, 32, 32);
    check(with, MEASURE_CHANGES_PER_BAR, 0, 4);
    t.has_chords = 0;
    measure(&t, r);
    for (size_t i = 0; i < sizeof chords / sizeof *chords; i++)
        check(r, chords[i], 0, 0);
    for (int i = 0; i < MEASURE_LAGS; i++) {
        check(r, (enum measure)(MEASURE_SAME_CHORD + i), 0, 0);
        check(r, (enum measure)(MEASURE_SAME_BOTH + i), 0, 0);
    }
    for (int m = 0; m < MEASURES; m++)
        if (r[m].whole > 0)
            check(r, (enum measure)m, with[m].part, with[m].whole);
    check(r, MEASURE_SAME_MELODY, 2, 24);
    check(r, MEASURE_METER_FITS, 0, 1);
    surface_free(&t);
}

static void test_notes(void **state) {
    (void)state;
    struct surface t;
    struct ratio r[MEASURES];
    hear_four_bars(&t);
    measure(&t, r);
    check(r, MEASURE_RESTS, 2, 32);
    check(r, MEASURE_SCALE, 13, 13);
    check(r, MEASURE_ENTROPY_1, 1.5 + 0.9182958 + 1.5 + 0, 4);
    check(r, MEASURE_ENTROPY_4, 2.1887219, 1); /* C3 E4 F1 G2 A2 */
    check(r, MEASURE_GROOVE, 1 - 10.0 / 48, 1);
    check(r, MEASURE_ONSETS_PER_BAR, 13, 4);
    check(r, MEASURE_INTERVAL_0, 1, 12);
    check(r, MEASURE_INTERVAL_2, 2, 12);
    check(r, MEASURE_INTERVAL_8, 1, 12);
    check(r, MEASURE_RANGE, 9, 1);
    check(r, MEASURE_PITCHES, 5, 1);
    check(r, MEASURE_PITCH_CLASSES, 5, 1);
    surface_free(&t);
}

static void check_key(struct surface *t, int key, double in_key, int tonic) {
    struct ratio r[MEASURES];
    t->header.key = key;
    measure(t, r);
    check(r, MEASURE_IN_KEY, in_key, key < 0 ? 0 : 13);
    check(r, MEASURE_ENDS_ON_TONIC, tonic, key < 0 ? 0 : 1);
}

static void test_key(void **state) {
    (void)state;
    struct surface t;
    hear_four_bars(&t);
    check_key(&t, -1, 0, 0);
    check_key(&t, 0, 13, 1);
    check_key(&t, 2, 9, 0);       /* D has neither C nor F */
    check_key(&t, 12 + 9, 13, 0); /* Am has the notes of C */
    check_key(&t, 12, 7, 1);      /* Cm: no E, no A */
    surface_free(&t);
}

/* ---- nothing to measure ---- */

static void check_silent(const char *melody, int bar, int phase) {
    struct surface t;
    struct ratio r[MEASURES];
    hear(&t, melody, "", bar, phase);
    measure(&t, r);
    for (int m = 0; m < MEASURES; m++)
        assert_true(isfinite(r[m].part) && isfinite(r[m].whole));
    check(r, MEASURE_RESTS, (double)t.steps, (double)t.steps);
    check(r, MEASURE_CHORD_TONES, 0, 0);
    check(r, MEASURE_SCALE, 0, 0);
    check(r, MEASURE_ENTROPY_1, 0, 0);
    check(r, MEASURE_INTERVAL_0, 0, 0);
    check(r, MEASURE_RANGE, 0, 0);
    check(r, MEASURE_CHORDS, 0, 0);
    check(r, MEASURE_ENDS_ON_ROOT, 0, 0);
    check(r, MEASURE_LAST_CHORD_FIRST, 0, 0);
    surface_free(&t);
}

static void test_silence(void **state) {
    (void)state;
    check_silent(".", 16, 0);
    check_silent(".", 1, 0);
    check_silent(". .", 16, 15); /* not one bar line */
    check_silent(". . . . . . . . . . . . . . . . . .", 4, 2);
}

static void test_one_step(void **state) {
    (void)state;
    struct surface t;
    struct ratio r[MEASURES];
    hear(&t, "60", "C", 16, 0);
    measure(&t, r);
    check(r, MEASURE_BARS, 0, 1);
    check(r, MEASURE_ONSETS_PER_BAR, 0, 0);
    check(r, MEASURE_CHORD_TONES, 1, 1);
    check(r, MEASURE_ENDS_ON_ROOT, 1, 1);
    check(r, MEASURE_GROOVE, 0, 0);
    surface_free(&t);
}

/* ---- sets ---- */

/* Four notes and one rest, one note and three rests: over steps, over tunes. */
static void test_set(void **state) {
    (void)state;
    struct surface list[2];
    struct surface_set s = {list, 2, 4};
    double v[MEASURES];
    hear(&list[0], "60 61 62 70 .", "", 4, 0);
    hear(&list[1], ". . . 60", "", 4, 0);
    assert_ok(measure_set(&s, v, e));
    assert_near_value(v[MEASURE_RESTS], 4.0 / 9, 1e-12, 0); /* pooled */
    assert_near_value(v[MEASURE_RANGE], 5, 1e-12, 0);       /* per tune */
    assert_near_value(v[MEASURE_INTERVAL_8], 1.0 / 3, 1e-12, 0);
    assert_near_value(v[MEASURE_ONSETS_IN], 2.5, 1e-12, 0); /* 4 and 1 */
    assert_true(isnan(v[MEASURE_AABB]) && isnan(v[MEASURE_IN_KEY]));
    s.count = 0;
    assert_ok(measure_set(&s, v, e));
    for (int m = 0; m < MEASURES; m++)
        assert_true(isnan(v[m]));
    surface_free(&list[0]);
    surface_free(&list[1]);
}

/* The median, where one odd tune counts no more than another; of a choice. */
static void test_summary(void **state) {
    (void)state;
    struct measured r[4] = {{.of = {{0}}}};
    const size_t pick[] = {2, 2, 2, 0, 3};
    double room[5];
    for (int i = 0; i < 3; i++) {
        r[i].of[MEASURE_ONSETS_IN] = (struct ratio){i < 2 ? 2 + i : 100, 1};
        r[i].of[MEASURE_RANGE] = r[i].of[MEASURE_ONSETS_IN];
        r[i].of[MEASURE_RESTS] = (struct ratio){i, 1 + 2 * i};
    }
    assert_true(measure_summary(r, NULL, 4, MEASURE_ONSETS_IN, room) == 3);
    assert_true(measure_summary(r, NULL, 4, MEASURE_RANGE, room) == 35);
    assert_near_value(measure_summary(r, NULL, 4, MEASURE_RESTS, room), 3.0 / 9,
                      1e-12, 0);
    assert_true(measure_summary(r, pick, 5, MEASURE_ONSETS_IN, room) == 100);
    assert_true(measure_summary(r, pick, 5, MEASURE_RANGE, room) == 75.5);
    assert_true(isnan(measure_summary(r, pick, 5, MEASURE_AABB, room)));
    assert_true(isnan(measure_summary(r, pick, 0, MEASURE_RANGE, room)));
}

static void test_list(void **state) {
    (void)state;
    for (int m = 0; m < MEASURES; m++) {
        assert_non_null(measure_list[m].key);
        assert_true(strlen(measure_list[m].text) < 32); /* the table's */
        for (int n = 0; n < m; n++)
            assert_string_not_equal(measure_list[m].key, measure_list[n].key);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),     cmocka_unit_test(test_unknown_chords),
        cmocka_unit_test(test_chords),   cmocka_unit_test(test_notes),
        cmocka_unit_test(test_key),      cmocka_unit_test(test_silence),
        cmocka_unit_test(test_one_step), cmocka_unit_test(test_set),
        cmocka_unit_test(test_list),     cmocka_unit_test(test_summary),
    };
    return cmocka_run_group_tests_name("measure", tests, NULL, NULL);
}
