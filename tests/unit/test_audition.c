/* A critic that hears the model beside real tunes. SPDX-License-Identifier: MIT
 */
#include "nott/compose/audition.h"

#include "composed.h"

static struct checkpoint model;
static struct dataset tunes;
static int heard;
static size_t heard_bars;
static double told[8];
static size_t played[8];

static void hear(void *user, int round, size_t bars, double by) {
    assert_ptr_equal(user, &model);
    assert_int_equal(round, heard);
    heard_bars += bars;
    told[heard++] = by;
}

/* Counts from 1, or on by more when other threads were quicker. */
static void count(void *user, int round, size_t n) {
    assert_ptr_equal(user, &model);
    assert_true(n > played[round]);
    played[round] = n;
}

static struct audition two_rounds(const struct sampling *how) {
    heard = 0;
    heard_bars = 0;
    memset(played, 0, sizeof played);
    return (struct audition){.tunes = 6,
                             .rounds = 2,
                             .seed = 5,
                             .how = how,
                             .threads = 1,
                             .heard = hear,
                             .played = count,
                             .user = &model};
}

/* The critic tells random notes from tunes, likes the latter, and is the same
 * each time. */
static void test_learns(void **state) {
    (void)state;
    const struct sampling how = composed_how(4);
    struct critic first;
    double liked[2] = {0};
    struct audition a = two_rounds(&how);
    assert_ok(audition_hold(&model, &tunes, &a, e));
    assert_int_equal(heard, 2);
    assert_true(heard_bars >= 2 * 6 * 4);
    assert_true(told[0] > 1); /* nats a bar */
    assert_int_equal(model.critic.is_known, 1);
    for (size_t k = 0; k < GESTURES; k++)
        assert_true(isfinite(model.critic.weight[k]));
    assert_int_equal(played[0], 6);
    assert_int_equal(played[1], 6);
    first = model.critic;
    for (int threads = 2; threads < 9; threads += 3) { /* 8 for 6 tunes */
        a = two_rounds(&how);
        a.threads = threads;
        assert_ok(audition_hold(&model, &tunes, &a, e));
        assert_memory_equal(&first, &model.critic, sizeof first);
        assert_in_range(played[1], 1, 6);
    }
    a = two_rounds(&how);
    a.seed++;
    assert_ok(audition_hold(&model, &tunes, &a, e));
    assert_memory_not_equal(&first, &model.critic, sizeof first);
    a = two_rounds(&how);
    a.rounds = 1;
    assert_ok(audition_hold(&model, &tunes, &a, e));
    for (size_t i = 0; i < 2; i++) { /* one that is played, one that is real */
        struct composed x;
        float bar[GESTURES];
        composed_play(&x, &model, &how, 8, 1);
        if (i) {
            memcpy(x.tune.melody, tunes.melody, x.tune.steps);
            memcpy(x.tune.chord, tunes.chord, x.tune.steps);
            hand_form(&x.form, &tunes.vocabulary, &x.tune);
        }
        for (int b = 0; b < 8; b++) {
            gestures_of_bar(&tunes.vocabulary, &x.tune, &x.form, b, bar);
            liked[i] += critic_score(&model.critic, bar);
        }
        tune_free(&x.tune);
    }
    assert_true(liked[1] > liked[0]);
}

/* Nobody need listen. */
static void test_no_listener(void **state) {
    (void)state;
    const struct sampling how = composed_how(4);
    struct audition a = two_rounds(&how);
    a.heard = NULL;
    a.played = NULL;
    assert_ok(audition_hold(&model, &tunes, &a, e));
    assert_int_equal(model.critic.is_known, 1);
}

/* Training tunes may be of two steps, which are no bar and from which no form
 * is drawn, without chords, or in other splits. */
static void test_odd_tunes(void **state) {
    (void)state;
    const struct sampling how = composed_how(3);
    struct checkpoint kept = model;
    struct dataset d;
    struct features on = toy_features();
    struct model_config c = {.cell = CELL_GRU,
                             .heads = HEADS_FACTORED,
                             .layers = 1,
                             .hidden = 6,
                             .project = 4};
    on.form = 1;
    toy_dataset(&d, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 2);
    toy_hide_chords(&d, 0);
    assert_ok(toy_model(&model, &d, &c, &on, e));
    model_randomize(&model.model, 5, 1, 1);
    model_refresh(&model.model, 0, &team_alone);
    struct audition a = two_rounds(&how);
    a.tunes = 20;
    assert_ok(audition_hold(&model, &d, &a, e));
    assert_true(isfinite(told[0]) && isfinite(told[1]));
    checkpoint_free(&model);
    dataset_free(&d);
    model = kept;
}

static int set_up(void **state) {
    (void)state;
    composed_exact();
    composed_model(&model, 13, 1);
    composed_dataset(&tunes);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    checkpoint_free(&model);
    dataset_free(&tunes);
    mat_use(MAT_BLAS, NULL);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_no_listener),
        cmocka_unit_test(test_odd_tunes),
    };
    return cmocka_run_group_tests_name("audition", tests, set_up, tear_down);
}
