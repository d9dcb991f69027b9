/* The n-gram baseline by hand and against a plain count.
 * SPDX-License-Identifier: MIT */
#include "nott/learn/markov.h"

#include "toydata.h"

/* ---- by hand ---- */

/* Three melody classes (rest, hold, one pitch), two chords. */
static void small_dataset(struct dataset *d, const struct toy_tune *list,
                          size_t tunes) {
    static const char *const names[] = {"N.C.", "C"};
    toy_dataset(d, ENCODING_ATTACK, list, tunes, 1);
    d->vocabulary.melody_count = 3;
    toy_chords(&d->vocabulary, names, 2);
    memset(d->melody, 0, d->steps);
    memset(d->chord, 0, d->steps);
}

static void one_tune(struct dataset *d) {
    static const struct toy_tune list[] = {
        {5, SPLIT_TRAIN}, {40, SPLIT_VALID}, {40, SPLIT_TEST}};
    static const uint8_t chord[] = {0, 1, 1, 0, 1};
    small_dataset(d, list, 3);
    memcpy(d->chord, chord, 5);
    memset(d->melody + 5, 2, 80); /* must not be counted */
}

/* Each target after the chord before it: 1|0 1|1 0|1 1|0; the melody rests. */
static void test_by_hand(void **state) {
    (void)state;
    struct dataset d;
    struct markov m;
    const uint8_t rest[] = {0, 0, 0}, *none = rest;
    const uint8_t c01[] = {0, 1}, c11[] = {1, 1}, c10[] = {1, 0};
    double p[3];
    one_tune(&d);
    assert_ok(markov_train(&m, &d, 1, e));
    /* four targets, three of them 1, two kinds: (3 + 2/2) / (4 + 2) */
    markov_predict(&m, OUT_CHORD, none, c01, 1, p);
    assert_near_value(p[1], 2.0 / 3, 1e-15, 0);
    assert_near_value(p[0], 1.0 / 3, 1e-15, 0);
    markov_predict(&m, OUT_CHORD, none, c11, 1, p); /* no context */
    assert_near_value(p[1], 2.0 / 3, 1e-15, 0);
    /* over chord 1: three rests, one kind: (3 + 1/3) / 4 */
    markov_predict(&m, OUT_MELODY, none, c01, 1, p);
    assert_near_value(p[0], 5.0 / 6, 1e-15, 0);
    assert_near_value(p[1], 1.0 / 12, 1e-15, 0);
    /* over chord 0: one rest */
    markov_predict(&m, OUT_MELODY, none, c10, 1, p);
    assert_near_value(p[0], 2.0 / 3, 1e-15, 0);
    assert_near_value(p[2], 1.0 / 6, 1e-15, 0);
    markov_free(&m);
    assert_ok(markov_train(&m, &d, 2, e));
    /* after 0: twice 1: (2 + 2/3) / 3 */
    markov_predict(&m, OUT_CHORD, none, c01, 1, p);
    assert_near_value(p[1], 8.0 / 9, 1e-15, 0);
    assert_near_value(p[0], 1.0 / 9, 1e-15, 0);
    /* after 1: once each: (1 + 2 * 2/3) / 4 */
    markov_predict(&m, OUT_CHORD, none, c11, 1, p);
    assert_near_value(p[1], 7.0 / 12, 1e-15, 0);
    /* after 0, over 1: two rests: (2 + 5/6) / 3 */
    markov_predict(&m, OUT_MELODY, none, c01, 1, p);
    assert_near_value(p[0], 17.0 / 18, 1e-15, 0);
    /* a melody that never was: the shorter context alone */
    const uint8_t strange[] = {2, 2};
    markov_predict(&m, OUT_CHORD, strange, c01, 1, p);
    assert_near_value(p[1], 2.0 / 3, 1e-15, 0);
    markov_free(&m);
    dataset_free(&d);
}

static void test_evaluate_by_hand(void **state) {
    (void)state;
    struct dataset d;
    struct markov m;
    struct tally t;
    one_tune(&d);
    assert_ok(markov_train(&m, &d, 2, e));
    markov_evaluate(&m, &d, SPLIT_TRAIN, &t);
    const struct sums *c = &t.all[OUT_CHORD];
    assert_true(c->steps == 4 && c->correct == 3);
    assert_near_value(c->p_target, 2 * 8.0 / 9 + 7.0 / 12 + 5.0 / 12, 1e-12, 0);
    assert_near_value(
        c->nats, -2 * log(8.0 / 9) - log(7.0 / 12) - log(5.0 / 12), 1e-12, 0);
    c = &t.change[OUT_CHORD];
    assert_true(c->steps == 3 && c->correct == 2);
    assert_true(t.all[OUT_MELODY].steps == 4 && t.all[OUT_MELODY].correct == 4);
    assert_true(t.change[OUT_MELODY].steps == 0);
    markov_evaluate(&m, &d, SPLIT_VALID, &t);
    assert_true(t.all[OUT_MELODY].steps == 39 &&
                t.all[OUT_MELODY].correct == 0);
    markov_free(&m);
    dataset_free(&d);
}

