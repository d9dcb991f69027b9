/* Beam search for the chords of a given melody. SPDX-License-Identifier: MIT */
#include "compose/search.h"

#include "compose/ensemble.h"
#include "composed.h"

static struct checkpoint model, few; /* of six chords, of three */

static struct sampling harmonize(int lanes) {
    struct sampling how = composed_how(lanes);
    how.melody_given = 1;
    how.cadence = 0;
    return how;
}

/* A tune whose melody is given, for a form that is that of the melody. */
static void begin(struct composed *x, const struct checkpoint *m, int bars,
                  uint64_t seed) {
    struct rng r;
    composed_begin(x, m, bars, seed);
    rng_seed(&r, seed, 9);
    for (size_t t = 1; t < x->tune.steps; t++)
        x->tune.melody[t] =
            rng_below(&r, 2) ? (uint8_t)(2 + rng_below(&r, 20)) : MELODY_HOLD;
    hand_form(&x->form, &m->origin.vocabulary, &x->tune);
}

/* Log probabilities of the chords that are there, or of the likeliest ones,
 * which are then put there. */
static double walk(struct composed *x, const struct checkpoint *m, int greedy) {
    struct sampling how = harmonize(1);
    struct ensemble one;
    struct sampled s = x->made;
    uint8_t barred[PLAYER_CLASSES];
    real score[PLAYER_CLASSES];
    double sum = 0;
    assert_ok(ensemble_open(&one, m, &s, 1, &how, e));
    for (size_t t = 1; t < x->tune.steps; t++) {
        int best = 0;
        ensemble_listen(&one, t);
        ensemble_chords(&one, 0, t, barred, score);
        for (int c = 1; c < m->context.chord_count; c++)
            best = score[c] > score[best] ? c : best;
        if (greedy)
            x->tune.chord[t] = (uint8_t)best;
        sum += t < s.from ? 0 : (double)score[x->tune.chord[t]];
    }
    ensemble_close(&one);
    return sum;
}

static double search(struct composed *x, const struct checkpoint *m,
                     int lanes) {
    struct sampling how = harmonize(lanes);
    assert_true(search_is_for(m, &how));
    assert_ok(sample_tunes(m, &x->made, 1, &how, e));
    return -x->made.nats * (double)(x->tune.steps - x->made.from);
}

#define NEAR IN_DOUBLE_OR_FLOAT(1e-9, 1e-3)

/* What is found is as likely as it says, at least as likely as the likeliest
 * chord each time, and the melody is kept. */
static void test_beats_greed(void **state) {
    (void)state;
    int better = 0;
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct composed x;
        struct tune given;
        begin(&x, &model, 4, seed);
        assert_ok(tune_copy(&given, &x.tune, e));
        double greedy = walk(&x, &model, 1);
        double found = search(&x, &model, 32);
        assert_memory_equal(x.tune.melody, given.melody, given.steps);
        assert_near_value(found, walk(&x, &model, 0), NEAR, 0);
        assert_true(found >= greedy - NEAR);
        better += found > greedy + 0.01;
        tune_free(&given);
        tune_free(&x.tune);
    }
    assert_true(better > 3);
}

/* The best of all ways to put three chords to steps 1..n. */
static double exhaust(struct composed *x, const struct checkpoint *m,
                      uint8_t *best) {
    size_t n = x->tune.steps - 1, ways = 1;
    double most = -INFINITY;
    for (size_t k = 0; k < n; k++)
        ways *= 3;
    for (size_t way = 0; way < ways; way++) {
        for (size_t k = 0, left = way; k < n; k++, left /= 3)
            x->tune.chord[1 + k] = (uint8_t)(left % 3);
        double sum = walk(x, m, 0);
        if (sum > most) {
            most = sum;
            memcpy(best, x->tune.chord, n + 1);
        }
    }
    return most;
}

/* With lanes for all of them nothing is missed. */
static void test_exhaustive(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 4; seed++) {
        struct composed x;
        uint8_t best[6];
        begin(&x, &few, 1, seed);
        x.tune.steps = sizeof best;
        double most = exhaust(&x, &few, best);
        double found = search(&x, &few, 3 * 3 * 3 * 3 * 3);
        assert_near_value(found, most, NEAR, 0);
        assert_memory_equal(x.tune.chord, best, sizeof best);
        tune_free(&x.tune);
    }
}

/* ---- seeds and likings ---- */

