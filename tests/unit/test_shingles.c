/* Stretches of training tunes are found again. SPDX-License-Identifier: MIT */
#include "nott/player/shingles.h"

#include "composed.h"
#include "nott/music/contour.h"

enum { STEPS = 300, TUNES = 4, FEW = 3 /* classes that are drawn from */ };

static struct vocabulary words;

static int setup(void **state) {
    (void)state;
    toy_vocabulary(&words, ENCODING_ATTACK);
    return 0;
}

/* Few notes, so that short stretches are found by chance. */
static void draw(uint8_t *melody, uint64_t seed) {
    struct rng r;
    rng_seed(&r, seed, 3);
    for (size_t t = 0; t < STEPS; t++) {
        size_t k = rng_below(&r, FEW + 1);
        melody[t] =
            (uint8_t)(k == FEW ? MELODY_HOLD
                               : vocabulary_melody(&words, 60 + 2 * (int)k));
    }
    melody[0] = (uint8_t)vocabulary_melody(&words, 60);
}

/* With so much room that nothing is found that is not there. */
static void learn(struct shingles *x, uint8_t tunes[TUNES][STEPS]) {
    assert_ok(shingles_begin(x, 100 * TUNES * STEPS, e));
    for (size_t i = 0; i < TUNES; i++) {
        draw(tunes[i], i);
        shingles_add(x, &words, tunes[i], STEPS);
    }
}

/* ---- the same by hand ---- */

static void contour(const uint8_t *melody, uint16_t *out) {
    int last = -1;
    for (size_t t = 1; t < STEPS; t++)
        out[t] = contour_step(
            vocabulary_pitch(&words,
                             vocabulary_sounding(&words, melody, t - 1)),
            vocabulary_pitch(&words, vocabulary_sounding(&words, melody, t)),
            vocabulary_struck(&words, melody, t) >= 0, &last);
}

static size_t longest_common(const uint8_t *a, const uint8_t *b) {
    uint16_t x[STEPS], y[STEPS];
    size_t longest = 0;
    contour(a, x);
    contour(b, y);
    for (size_t i = 1; i < STEPS; i++)
        for (size_t k = 1; k < STEPS; k++) {
            size_t n = 0;
            while (i + n < STEPS && k + n < STEPS && x[i + n] == y[k + n])
                n++;
            longest = n > longest ? n : longest;
        }
    return longest + 1; /* steps that are held together */
}

/* ---- tests ---- */

/* A training tune is found whole, a tone higher as well. */
static void test_found(void **state) {
    (void)state;
    struct shingles x;
    uint8_t tunes[TUNES][STEPS];
    learn(&x, tunes);
    for (size_t i = 0; i < TUNES; i++) {
        assert_int_equal(shingles_run(&x, &words, tunes[i], 1, 0, STEPS),
                         STEPS);
        for (size_t t = 0; t < STEPS; t++) {
            int pitch = vocabulary_pitch(&words, tunes[i][t]);
            if (pitch >= 0)
                tunes[i][t] = (uint8_t)vocabulary_melody(&words, pitch + 2);
        }
        assert_int_equal(shingles_run(&x, &words, tunes[i], 1, 0, STEPS),
                         STEPS);
    }
    shingles_free(&x);
}

/* New tunes with a stretch of a training tune in them: as long as it is. */
static void test_longest(void **state) {
    (void)state;
    struct shingles x;
    uint8_t tunes[TUNES][STEPS], new[STEPS];
    int found = 0;
    learn(&x, tunes);
    for (uint64_t seed = 0; seed < 40; seed++) {
        size_t n = 10 + seed, longest = 0;
        draw(new, 100 + seed);
        memcpy(new + 50, tunes[seed % TUNES] + 7 * seed % 200, n);
        for (size_t i = 0; i < TUNES; i++) {
            size_t one = longest_common(new, tunes[i]);
            longest = one > longest ? one : longest;
        }
        size_t run = shingles_run(&x, &words, new, 1, 0, STEPS);
        assert_int_equal(run, longest < SHINGLE_STEPS ? 0 : longest);
        found += run > 0;
    }
    assert_true(found > 20 && found < 40);
    shingles_free(&x);
}

