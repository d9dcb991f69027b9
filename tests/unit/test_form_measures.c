/* Form: sections of eight bars, made by their letters.
 * SPDX-License-Identifier: MIT */
#include "judge/form_measures.h"

#include "measured.h"

/* ---- both voices, by 90 % ---- */

/* 32 bars of 4 steps after a pickup of one: `a` and `b` steps of the repeats
 * are other ones. */
static void check_aabb(int a, int b, int chords, double want) {
    struct surface t;
    struct ratio r[MEASURES];
    assert_ok(surface_init(&t, "aabb", 1 + 128, e));
    t.header.bar = 4;
    t.header.phase = 1;
    for (size_t k = 0; k < t.steps; k++) {
        size_t place = (k + 127) % 32, part = (k + 127) % 128 / 32;
        int other = part == 1   ? place < (size_t)a
                    : part == 3 ? place < (size_t)b
                                : 0;
        t.pitch[k] = (int16_t)(60 + part / 2 * 7 + place % 5);
        t.struck[k] = 1;
        t.chord[k] = 1;
        if (chords)
            t.chord[k] = (uint16_t)(1 + other);
        else
            t.pitch[k] = (int16_t)(t.pitch[k] + other);
    }
    measure(&t, r);
    check(r, MEASURE_BARS_32, 1, 1);
    check(r, MEASURE_AABB, want, 1);
    surface_free(&t);
}

static void test_aabb(void **state) {
    (void)state;
    check_aabb(0, 0, 0, 1);
    check_aabb(3, 3, 0, 1); /* 29 of 32 */
    check_aabb(4, 0, 0, 0);
    check_aabb(0, 4, 0, 0);
    check_aabb(3, 3, 1, 1);
    check_aabb(0, 4, 1, 0);
}

/* ---- sections ---- */

/* 32 bars of 4 steps after a pickup of one. Sections with other letters have
 * no step in common; B lies 5 higher than A, C 5 higher than B. */
static void sections(struct surface *t, const char *letters) {
    assert_ok(surface_init(t, letters, 1 + 128, e));
    t->header.bar = 4;
    t->header.phase = 1;
    for (size_t k = 1; k < t->steps; k++) {
        int letter = letters[(k - 1) / 32] - 'A';
        t->pitch[k] = (int16_t)(60 + 5 * letter + (int)k % 4);
        t->struck[k] = 1;
    }
}

/* Other pitches on n steps of a section from that step of it on. */
static void vary(struct surface *t, size_t section, size_t from, size_t n) {
    for (size_t k = 1 + 32 * section + from; n-- > 0; k++)
        t->pitch[k] = (int16_t)(t->pitch[k] + 20);
}

static void check_letters(const struct surface *t, const char *want) {
    char letters[FORM_SECTIONS + 1];
    form_measures_letters(t, letters);
    assert_string_equal(letters, want);
}

static void test_letters(void **state) {
    (void)state;
    static const char *const forms[] = {"AABB", "AAAA", "ABAB", "AABC",
                                        "ABAC", "ABCD", "AABA", "ABBA"};
    struct surface t;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        sections(&t, forms[i]);
        check_letters(&t, forms[i]);
        surface_free(&t);
    }
}

/* A section is like another on 26 of 32 steps, not on 25: 80 % are 25.6. */
static void test_alike(void **state) {
    (void)state;
    struct surface t;
    sections(&t, "AABB");
    vary(&t, 1, 0, 6);
    check_letters(&t, "AABB");
    vary(&t, 1, 6, 1);
    check_letters(&t, "ABCC");
    surface_free(&t);
    sections(&t, "AAAA"); /* the last bar lacks its half: it is not held */
    t.steps -= 2;         /* against it */
    vary(&t, 3, 0, 6);
    check_letters(&t, "AAAA");
    vary(&t, 3, 6, 1);
    check_letters(&t, "AAAB");
    surface_free(&t);
}

static void check_form(const char *letters, int want) {
    struct surface t;
    struct ratio r[MEASURES];
    sections(&t, letters);
    measure(&t, r);
    for (int i = 0; i < MEASURE_FORMS; i++)
        check(r, (enum measure)(MEASURE_FORM + i), i == want, 1);
    surface_free(&t);
}

static void test_forms(void **state) {
    (void)state;
    check_form("AABB", 0);
    check_form("AAAA", 1); /* which is no AABB */
    check_form("ABAB", 2);
    check_form("AABC", 3);
    check_form("ABAC", 4);
    check_form("ABCD", 5);
    check_form("AABA", 5);
}

/* Of tunes of another length no form is told. */
static void test_other_lengths(void **state) {
    (void)state;
    struct surface t;
    struct ratio r[MEASURES];
    sections(&t, "AABB");
    t.steps = 1 + 64;
    measure(&t, r);
    check(r, MEASURE_BARS, 16, 1);
    for (int m = MEASURE_FORM; m <= MEASURE_B_ABOVE; m++)
        check(r, (enum measure)m, 0, 0);
    surface_free(&t);
}

static void test_endings(void **state) {
    (void)state;
    struct surface t;
    struct ratio r[MEASURES];
    sections(&t, "AABB");
    vary(&t, 1, 23, 1); /* the last step before the ending */
    measure(&t, r);
    check(r, MEASURE_ENDINGS_DIFFER, 0, 1);
    vary(&t, 1, 24, 1);
    measure(&t, r);
    check(r, MEASURE_ENDINGS_DIFFER, 1, 1);
    surface_free(&t);
    sections(&t, "ABAB"); /* there are no two A to compare */
    measure(&t, r);
    check(r, MEASURE_ENDINGS_DIFFER, 0, 0);
    surface_free(&t);
}

static void check_height(const char *letters, double above, double whole) {
    struct surface t;
    struct ratio r[MEASURES];
    sections(&t, letters);
    measure(&t, r);
    check(r, MEASURE_B_HIGHER, above > 0, whole);
    check(r, MEASURE_B_ABOVE, above, whole);
    surface_free(&t);
}

static void test_height(void **state) {
    (void)state;
    check_height("AABB", 5, 1);
    check_height("BBAA", -5, 1);
    check_height("ABCC", 10, 1); /* the third section is the second part */
    check_height("ABAB", 0, 0);
    check_height("AAAA", 0, 0);
    struct surface t;
    struct ratio r[MEASURES];
    sections(&t, "AABB");
    for (size_t k = 1 + 64; k < 1 + 96; k++) {
        t.pitch[k] = SURFACE_REST;
        t.struck[k] = 0;
    }
    measure(&t, r);
    check(r, MEASURE_B_HIGHER, 0, 0); /* nothing sounds there */
    surface_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aabb),          cmocka_unit_test(test_letters),
        cmocka_unit_test(test_alike),         cmocka_unit_test(test_forms),
        cmocka_unit_test(test_other_lengths), cmocka_unit_test(test_endings),
        cmocka_unit_test(test_height),
    };
    return cmocka_run_group_tests_name("form_measures", tests, NULL, NULL);
}