/* Chords for a tune of 4 bars. The caller frees it. */
static double search_warm(struct composed *x, double temperature,
                          uint64_t seed) {
    struct sampling how = harmonize(8);
    how.chord_temperature = temperature;
    begin(x, &model, 4, 1);
    rng_seed(&x->made.rng, seed, 1);
    assert_ok(sample_tunes(&model, &x->made, 1, &how, e));
    return x->made.nats;
}

/* How many of ten seeds find other chords than the first. */
static int count_others(double temperature) {
    struct composed first, x;
    int others = 0;
    search_warm(&first, temperature, 0);
    for (uint64_t seed = 1; seed <= 10; seed++) {
        search_warm(&x, temperature, seed);
        assert_memory_equal(x.tune.melody, first.tune.melody, x.tune.steps);
        others += !composed_same(&x.tune, &first.tune);
        tune_free(&x.tune);
    }
    tune_free(&first.tune);
    return others;
}

/* Nothing is drawn without a temperature, so any seed will do; with one some
 * find others. */
static void test_seeds(void **state) {
    (void)state;
    assert_int_equal(count_others(0), 0);
    assert_true(count_others(0.5) > 2);
    assert_int_equal(count_others(100), 10);
}

/* The same seed finds the same. */
static void test_same_seed(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 4; seed++) {
        struct composed x, y;
        double nats = search_warm(&x, 0.5, seed);
        assert_true(search_warm(&y, 0.5, seed) == nats);
        assert_true(composed_same(&x.tune, &y.tune));
        tune_free(&x.tune);
        tune_free(&y.tune);
    }
}

/* Chords for a tune of 8 bars where liking is all that counts: as the form says
 * bars 3 and 6 are bar 1 again, bar 5 is bar 2, and bar 4 has an ending of its
 * own. The first bar is not looked at: its first chord was there before. */
static void search_hot(struct composed *x, uint64_t seed) {
    struct sampling how = harmonize(8);
    how.chord_temperature = 1e6;
    begin(x, &model, 8, seed);
    for (int b = 0; b < 8; b++)
        x->form.bar[b].way = x->form.bar[b].from = 0;
    x->form.bar[3] = (struct form_bar){.way = FORM_SAME, .from = 2};
    x->form.bar[6] = (struct form_bar){.way = FORM_SAME, .from = 3};
    x->form.bar[5] = (struct form_bar){.way = FORM_SAME, .from = 3};
    x->form.bar[4] = (struct form_bar){.way = FORM_ENDING, .from = 2};
    assert_ok(sample_tunes(&model, &x->made, 1, &how, e));
}

/* The one chord of a bar. */
static int chord_of_bar(const struct tune *t, int bar) {
    const struct tune_header *h = &t->frame.header;
    const uint8_t *chord = t->chord + h->phase + bar * h->bar;
    for (int k = 1; k < h->bar; k++)
        assert_int_equal(chord[k], chord[0]);
    return chord[0];
}

/* A bar that comes back whole likes what its source liked, and any other bar
 * likes one chord for as long as it lasts: one of six by chance. */
static void test_likings(void **state) {
    (void)state;
    enum { SEEDS = 60 };
    int alike = 0, count[6] = {0};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct composed x;
        int chord[8];
        search_hot(&x, seed);
        for (int b = 1; b < 8; b++)
            count[chord[b] = chord_of_bar(&x.tune, b)]++;
        assert_int_equal(chord[3], chord[1]);
        assert_int_equal(chord[6], chord[1]);
        assert_int_equal(chord[5], chord[2]);
        alike += (chord[2] == chord[1]) + (chord[4] == chord[2]) +
                 (chord[7] == chord[1]);
        tune_free(&x.tune);
    }
    assert_in_range(alike, 10, 50); /* 30, sigma 5 */
    for (int c = 0; c < 6; c++)     /* 70 of 420, sigma 12 */
        assert_in_range(count[c], 22, 118);
}

/* A tune without a form has likings as well, and so have bars after its end. */
static void test_likings_without_form(void **state) {
    (void)state;
    struct sampling how = harmonize(8);
    how.chord_temperature = 1e6;
    for (int bars = 0; bars <= 2; bars += 2) {
        struct composed x;
        int differ = 0;
        begin(&x, &model, 8, 1);
        for (int b = 2; b < 8; b++) /* beyond the end it means nothing */
            x.form.bar[b] = (struct form_bar){.way = FORM_SAME, .from = 1};
        x.form.bars = bars;
        x.made.form = bars ? &x.form : NULL;
        assert_ok(sample_tunes(&model, &x.made, 1, &how, e));
        for (int b = 3; b < 8; b++)
            differ += chord_of_bar(&x.tune, b) != chord_of_bar(&x.tune, b - 1);
        assert_true(differ > 1);
        tune_free(&x.tune);
    }
}