/* Of stretches that end elsewhere nothing is said. */
static void test_where(void **state) {
    (void)state;
    struct shingles x;
    uint8_t tunes[TUNES][STEPS], new[STEPS];
    learn(&x, tunes);
    draw(new, 77);
    memcpy(new + 100, tunes[0] + 40, 60);
    size_t run = shingles_run(&x, &words, new, 1, 0, STEPS);
    assert_true(run >= 60 && run < 71);
    assert_int_equal(shingles_run(&x, &words, new, 1, 0, 100), 0);
    assert_int_equal(shingles_run(&x, &words, new, 1, 170, STEPS), 0);
    assert_in_range(shingles_run(&x, &words, new, 1, 130, 131), 30, 41);
    assert_in_range(shingles_run(&x, &words, new, 120, 120, STEPS), 41, 51);
    assert_int_equal(shingles_run(&x, &words, new, 120, 120, 120 + 14), 0);
    assert_int_equal(
        shingles_run(&x, &words, tunes[0], 1, 0, SHINGLE_STEPS - 1), 0);
    assert_int_equal(shingles_run(&x, &words, tunes[0], 1, 0, SHINGLE_STEPS),
                     SHINGLE_STEPS);
    shingles_free(&x);
    assert_int_equal(shingles_run(&x, &words, tunes[0], 1, 0, STEPS), 0);
}

static void test_fit(void **state) {
    (void)state;
    struct shingles x;
    assert_ok(shingles_begin(&x, 0, e));
    assert_true(shingles_fit(x.bytes));
    shingles_free(&x);
    assert_ok(shingles_begin(&x, 1000, e));
    assert_int_equal(x.bytes, 1024);
    assert_true(shingles_fit(x.bytes));
    shingles_free(&x);
    assert_false(shingles_fit(0));
    assert_false(shingles_fit(32));
    assert_false(shingles_fit(1000));
}

/* In a filter of the usual size hardly anything else is found. */
static void test_others(void **state) {
    (void)state;
    struct shingles x;
    uint8_t tune[STEPS];
    int found = 0;
    assert_ok(shingles_begin(&x, TUNES * STEPS, e));
    for (uint64_t seed = 0; seed < TUNES; seed++) {
        draw(tune, seed);
        shingles_add(&x, &words, tune, STEPS);
    }
    for (uint64_t seed = 100; seed < 140; seed++) {
        draw(tune, seed);
        for (size_t t = SHINGLE_STEPS; t < STEPS; t++)
            found += shingles_run(&x, &words, tune, 1, t, t + 1) > 0;
    }
    assert_true(found < 40 * STEPS / 50);
    shingles_free(&x);
}

/* A model keeps them, and one with half a filter is refused. */
static void test_in_a_model(void **state) {
    (void)state;
    struct checkpoint m, again;
    uint8_t tunes[TUNES][STEPS];
    char folder[200], path[220];
    toy_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/m.safetensors", folder);
    composed_model(&m, 6, 0.5);
    learn(&m.shingles, tunes);
    assert_ok(checkpoint_save(&m, NULL, path, e));
    assert_ok(checkpoint_load(&again, path, NULL, e));
    assert_int_equal(again.shingles.bytes, m.shingles.bytes);
    assert_memory_equal(again.shingles.filter, m.shingles.filter,
                        m.shingles.bytes);
    checkpoint_free(&again);
    m.shingles.bytes -= 8;
    assert_ok(checkpoint_save(&m, NULL, path, e));
    assert_refused(checkpoint_load(&again, path, NULL, e), ERR_FORMAT);
    checkpoint_free(&m);
    toy_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),  cmocka_unit_test(test_longest),
        cmocka_unit_test(test_where),  cmocka_unit_test(test_fit),
        cmocka_unit_test(test_others), cmocka_unit_test(test_in_a_model),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
