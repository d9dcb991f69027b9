/* How well tunes keep to forms. SPDX-License-Identifier: MIT */
#include "compose/adherence.h"

#include "handmade.h"

static struct vocabulary attack;

/* A tune, and the form that it is to have: its own until that is changed. */
struct pair {
    struct tune tune;
    struct form form;
};

/* The caller frees the tune with tune_free. */
static void begin(struct pair *x, int phase, const char *melody) {
    hand_tune(&x->tune, &attack, phase, melody, "C G");
    hand_form(&x->form, &attack, &x->tune);
}

static double lost(const struct pair *x, int bar) {
    return adherence_lost(&attack, &x->tune, &x->form, bar);
}

/* It loses something in this bar and nothing in any other one. */
static void check_only(const struct pair *x, int bar) {
    for (int b = 0; b < x->form.bars; b++)
        if ((lost(x, b) > 0) != (b == bar))
            fail_msg("bar %d loses %g, only bar %d is to", b, lost(x, b), bar);
}

static void check_kept(const struct pair *x) {
    check_only(x, -1);
}

/* Other notes for a bar. */
static void play(struct pair *x, int bar, const char *notes) {
    size_t at = (size_t)(x->tune.frame.header.phase + bar * HAND_BAR);
    for (size_t k = at; k < at + HAND_BAR; k++)
        x->tune.melody[k] =
            hand_class(&attack, notes[k - at], x->tune.melody[k - 1]);
}

/* Moves what bars first..last strike up by semitones. */
static void lift(struct pair *x, int first, int last, int semitones) {
    for (int k = first * HAND_BAR; k < (last + 1) * HAND_BAR; k++) {
        uint8_t *m = &x->tune.melody[k];
        int pitch = vocabulary_pitch(&attack, *m);
        if (pitch >= 0)
            *m = (uint8_t)vocabulary_melody(&attack, pitch + semitones);
    }
}

/* ---- its own form ---- */

static void test_own_form(void **state) {
    (void)state;
    static const char *const tunes[] = {
        HAND_A1 HAND_A2 HAND_B HAND_B, HAND_A1 HAND_B HAND_A3 HAND_C,
        HAND_B HAND_B HAND_A1 HAND_B,  HAND_A1 HAND_A7,
        "C-D-E-F-G---G---C-D-E-F-",    "................"};
    for (size_t i = 0; i < sizeof tunes / sizeof *tunes; i++) {
        struct pair x;
        begin(&x, 0, tunes[i]);
        check_kept(&x);
        tune_free(&x.tune);
    }
}

/* Bars are counted from the bar line. */
static void test_pickup(void **state) {
    (void)state;
    struct pair x;
    begin(&x, 3, ".GA" HAND_A1 HAND_A1 HAND_B HAND_B);
    check_kept(&x);
    play(&x, 9, "G---D---");
    check_only(&x, 9);
    tune_free(&x.tune);
}

/* ---- bars that come back ---- */

/* Bar 9 is bar 1 once more, whose notes are G and E. Other ones there leave the
 * lowest, the highest and the mean pitch of their part as they were. */
static void test_changed_note(void **state) {
    (void)state;
    static const char *const changed[] = {"G---D---", "G--E----", "G-------",
                                          "GA--DC--"};
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) {
        struct pair x;
        begin(&x, 0, HAND_A1 HAND_A1 HAND_B HAND_B);
        play(&x, 9, changed[i]);
        check_only(&x, 9);
        tune_free(&x.tune);
    }
}

/* A bar that comes back in this way, where it is to come back in each. */
static void check_way(const char *bar, enum form_way is) {
    for (int way = FORM_NEW; way < FORM_WAYS; way++) {
        struct pair x;
        begin(&x, 0, HAND_A1 HAND_A1);
        play(&x, 9, bar);
        x.form.bar[9].way = (uint8_t)way;
        x.form.bar[9].from = way ? 8 : 0;
        check_only(&x, way > (int)is ? 9 : -1);
        tune_free(&x.tune);
    }
}

/* What comes back better than it should is as good; less is not. */
static void test_ways(void **state) {
    (void)state;
    check_way("G---E---", FORM_SAME);
    check_way("G---D---", FORM_ENDING);
    check_way("A---E---", FORM_START);
    check_way("A---D---", FORM_RHYTHM);
    check_way("GA--DC--", FORM_NEW);
}

/* A bar is held against the one that the form names, not against another one
 * that it comes back from as well. */
static void test_source(void **state) {
    (void)state;
    struct pair x;
    begin(&x, 0, HAND_A1 HAND_A1);
    x.form.bar[9].from = 7; /* bar 2 */
    x.form.part[1].low = 0; /* whose notes are higher: see test_no_heights */
    check_only(&x, 9);
    play(&x, 9, "A-AAG-E-");
    check_kept(&x);
    tune_free(&x.tune);
}

