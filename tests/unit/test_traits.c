/* Rows of traits: names, sizes, and some of the values.
 * SPDX-License-Identifier: MIT */
#include "nott/judge/traits.h"

#include "hear.h"
#include "nott/judge/measure.h"

static size_t find(const char *want) {
    char name[TRAITS_NAME];
    size_t i = 0;
    while (i < traits_width() && strcmp(traits_name(i, name), want) != 0)
        i++;
    if (i == traits_width())
        fail_msg("no trait %s", want);
    return i;
}

static void test_names(void **state) {
    (void)state;
    char a[TRAITS_NAME], b[TRAITS_NAME];
    for (size_t i = 0; i < traits_width(); i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(traits_name(i, a), traits_name(j, b));
    assert_string_equal(traits_name(0, a), "bars");
    find("step_-12");
    find("step_12");
    find("bar_rhythm_1");
    find("bar_sequence_16");
    find("notes_bar_32");
    find("chord_tones_mid_bar");
    assert_int_equal(find("chord_tones_mid_bar"), traits_width() - 1);
}

static void check(const struct traits *x, size_t tune, const char *name,
                  double want) {
    double got = x->value[tune * traits_width() + find(name)];
    if (isnan(want) ? !isnan(got) : fabs(got - want) > 1e-12)
        fail_msg("%s = %g, wanted %g", name, got, want);
}

/* Two bars of 8 after a pickup. C7 is on the fourth degree of G. */
static void test_values(void **state) {
    (void)state;
    struct surface list[2];
    struct surface_set s = {list, 2, 4};
    struct traits x = {0};
    int root;
    hear(&list[0], "67 67 - 71 - 74 - 69 - 67 - - - 66 - 67 -",
         "GGGGGDDDDGGGGGGGG", 8, 1);
    for (size_t k = 5; k < 9; k++)
        assert_ok(chord_parse("C7", &list[0].chord[k], &root, e));
    for (size_t k = 5; k < 9; k++)
        list[0].bass[k] = 0;
    list[0].header.key = 7;
    hear(&list[1], ". . .", "", 8, 0);
    list[1].has_chords = 0;
    assert_ok(traits_add(&x, &s, e));
    assert_int_equal(x.tunes, 2);
    check(&x, 0, "bars", 2);
    check(&x, 0, "onsets_per_bar", 4);
    check(&x, 0, "pickup", 1.0 / 8);
    check(&x, 0, "minor", 0);
    check(&x, 0, "root_0", 13.0 / 17);
    check(&x, 0, "root_5", 4.0 / 17);
    check(&x, 0, "root_move_5", 0.5);
    check(&x, 0, "root_move_7", 0.5);
    check(&x, 0, "sevenths", 4.0 / 17);
    check(&x, 0, "bare_chords", 0);
    check(&x, 0, "chord_tones_on_bar", 1);
    check(&x, 0, "chord_tones_mid_bar", 0); /* D is not in C7, F# not in G */
    check(&x, 0, "degree_0", 4.0 / 8);
    check(&x, 0, "notes_bar_4", NAN);
    check(&x, 1, "root_0", NAN);
    check(&x, 1, "degree_0", NAN);
    check(&x, 1, "minor", NAN);
    check(&x, 1, "pitch_mean", NAN);
    check(&x, 1, "notes", 0);
    assert_ok(traits_add(&x, &s, e)); /* more of them */
    assert_int_equal(x.tunes, 4);
    check(&x, 2, "root_5", 4.0 / 17);
    traits_free(&x);
    assert_null(x.value);
    surface_free(&list[0]);
    surface_free(&list[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_values),
    };
    return cmocka_run_group_tests_name("traits", tests, NULL, NULL);
}
