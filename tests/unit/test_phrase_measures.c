/* How phrases end. SPDX-License-Identifier: MIT */
#include "judge/phrase_measures.h"

#include "measured.h"

/* ---- within the tune ---- */

/* Eight bars of 4 steps after a pickup: in each bar two notes, of which the
 * second is struck in the middle. */
static void eight_bars(struct surface *t, const char *chords) {
    hear(t,
         "67 60 - 62 - 60 - 64 - 60 - 65 - 60 - 60 - 60 - 60 - 60 - 60 - "
         "60 - 60 - 62 - - -",
         chords, 4, 1);
    assert_int_equal(surface_bars(t), 8);
}

static void check_at(const struct surface *t, int i, double tonic, double one,
                     double five) {
    struct ratio r[MEASURES];
    measure(t, r);
    check(r, (enum measure)(MEASURE_TONIC_AT + i), tonic, 1);
    check(r, (enum measure)(MEASURE_I_AT + i), one, 1);
    check(r, (enum measure)(MEASURE_V_AT + i), five, 1);
}

static void test_phrases(void **state) {
    (void)state;
    struct surface t;
    struct ratio r[MEASURES];
    eight_bars(&t, "CCCCCCCCCCCCCCCCGCCCCCCCCCCCCCCCG");
    t.header.key = 0;
    check_at(&t, 0, 1, 0, 1); /* the chord of the last step alone */
    check_at(&t, 1, 0, 0, 1);
    t.header.key = 7;
    check_at(&t, 0, 0, 1, 0);
    check_at(&t, 1, 0, 1, 0);
    t.header.key = 12 + 2;
    check_at(&t, 1, 1, 0, 0); /* D, struck before the middle, still sounds */
    t.header.key = TUNE_KEY_UNKNOWN;
    measure(&t, r);
    check(r, MEASURE_TONIC_AT, 0, 0);
    check(r, MEASURE_I_AT, 0, 0);
    check(r, MEASURE_V_AT, 0, 0);
    surface_free(&t);
}

/* Silence keeps what was there; bars that are not there say nothing. */
static void test_silence(void **state) {
    (void)state;
    struct surface t;
    struct ratio r[MEASURES];
    eight_bars(&t, "CCCCCCCCCCCCCCCCCGGGG............");
    for (size_t k = 15; k < t.steps; k++) {
        t.pitch[k] = SURFACE_REST;
        t.struck[k] = 0;
    }
    t.header.key = 0;
    check_at(&t, 0, 1, 1, 0);
    check_at(&t, 1, 1, 0, 1);
    measure(&t, r);
    for (int i = 2; i < MEASURE_ENDS; i++)
        check(r, (enum measure)(MEASURE_TONIC_AT + i), 0, 0);
    t.has_chords = 0;
    memset(t.chord, 0, t.steps * sizeof *t.chord);
    measure(&t, r);
    check(r, MEASURE_TONIC_AT, 1, 1);
    check(r, MEASURE_I_AT, 0, 0);
    check(r, MEASURE_V_AT, 0, 0);
    surface_free(&t);
}

/* A chord with a seventh in it is on its root as well. */
static void test_roots(void **state) {
    (void)state;
    struct surface t;
    int root = 0;
    eight_bars(&t, "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC");
    t.header.key = 5;
    assert_ok(chord_parse("C7", &t.chord[16], &root, e));
    check_at(&t, 0, 0, 0, 1);
    t.bass[16] = 4; /* C7 over E */
    check_at(&t, 0, 0, 0, 1);
    surface_free(&t);
}

/* ---- the end of it ---- */

static void check_cadence(int key, const char *melody, const char *chord,
                          double want, double whole) {
    struct surface t;
    struct ratio r[MEASURES];
    int root = 0;
    hear(&t, melody, "CCC", 4, 0);
    t.header.key = key;
    assert_ok(chord_parse(chord, &t.chord[3], &root, e));
    t.bass[3] = (int8_t)root;
    measure(&t, r);
    check(r, MEASURE_CADENCE, want, whole);
    surface_free(&t);
}

static void test_cadence(void **state) {
    (void)state;
    check_cadence(2, "60 62 64 62", "D", 1, 1);
    check_cadence(2, "60 62 64 74", "D", 1, 1);
    check_cadence(2, "60 62 64 62", "D7", 0, 1);
    check_cadence(2, "60 62 64 62", "Dm", 0, 1);
    check_cadence(2, "60 62 64 62", "G", 0, 1);
    check_cadence(2, "60 62 64 66", "D", 0, 1);
    check_cadence(12 + 2, "60 62 64 62", "Dm", 1, 1);
    check_cadence(12 + 2, "60 62 64 62", "D", 0, 1);
    check_cadence(2, "60 62 . .", "D", 1, 1);
    check_cadence(TUNE_KEY_UNKNOWN, "60 62 64 62", "D", 0, 0);
    check_cadence(2, ". . . .", "D", 0, 0);
}

static void check_leap(const char *melody, double part, double whole) {
    struct surface t;
    struct ratio r[MEASURES];
    hear(&t, melody, "", 4, 0);
    measure(&t, r);
    check(r, MEASURE_LAST_LEAP, part, whole);
    surface_free(&t);
}

static void test_last_leap(void **state) {
    (void)state;
    check_leap("60 67", 1, 1);
    check_leap("67 . 60 -", 1, 1);
    check_leap("60 66", 0, 1);
    check_leap("50 70 71", 0, 1);
    check_leap("60", 0, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phrases),   cmocka_unit_test(test_silence),
        cmocka_unit_test(test_roots),     cmocka_unit_test(test_cadence),
        cmocka_unit_test(test_last_leap),
    };
    return cmocka_run_group_tests_name("phrase_measures", tests, NULL, NULL);
}
