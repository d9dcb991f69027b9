/* Optimizers against PyTorch's over five updates, and against their equations
 * in double; squares; the schedules.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "nott/base/rng.h"
#include "nott/nn/optim.h"

enum { N = 7, UPDATES = 5 };

/* As the settings of the files are. */
static struct optim_config usual(enum optim_kind kind) {
    return (struct optim_config){.kind = kind,
                                 .beta1 = 0.9,
                                 .beta2 = kind == OPTIM_ADAM ? 0.999 : 0.9,
                                 .epsilon = 1e-8};
}

/* An update of all weights. */
static void update(struct optim *o, real *w, const real *g, double scale,
                   double rate) {
    struct optim_update u = optim_next(o, scale, rate);
    optim_step(o, &u, w, g, 0, optim_blocks(o->n));
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
        update(&o, w, g + t * N, 1, rate);
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
            update(&o, w, g, 1, 0.1);
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
        update(&o, &w, &g, 1, 0.1);
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
        update(&plain, a, g, 1, 0.5);
        update(&mean, b, g, 1, 0.5);
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

/* ---- in double ---- */

enum { LONG = 5 * 2048 + 777 }; /* several blocks, the last one shorter */

static void random_reals(real *x, size_t n, uint64_t stream) {
    struct rng rng;
    rng_seed(&rng, 1, stream);
    for (size_t i = 0; i < n; i++)
        x[i] = (real)(2 * rng_uniform(&rng) - 1);
}

/* One weight, as the papers have it. */
struct exact {
    double w, m, v, average;
};

static void exact_update(struct exact *y, const struct optim_config *c, int t,
                         double g, double rate) {
    double young = (1.0 + t) / (10.0 + t);
    double keep = young < c->average ? young : c->average;
    y->v = c->beta2 * y->v + (1 - c->beta2) * g * g;
    y->w -= rate * c->weight_decay * y->w;
    if (c->kind == OPTIM_ADAM) {
        y->m = c->beta1 * y->m + (1 - c->beta1) * g;
        y->w -= rate * (y->m / (1 - pow(c->beta1, t))) /
                (sqrt(y->v / (1 - pow(c->beta2, t))) + c->epsilon);
    } else {
        y->w -= rate * g / (sqrt(y->v) + c->epsilon);
    }
    y->average = keep * y->average + (1 - keep) * y->w;
}

/* Rates and gradients change from update to update; some weights have gradients
 * as small as epsilon. */
static void follow_exactly(struct optim_config c) {
    enum { WEIGHTS = 50, STEPS = 200 };
    struct exact want[WEIGHTS];
    struct optim o;
    real w[WEIGHTS], g[WEIGHTS];
    random_reals(w, WEIGHTS, 1);
    for (size_t i = 0; i < WEIGHTS; i++)
        want[i] = (struct exact){.w = (double)w[i], .average = (double)w[i]};
    assert_int_equal(optim_init(&o, &c, WEIGHTS, w, NULL), 0);
    for (int t = 1; t <= STEPS; t++) {
        double scale = t % 3 ? 1 : 0.25, rate = 0.01 / (1 + t % 5);
        random_reals(g, WEIGHTS, (uint64_t)t + 2);
        for (size_t i = 0; i < WEIGHTS; i++) {
            g[i] *= i % 5 ? 1 : (real)1e-6;
            exact_update(&want[i], &c, t, scale * (double)g[i], rate);
        }
        update(&o, w, g, scale, rate);
    }
    struct near near = {.absolute = IN_DOUBLE_OR_FLOAT(1e-13, 1e-5)};
    for (size_t i = 0; i < WEIGHTS; i++) {
        near_add(&near, (double)w[i], want[i].w);
        near_add(&near, (double)o.v[i], want[i].v);
        near_add(&near, o.m ? (double)o.m[i] : 0, want[i].m);
        near_add(&near, (double)o.average[i], want[i].average);
    }
    near_check(&near, "weights and means", __FILE__, __LINE__);
    optim_free(&o);
}

static void test_exact(void **state) {
    (void)state;
    for (int kind = OPTIM_ADAM; kind <= OPTIM_RMSPROP; kind++) {
        struct optim_config c = usual((enum optim_kind)kind);
        c.average = 0.95;
        follow_exactly(c);
        c.weight_decay = 0.5;
        c.epsilon = 1e-3;
        follow_exactly(c);
    }
}

/* ---- blocks ---- */

/* Two updates of LONG weights, blocks cut as `cuts` say, the last first. */
static void update_in_parts(struct optim *o, real *w, const real *g,
                            const size_t *cuts, size_t parts) {
    for (int t = 0; t < 2; t++) {
        struct optim_update u = optim_next(o, 0.5, 0.1);
        for (size_t i = parts; i-- > 0;)
            optim_step(o, &u, w, g, cuts[i], cuts[i + 1]);
    }
}

static void same_in_parts(enum optim_kind kind, const size_t *cuts,
                          size_t parts) {
    static real g[LONG], w[2][LONG];
    struct optim o[2];
    struct optim_config c = usual(kind);
    const size_t all[] = {0, optim_blocks(LONG)};
    c.average = 0.9;
    random_reals(g, LONG, 1);
    for (int i = 0; i < 2; i++) {
        random_reals(w[i], LONG, 2);
        assert_int_equal(optim_init(&o[i], &c, LONG, w[i], NULL), 0);
    }
    update_in_parts(&o[0], w[0], g, all, 1);
    update_in_parts(&o[1], w[1], g, cuts, parts);
    assert_memory_equal(w[0], w[1], sizeof w[0]);
    assert_memory_equal(o[0].v, o[1].v, sizeof w[0]);
    assert_memory_equal(o[0].average, o[1].average, sizeof w[0]);
    if (kind == OPTIM_ADAM)
        assert_memory_equal(o[0].m, o[1].m, sizeof w[0]);
    real first;
    random_reals(&first, 1, 2);
    assert_true(w[0][0] != first);
    optim_free(&o[0]), optim_free(&o[1]);
}

static void test_blocks(void **state) {
    (void)state;
    const size_t n = optim_blocks(LONG);
    const size_t each[] = {0, 1, 2, 3, 4, 5, 6}, some[] = {0, 0, 4, 4, 6};
    assert_int_equal(n, 6);
    assert_int_equal(optim_blocks(0), 0);
    assert_int_equal(optim_blocks(1), 1);
    for (int kind = OPTIM_ADAM; kind <= OPTIM_RMSPROP; kind++) {
        same_in_parts((enum optim_kind)kind, each, 6);
        same_in_parts((enum optim_kind)kind, some, 4);
    }
}

/* Some of the blocks: the weights and means of the others stay. */
static void test_other_blocks(void **state) {
    (void)state;
    static real g[LONG], w[LONG], first[LONG];
    struct optim o;
    struct optim_config c = usual(OPTIM_ADAM);
    c.average = 0.9;
    random_reals(g, LONG, 1), random_reals(w, LONG, 2);
    memcpy(first, w, sizeof w);
    assert_int_equal(optim_init(&o, &c, LONG, w, NULL), 0);
    struct optim_update u = optim_next(&o, 1, 0.1);
    optim_step(&o, &u, w, g, 1, 3);
    for (size_t i = 0; i < LONG; i++) {
        int mine = i >= 2048 && i < 3 * 2048;
        assert_int_equal(w[i] != first[i], mine);
        assert_int_equal(o.average[i] != first[i], mine);
        assert_int_equal(o.m[i] != 0, mine);
    }
    optim_free(&o);
}

/* ---- small means ---- */

/* After one gradient the means halve at every update; what gets smaller than
 * 1e-30 is 0, whatever its sign, and never subnormal. */
static void fade_away(enum optim_kind kind, real g) {
    struct optim o;
    struct optim_config c = usual(kind);
    real w = 1, none = 0;
    size_t small = 0;
    c.beta1 = c.beta2 = 0.5;
    assert_int_equal(optim_init(&o, &c, 1, &w, NULL), 0);
    update(&o, &w, &g, 1, 0.1);
    for (int t = 1; t < 200; t++) {
        update(&o, &w, &none, 1, 0.1);
        double m = o.m ? fabs((double)o.m[0]) : 0, v = (double)o.v[0];
        assert_true(v == 0 || v >= 1e-30);
        assert_true(m == 0 || m >= 1e-30);
        small += v > 0 && v < 1e-28;
    }
    assert_true(small > 0); /* and not much earlier */
    assert_true(o.v[0] == 0 && (!o.m || o.m[0] == 0));
    assert_true(isfinite(w));
    optim_free(&o);
}

static void test_fade(void **state) {
    (void)state;
    for (int kind = OPTIM_ADAM; kind <= OPTIM_RMSPROP; kind++) {
        fade_away((enum optim_kind)kind, 1);
        fade_away((enum optim_kind)kind, (real)-3);
    }
}

/* ---- squares ---- */

static double sum_of_squares(const real *g, size_t n) {
    double sums[8], sum = 0;
    optim_squares(g, n, 0, optim_blocks(n), sums);
    for (size_t i = 0; i < optim_blocks(n); i++)
        sum += sums[i];
    return sum;
}

static void test_squares(void **state) {
    (void)state;
    static real g[LONG];
    for (size_t i = 0; i < LONG; i++)
        g[i] = (real)((double)(i % 1003) - 500);
    for (size_t n = 0; n <= LONG; n += n < 20 ? 1 : 701) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += (double)g[i] * (double)g[i];
        assert_true(sum_of_squares(g, n) == sum); /* whole numbers */
    }
    const real huge[2] = {3e30f, 4e30f}; /* squares beyond float */
    assert_near_value(sqrt(sum_of_squares(huge, 2)), 5e30, 0, 1e-6);
    const real bad[2] = {1, (real)NAN};
    assert_true(isnan(sum_of_squares(bad, 2)));
}

