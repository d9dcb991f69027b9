/* What a melody says of its chords: counted, by hand, and kept in a model.
 * SPDX-License-Identifier: MIT */
#include "nott/player/evidence.h"

#include <math.h>

#include "handmade.h"

static struct vocabulary words;
static struct context context;

static int setup(void **state) {
    (void)state;
    toy_vocabulary(&words, ENCODING_ATTACK);
    struct features on = toy_all_features();
    context_init(&context, &on, &words);
    return 0;
}

static void add(struct evidence *x, const struct tune *t) {
    struct tune_view v = {.melody = t->melody,
                          .chord = t->has_chords ? t->chord : NULL,
                          .header = t->frame.header,
                          .steps = t->steps};
    evidence_add(x, &context, &v);
}

static double score(const struct evidence *x, const struct tune *t, size_t k,
                    int sounding) {
    return evidence_score(x, &context, &t->frame.header, k, sounding,
                          t->chord[k]);
}

/* Two C on the beats of the chord, two D between them: of 4 steps on beats and
 * 4 between, with two of every degree seen beforehand. */
static void test_counts(void **state) {
    (void)state;
    struct tune t;
    struct evidence x;
    const struct vocabulary *v = &words;
    hand_tune(&t, v, 0, "CDDDCDDD", "C");
    assert_ok(evidence_begin(&x, &context, e));
    add(&x, &t);
    evidence_end(&x);
    int c = vocabulary_melody(v, 60), d = vocabulary_melody(v, 62);
    int high = vocabulary_melody(v, 72);
    assert_near_value(score(&x, &t, 0, c), log(4. / 26), 0, 1e-6);
    assert_near_value(score(&x, &t, 0, high), log(4. / 26), 0, 1e-6);
    assert_near_value(score(&x, &t, 0, d), log(2. / 26), 0, 1e-6);
    assert_near_value(score(&x, &t, 1, d), log(8. / 30), 0, 1e-6);
    assert_near_value(score(&x, &t, 1, c), log(2. / 30), 0, 1e-6);
    assert_true(score(&x, &t, 0, vocabulary_rest(v)) == 0);
    evidence_free(&x);
    tune_free(&t);
}

/* What is held sounds on; what has no chords, or no key, says nothing. */
static void test_nothing(void **state) {
    (void)state;
    struct tune t;
    struct evidence x;
    const struct vocabulary *v = &words;
    int c = vocabulary_melody(v, 60);
    assert_ok(evidence_begin(&x, &context, e));
    hand_tune(&t, v, 0, "C-------", "C");
    add(&x, &t);
    t.has_chords = 0;
    add(&x, &t);
    t.has_chords = 1;
    t.frame.header.key = TUNE_KEY_UNKNOWN;
    add(&x, &t);
    evidence_end(&x);
    assert_true(score(&x, &t, 0, c) == 0);
    t.frame.header.key = 0;
    assert_near_value(score(&x, &t, 0, c), log(4. / 26), 0, 1e-6);
    assert_near_value(score(&x, &t, 1, c), log(8. / 30), 0, 1e-6);
    assert_near_value(evidence_score(&x, &context, &t.frame.header, 0, c, 0),
                      log(1. / 12), 0, 1e-3);
    evidence_free(&x);
    assert_true(score(&x, &t, 0, c) == 0);
    tune_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