/* ---- baselines ---- */

static void test_previous(void **state) {
    (void)state;
    static const struct toy_tune list[] = {{3, SPLIT_TRAIN}, {7, SPLIT_VALID}};
    static const uint8_t melody[] = {0, 0, 2, 1, 1, 2, 0};
    static const uint8_t chord[] = {0, 1, 1, 1, 0, 0, 0};
    struct dataset d;
    struct tally t;
    small_dataset(&d, list, 2);
    memcpy(d.melody + 3, melody, 7);
    memcpy(d.chord + 3, chord, 7);
    evaluate_previous(&d, SPLIT_VALID, &t);
    const struct sums *m = &t.all[OUT_MELODY], *c = &t.all[OUT_CHORD];
    assert_true(m->steps == 6 && m->correct == 3 && m->p_target == 3);
    assert_true(isinf(m->nats) && m->nats > 0);
    assert_true(c->steps == 6 && c->correct == 4 && c->p_target == 4);
    assert_true(t.change[OUT_MELODY].steps == 3);
    assert_true(t.change[OUT_MELODY].correct == 0);
    assert_true(t.change[OUT_CHORD].steps == 2);
    evaluate_previous(&d, SPLIT_TRAIN, &t); /* nothing moves there */
    assert_true(t.all[OUT_CHORD].correct == 2 && t.all[OUT_CHORD].nats == 0);
    dataset_free(&d);
}

static void test_unigram(void **state) {
    (void)state;
    static const struct toy_tune list[] = {{6, SPLIT_TRAIN}, {4, SPLIT_VALID}};
    static const uint8_t train[] = {0, 1, 1, 0, 1, 1};
    static const uint8_t valid[] = {0, 1, 2, 1};
    struct dataset d;
    struct tally t;
    small_dataset(&d, list, 2);
    memcpy(d.melody, train, 6); /* 2 : 4 : none, which counts as one */
    memcpy(d.melody + 6, valid, 4);
    evaluate_unigram(&d, SPLIT_VALID, &t);
    const struct sums *m = &t.all[OUT_MELODY], *c = &t.all[OUT_CHORD];
    assert_true(m->steps == 3 && m->correct == 2);
    assert_near_value(m->nats, -2 * log(4.0 / 7) - log(1.0 / 7), 1e-12, 0);
    assert_near_value(m->p_target, 9.0 / 7, 1e-12, 0);
    assert_true(c->steps == 3 && c->correct == 3);
    assert_near_value(c->p_target, 3 * 6.0 / 7, 1e-12, 0);
    dataset_free(&d);
}

/* ---- against plain counting ---- */

static const uint8_t *voice(const struct dataset *d, int k) {
    return k == OUT_MELODY ? d->melody : d->chord;
}

/* The share of class x at step `at` (in the dataset) of a tune that began at
 * `start`, by a context of n steps, by the definition. */
static double plain(const struct dataset *d, int k, size_t start, size_t at,
                    int n, int K, int x) {
    static int seen[256];
    if (n < 0)
        return 1.0 / K;
    double shorter = plain(d, k, start, at, n - 1, K, x);
    double all = 0, one = 0, distinct = 0;
    memset(seen, 0, sizeof seen);
    if (at - start < (size_t)n)
        return shorter;
    for (size_t s = 0; s < d->tunes; s++)
        for (size_t t = (size_t)d->offset[s] + (n > 0 ? (size_t)n : 1);
             d->split[s] == SPLIT_TRAIN && t < (size_t)d->offset[s + 1]; t++) {
            size_t w = (size_t)n;
            if (memcmp(d->melody + t - w, d->melody + at - w, w) != 0 ||
                memcmp(d->chord + t - w, d->chord + at - w, w) != 0 ||
                (k == OUT_MELODY && d->chord[t] != d->chord[at]))
                continue;
            all++;
            one += voice(d, k)[t] == x;
            distinct += !seen[voice(d, k)[t]]++;
        }
    return all > 0 ? (one + distinct * shorter) / (all + distinct) : shorter;
}

static void check_tune(const struct markov *m, const struct dataset *d,
                       size_t s, int *known) {
    size_t start = (size_t)d->offset[s];
    for (size_t t = 1; t < toy_steps(d, s); t++)
        for (int k = 0; k < OUTPUTS; k++) {
            int K = k == OUT_MELODY ? d->vocabulary.melody_count
                                    : d->vocabulary.chord_count;
            double p[256], sum = 0;
            markov_predict(m, (enum model_output)k, d->melody + start,
                           d->chord + start, t, p);
            for (int x = 0; x < K; x++) {
                assert_true(p[x] > 0);
                sum += p[x];
            }
            assert_near_value(sum, 1, 1e-12, 0);
            int x = voice(d, k)[start + t];
            *known += p[x] > 0.5;
            assert_near_value(p[x],
                              plain(d, k, start, start + t, m->order - 1, K, x),
                              1e-12, 0);
        }
}

