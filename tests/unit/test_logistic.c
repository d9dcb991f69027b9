/* Logistic regression: at the minimum the slope is 0; unknowns.
 * SPDX-License-Identifier: MIT */
#include "judge/logistic.h"

#include "toyexamples.h"

/* One column of -1 and 1: by symmetry the bias is 0 and the weight w solves
 * 50 w = n / 2 * (wrong signs pull back) - worked out with a bisection. */
static double by_hand(double right, double wrong) {
    double low = 0, high = 10;
    for (int i = 0; i < 200; i++) {
        double w = (low + high) / 2, p = 1 / (1 + exp(-w));
        double slope = right * (p - 1) + wrong * p + 50 * w;
        low = slope < 0 ? w : low;
        high = slope < 0 ? high : w;
    }
    return low;
}

static void test_minimum(void **state) {
    (void)state;
    struct examples x;
    double score[400];
    toy_examples(&x, 400, 1, 0, 1);
    for (size_t i = 0; i < 400; i++) {
        x.y[i] = i % 2;
        x.x[i] = (i % 2 ? 1 : -1) * (i % 8 < 2 ? -1 : 1); /* 1 of 4 wrong */
    }
    assert_ok(logistic_scores(&x, &x, score, e));
    double w = by_hand(300, 100);
    for (size_t i = 0; i < 400; i++)
        assert_near_value(score[i], w * x.x[i], 1e-6, 0);
    for (size_t i = 0; i < 400; i++)
        x.x[i] = 7 + 100 * x.x[i]; /* the scale is taken out */
    assert_ok(logistic_scores(&x, &x, score, e));
    for (size_t i = 0; i < 400; i++)
        assert_near_value(score[i], w * (x.x[i] - 7) / 100, 1e-6, 0);
    toy_examples_free(&x);
}

static void test_learns(void **state) {
    (void)state;
    struct examples x, unseen;
    double score[300];
    toy_examples(&x, 300, 40, 0.8, 2);
    toy_examples(&unseen, 300, 40, 0.8, 3);
    assert_ok(logistic_scores(&x, &unseen, score, e));
    assert_true(toy_auc(&unseen, score) > 0.95);
    toy_examples_free(&unseen);
    toy_examples(&unseen, 300, 40, 0, 4);
    assert_ok(logistic_scores(&x, &unseen, score, e));
    assert_near_value(toy_auc(&unseen, score), 0.5, 0.1, 0);
    toy_examples_free(&x);
    toy_examples_free(&unseen);
}

/* What is unknown is the mean, a column of one value says nothing. */
static void test_unknown(void **state) {
    (void)state;
    struct examples x, one;
    double score[90], alone[2];
    toy_examples(&x, 90, 3, 1, 5);
    for (size_t i = 0; i < 90; i++) {
        x.x[90 + i] = 4;
        x.x[180 + i] = NAN;
    }
    x.x[0] = x.x[1] = NAN;
    assert_ok(logistic_scores(&x, &x, score, e));
    for (size_t i = 0; i < 90; i++)
        assert_true(isfinite(score[i]));
    toy_examples(&one, 2, 3, 0, 6);
    double sum = 0;
    for (size_t i = 2; i < 90; i++)
        sum += x.x[i];
    one.x[0] = NAN;
    one.x[1] = sum / 88;
    one.x[2] = -1000;
    one.x[4] = 1000;
    assert_ok(logistic_scores(&x, &one, alone, e));
    assert_near_value(alone[0], alone[1], 1e-12, 0);
    assert_near_value(score[0], alone[0], 1e-12, 0);
    toy_examples_free(&x);
    toy_examples_free(&one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minimum),
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_unknown),
    };
    return cmocka_run_group_tests_name("logistic", tests, NULL, NULL);
}
