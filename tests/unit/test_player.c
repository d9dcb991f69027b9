/* Tunes played side by side, and that one may take another's place.
 * SPDX-License-Identifier: MIT */
#include "nott/player/player.h"

#include "toydata.h"

enum { STEPS = 100, AT = 41, TUNES = 4, TO = 3 };

static struct dataset tunes;
static struct checkpoint model;

/* Tunes with forms of their own; from step AT on the last goes on as the
 * first, which it has been until then as well if it is a copy. */
struct playing {
    uint8_t melody[TUNES][STEPS], chord[TUNES][STEPS];
    struct form form[TUNES];
    struct player player;
};

static struct tune_view view_of(const struct playing *x, size_t i) {
    return (struct tune_view){.melody = x->melody[i],
                              .chord = x->chord[i],
                              .header = {16, 4, 4, 4, (int)i},
                              .steps = STEPS,
                              .form = &x->form[i]};
}

static void begin(struct playing *x, uint64_t seed) {
    struct rng r;
    rng_seed(&r, seed, 0);
    for (size_t i = 0; i < TUNES; i++) {
        for (size_t t = 0; t < STEPS; t++) {
            int again = t >= 16 && rng_below(&r, 4);
            x->melody[i][t] =
                again ? x->melody[i][t - 16] : (uint8_t)rng_below(&r, 26);
            x->chord[i][t] =
                t % 8 ? x->chord[i][t - 1] : (uint8_t)(1 + rng_below(&r, 6));
        }
        const struct tune_view v = view_of(x, i);
        form_of(&x->form[i], &tunes.vocabulary, &v.header, v.melody, v.chord,
                STEPS);
    }
    assert_ok(player_init(&x->player, &model, TUNES, e));
}

/* The last tune becomes the first one. */
static void copy(struct playing *x) {
    memcpy(x->melody[TO], x->melody[0], STEPS);
    memcpy(x->chord[TO], x->chord[0], STEPS);
    player_copy(&x->player, TO, 0);
}

static void hear(struct playing *x, size_t i, size_t as, size_t t) {
    const struct tune_view v = view_of(x, as);
    player_hear(&x->player, i, &v, t);
}

/* What is said of the next step of tune i. */
static void ask(struct playing *x, size_t i, size_t t,
                real log_p[OUTPUTS][PLAYER_CLASSES]) {
    int16_t chord = x->chord[i][t + 1];
    memset(log_p, 0, OUTPUTS * sizeof *log_p);
    player_log_p(&x->player, i, 1, OUT_CHORD, NULL, NULL, log_p[OUT_CHORD]);
    player_log_p(&x->player, i, 1, OUT_MELODY, &chord, NULL, log_p[OUT_MELODY]);
}

static int says_the_same(struct playing *x, size_t i, struct playing *y,
                         size_t j, size_t t) {
    real a[OUTPUTS][PLAYER_CLASSES], b[OUTPUTS][PLAYER_CLASSES];
    ask(x, i, t, a);
    ask(y, j, t, b);
    return memcmp(a, b, sizeof a) == 0;
}

static void step(struct playing *x, size_t t, int copied) {
    for (size_t i = 0; i < TUNES; i++)
        hear(x, i, copied && i == TO ? 0 : i, t);
    player_step(&x->player);
}

/* It goes on as the original, to the last bit; the others do not notice. */
static void test_copy(void **state) {
    (void)state;
    struct playing *x = calloc(1, sizeof *x), *y = calloc(1, sizeof *y);
    assert_true(x && y);
    begin(x, 1);
    begin(y, 1);
    int likened = 0;
    for (size_t t = 0; t + 1 < STEPS; t++) {
        if (t == AT)
            copy(x);
        step(x, t, t >= AT);
        step(y, t, 0);
        for (size_t i = 0; i < TO; i++)
            assert_true(says_the_same(x, i, y, i, t));
        assert_int_equal(says_the_same(x, TO, x, 0, t), t >= AT);
        assert_int_equal(says_the_same(x, TO, y, TO, t), t < AT);
        if (t >= AT) {
            assert_memory_equal(&x->player.state[TO], &x->player.state[0],
                                sizeof *x->player.state);
            assert_int_equal(player_sounding(&x->player, TO),
                             player_sounding(&x->player, 0));
        }
        likened += x->player.state[0].best_lag > 0;
    }
    assert_true(likened > 20); /* there was something to remember */
    player_free(&x->player);
    player_free(&y->player);
    free(x);
    free(y);
}

/* Nor where it does not go on as the original did: two ways from one past. */
static void test_fork(void **state) {
    (void)state;
    struct playing *x = calloc(1, sizeof *x);
    int differ = 0;
    assert_non_null(x);
    begin(x, 2);
    for (size_t t = 0; t + 1 < STEPS; t++) {
        if (t == AT) {
            copy(x);
            x->melody[TO][AT + 5] = x->melody[0][AT + 5] == 9 ? 10 : 9;
        }
        step(x, t, 0);
        x->form[TO] = x->form[0];
        int same = says_the_same(x, TO, x, 0, t);
        differ += t >= AT && !same;
    }
    assert_true(differ > 40);
    player_free(&x->player);
    free(x);
}

static int set_up(void **state) {
    (void)state;
    const struct features on = toy_all_features();
    struct model_config c = {.cell = CELL_LSTM,
                             .heads = HEADS_FACTORED,
                             .layers = 2,
                             .hidden = 19,
                             .project = 7};
    if (mat_use(MAT_KERNEL, NULL))
        mat_use(MAT_PLAIN, NULL); /* the BLAS may add in any order */
    toy_dataset(&tunes, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 5);
    assert_ok(toy_model(&model, &tunes, &c, &on, e));
    model_randomize(&model.model, 3, 0.6, 1);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    checkpoint_free(&model);
    dataset_free(&tunes);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_fork),
    };
    return cmocka_run_group_tests_name("player", tests, set_up, tear_down);
}
