/* Optimizers against PyTorch's over five updates; the norm; the schedules.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "fixture.h"
#include "nott/nn/optim.h"

enum { N = 7, UPDATES = 5 };

/* As the settings of the files are. */
static struct optim_config usual(enum optim_kind kind) {
    return (struct optim_config){.kind = kind,
                                 .beta1 = 0.9,
                                 .beta2 = kind == OPTIM_ADAM ? 0.999 : 0.9,
                                 .epsilon = 1e-8};
}

static void parity(const char *file, enum optim_kind kind, double rate,
                   double weight_decay) {
    struct fixture f;
    fixture_read(&f, file);
    struct optim o;
    struct err e = {.code = ERR_NONE};
    struct optim_config c = usual(kind);
    c.weight_decay = weight_decay;
    assert_int_equal(optim_init(&o, &c, N, NULL, &e), 0);
    real *w = fixture_copy(&f, "p0", 1, N);
    real *g = fixture_copy(&f, "g", UPDATES, N);
    const double *want = fixture_get(&f, "p", UPDATES, N);
    for (size_t t = 0; t < UPDATES; t++) {
        optim_step(&o, w, g + t * N, rate);
        assert_near(w, want + t * N, N, IN_DOUBLE_OR_FLOAT(1e-14, 1e-6), 0);
    }
    assert_int_equal(o.steps, UPDATES);
    free(w);
    free(g);
    optim_free(&o);
    assert_null(o.m);
    assert_null(o.v);
    fixture_free(&f);
}

/* The settings above are those of the files. */
static void check_settings(const char *file, size_t n, const double *want) {
    struct fixture f;
    fixture_read(&f, file);
    const double *settings = fixture_get(&f, "settings", 1, n);
    for (size_t i = 0; i < n; i++)
        assert_true(settings[i] == want[i]);
    fixture_free(&f);
}

static void test_adam(void **state) {
    (void)state;
    check_settings("adam.txt", 4, (const double[]){0.01, 0.9, 0.999, 1e-8});
    parity("adam.txt", OPTIM_ADAM, 0.01, 0);
}

static void test_adamw(void **state) {
    (void)state;
    check_settings("adamw.txt", 5,
                   (const double[]){0.01, 0.9, 0.999, 1e-8, 0.02});
    parity("adamw.txt", OPTIM_ADAM, 0.01, 0.02);
}

static void test_rmsprop(void **state) {
    (void)state;
    check_settings("rmsprop.txt", 3, (const double[]){0.005, 0.9, 1e-8});
    parity("rmsprop.txt", OPTIM_RMSPROP, 0.005, 0);
}

/* A weight that never sees a gradient stays, even without epsilon's help. */
static void test_no_gradient(void **state) {
    (void)state;
    for (int kind = OPTIM_ADAM; kind <= OPTIM_RMSPROP; kind++) {
        struct optim o;
        struct optim_config c = usual((enum optim_kind)kind);
        assert_int_equal(optim_init(&o, &c, 3, NULL, NULL), 0);
        real w[3] = {1, -2, 0}, g[3] = {0};
        for (int t = 0; t < 10; t++)
            optim_step(&o, w, g, 0.1);
        assert_true(w[0] == 1 && w[1] == -2 && w[2] == 0);
        optim_free(&o);
    }
}

/* Weights that are moved by hand: at first the mean follows closely, by what it
 * keeps of itself: 2/11, 3/12, 4/13 and so on, but never more than `keep`. */
static void check_average(double keep, size_t n, const double *weights,
                          const double *want) {
    struct optim o;
    real w = 1;
    const real g = 0;
    struct optim_config c = usual(OPTIM_ADAM);
    c.average = keep;
    assert_int_equal(optim_init(&o, &c, 1, &w, NULL), 0);
    assert_true(o.average[0] == 1);
    for (size_t t = 0; t < n; t++) {
        w = (real)weights[t];
        optim_step(&o, &w, &g, 0.1);
        assert_true(w == (real)weights[t]); /* it is only looked at */
        assert_near_value((double)o.average[0], want[t], 1e-5, 0);
    }
    optim_free(&o);
    assert_null(o.average);
}

static void test_average(void **state) {
    (void)state;
    check_average(0.999, 4, (const double[]){12, 2, 17, -1},
                  (const double[]){10, 4, 13, 4});
    check_average(0.3, 4, (const double[]){12, 2, 14, 1},
                  (const double[]){10, 4, 11, 4});
    check_average(1e-9, 2, (const double[]){12, 2}, (const double[]){12, 2});
}

