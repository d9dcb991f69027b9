/* Lanes that a critic weighs bar by bar. SPDX-License-Identifier: MIT */
#include "compose/particles.h"

#include "compose/adherence.h"
#include "compose/lanes.h"
#include "composed.h"

enum { LANES = 12, BARS = 8 };

static struct checkpoint model;

/* A critic that loves one gesture, and sees no other. */
static void love(size_t gesture, float weight) {
    memset(&model.critic, 0, sizeof model.critic);
    model.critic.is_known = 1;
    model.critic.weight[gesture] = weight;
}

/* One with an opinion of all of them. */
static void have_taste(void) {
    struct rng r;
    rng_seed(&r, 8, 0);
    love(0, 0);
    for (size_t k = 0; k < GESTURES; k++)
        model.critic.weight[k] = (float)rng_uniform(&r) - 0.5f;
}

/* Mean gestures of the bars of a tune, added to mean[]. */
static void add_gestures(double mean[GESTURES], const struct composed *x) {
    float one[GESTURES];
    for (int b = 0; b < x->form.bars; b++) {
        gestures_of_bar(&model.origin.vocabulary, &x->tune, &x->form, b, one);
        for (size_t k = 0; k < GESTURES; k++)
            mean[k] += (double)one[k] / x->form.bars;
    }
}

/* ---- a critic that says nothing ---- */

/* A form that asks for nothing: all keep to it alike. */
static void ask_nothing(struct form *f) {
    for (int b = 0; b < f->bars; b++)
        f->bar[b].way = f->bar[b].from = 0;
    for (int p = 0; p < form_parts(f); p++)
        f->part[p].low = f->part[p].high = f->part[p].mean = 0;
}

/* Nothing is weighed then: it plays like one of the lanes, to the byte. */
static void test_indifferent(void **state) {
    (void)state;
    const struct sampling how = composed_how(LANES);
    int first = 0;
    love(0, 0);
    for (uint64_t seed = 0; seed < 10; seed++) {
        struct composed x, y;
        struct lanes lanes;
        size_t k = 0;
        composed_begin(&x, &model, BARS, seed);
        composed_begin(&y, &model, BARS, seed);
        ask_nothing(&x.form);
        ask_nothing(&y.form);
        assert_ok(particles_play(&model, &x.made, &how, e));
        assert_ok(lanes_open(&lanes, LANES, &model, &y.made, &how, e));
        for (size_t t = 1; t < y.tune.steps; t++)
            ensemble_step(&lanes.all, t);
        while (k < LANES && !composed_same(&x.tune, &lanes.tune[k]))
            k++;
        assert_true(k < LANES);
        assert_true(x.made.nats == lanes.list[k].nats);
        first += k == 0;
        lanes_close(&lanes);
        tune_free(&x.tune);
        tune_free(&y.tune);
    }
    assert_true(first < 6); /* not always the same one */
}

#define SEEDS 12

/* A form that a network which has learnt nothing keeps to by chance, at times:
 * bars begin like the one before, and lie a little higher than its notes do. */
static void ask_something(struct form *f) {
    for (int b = 1; b < f->bars; b++) {
        f->bar[b].way = FORM_ENDING;
        f->bar[b].from = 1;
    }
    for (int p = 0; p < form_parts(f); p++)
        f->part[p].mean = (uint8_t)(f->part[p].mean + 2);
}

/* What tunes lose of such a form, in the bars within parts and in those that
 * end one: of these heights are asked as well. */
static void add_lost(double lost[2], int lanes) {
    const struct sampling how = composed_how(lanes);
    const struct vocabulary *v = &model.origin.vocabulary;
    lost[0] = lost[1] = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct composed x;
        composed_begin(&x, &model, 2 * BARS, seed);
        ask_something(&x.form);
        assert_ok(sample_tunes(&model, &x.made, 1, &how, e));
        for (int b = 0; b < x.form.bars; b++)
            lost[b % FORM_PART == FORM_PART - 1] +=
                adherence_lost(v, &x.tune, &x.form, b);
        tune_free(&x.tune);
    }
}

/* The form alone is weighed: tunes keep better to it, whether there is a critic
 * or not. */
static void test_keeps_form(void **state) {
    (void)state;
    double alone[2], among[2], without[2];
    love(0, 0);
    add_lost(alone, 1);
    add_lost(among, LANES);
    for (int i = 0; i < 2; i++)
        if (!(among[i] < 0.8 * alone[i]))
            fail_msg("%g lost with one lane, %g with %d", alone[i], among[i],
                     LANES);
    have_taste();
    model.critic.is_known = 0;
    add_lost(without, LANES);
    assert_memory_equal(without, among, sizeof among);
}

/* A critic counts as much as the setting says: with 0 as one that says nothing,
 * with 2 as one that says twice as much. */
