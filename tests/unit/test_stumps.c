/* Boosted stumps. SPDX-License-Identifier: MIT */
#include "judge/stumps.h"

#include "toyexamples.h"

static void test_learns(void **state) {
    (void)state;
    struct examples x, unseen;
    double score[300];
    toy_examples(&x, 300, 40, 0.8, 2);
    toy_examples(&unseen, 300, 40, 0.8, 3);
    assert_ok(stumps_scores(&x, &unseen, score, e));
    assert_true(toy_auc(&unseen, score) > 0.95);
    toy_examples_free(&unseen);
    toy_examples(&unseen, 300, 40, 0, 4);
    assert_ok(stumps_scores(&x, &unseen, score, e));
    assert_near_value(toy_auc(&unseen, score), 0.5, 0.1, 0);
    toy_examples_free(&x);
    toy_examples_free(&unseen);
}

/* Kind 1 lies in the middle, which no line tells apart. */
static void test_middle(void **state) {
    (void)state;
    struct examples x;
    double score[300];
    toy_examples(&x, 300, 1, 0, 5);
    for (size_t i = 0; i < 300; i++)
        x.y[i] = x.x[i] > 0.3 && x.x[i] < 0.7;
    assert_ok(stumps_scores(&x, &x, score, e));
    assert_true(toy_auc(&x, score) == 1);
    toy_examples_free(&x);
}

/* One question: both answers are Newton's steps, the bound is half way. */
static void test_question(void **state) {
    (void)state;
    struct examples x, of;
    double score[4];
    toy_examples(&x, 20, 1, 0, 1);
    toy_examples(&of, 4, 1, 0, 1);
    for (size_t i = 0; i < 20; i++) {
        x.y[i] = i >= 10;
        x.x[i] = i < 10 ? 1 : 3;
    }
    of.x[0] = -100;
    of.x[1] = 1.999;
    of.x[2] = 2.001;
    of.x[3] = NAN;
    assert_ok(stumps_scores(&x, &of, score, e));
    assert_true(score[0] == score[1] && score[0] < -1);
    assert_near_value(score[2], -score[0], 1e-9, 0);
    assert_true(score[3] == 0); /* not asked */
    toy_examples_free(&x);
    toy_examples_free(&of);
}

/* Fewer than five on a side are not told apart; nor is what is all the same. */
static void test_few(void **state) {
    (void)state;
    struct examples x;
    double score[60];
    toy_examples(&x, 60, 2, 0, 1);
    for (size_t i = 0; i < 60; i++) {
        x.y[i] = i < 4;
        x.x[i] = x.y[i];
        x.x[60 + i] = 8;
    }
    assert_ok(stumps_scores(&x, &x, score, e));
    for (size_t i = 0; i < 60; i++)
        assert_true(score[i] == 0);
    toy_examples_free(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_middle),
        cmocka_unit_test(test_question),
        cmocka_unit_test(test_few),
    };
    return cmocka_run_group_tests_name("stumps", tests, NULL, NULL);
}