/* ---- what is there, and what must not come ---- */

/* Chords that are there before the first step to be played stay. */
static void test_from(void **state) {
    (void)state;
    struct composed x;
    begin(&x, &model, 4, 1);
    x.made.from = 11;
    for (size_t t = 0; t < x.made.from; t++)
        x.tune.chord[t] = (uint8_t)(t % 5);
    double found = search(&x, &model, 8);
    for (size_t t = 0; t < x.made.from; t++)
        assert_int_equal(x.tune.chord[t], t % 5);
    assert_near_value(found, walk(&x, &model, 0), NEAR, 0);
    tune_free(&x.tune);
}

/* A tune that has no chords gets none. */
static void test_no_chords(void **state) {
    (void)state;
    struct composed x;
    begin(&x, &model, 2, 1);
    x.tune.has_chords = 0;
    memset(x.tune.chord, 0, x.tune.steps);
    search(&x, &model, 8);
    for (size_t t = 0; t < x.tune.steps; t++)
        assert_int_equal(x.tune.chord[t], 0);
    tune_free(&x.tune);
}

/* The last bar comes to rest where that is wanted, and limits hold. */
static void test_rules(void **state) {
    (void)state;
    struct composed x;
    struct sampling how = harmonize(8);
    how.cadence = 1;
    how.chord_repeat_max = 3;
    begin(&x, &model, 4, 2);
    x.made.form = NULL;
    assert_ok(sample_tunes(&model, &x.made, 1, &how, e));
    size_t last = x.tune.steps - HAND_BAR / 2;
    const struct vocabulary *v = &model.origin.vocabulary;
    for (size_t t = 4; t < last; t++)
        assert_false(x.tune.chord[t] == x.tune.chord[t - 1] &&
                     x.tune.chord[t] == x.tune.chord[t - 2] &&
                     x.tune.chord[t] == x.tune.chord[t - 3]);
    assert_int_equal(v->chords[x.tune.chord[last]].root, 0);
    tune_free(&x.tune);
}

static void test_is_for(void **state) {
    (void)state;
    struct sampling how = harmonize(8);
    assert_true(search_is_for(&model, &how));
    how.chord_temperature = 0.5; /* others are found then */
    assert_true(search_is_for(&model, &how));
    how = harmonize(1);
    assert_false(search_is_for(&model, &how));
    how = harmonize(8);
    how.melody_given = 0;
    assert_false(search_is_for(&model, &how));
    how = harmonize(8);
    how.method = SAMPLING_ARGMAX;
    assert_false(search_is_for(&model, &how));
    how = harmonize(8);
    model.context.on.ahead = 0;
    assert_false(search_is_for(&model, &how));
    model.context.on.ahead = 1;
}

static int set_up(void **state) {
    (void)state;
    composed_exact();
    composed_model(&model, 6, 1.5);
    composed_model(&few, 3, 1.5);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    checkpoint_free(&model);
    checkpoint_free(&few);
    mat_use(MAT_BLAS, NULL);
    return 0;
}

/* Votes turn some tunes, and are the same for every seed. */
static void test_votes(void **state) {
    (void)state;
    int turned = 0;
    for (uint64_t tune = 0; tune < 12; tune++) {
        struct composed x[3];
        struct sampling how = harmonize(8);
        for (int i = 0; i < 3; i++) {
            how.votes = i < 2 ? 5 : 0;
            begin(&x[i], &model, 4, tune);
            rng_seed(&x[i].made.rng, (uint64_t)i, 4);
            assert_ok(sample_tunes(&model, &x[i].made, 1, &how, e));
        }
        assert_true(composed_same(&x[0].tune, &x[1].tune));
        assert_near_value(-x[0].made.nats *
                              (double)(x[0].tune.steps - x[0].made.from),
                          walk(&x[0], &model, 0), NEAR, 0);
        turned += !composed_same(&x[0].tune, &x[2].tune);
        for (int i = 0; i < 3; i++)
            tune_free(&x[i].tune);
    }
    assert_true(turned > 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_votes),
        cmocka_unit_test(test_is_for),
        cmocka_unit_test(test_beats_greed),
        cmocka_unit_test(test_exhaustive),
        cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_same_seed),
        cmocka_unit_test(test_likings),
        cmocka_unit_test(test_likings_without_form),
        cmocka_unit_test(test_from),
        cmocka_unit_test(test_no_chords),
        cmocka_unit_test(test_rules),
    };
    return cmocka_run_group_tests_name("search", tests, set_up, tear_down);
}