static void test_plain_counts(void **state) {
    (void)state;
    for (int order = 1; order <= MARKOV_MAX_ORDER; order += 1 + order / 4) {
        struct dataset d;
        struct markov m;
        int known = 0;
        toy_dataset(&d, order % 2 ? ENCODING_ATTACK : ENCODING_CLASSIC,
                    toy_tunes, TOY_TUNES, 8);
        assert_ok(markov_train(&m, &d, order, e));
        for (size_t s = 0; s < d.tunes; s++)
            if (s != 3) /* the long one; its steps are among the counts */
                check_tune(&m, &d, s, &known);
        assert_true(order == 1 || known > 100);
        markov_free(&m);
        dataset_free(&d);
    }
}

/* Nothing but the training tunes counts, and each begins anew. */
static void test_training_only(void **state) {
    (void)state;
    struct dataset d;
    struct markov a, b;
    struct tally x, y;
    toy_dataset(&d, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 8);
    assert_ok(markov_train(&a, &d, 4, e));
    markov_evaluate(&a, &d, SPLIT_TRAIN, &x);
    for (size_t s = 0; s < d.tunes; s++)
        if (d.split[s] != SPLIT_TRAIN)
            memset(d.melody + d.offset[s], 9, toy_steps(&d, s));
    assert_ok(markov_train(&b, &d, 4, e));
    markov_evaluate(&b, &d, SPLIT_TRAIN, &y);
    assert_memory_equal(&x, &y, sizeof x);
    assert_int_equal(a.count, b.count);
    markov_free(&a);
    markov_free(&b);
    dataset_free(&d);
}

/* A melody alone is predicted from itself, by tunes with chords as well; those
 * with chords are predicted as if it were not there. */
static void test_unknown_chords(void **state) {
    (void)state;
    static const struct toy_tune list[] = {
        {5, SPLIT_TRAIN}, {5, SPLIT_TRAIN}, {4, SPLIT_VALID}};
    static const uint8_t melody[] = {0, 2, 1, 2, 1, 0, 0, 2, 0, 0};
    static const uint8_t chord[] = {0, 1, 1, 0, 1};
    struct dataset d;
    struct markov with, m;
    struct tally t;
    double p[3], q[3];
    small_dataset(&d, list, 3);
    memcpy(d.melody, melody, 10);
    memcpy(d.chord, chord, 5);
    d.split[1] = SPLIT_TEST;
    assert_ok(markov_train(&with, &d, 2, e));
    d.split[1] = SPLIT_TRAIN;
    toy_hide_chords(&d, 1);
    toy_hide_chords(&d, 2);
    assert_ok(markov_train(&m, &d, 2, e));
    for (int k = 0; k < OUTPUTS; k++)
        for (size_t at = 1; at < 5; at++) {
            markov_predict(&with, (enum model_output)k, d.melody, d.chord, at,
                           p);
            markov_predict(&m, (enum model_output)k, d.melody, d.chord, at, q);
            for (int x = 0; x < (k == OUT_MELODY ? 3 : 2); x++)
                assert_true(p[x] == q[x]);
        }
    /* of eight targets 2 1 2 1, 0 2 0 0 are three 0, three 2 and two 1; after
     * 0 come 2, 0, 2, 0 */
    double one = (3 + 3.0 / 3) / (8 + 3), none = (2 + 3.0 / 3) / (8 + 3);
    markov_predict(&m, OUT_MELODY, d.melody + 5, NULL, 1, p);
    assert_near_value(p[0], (2 + 2 * one) / 6, 1e-12, 0);
    assert_near_value(p[2], (2 + 2 * one) / 6, 1e-12, 0);
    assert_near_value(p[1], 2 * none / 6, 1e-12, 0);
    markov_evaluate(&m, &d, SPLIT_VALID, &t); /* it rests */
    assert_true(t.all[OUT_MELODY].steps == 3 && t.all[OUT_CHORD].steps == 0);
    assert_near_value(t.all[OUT_MELODY].p_target, 3 * p[0], 1e-12, 0);
    markov_free(&with);
    markov_free(&m);
    dataset_free(&d);
}

/* Without a training tune all is possible alike. */
static void test_no_training(void **state) {
    (void)state;
    static const struct toy_tune list[] = {{20, SPLIT_VALID}};
    struct dataset d;
    struct markov m;
    struct tally t;
    toy_dataset(&d, ENCODING_ATTACK, list, 1, 1);
    assert_ok(markov_train(&m, &d, 3, e));
    markov_evaluate(&m, &d, SPLIT_VALID, &t);
    assert_near_value(t.all[OUT_CHORD].nats, 19 * log(13), 1e-9, 0);
    assert_near_value(t.all[OUT_MELODY].nats, 19 * log(26), 1e-9, 0);
    markov_free(&m);
    dataset_free(&d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_evaluate_by_hand),
        cmocka_unit_test(test_previous),
        cmocka_unit_test(test_unigram),
        cmocka_unit_test(test_plain_counts),
        cmocka_unit_test(test_training_only),
        cmocka_unit_test(test_unknown_chords),
        cmocka_unit_test(test_no_training),
    };
    return cmocka_run_group_tests_name("markov", tests, NULL, NULL);
}
