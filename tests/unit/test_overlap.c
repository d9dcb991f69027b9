/* Distances between sets: features by hand, densities against the plain
 * formula. SPDX-License-Identifier: MIT */
#include "nott/judge/overlap.h"

#include "hear.h"

static void check_lists(const double *p, size_t np, const double *q, size_t nq,
                        double area, double kld, double near) {
    struct overlap o = overlap_lists(p, np, q, nq);
    assert_near_value(o.area, area, near, 0);
    assert_near_value(o.kld, kld, near, near);
}

static void test_points(void **state) {
    (void)state;
    const double one[] = {2, 2, 2}, other[] = {5, 5};
    check_lists(one, 3, one, 1, 1, 0, 0);
    check_lists(one, 3, other, 2, 0, -log(1e-12), 1e-12);
    assert_true(isnan(overlap_lists(one, 0, other, 2).area));
    assert_true(isnan(overlap_lists(one, 3, other, 0).kld));
}

static void test_same(void **state) {
    (void)state;
    const double x[] = {0.1, 4, 2.5, 2.5, 7}, y[] = {7, 2.5, 0.1, 2.5, 4};
    check_lists(x, 5, y, 5, 1, 0, 1e-12);
}

/* ---- the formula, on a fine grid ---- */

static double scott(const double *x, size_t n) {
    double mean = 0, sum = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sqrt(sum / ((double)n - 1)) / pow((double)n, 0.2);
}

static double kernels(const double *x, size_t n, double h, double at) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += exp(-(at - x[i]) * (at - x[i]) / (2 * h * h));
    return sum / ((double)n * h * sqrt(2 * acos(-1)));
}

static void check_formula(const double *p, size_t np, const double *q,
                          size_t nq, double low, double high) {
    double h = fmax(scott(p, np), scott(q, nq)), area = 0, kld = 0;
    double dx = (high - low + 10 * h) / 20000;
    for (int i = 0; i < 20000; i++) {
        double x = low - 5 * h + i * dx;
        double a = kernels(p, np, h, x), b = kernels(q, nq, h, x);
        area += fmin(a, b) * dx;
        kld += a * log(a / b) * dx;
    }
    check_lists(p, np, q, nq, area, kld, 0.01);
    assert_true(area > 0.2 && area < 0.95); /* it says something */
}

static void test_formula(void **state) {
    (void)state;
    const double p[] = {0, 1, 1, 2, 3, 8}, q[] = {1, 2, 4, 4, 5, 9, 9};
    const double wide[] = {0, 10}, narrow[] = {4, 5, 6};
    check_formula(p, 6, q, 7, 0, 9);
    check_formula(q, 7, p, 6, 0, 9);
    check_formula(wide, 2, narrow, 3, 0, 10);
}

/* ---- features ---- */

static void near_values(const struct tune_features *f, enum feature k,
                        const double *want) {
    assert_int_equal(f->count[k], 1);
    for (size_t i = 0; i < feature_list[k].width; i++)
        if (fabs(f->value[k][i] - want[i]) > 1e-12)
            fail_msg("%s[%zu] = %g, wanted %g", feature_list[k].key, i,
                     f->value[k][i], want[i]);
}

/* A bar of 8 steps: C for 4, E for 2, a rest of 1, E for 1. */
static void test_features(void **state) {
    (void)state;
    struct surface t;
    struct surface_set s = {&t, 1, 4};
    struct tune_features f;
    hear(&t, "60 - - - 64 - . 76", "CCCCGG..", 8, 0);
    assert_ok(overlap_features_init(&f, &s, e));
    const double classes[12] = {[0] = 4.0 / 7, [4] = 3.0 / 7};
    const double roots[12] = {[0] = 4.0 / 6, [7] = 2.0 / 6};
    /* halves, quarters and eighths of a bar are the classes 1, 2 and 3 */
    const double lengths[12] = {[1] = 1.0 / 3, [2] = 1.0 / 3, [3] = 1.0 / 3};
    const double steps[144] = {[0 * 12 + 4] = 0.5, [4 * 12 + 4] = 0.5};
    const double length_steps[144] = {[1 * 12 + 2] = 0.5, [2 * 12 + 3] = 0.5};
    near_values(&f, FEATURE_PITCH_CLASSES, classes);
    near_values(&f, FEATURE_CHORD_ROOTS, roots);
    near_values(&f, FEATURE_LENGTHS, lengths);
    near_values(&f, FEATURE_PITCH_CLASS_STEPS, steps);
    near_values(&f, FEATURE_LENGTH_STEPS, length_steps);
    near_values(&f, FEATURE_INTERVAL, (const double[]){8});
    near_values(&f, FEATURE_TIME_BETWEEN, (const double[]){3.5 / 4});
    near_values(&f, FEATURE_PITCHES, (const double[]){3});
    near_values(&f, FEATURE_RANGE, (const double[]){16});
    near_values(&f, FEATURE_ONSETS_PER_BAR, (const double[]){3});
    near_values(&f, FEATURE_CHANGES_PER_BAR, (const double[]){1});
    near_values(&f, FEATURE_CHORD_TONES, (const double[]){4.0 / 6});
    assert_int_equal(f.count[FEATURE_SAME_BOTH_8], 0); /* too short */
    overlap_features_free(&f);
    overlap_features_free(&f);
    surface_free(&t);
}