static void test_critic_weight(void **state) {
    (void)state;
    struct sampling how = composed_how(LANES);
    int differ = 0;
    for (uint64_t seed = 0; seed < 4; seed++) {
        struct composed once, twice, none, silent;
        have_taste();
        composed_play(&once, &model, &how, BARS, seed);
        how.critic = 0;
        composed_play(&none, &model, &how, BARS, seed);
        for (size_t k = 0; k < GESTURES; k++)
            model.critic.weight[k] /= 2;
        how.critic = 2;
        composed_play(&twice, &model, &how, BARS, seed);
        love(0, 0);
        how.critic = 1;
        composed_play(&silent, &model, &how, BARS, seed);
        assert_true(composed_same(&none.tune, &silent.tune));
        assert_true(composed_same(&once.tune, &twice.tune));
        differ += !composed_same(&once.tune, &silent.tune);
        tune_free(&once.tune);
        tune_free(&twice.tune);
        tune_free(&none.tune);
        tune_free(&silent.tune);
    }
    assert_true(differ > 0);
}

/* ---- a critic that loves something ---- */

static void play_all(double mean[GESTURES], int lanes) {
    const struct sampling how = composed_how(lanes);
    memset(mean, 0, GESTURES * sizeof *mean);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct composed x;
        composed_play(&x, &model, &how, BARS, seed);
        add_gestures(mean, &x);
        tune_free(&x.tune);
    }
}

/* There is more of it then, and less if it is hated. */
static void test_love(void **state) {
    (void)state;
    double plain[GESTURES], loved[GESTURES], hated[GESTURES];
    int tried = 0;
    love(0, 0);
    play_all(plain, LANES);
    for (size_t k = 0; k < GESTURES && tried < 5; k++) {
        if (plain[k] < 0.4 * SEEDS || plain[k] > 0.9 * SEEDS)
            continue;
        love(k, 3);
        play_all(loved, LANES);
        love(k, -3);
        play_all(hated, LANES);
        if (!(hated[k] < plain[k] && plain[k] < loved[k]))
            fail_msg("gesture %zu: %g hated, %g, %g loved", k, hated[k],
                     plain[k], loved[k]);
        tried++;
    }
    assert_int_equal(tried, 5);
}

/* Lanes need a form, as they are weighed by how they keep to it; a critic that
 * weighs nothing or is not there does not matter. */
static void test_is_for(void **state) {
    (void)state;
    struct composed x;
    struct sampling how = composed_how(LANES);
    love(0, 1);
    composed_begin(&x, &model, BARS, 1);
    assert_true(particles_are_for(&x.made, &how));
    how.lanes = 2;
    assert_true(particles_are_for(&x.made, &how));
    how.lanes = 1;
    assert_false(particles_are_for(&x.made, &how));
    how = composed_how(LANES);
    how.critic = 0;
    assert_true(particles_are_for(&x.made, &how));
    how = composed_how(LANES);
    model.critic.is_known = 0;
    assert_true(particles_are_for(&x.made, &how));
    how.method = SAMPLING_ARGMAX;
    assert_false(particles_are_for(&x.made, &how));
    how = composed_how(LANES);
    x.made.may_end = 1;
    assert_false(particles_are_for(&x.made, &how));
    x.made.may_end = 0;
    x.made.form = NULL;
    assert_false(particles_are_for(&x.made, &how));
    tune_free(&x.tune);
}

/* A tune without a form, and none of those that are composed beside it is
 * played in lanes. */
static void test_one_without_form(void **state) {
    (void)state;
    const struct sampling how = composed_how(LANES), plain = composed_how(1);
    have_taste();
    for (size_t without = 0; without < 2; without++) {
        struct composed x[2], one, lanes;
        struct sampled list[2];
        for (size_t i = 0; i < 2; i++) {
            composed_begin(&x[i], &model, BARS, i);
            list[i] = x[i].made;
        }
        list[without].form = NULL;
        assert_ok(sample_tunes(&model, list, 2, &how, e));
        composed_play(&one, &model, &plain, BARS, 1 - without);
        composed_play(&lanes, &model, &how, BARS, 1 - without);
        assert_true(composed_same(&x[1 - without].tune, &one.tune));
        assert_false(composed_same(&x[1 - without].tune, &lanes.tune));
        for (size_t i = 0; i < 2; i++)
            tune_free(&x[i].tune);
        tune_free(&one.tune);
        tune_free(&lanes.tune);
    }
}

/* ---- seeds ---- */