static void test_squares_in_parts(void **state) {
    (void)state;
    static real g[LONG];
    double whole[6], parts[6] = {0}, none[6] = {0};
    random_reals(g, LONG, 3);
    optim_squares(g, LONG, 0, 6, whole);
    optim_squares(g, LONG, 4, 6, parts);
    assert_memory_equal(parts, none, 4 * sizeof *parts);
    optim_squares(g, LONG, 0, 1, parts);
    optim_squares(g, LONG, 1, 4, parts);
    assert_memory_equal(parts, whole, sizeof whole);
    for (size_t i = 0; i < 6; i++)
        assert_true(whole[i] > 0);
}

/* ---- rates ---- */

/* The constants of an update against libm's powers: what is a real is near
 * within one rounding. */
static void check_next(double beta1, double beta2, uint64_t steps) {
    const double near = IN_DOUBLE_OR_FLOAT(1e-12, 1.2e-7);
    struct optim_config c = usual(OPTIM_ADAM);
    c.beta1 = beta1, c.beta2 = beta2;
    c.weight_decay = 0.25, c.average = 0.9;
    struct optim o = {.config = c, .steps = steps - 1};
    struct optim_update u = optim_next(&o, 0.75, 0.5);
    double t = (double)steps, young = (1 + t) / (10 + t);
    assert_int_equal(o.steps, steps);
    assert_near_value((double)u.rate, 0.5 / (1 - pow(beta1, t)), 0, near);
    assert_near_value((double)u.vscale, 1 / (1 - pow(beta2, t)), 0, near);
    assert_near_value((double)u.share, 1 - (young < 0.9 ? young : 0.9), 0,
                      near);
    assert_true(u.scale == (real)0.75 && u.shrink == (real)0.875);
    assert_true(u.epsilon == (real)1e-8);
}

