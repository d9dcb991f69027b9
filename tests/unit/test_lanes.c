/* Several ways for one tune to go on. SPDX-License-Identifier: MIT */
#include "compose/lanes.h"

#include "composed.h"

enum { LANES = 7, BARS = 4 };

static struct checkpoint model;
static struct sampling how;

/* A lane as it should be: copied in the plainest way. */
struct copy {
    struct tune tune;
    double nats;
    struct rng rng;
};

static void copy_lanes(struct copy list[LANES], const struct lanes *x) {
    for (size_t k = 0; k < LANES; k++) {
        assert_ok(tune_copy(&list[k].tune, &x->tune[k], e));
        list[k].nats = x->list[k].nats;
        list[k].rng = x->list[k].rng;
    }
}

static void free_copies(struct copy list[LANES]) {
    for (size_t k = 0; k < LANES; k++)
        tune_free(&list[k].tune);
}

/* The lanes are those of the sources, each of which stays where it was. */
static void check_order(const struct lanes *x, const size_t wanted[LANES]) {
    size_t now[LANES] = {0}, then[LANES] = {0};
    for (size_t k = 0; k < LANES; k++) {
        assert_true(x->source[k] < LANES);
        now[x->source[k]]++;
        then[wanted[k]]++;
    }
    assert_memory_equal(now, then, sizeof now);
    for (size_t k = 0; k < LANES; k++)
        if (then[k])
            assert_int_equal(x->source[k], k);
}

/* What the network says of the chord of step t, after it has heard all before.
 */
static void hear_alone(const struct copy *c, const struct sampled *like,
                       size_t t, real *score) {
    struct ensemble one;
    struct tune tune = c->tune;
    struct sampled s = *like;
    uint8_t barred[PLAYER_CLASSES];
    s.tune = &tune;
    assert_ok(ensemble_open(&one, &model, &s, 1, &how, e));
    for (size_t k = 1; k <= t; k++)
        ensemble_listen(&one, k);
    ensemble_chords(&one, 0, t, barred, score);
    ensemble_close(&one);
}

static void check_lane(struct lanes *x, size_t k, const struct copy *want,
                       size_t t) {
    real score[PLAYER_CLASSES], alone[PLAYER_CLASSES];
    uint8_t barred[PLAYER_CLASSES];
    assert_memory_equal(x->tune[k].melody, want->tune.melody, t);
    assert_memory_equal(x->tune[k].chord, want->tune.chord, t);
    assert_true(x->list[k].nats == want->nats);
    assert_ptr_equal(x->list[k].tune, &x->tune[k]);
    ensemble_chords(&x->all, k, t, barred, score);
    hear_alone(want, &x->list[k], t, alone);
    assert_memory_equal(score, alone,
                        model.model.config.classes[OUT_CHORD] * sizeof(real));
}

/* Regroups before step t, which is then heard. */
static void regroup(struct lanes *x, const size_t wanted[LANES], size_t t) {
    struct copy before[LANES];
    copy_lanes(before, x);
    memcpy(x->source, wanted, LANES * sizeof *wanted);
    lanes_regroup(x, t);
    check_order(x, wanted);
    for (size_t k = 0; k < LANES; k++) /* each draws on by itself */
        assert_memory_equal(&x->list[k].rng, &before[k].rng,
                            sizeof(struct rng));
    ensemble_listen(&x->all, t);
    for (size_t k = 0; k < LANES; k++)
        check_lane(x, k, &before[x->source[k]], t);
    free_copies(before);
}

static void begin(struct lanes *x, struct composed *c, uint64_t seed) {
    composed_begin(c, &model, BARS, seed);
    assert_ok(lanes_open(x, LANES, &model, &c->made, &how, e));
}

static void try_sources(const size_t wanted[LANES], uint64_t seed) {
    struct lanes x;
    struct composed c;
    begin(&x, &c, seed);
    for (size_t t = 1; t < 10; t++)
        ensemble_step(&x.all, t);
    regroup(&x, wanted, 10);
    lanes_close(&x);
    tune_free(&c.tune);
}

static void test_sources(void **state) {
    (void)state;
    static const size_t list[][LANES] = {
        {0, 1, 2, 3, 4, 5, 6}, {6, 5, 4, 3, 2, 1, 0}, {1, 2, 3, 4, 5, 6, 0},
        {0, 0, 0, 0, 0, 0, 0}, {6, 6, 6, 6, 6, 6, 6}, {3, 3, 3, 3, 3, 3, 3},
        {1, 1, 2, 2, 3, 3, 4}, {6, 0, 6, 0, 6, 0, 6}, {5, 5, 5, 1, 1, 1, 1}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        try_sources(list[i], i);
}

/* Again and again within a tune, by any sources. */
static void test_random_sources(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 3, 0);
    for (uint64_t seed = 0; seed < 5; seed++) {
        struct lanes x;
        struct composed c;
        size_t t = 1, wanted[LANES];
        begin(&x, &c, seed);
        while (t < c.tune.steps) {
            if (rng_below(&r, 3)) {
                ensemble_step(&x.all, t++);
                continue;
            }
            for (size_t k = 0; k < LANES; k++)
                wanted[k] = rng_below(&r, 1 + rng_below(&r, LANES));
            regroup(&x, wanted, t);
            for (size_t k = 0; k < LANES; k++) { /* the step that is due */
                x.tune[k].melody[t] = (uint8_t)(2 + rng_below(&r, 20));
                x.tune[k].chord[t] = (uint8_t)rng_below(&r, 4);
            }
            t++;
        }
        lanes_close(&x);
        tune_free(&c.tune);
    }
}

/* They begin as the tune does, and each goes on in its own way. */
static void test_open(void **state) {
    (void)state;
    struct lanes x;
    struct composed c;
    int differ = 0;
    begin(&x, &c, 4);
    for (size_t k = 0; k < LANES; k++) {
        assert_int_equal(x.tune[k].steps, c.tune.steps);
        assert_int_equal(x.tune[k].melody[0], c.tune.melody[0]);
        assert_int_equal(x.tune[k].has_chords, c.tune.has_chords);
        assert_true(x.weight[k] == 0);
    }
    for (size_t t = 1; t < c.tune.steps; t++)
        ensemble_step(&x.all, t);
    for (size_t k = 1; k < LANES; k++)
        differ += !composed_same(&x.tune[0], &x.tune[k]);
    assert_int_equal(differ, LANES - 1);
    lanes_finish(&x, &c.made, 3);
    assert_true(composed_same(&c.tune, &x.tune[3]));
    assert_true(c.made.nats == x.list[3].nats);
    lanes_close(&x);
    tune_free(&c.tune);
}

static int set_up(void **state) {
    (void)state;
    composed_exact();
    composed_model(&model, 6, 1);
    how = composed_how(LANES);
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
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_random_sources),
    };
    return cmocka_run_group_tests_name("lanes", tests, set_up, tear_down);
}