/* ---- heights ---- */

/* A part that lies elsewhere loses when it is over, and more the further it is
 * off; the one after it does not mind. */
static void test_heights(void **state) {
    (void)state;
    double before = 0;
    for (int up = 1; up <= 8; up++) {
        struct pair x;
        begin(&x, 0, HAND_A1 HAND_B);
        lift(&x, 0, 7, up);
        check_only(&x, 7);
        assert_true(lost(&x, 7) > before);
        before = lost(&x, 7);
        tune_free(&x.tune);
    }
}

/* Lower is as far off as higher. */
static void test_third(void **state) {
    (void)state;
    double off[2];
    for (int i = 0; i < 2; i++) {
        struct pair x;
        begin(&x, 0, HAND_A1 HAND_B);
        lift(&x, 0, 7, i ? 4 : -4);
        check_only(&x, 7);
        off[i] = lost(&x, 7);
        tune_free(&x.tune);
    }
    assert_true(off[0] == off[1]);
}

/* The lowest, the highest and the mean pitch each count, to either side. */
static void test_each_height(void **state) {
    (void)state;
    for (int which = 0; which < 3; which++)
        for (int off = -2; off <= 2; off++) {
            struct pair x;
            begin(&x, 0, HAND_A1 HAND_B);
            struct form_part *y = &x.form.part[1];
            uint8_t *one = which == 0   ? &y->low
                           : which == 1 ? &y->high
                                        : &y->mean;
            *one = (uint8_t)(*one + off);
            check_only(&x, off ? 15 : -1);
            tune_free(&x.tune);
        }
}

/* One note in the middle of a part is enough, and then the last bar loses, not
 * the one that it is in. */
static void test_one_high_note(void **state) {
    (void)state;
    struct pair x;
    begin(&x, 0, HAND_A1 HAND_B);
    play(&x, 3, "De--D--C"); /* E was above D */
    check_only(&x, 7);
    tune_free(&x.tune);
}

/* Where a form says nothing of heights, as one without notes, any will do. */
static void test_no_heights(void **state) {
    (void)state;
    struct pair x;
    begin(&x, 0, HAND_A1 HAND_B);
    lift(&x, 0, 7, 4);
    check_only(&x, 7);
    x.form.part[0].low = x.form.part[0].high = x.form.part[0].mean = 0;
    check_kept(&x);
    tune_free(&x.tune);
}

/* Both in one bar: it loses both. */
static void test_sum(void **state) {
    (void)state;
    struct pair x;
    begin(&x, 0, HAND_A1 HAND_A1);
    play(&x, 15, "G-....DD");
    double changed = lost(&x, 15);
    assert_true(changed > 0);
    x.form.part[1].low -= 2;
    double both = lost(&x, 15);
    x.form.bar[15].way = FORM_NEW;
    double low = lost(&x, 15);
    assert_true(low > 0);
    assert_near_value(both, changed + low, 1e-12, 0);
    tune_free(&x.tune);
}

/* ---- ends ---- */

/* The last part may be a shorter one: it is over with its own last bar. */
static void test_short_part(void **state) {
    (void)state;
    struct pair x;
    begin(&x, 0, HAND_A1 HAND_A7);
    assert_int_equal(x.form.bars, 15);
    x.form.part[1].high += 4;
    check_only(&x, 14);
    tune_free(&x.tune);
    begin(&x, 0, HAND_A1 "C-D-E-F-");
    x.form.part[1].high += 4;
    check_only(&x, 8);
    tune_free(&x.tune);
}

/* A last bar that the tune cuts short counts as far as it is there. */
static void test_cut_bar(void **state) {
    (void)state;
    struct pair x;
    hand_tune(&x.tune, &attack, 0, "C-D-E-F-G---E---C-D-E-ce", NULL);
    x.tune.steps -= 2; /* the last two notes are another tune's */
    hand_form(&x.form, &attack, &x.tune);
    assert_int_equal(x.form.bars, 3);
    assert_int_equal(x.form.bar[2].way, FORM_SAME);
    check_kept(&x);
    play(&x, 2, "C-D-D-ce");
    check_only(&x, 2);
    tune_free(&x.tune);
}

static int set_up(void **state) {
    (void)state;
    toy_vocabulary(&attack, ENCODING_ATTACK);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_form),
        cmocka_unit_test(test_pickup),
        cmocka_unit_test(test_changed_note),
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_source),
        cmocka_unit_test(test_heights),
        cmocka_unit_test(test_third),
        cmocka_unit_test(test_each_height),
        cmocka_unit_test(test_one_high_note),
        cmocka_unit_test(test_no_heights),
        cmocka_unit_test(test_sum),
        cmocka_unit_test(test_short_part),
        cmocka_unit_test(test_cut_bar),
    };
    return cmocka_run_group_tests_name("adherence", tests, set_up, NULL);
}