/* The same seed gives the same tune, whoever else is composed. */
static void test_seed(void **state) {
    (void)state;
    enum { TUNES = 4 };
    const struct sampling how = composed_how(LANES);
    struct composed x[TUNES], alone;
    struct sampled list[TUNES];
    have_taste();
    for (size_t i = 0; i < TUNES; i++) {
        composed_begin(&x[i], &model, BARS + (int)i, i);
        list[i] = x[i].made;
    }
    assert_ok(sample_tunes(&model, list, TUNES, &how, e));
    for (size_t i = 0; i < TUNES; i++) {
        composed_play(&alone, &model, &how, BARS + (int)i, i);
        assert_true(composed_same(&alone.tune, &x[i].tune));
        assert_true(alone.made.nats == list[i].nats);
        assert_true(alone.made.quality == list[i].quality);
        for (size_t k = 0; k < i; k++)
            assert_false(composed_same(&x[i].tune, &x[k].tune));
        tune_free(&alone.tune);
    }
    for (size_t i = 0; i < TUNES; i++)
        tune_free(&x[i].tune);
}

/* Of several the critic keeps the best; the first is that which is made alone.
 */
static void test_best_of(void **state) {
    (void)state;
    struct sampling how = composed_how(LANES);
    int better = 0;
    have_taste();
    for (uint64_t seed = 0; seed < 6; seed++) {
        struct composed one, best, again;
        how.best_of = 1;
        composed_play(&one, &model, &how, BARS, seed);
        how.best_of = 4;
        composed_play(&best, &model, &how, BARS, seed);
        composed_play(&again, &model, &how, BARS, seed);
        assert_true(best.made.quality >= one.made.quality);
        assert_true(composed_same(&best.tune, &again.tune));
        assert_true(best.made.nats == again.made.nats);
        if (best.made.quality == one.made.quality)
            assert_true(composed_same(&best.tune, &one.tune));
        better += best.made.quality > one.made.quality;
        tune_free(&one.tune);
        tune_free(&best.tune);
        tune_free(&again.tune);
    }
    assert_true(better > 0);
}

/* The quality is what the critic says of a bar on average. */
static void test_quality(void **state) {
    (void)state;
    const struct sampling how = composed_how(LANES);
    struct composed x;
    double mean[GESTURES] = {0}, want = 0;
    have_taste();
    composed_play(&x, &model, &how, BARS, 3);
    add_gestures(mean, &x);
    for (size_t k = 0; k < GESTURES; k++)
        want += mean[k] * (double)model.critic.weight[k];
    assert_near_value(x.made.quality, want, 1e-6, 1e-6);
    tune_free(&x.tune);
}

/* ---- what is given ---- */

static void test_given(void **state) {
    (void)state;
    struct sampling how = composed_how(LANES);
    struct composed x;
    uint8_t melody[BARS * HAND_BAR], chord[BARS * HAND_BAR];
    have_taste();
    composed_begin(&x, &model, BARS, 5);
    x.made.from = 19; /* within the third bar */
    for (size_t t = 0; t < x.tune.steps; t++) {
        melody[t] = x.tune.melody[t] = (uint8_t)(2 + t % 9);
        chord[t] = x.tune.chord[t] = (uint8_t)(t / 5 % 4);
    }
    assert_ok(sample_tunes(&model, &x.made, 1, &how, e));
    assert_memory_equal(x.tune.melody, melody, x.made.from);
    assert_memory_equal(x.tune.chord, chord, x.made.from);
    x.made.from = 1;
    memcpy(x.tune.chord, chord, sizeof chord);
    how.chord_given = 1;
    assert_ok(sample_tunes(&model, &x.made, 1, &how, e));
    assert_memory_equal(x.tune.chord, chord, sizeof chord);
    tune_free(&x.tune);
}

/* A tune without chords, and one that ends within a bar. */
static void test_odd_tunes(void **state) {
    (void)state;
    const struct sampling how = composed_how(LANES);
    struct composed x;
    have_taste();
    composed_begin(&x, &model, 4, 5);
    x.tune.has_chords = 0;
    memset(x.tune.chord, 0, x.tune.steps);
    assert_ok(sample_tunes(&model, &x.made, 1, &how, e));
    for (size_t t = 0; t < x.tune.steps; t++)
        assert_int_equal(x.tune.chord[t], 0);
    x.tune.has_chords = 1;
    for (; x.tune.steps >= 3 * HAND_BAR + HAND_BAR / 2; x.tune.steps--) {
        assert_ok(sample_tunes(&model, &x.made, 1, &how, e));
        assert_true(isfinite(x.made.nats) && isfinite(x.made.quality));
    }
    tune_free(&x.tune);
}

static int set_up(void **state) {
    (void)state;
    composed_exact();
    composed_model(&model, 6, 1);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    checkpoint_free(&model);
    mat_use(MAT_BLAS, NULL);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_for),
        cmocka_unit_test(test_one_without_form),
        cmocka_unit_test(test_indifferent),
        cmocka_unit_test(test_keeps_form),
        cmocka_unit_test(test_critic_weight),
        cmocka_unit_test(test_love),
        cmocka_unit_test(test_seed),
        cmocka_unit_test(test_best_of),
        cmocka_unit_test(test_quality),
        cmocka_unit_test(test_given),
        cmocka_unit_test(test_odd_tunes),
    };
    return cmocka_run_group_tests_name("particles", tests, set_up, tear_down);
}
