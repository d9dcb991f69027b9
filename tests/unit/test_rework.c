/* Which bars of a tune are played anew. SPDX-License-Identifier: MIT */
#include "nott/compose/rework.h"

#include "composed.h"

static struct checkpoint model;
static struct form form; /* of AABB, in which only the 16th bar changes */

static void mark(uint8_t anew[FORM_BARS], struct form *f,
                 const struct rework *how, uint64_t seed) {
    struct rng r;
    rng_seed(&r, seed, 0);
    *f = form;
    memset(anew, 77, FORM_BARS);
    assert_ok(rework_bars(anew, f, how, &r, e));
}

/* Bars as marks: "0011". */
static void check_marks(const uint8_t *anew, const char *marks) {
    for (int b = 0; marks[b]; b++)
        if (anew[b] != marks[b] - '0')
            fail_msg("bar %d: %d", b + 1, anew[b]);
}

#define NO8  "00000000"
#define YES8 "11111111"

static void test_keep(void **state) {
    (void)state;
    uint8_t anew[FORM_BARS];
    struct form f;
    mark(anew, &f, &(struct rework){.keep = "A"}, 1);
    check_marks(anew, NO8 NO8 YES8 YES8);
    mark(anew, &f, &(struct rework){.keep = "b"}, 1);
    check_marks(anew, YES8 YES8 NO8 NO8);
    assert_memory_equal(&f, &form, sizeof f); /* all come back from anew ones */
    mark(anew, &f, &(struct rework){.keep = "AB"}, 1);
    check_marks(anew, NO8 NO8 NO8 NO8);
}

/* Bars that are named are played anew, and they alone: they no longer come back
 * from what stands. */
static void test_rewrite(void **state) {
    (void)state;
    uint8_t anew[FORM_BARS];
    struct form f;
    mark(anew, &f, &(struct rework){.rewrite = "9-16"}, 1);
    check_marks(anew, NO8 YES8 NO8 NO8);
    for (int b = 0; b < f.bars; b++) {
        int mine = b >= 8 && b < 16;
        assert_int_equal(f.bar[b].way, mine ? FORM_NEW : form.bar[b].way);
        assert_int_equal(f.bar[b].from, mine ? 0 : form.bar[b].from);
    }
    mark(anew, &f, &(struct rework){.rewrite = "1,3-4,32"}, 1);
    check_marks(anew, "10110000" NO8 NO8 "00000001");
    mark(anew, &f, &(struct rework){.rewrite = "1-32"}, 1);
    check_marks(anew, YES8 YES8 YES8 YES8);
    assert_memory_equal(&f, &form, sizeof f);
}

/* A share of the bars; what comes back goes with where it comes from. */
static void test_vary(void **state) {
    (void)state;
    uint8_t anew[FORM_BARS], same[FORM_BARS];
    struct form f;
    int marked = 0, differ = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        mark(anew, &f, &(struct rework){.vary = 0.3}, seed);
        mark(same, &f, &(struct rework){.vary = 0.3}, seed);
        assert_memory_equal(anew, same, sizeof anew);
        for (int b = 0; b < f.bars; b++) {
            if (b % 16 >= 8)
                assert_int_equal(anew[b], anew[b - 8]);
            marked += anew[b];
        }
        mark(same, &f, &(struct rework){.vary = 0.3}, seed + 1);
        differ += memcmp(anew, same, sizeof anew) != 0;
    }
    assert_in_range(marked, 50 * 32 / 5, 50 * 32 * 2 / 5);
    assert_true(differ > 40);
    mark(anew, &f, &(struct rework){.vary = 1}, 1);
    check_marks(anew, YES8 YES8 YES8 YES8);
}

static void refuse(const struct rework *how) {
    uint8_t anew[FORM_BARS];
    struct rng r;
    struct form f = form;
    rng_seed(&r, 1, 0);
    assert_refused(rework_bars(anew, &f, how, &r, e), ERR_USAGE);
}

static void test_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "0",
                                      "33",
                                      "5-4",
                                      "1-33",
                                      "-3",
                                      "a",
                                      "1,,2",
                                      "1 2",
                                      "1-2-3",
                                      "99999999999999999999",
                                      "1-99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuse(&(struct rework){.rewrite = bad[i]});
    refuse(&(struct rework){.keep = "AC"});
    refuse(&(struct rework){.keep = "A1"});
    refuse(&(struct rework){.keep = NULL}); /* nothing at all, or two of them */
    refuse(&(struct rework){.keep = "A", .vary = 0.5});
    refuse(&(struct rework){.keep = "A", .rewrite = "1"});
}

/* Steps that stand are kept, and the others are played, with or without a
 * critic. */
static void test_stands(void **state) {
    (void)state;
    for (int critic = 0; critic < 2; critic++) {
        struct sampling how = composed_how(8);
        struct composed x;
        struct tune before;
        uint8_t stands[8 * HAND_BAR];
        size_t changed = 0;
        composed_begin(&x, &model, 8, 3);
        for (size_t t = 0; t < sizeof stands; t++) {
            stands[t] = t < 16 || t >= 40;
            x.tune.melody[t] = (uint8_t)(2 + t % 11);
            x.tune.chord[t] = (uint8_t)(t / 4 % 4);
        }
        assert_ok(tune_copy(&before, &x.tune, e));
        x.made.stands = stands;
        model.critic.is_known = critic;
        model.critic.weight[1] = 1;
        assert_ok(sample_tunes(&model, &x.made, 1, &how, e));
        for (size_t t = 0; t < sizeof stands; t++) {
            int same = x.tune.melody[t] == before.melody[t] &&
                       x.tune.chord[t] == before.chord[t];
            assert_true(same || !stands[t]);
            changed += !same;
        }
        assert_true(changed > 10);
        tune_free(&before);
        tune_free(&x.tune);
    }
}

static int set_up(void **state) {
    (void)state;
    struct tune t;
    composed_model(&model, 6, 1);
    hand_tune(&t, &model.origin.vocabulary, 0, HAND_A1 HAND_A2 HAND_B HAND_B,
              NULL);
    hand_form(&form, &model.origin.vocabulary, &t);
    tune_free(&t);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    checkpoint_free(&model);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keep),   cmocka_unit_test(test_rewrite),
        cmocka_unit_test(test_vary),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_stands),
    };
    return cmocka_run_group_tests_name("rework", tests, set_up, tear_down);
}
