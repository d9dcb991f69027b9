/* What has been there before: by hand, and against plain search.
 * SPDX-License-Identifier: MIT */
#include "nott/judge/novelty.h"

#include "hear.h"

static void find(const struct surface_set *train, const struct surface *t,
                 struct novelty *n) {
    struct novelty_index x;
    assert_ok(novelty_index_init(&x, train, e));
    assert_ok(novelty_find(&x, t, n, e));
    novelty_index_free(&x);
    novelty_index_free(&x); /* zeroed */
}

/* The longest run of a tune in one or two training tunes. */
static void check_run(const char *tune, const char *one, const char *two,
                      size_t run, size_t in) {
    struct surface t, list[2];
    struct surface_set train = {list, two ? 2 : 1, 4};
    struct novelty n;
    hear(&t, tune, "", 4, 0);
    hear(&list[0], one, "", 4, 0);
    if (two)
        hear(&list[1], two, "", 4, 0);
    find(&train, &t, &n);
    assert_int_equal(n.run, run);
    assert_int_equal(n.run_tune, in);
    surface_free(&t);
    surface_free(&list[0]);
    if (two)
        surface_free(&list[1]);
}

static void test_runs(void **state) {
    (void)state;
    const char *tune = "60 - 62 64 - . 65 65";
    check_run(tune, tune, NULL, 8, 0);
    check_run(tune, "67 - 69 71 - . 72 72", NULL, 8, 0); /* in G */
    check_run(tune, "60 - 62 64 - . 65 - 65", NULL, 7, 0);
    check_run(tune, "60 - 62 63 - . 65 65", NULL, 3, 0);
    check_run(tune, "50 60 - 62 63 - . 64 64", NULL, 5, 0);  /* 64 - . 65 65 */
    check_run(tune, "60 - 62 . 62 64 - . 65 -", NULL, 5, 0); /* to the 65 */
    check_run("60 62 64", "64 62 60", NULL, 0, NOVELTY_NONE);
    check_run("60", "60", NULL, 0, NOVELTY_NONE);
    check_run(". . . .", "60 - - -", NULL, 0, NOVELTY_NONE);
    check_run(". . . .", "60 . . . .", NULL, 4, 0);
}

/* A run has to be in one tune. */
static void test_two_tunes(void **state) {
    (void)state;
    const char *tune = "60 62 64 67 65 63";
    check_run(tune, "60 62 64", "67 65 63", 3, 0);
    check_run(tune, "67 65 63", "64 67 65 63", 4, 1);
    check_run(tune, "70 50 52", "51 48 52", 2, 0); /* +2 of the first */
}

static void test_windows(void **state) {
    (void)state;
    struct buf text = {0}, other = {0};
    for (int i = 0; i < 40; i++) {
        int note = 60 + (i * i * 7 + i / 5) % 13;
        const char *gap = i ? " " : "";
        buf_printf(&text, "%s%d", gap, note);
        buf_printf(&other, "%s%d", gap,
                   i == 0   ? 60
                   : i < 20 ? note + 2
                            : 60 - i % 2);
    }
    struct surface t, list[1];
    struct surface_set train = {list, 1, 4};
    struct novelty n;
    hear(&t, (const char *)text.data, "", 4, 0);
    hear(&list[0], (const char *)other.data, "", 4, 0);
    find(&train, &t, &n);
    assert_int_equal(n.run, 19); /* steps 1 .. 19 */
    assert_near_value(n.windows[0], 4.0 / 25, 1e-12, 0);
    assert_near_value(n.windows[1], 0, 0, 0);
    assert_true(isnan(n.windows[2]));               /* it has not 64 steps */
    assert_near_value(n.share, 8.0 / 29, 1e-12, 0); /* 12 of 19 notes */
    assert_int_equal(n.nearest, 0);
    surface_free(&t);
    surface_free(&list[0]);
    buf_free(&text);
    buf_free(&other);
}

/* The nearest tune is the one with most runs, not the first with one. */
static void test_nearest(void **state) {
    (void)state;
    const char *tune = "60 62 64 65 67 69 71 72 71 70 66 61 59 57";
    struct surface t, list[3];
    struct surface_set train = {list, 3, 4};
    struct novelty n;
    hear(&t, tune, "", 4, 0);
    hear(&list[0], "60 62 64 65 67 69 71 72 71 70 66 61 60", "", 4, 0);
    hear(&list[1], "70 72 74 75 77 79 81 82 81 80 76 71 69 66", "", 4, 0);
    hear(&list[2], "60 - 62 64 65 67 69 71 72 71 70 66", "", 4, 0);
    find(&train, &t, &n);
    assert_int_equal(n.nearest, 1);
    assert_near_value(n.share, 2.0 / 3, 1e-12, 0);
    train.count = 1;
    find(&train, &t, &n);
    assert_int_equal(n.nearest, 0);
    assert_near_value(n.share, 1.0 / 3, 1e-12, 0);
    struct surface_set slower = {list + 2, 1, 4};
    find(&slower, &t, &n);
    assert_int_equal(n.nearest, NOVELTY_NONE);
    assert_near_value(n.share, 0, 0, 0);
    find(&train, &list[2],
         &n); /* a tune of eleven notes has no run of twelve */
    assert_true(isnan(n.share) || n.share >= 0);
    for (int i = 0; i < 3; i++)
        surface_free(&list[i]);
    surface_free(&t);
}