static void test_next(void **state) {
    (void)state;
    static const double betas[] = {0, 0.5, 0.9, 0.99, 0.999, 0.9999};
    for (size_t i = 0; i < 6; i++)
        for (uint64_t t = 1; t < 10000000; t += t / 7 + 1)
            check_next(betas[i], betas[5 - i], t);
    struct optim o = {.config = usual(OPTIM_RMSPROP)};
    assert_true(optim_next(&o, 1, 0.5).rate == (real)0.5); /* no correction */
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

/* The powers and the cosine are within 1e-12 of libm's. */
static void test_libm(void **state) {
    (void)state;
    const double pi = acos(-1);
    struct optim_config c = {
        .rate = 1, .schedule = OPTIM_COSINE, .rate_factor = 0.03};
    for (size_t i = 0; i <= 10000; i++) {
        double want = 0.03 + 0.97 * (0.5 + 0.5 * cos(pi * (double)i / 10000));
        assert_near_value(optim_rate(&c, i, 1000, 10), want, 1e-12, 0);
    }
    c = (struct optim_config){
        .rate = 1, .schedule = OPTIM_STEP, .rate_every = 2};
    for (int factor = 1; factor < 100; factor += 7)
        for (size_t epoch = 0; epoch < 400; epoch++) {
            c.rate_factor = factor / 100.0;
            assert_near_value(optim_rate(&c, 10 * epoch, 10, 400),
                              pow(c.rate_factor, (double)(epoch / 2)), 0,
                              1e-12);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adam),
        cmocka_unit_test(test_adamw),
        cmocka_unit_test(test_rmsprop),
        cmocka_unit_test(test_no_gradient),
        cmocka_unit_test(test_average),
        cmocka_unit_test(test_average_of_steps),
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_other_blocks),
        cmocka_unit_test(test_fade),
        cmocka_unit_test(test_squares),
        cmocka_unit_test(test_squares_in_parts),
        cmocka_unit_test(test_next),
        cmocka_unit_test(test_constant),
        cmocka_unit_test(test_warmup),
        cmocka_unit_test(test_step),
        cmocka_unit_test(test_cosine),
        cmocka_unit_test(test_libm),
    };
    return cmocka_run_group_tests_name("optim", tests, NULL, NULL);
}