/* The mean is of the weights that a step leaves, and does not disturb it. */
static void test_average_of_steps(void **state) {
    (void)state;
    for (int kind = OPTIM_ADAM; kind <= OPTIM_RMSPROP; kind++) {
        struct optim plain, mean;
        real a[3] = {1, -2, 3}, b[3] = {1, -2, 3};
        const real g[3] = {1, 2, -3}, first[3] = {1, -2, 3};
        struct optim_config c = usual((enum optim_kind)kind);
        assert_int_equal(optim_init(&plain, &c, 3, a, NULL), 0);
        assert_null(plain.average);
        c.average = 0.9;
        assert_int_equal(optim_init(&mean, &c, 3, b, NULL), 0);
        optim_step(&plain, a, g, 0.5);
        optim_step(&mean, b, g, 0.5);
        assert_memory_equal(a, b, sizeof a);
        for (size_t i = 0; i < 3; i++) {
            double step = (double)(b[i] - first[i]);
            assert_true(fabs(step) > 0.1);
            assert_near_value((double)mean.average[i],
                              (double)first[i] + 9.0 / 11 * step, 1e-6, 0);
        }
        optim_free(&plain);
        optim_free(&mean);
    }
}

static void test_norm(void **state) {
    (void)state;
    real g[1003];
    for (size_t i = 0; i < 1003; i++)
        g[i] = (real)((double)i - 500);
    for (size_t n = 0; n <= 1003; n += n < 20 ? 1 : 983) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += (double)g[i] * (double)g[i];
        assert_near_value(optim_norm(g, n), sqrt(sum), 0, 1e-15);
    }
    const real huge[2] = {3e30f, 4e30f}; /* squares beyond float */
    assert_near_value(optim_norm(huge, 2), 5e30, 0, 1e-6);
    const real bad[2] = {1, (real)NAN};
    assert_true(isnan(optim_norm(bad, 2)));
}

/* The rate after `done` of 100 steps of an epoch, of one epoch in all. */
static double rate_at(enum optim_schedule schedule, size_t done, double warmup,
                      double factor) {
    struct optim_config c = {.rate = 2,
                             .schedule = schedule,
                             .warmup_epochs = warmup,
                             .rate_factor = factor,
                             .rate_every = 1};
    return optim_rate(&c, done, 100, 1);
}

static void test_constant(void **state) {
    (void)state;
    assert_true(rate_at(OPTIM_CONSTANT, 0, 0, 0.1) == 2);
    assert_true(rate_at(OPTIM_CONSTANT, 100, 0, 0.1) == 2);
}

static void test_warmup(void **state) {
    (void)state;
    const double eps = 1e-12;
    for (int kind = OPTIM_CONSTANT; kind <= OPTIM_COSINE; kind++) {
        enum optim_schedule s = (enum optim_schedule)kind;
        assert_near_value(rate_at(s, 1, 0.1, 0.1), 0.2, eps, 0);
        assert_near_value(rate_at(s, 5, 0.1, 0.1), 1, eps, 0);
        assert_near_value(rate_at(s, 10, 0.1, 0.1), 2, eps, 0);
    }
    assert_near_value(rate_at(OPTIM_CONSTANT, 11, 0.1, 0.1), 2, eps, 0);
}

static void test_step(void **state) {
    (void)state;
    struct optim_config c = {
        .rate = 1, .schedule = OPTIM_STEP, .rate_factor = 0.5, .rate_every = 3};
    const double want[] = {1, 1, 1, 0.5, 0.5, 0.5, 0.25};
    for (size_t i = 0; i < 7; i++)
        assert_near_value(optim_rate(&c, 10 * i, 10, 7), want[i], 1e-15, 0);
}

static void test_cosine(void **state) {
    (void)state;
    const double eps = 1e-12;
    const enum optim_schedule s = OPTIM_COSINE;
    assert_near_value(rate_at(s, 0, 0, 0.1), 2, eps, 0);
    assert_near_value(rate_at(s, 50, 0, 0.1), 1.1, eps, 0);
    assert_near_value(rate_at(s, 100, 0, 0.1), 0.2, eps, 0);
    assert_near_value(rate_at(s, 1000, 0, 0.1), 0.2, eps, 0);
    assert_near_value(rate_at(s, 60, 0.2, 0), 1, eps, 0);
    assert_near_value(rate_at(s, 100, 1, 0.1), 2, eps, 0);
    for (size_t i = 21; i <= 100; i++)
        assert_true(rate_at(s, i, 0.2, 0.1) < rate_at(s, i - 1, 0.2, 0.1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adam),    cmocka_unit_test(test_adamw),
        cmocka_unit_test(test_rmsprop), cmocka_unit_test(test_no_gradient),
        cmocka_unit_test(test_average), cmocka_unit_test(test_average_of_steps),
        cmocka_unit_test(test_norm),    cmocka_unit_test(test_constant),
        cmocka_unit_test(test_warmup),  cmocka_unit_test(test_step),
        cmocka_unit_test(test_cosine),
    };
    return cmocka_run_group_tests_name("optim", tests, NULL, NULL);
}