static void test_no_values(void **state) {
    (void)state;
    struct surface t;
    struct surface_set s = {&t, 1, 4};
    struct tune_features f;
    struct overlap o[FEATURES];
    hear(&t, ". .", "", 16, 15);
    assert_ok(overlap_features_init(&f, &s, e));
    for (int k = 0; k < FEATURES; k++)
        assert_int_equal(f.count[k], 0);
    assert_ok(overlap_sets(&f, &f, o, e));
    for (int k = 0; k < FEATURES; k++)
        assert_true(isnan(o[k].area) && isnan(o[k].kld) && isnan(o[k].spread));
    overlap_features_free(&f);
    surface_free(&t);
}

/* ---- sets ---- */

/* Tunes of two notes, of those ranges. */
static void ranges(struct surface_set *s, const int *range, size_t n) {
    *s = (struct surface_set){calloc(n, sizeof *s->list), n, 4};
    for (size_t i = 0; i < n; i++) {
        char text[32];
        snprintf(text, sizeof text, "60 %d", 60 + range[i]);
        hear(&s->list[i], text, "", 2, 0);
    }
}

static void test_sets(void **state) {
    (void)state;
    const int target_ranges[] = {0, 12, 4}, set_ranges[] = {5, 7};
    const double within[] = {12, 4, 8}, between[] = {5, 7, 1, 7, 5, 3};
    struct surface_set target, set;
    struct tune_features f, g;
    struct overlap o[FEATURES];
    ranges(&target, target_ranges, 3);
    ranges(&set, set_ranges, 2);
    assert_ok(overlap_features_init(&f, &target, e));
    assert_ok(overlap_features_init(&g, &set, e));
    assert_ok(overlap_sets(&g, &f, o, e));
    struct overlap want = overlap_lists(within, 3, between, 6);
    assert_near_value(o[FEATURE_RANGE].area, want.area, 1e-12, 0);
    assert_near_value(o[FEATURE_RANGE].kld, want.kld, 1e-12, 0);
    assert_near_value(o[FEATURE_RANGE].spread, 2.0 / 8, 1e-12, 0);
    assert_true(o[FEATURE_ONSETS_PER_BAR].area == 1); /* two, all of them */
    overlap_features_free(&f);
    overlap_features_free(&g);
    surface_set_free(&target);
    surface_set_free(&set);
}

/* Of many tunes an evenly spread choice: half of these rise by 12. */
static void test_bounded(void **state) {
    (void)state;
    enum { MANY = 3 * OVERLAP_TUNES + 5 };
    int *range = calloc(MANY, sizeof *range);
    for (int i = MANY / 2; i < MANY; i++)
        range[i] = 12;
    struct surface_set s;
    struct tune_features f;
    ranges(&s, range, MANY);
    assert_ok(overlap_features_init(&f, &s, e));
    double sum = 0;
    assert_int_equal(f.count[FEATURE_RANGE], OVERLAP_TUNES);
    for (int i = 0; i < OVERLAP_TUNES; i++)
        sum += f.value[FEATURE_RANGE][i];
    assert_near_value(sum / OVERLAP_TUNES, 6, 0.1, 0);
    overlap_features_free(&f);
    surface_set_free(&s);
    free(range);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points),    cmocka_unit_test(test_same),
        cmocka_unit_test(test_formula),   cmocka_unit_test(test_features),
        cmocka_unit_test(test_no_values), cmocka_unit_test(test_sets),
        cmocka_unit_test(test_bounded),
    };
    return cmocka_run_group_tests_name("overlap", tests, NULL, NULL);
}