/* A run that a training tune has many times is found once. */
static void test_repeated_run(void **state) {
    (void)state;
    struct surface t, list[1];
    struct surface_set train = {list, 1, 4};
    struct novelty n;
    hear(&t, "60 60 60 60 60 60 60 60 60 60 60 60 67", "", 4, 0);
    hear(&list[0], "62 62 62 62 62 62 62 62 62 62 62 62 62 62 62", "", 4, 0);
    find(&train, &t, &n);
    assert_near_value(n.share, 0.5, 1e-12, 0);
    surface_free(&t);
    surface_free(&list[0]);
}

static void test_no_train(void **state) {
    (void)state;
    struct novelty_index x;
    struct surface_set none = {NULL, 0, 4};
    assert_refused(novelty_index_init(&x, &none, e), ERR_FORMAT);
}

/* ---- plain search ---- */

/* The last pitch that sounded before step k, or -1. */
static int last_pitch(const struct surface *t, size_t k) {
    while (k-- > 0)
        if (t->pitch[k] >= 0)
            return t->pitch[k];
    return -1;
}

static int same_step(const struct surface *t, size_t i, const struct surface *u,
                     size_t k) {
    if ((t->pitch[i] < 0) != (u->pitch[k] < 0) ||
        (t->pitch[i - 1] < 0) != (u->pitch[k - 1] < 0) ||
        t->struck[i] != u->struck[k])
        return 0;
    int a = last_pitch(t, i), b = last_pitch(u, k);
    return !t->struck[i] || (a < 0 && b < 0) ||
           (a >= 0 && b >= 0 && t->pitch[i] - a == u->pitch[k] - b);
}

/* Length of the longest run that ends with step i. */
static size_t run_to(const struct surface *t, size_t i,
                     const struct surface_set *train) {
    size_t best = 0;
    for (size_t s = 0; s < train->count; s++)
        for (size_t k = 1; k < train->list[s].steps; k++) {
            size_t n = 0;
            while (n < i && n < k &&
                   same_step(t, i - n, &train->list[s], k - n))
                n++;
            best = n > best ? n : best;
        }
    return best ? best + 1 : 0;
}

static void check_plain(const struct novelty_index *x,
                        const struct surface *t) {
    struct novelty n;
    size_t run = 0, found[NOVELTY_WINDOWS] = {0};
    assert_ok(novelty_find(x, t, &n, e));
    for (size_t i = 1; i < t->steps; i++) {
        size_t here = run_to(t, i, x->train);
        run = here > run ? here : run;
        for (int w = 0; w < NOVELTY_WINDOWS; w++)
            found[w] += here >= (size_t)novelty_windows[w];
    }
    assert_int_equal(n.run, run);
    for (int w = 0; w < NOVELTY_WINDOWS; w++) {
        size_t width = (size_t)novelty_windows[w];
        if (t->steps >= width)
            assert_near_value(n.windows[w],
                              (double)found[w] / (double)(t->steps - width + 1),
                              1e-12, 0);
    }
}

/* Few pitches and much holding, so that there is much to find. */
static void random_tune(struct surface *t, size_t steps, struct rng *r) {
    assert_ok(surface_init(t, "random", steps, e));
    for (size_t k = 0; k < steps; k++) {
        size_t what = rng_below(r, 20);
        t->struck[k] = what < 3;
        t->pitch[k] = (int16_t)(what < 3   ? 60 + (int)rng_below(r, 2)
                                : what < 4 ? SURFACE_REST
                                : k        ? t->pitch[k - 1]
                                           : SURFACE_REST);
    }
}

static void test_plain(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 7, 0);
    for (int round = 0; round < 10; round++) {
        struct surface list[6];
        struct surface_set train = {list, 5, 4};
        struct novelty_index x;
        for (int i = 0; i < 6; i++)
            random_tune(&list[i], 2 + rng_below(&r, 150), &r);
        assert_ok(novelty_index_init(&x, &train, e));
        for (int i = 0; i < 6; i++)
            check_plain(&x, &list[i]);
        novelty_index_free(&x);
        for (int i = 0; i < 6; i++)
            surface_free(&list[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs),         cmocka_unit_test(test_two_tunes),
        cmocka_unit_test(test_windows),      cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_repeated_run), cmocka_unit_test(test_no_train),
        cmocka_unit_test(test_plain),
    };
    return cmocka_run_group_tests_name("novelty", tests, NULL, NULL);
}
