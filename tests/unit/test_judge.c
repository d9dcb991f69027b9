/* The judge: AUC by hand, sets that differ and sets that do not.
 * SPDX-License-Identifier: MIT */
#include "nott/judge/judge.h"

#include "near.h"
#include "nott/base/rng.h"
#include "nott/judge/measure.h"
#include "toydata.h"

/* ---- AUC ---- */

static struct judge_auc auc(const double *score, const char *kinds) {
    struct judge_auc out;
    unsigned char y[64];
    size_t n = strlen(kinds);
    for (size_t i = 0; i < n; i++)
        y[i] = kinds[i] == '1';
    assert_ok(judge_score(score, y, n, &out, e));
    return out;
}

static void test_auc(void **state) {
    (void)state;
    const double s[] = {1, 2, 3, 4, 5, 6}, equal[] = {2, 2, 2, 2, 2, 2};
    assert_true(auc(s, "000111").auc == 1);
    assert_true(auc(s, "111000").auc == 0);
    assert_near_value(auc(s, "001011").auc, 8.0 / 9, 1e-12, 0);
    assert_near_value(auc(s, "010100").auc, 3.0 / 8, 1e-12, 0);
    assert_true(auc(equal, "010011").auc == 0.5);
    assert_true(isnan(auc(s, "000").auc) && isnan(auc(s, "").auc));
    struct judge_auc sure = auc(s, "000111");
    assert_true(sure.low == 1 && sure.high == 1);
}

/* With half the tunes the interval is wider, by the root of 2 or so; it is
 * where it should be by Hanley & McNeil 1982: the deviation of a true AUC of
 * 0.5 from n of each is near sqrt((2 n + 1) / (12 n^2)). */
static void test_interval(void **state) {
    (void)state;
    enum { N = 400 };
    double score[N];
    unsigned char y[N];
    struct judge_auc all, half, again;
    struct rng rng;
    rng_seed(&rng, 5, 0);
    for (int i = 0; i < N; i++) {
        score[i] = rng_uniform(&rng);
        y[i] = i % 2;
    }
    assert_ok(judge_score(score, y, N, &all, e));
    assert_ok(judge_score(score, y, N, &again, e));
    assert_ok(judge_score(score, y, N / 2, &half, e));
    assert_true(all.low < all.auc && all.auc < all.high);
    assert_memory_equal(&all, &again, sizeof all);
    assert_near_value((half.high - half.low) / (all.high - all.low), sqrt(2),
                      0.2, 0);
    assert_near_value(all.high - all.low,
                      2 * 1.96 * sqrt(401.0 / (12 * 200.0 * 200.0)), 0.02, 0);
}

/* ---- sets ---- */

/* Tunes of noise in all traits; trait `which` has `more` in it. */
static void noise(struct traits *x, size_t n, uint64_t seed, size_t which,
                  double more) {
    struct rng rng;
    size_t width = traits_width();
    rng_seed(&rng, seed, 0);
    x->tunes = n;
    x->value = calloc(n * width, sizeof *x->value);
    assert_non_null(x->value);
    for (size_t i = 0; i < n; i++)
        for (size_t t = 0; t < width; t++)
            x->value[i * width + t] =
                rng_uniform(&rng) + (t == which ? more : 0);
}

static void test_sets(void **state) {
    (void)state;
    struct traits a, b;
    struct judge_verdict v, again;
    noise(&a, 150, 1, 7, 0.7);
    noise(&b, 100, 2, 7, 0);
    assert_ok(judge_sets(&a, &b, &v, e));
    assert_int_equal(v.count, traits_width());
    assert_int_equal(v.traits[0].trait, 7);
    assert_near_value(v.traits[0].auc, 1 - 0.3 * 0.3 / 2, 0.03, 0);
    assert_near_value(v.traits[0].mean[0] - v.traits[0].mean[1], 0.7, 0.1, 0);
    for (size_t i = 1; i < v.count; i++)
        assert_true(fabs(v.traits[i].auc - 0.5) <=
                    fabs(v.traits[i - 1].auc - 0.5));
    assert_true(v.by[JUDGE_LOGISTIC].auc > 0.75);
    assert_true(v.by[JUDGE_STUMPS].auc > 0.9);
    assert_ok(judge_sets(&a, &b, &again, e));
    assert_memory_equal(v.by, again.by, sizeof v.by);
    judge_free(&v);
    judge_free(&again);
    traits_free(&a);
    traits_free(&b);
}

/* Learners are asked about tunes that they have not seen: else they would know
 * all of these, which have nothing in common. */
static void test_noise(void **state) {
    (void)state;
    struct traits a, b;
    struct judge_verdict v;
    noise(&a, 120, 1, 0, 0);
    noise(&b, 120, 2, 0, 0);
    assert_ok(judge_sets(&a, &b, &v, e));
    for (int k = 0; k < JUDGE_LEARNERS; k++)
        assert_near_value(v.by[k].auc, 0.5, 0.1, 0);
    judge_free(&v);
    traits_free(&a);
    traits_free(&b);
}

/* What one set lacks does not give it away. */
static void test_lacking(void **state) {
    (void)state;
    struct traits a, b;
    struct judge_verdict v;
    size_t width = traits_width();
    noise(&a, 60, 1, 3, 5);
    noise(&b, 60, 2, 3, 0);
    for (size_t i = 0; i < 60; i++) {
        a.value[i * width + 3] = NAN;
        if (i % 3)
            b.value[i * width + 4] = NAN;
        if (i % 3 == 0)
            b.value[i * width + 5] = NAN;
    }
    assert_ok(judge_sets(&a, &b, &v, e));
    assert_int_equal(v.count, width - 2);
    for (size_t i = 0; i < v.count; i++)
        assert_true(v.traits[i].trait != 3 && v.traits[i].trait != 4);
    assert_near_value(v.by[JUDGE_STUMPS].auc, 0.5, 0.15, 0);
    judge_free(&v);
    traits_free(&a);
    traits_free(&b);
}

static void test_few(void **state) {
    (void)state;
    struct traits a, b;
    struct judge_verdict v;
    struct err err = {0};
    noise(&a, JUDGE_LEAST - 1, 1, 0, 0);
    noise(&b, JUDGE_LEAST, 2, 0, 0);
    assert_int_equal(judge_sets(&a, &b, &v, &err), -1);
    assert_non_null(strstr(err.text, "19 tunes against 20"));
    assert_ok(judge_sets(&b, &b, &v, e));
    judge_free(&v);
    traits_free(&a);
    traits_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auc),  cmocka_unit_test(test_interval),
        cmocka_unit_test(test_sets), cmocka_unit_test(test_noise),
        cmocka_unit_test(test_few),  cmocka_unit_test(test_lacking),
    };
    return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
