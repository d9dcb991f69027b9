/* The critic: it learns what tells two kinds of bars apart, and nothing else.
 * SPDX-License-Identifier: MIT */
#include "nott/player/critic.h"

#include "toydata.h"

/* Bars and which of them are real. */
struct bars {
    float *gestures; /* [most, GESTURES] */
    uint8_t *real;
    size_t n, most;
};

static void bars_init(struct bars *b, size_t most) {
    *b = (struct bars){calloc(most, GESTURES * sizeof(float)), calloc(most, 1),
                       0, most};
    assert_true(b->gestures && b->real);
}

static void bars_free(struct bars *b) {
    free(b->gestures);
    free(b->real);
}

/* The gestures of one bar more, all 0. */
static float *add(struct bars *b, int is_real) {
    assert_true(b->n < b->most);
    b->real[b->n] = (uint8_t)is_real;
    return b->gestures + b->n++ * GESTURES;
}

static void learn(struct critic *c, const struct bars *b, double penalty) {
    assert_ok(critic_learn(c, b->gestures, b->real, b->n, penalty, e));
    assert_true(c->is_known);
    for (size_t k = 0; k < GESTURES; k++)
        assert_true(isfinite(c->weight[k]));
}

static void test_score(void **state) {
    (void)state;
    struct critic c = {0};
    float gestures[GESTURES] = {0};
    c.weight[0] = 0.5f;
    c.weight[7] = -2;
    c.weight[GESTURES - 1] = 4;
    assert_true(critic_score(&c, gestures) == 0);
    gestures[0] = 3;
    gestures[7] = 1;
    gestures[8] = 100;
    assert_true(critic_score(&c, gestures) == -0.5);
    gestures[GESTURES - 1] = 0.25f;
    assert_true(critic_score(&c, gestures) == 0.5);
}

/* ---- ratios that are known ---- */

/* Of n bars of each kind so many have gesture k: the score of such a bar is the
 * logarithm of the ratio. */
static void test_ratio(void **state) {
    (void)state;
    enum { KINDS = 5 };
    static const int heard[KINDS] = {50, 20, 15, 10, 5};
    static const int made[KINDS] = {10, 20, 30, 5, 35};
    struct bars b;
    struct critic c = {0};
    bars_init(&b, 200);
    for (size_t k = 0; k < KINDS; k++) {
        for (int i = 0; i < heard[k]; i++)
            add(&b, 1)[2 + 3 * k] = 1;
        for (int i = 0; i < made[k]; i++)
            add(&b, 0)[2 + 3 * k] = 1;
    }
    learn(&c, &b, 1e-9);
    for (size_t k = 0; k < GESTURES; k++) {
        size_t kind = (k - 2) / 3;
        int used = k >= 2 && (k - 2) % 3 == 0 && kind < KINDS;
        double want = used ? log((double)heard[kind] / (double)made[kind]) : 0;
        assert_near_value(c.weight[k], want, 1e-5, 0);
    }
    bars_free(&b);
}

/* Gestures that do not depend on each other add up; one that is always there
 * makes up for those that are not. */
static void test_sum(void **state) {
    (void)state;
    /* of ten: in how many real and made bars each is */
    static const int share[3][2] = {{8, 4}, {5, 5}, {1, 6}};
    struct bars b;
    struct critic c = {0};
    bars_init(&b, 2000);
    for (int is_real = 0; is_real < 2; is_real++)
        for (int i = 0; i < 1000; i++) {
            float *g = add(&b, is_real);
            int digit[3] = {i % 10, i / 10 % 10, i / 100};
            for (size_t k = 0; k < 3; k++)
                g[k] = (float)(digit[k] < share[k][!is_real]);
            g[3] = 1;
        }
    learn(&c, &b, 1e-9);
    for (int i = 0; i < 8; i++) {
        float g[GESTURES] = {[3] = 1};
        double want = 0;
        for (int k = 0; k < 3; k++) {
            int there = i >> k & 1;
            double p = share[k][0] / 10.0, q = share[k][1] / 10.0;
            g[k] = (float)there;
            want += there ? log(p / q) : log((1 - p) / (1 - q));
        }
        assert_near_value(critic_score(&c, g), want, 1e-5, 0);
    }
    assert_near_value(c.weight[1], 0, 1e-5, 0);
    bars_free(&b);
}

/* What was sampled from two distributions of a number: of Poisson's, the ratio
 * grows by the logarithm of that of the means. */
static int poisson(struct rng *r, double mean) {
    double p = exp(-mean), sum = p, x = rng_uniform(r);
    int k = 0;
    while (x > sum && k < 30)
        sum += p *= mean / ++k;
    return k;
}

static void test_numbers(void **state) {
    (void)state;
    enum { N = 20000 };
    struct bars b;
    struct critic c = {0};
    struct rng r;
    rng_seed(&r, 1, 0);
    bars_init(&b, 2 * N);
    for (int i = 0; i < 2 * N; i++) {
        float *g = add(&b, i % 2);
        g[10] = (float)poisson(&r, i % 2 ? 4 : 3);
        g[11] = (float)poisson(&r, 2); /* says nothing */
        g[12] = 1;
    }
    learn(&c, &b, 1);
    assert_near_value(c.weight[10], log(4.0 / 3), 0.03, 0);
    assert_near_value(c.weight[11], 0, 0.03, 0);
    assert_near_value(c.weight[12], 3 - 4, 0.12, 0);
    bars_free(&b);
}

/* ---- what must not matter, and what must ---- */

/* Many gestures of which two tell: all real bars have one, all others the
 * other. */
static void make_apart(struct bars *b, size_t n, float how_much) {
    struct rng r;
    rng_seed(&r, 2, 0);
    bars_init(b, n);
    for (size_t i = 0; i < n; i++) {
        int is_real = i % 3 == 0;
        float *g = add(b, is_real);
        for (size_t k = 0; k < 40; k++)
            g[k] = (float)(rng_below(&r, 4) == 0);
        g[50 + is_real] = how_much;
        g[GESTURES - 1] = 1;
    }
}

/* Whoever tells them apart with certainty stays finite by the penalty, however
 * small it is, and however great the numbers. */
static void test_apart(void **state) {
    (void)state;
    static const double penalties[] = {10, 1, 1e-2, 1e-4};
    static const float how_much[] = {1, 8, 31};
    for (size_t i = 0; i < 3; i++) {
        double last = 0;
        struct bars b;
        make_apart(&b, 900, how_much[i]);
        for (size_t p = 0; p < 4; p++) {
            struct critic c = {0};
            learn(&c, &b, penalties[p]);
            for (size_t k = 0; k < b.n; k++) {
                double score = critic_score(&c, b.gestures + k * GESTURES);
                assert_true(b.real[k] ? score > 0 : score < 0);
            }
            assert_true(c.weight[51] > 0 && c.weight[50] < 0);
            assert_true((double)c.weight[51] > last);
            last = (double)c.weight[51];
            for (size_t k = 0; k < 40; k++) /* they are by chance */
                assert_true(fabs((double)c.weight[k]) < last);
            for (size_t k = 60; k < GESTURES - 1; k++) /* never there */
                assert_true(c.weight[k] == 0);
        }
        bars_free(&b);
    }
}

/* To the last bit, and in another order of the bars nearly so. */
static void test_again(void **state) {
    (void)state;
    struct bars b, back;
    struct critic one = {0}, two = {0}, three = {0};
    make_apart(&b, 300, 1);
    bars_init(&back, 300);
    for (size_t i = b.n; i-- > 0;)
        memcpy(add(&back, b.real[i]), b.gestures + i * GESTURES,
               GESTURES * sizeof(float));
    learn(&one, &b, 1);
    learn(&two, &b, 1);
    learn(&three, &back, 1);
    assert_memory_equal(&one, &two, sizeof one);
    for (size_t k = 0; k < GESTURES; k++)
        assert_near_value(one.weight[k], three.weight[k], 1e-5, 1e-5);
    bars_free(&b);
    bars_free(&back);
}

/* It adds to what is there, which is not looked at. */
static void test_adds(void **state) {
    (void)state;
    struct bars b;
    struct critic anew = {0}, more = {.is_known = 1};
    make_apart(&b, 300, 1);
    for (size_t k = 0; k < GESTURES; k++)
        more.weight[k] = (float)k;
    learn(&anew, &b, 1);
    learn(&more, &b, 1);
    for (size_t k = 0; k < GESTURES; k++)
        assert_true(more.weight[k] == (float)k + anew.weight[k]);
    bars_free(&b);
}

/* Of nothing, of one kind alone. */
static void test_nothing(void **state) {
    (void)state;
    struct bars b;
    struct critic c = {0};
    bars_init(&b, 10);
    learn(&c, &b, 1);
    for (size_t k = 0; k < GESTURES; k++)
        assert_true(c.weight[k] == 0);
    for (int i = 0; i < 10; i++)
        add(&b, 1)[4] = 1;
    learn(&c, &b, 1);
    assert_true(c.weight[4] > 0 && c.weight[3] == 0);
    bars_free(&b);
}

/* Without a penalty what never comes has no weight, and it is said so. */
static void test_refused(void **state) {
    (void)state;
    struct bars b;
    struct critic c = {.is_known = 1};
    make_apart(&b, 30, 1);
    c.weight[3] = 2;
    const struct critic before = c;
    assert_refused(critic_learn(&c, b.gestures, b.real, b.n, 0, e), ERR_NUM);
    assert_memory_equal(&c, &before, sizeof c);
    b.gestures[5 * GESTURES + 9] = NAN;
    assert_refused(critic_learn(&c, b.gestures, b.real, b.n, 1, e), ERR_NUM);
    assert_memory_equal(&c, &before, sizeof c);
    bars_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_score),   cmocka_unit_test(test_ratio),
        cmocka_unit_test(test_sum),     cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_apart),   cmocka_unit_test(test_again),
        cmocka_unit_test(test_adds),    cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("critic", tests, NULL, NULL);
}
