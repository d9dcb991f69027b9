/* Random numbers: known answers (made with an implementation in Python of the
 * published algorithms), ranges, rough uniformity.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "nott/base/rng.h"

static void test_known_answers(void **state) {
    (void)state;
    static const uint64_t want[] = {
        11520u,
        0u,
        1509978240u,
        1215971899390074240u,
        1216172134540287360u,
        607988272756665600u,
        16172922978634559625u,
        8476171486693032832u,
        10595114339597558777u,
        2904607092377533576u,
    };
    struct rng r = {{1, 2, 3, 4}};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
        assert_true(rng_next(&r) == want[i]);
    uint64_t last = 0;
    for (int i = 10; i < 1000; i++)
        last = rng_next(&r);
    assert_true(last == 0x3039d010986d012du);
    assert_true(r.s[0] == 0x1b0cda626ebd8a37u);
    assert_true(r.s[3] == 0xd488afce31f830b6u);
}

static void test_known_seed(void **state) {
    (void)state;
    assert_true(rng_mix(0, 0) == 0x0397ab29740681d9u);
    assert_true(rng_mix(1, 0) == 0xddc1ed05282d1d64u);
    assert_true(rng_mix(0, 1) == 0xc0737b7cf89e44abu);
    assert_true(rng_mix(UINT64_MAX, UINT64_MAX) == 0x445018e305810b78u);
    static const uint64_t want[4] = {0x6583611194f8dd8eu, 0x0860661363deea25u,
                                     0xad76f31d3efea7e6u, 0x5a4d0e0cfb30046au};
    struct rng r;
    rng_seed(&r, 42, 7);
    assert_memory_equal(r.s, want, sizeof want);
}

static void test_streams(void **state) {
    (void)state;
    struct rng a, b, other, next;
    rng_seed(&a, 5, 0);
    rng_seed(&b, 5, 0);
    rng_seed(&other, 5, 1);
    rng_seed(&next, 6, 0);
    int same_stream = 0, same_seed = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t x = rng_next(&a);
        assert_true(x == rng_next(&b));
        same_stream += x == rng_next(&other);
        same_seed += x == rng_next(&next);
    }
    assert_int_equal(same_stream, 0);
    assert_int_equal(same_seed, 0);
}

static void test_uniform(void **state) {
    (void)state;
    enum { N = 200000 };
    struct rng r;
    rng_seed(&r, 1, 2);
    double sum = 0, squares = 0, low = 1, high = 0;
    for (int i = 0; i < N; i++) {
        double x = rng_uniform(&r);
        assert_true(x >= 0 && x < 1);
        sum += x;
        squares += x * x;
        low = fmin(low, x);
        high = fmax(high, x);
    }
    assert_near_value(sum / N, 0.5, 0.003, 0); /* 4.6 standard errors */
    assert_near_value(squares / N, 1.0 / 3, 0.003, 0);
    assert_true(low < 1e-4 && high > 1 - 1e-4);
    struct rng largest = {{0, UINT64_MAX, 0, 0}};
    assert_true(rng_uniform(&largest) < 1);
}

static void test_below(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 3, 0);
    for (size_t n = 1; n <= 13; n++) {
        enum { EACH = 4000 };
        int count[13] = {0};
        for (size_t i = 0; i < EACH * n; i++) {
            size_t x = rng_below(&r, n);
            assert_true(x < n);
            count[x]++;
        }
        double chi2 = 0;
        for (size_t k = 0; k < n; k++)
            chi2 += (count[k] - EACH) * (double)(count[k] - EACH) / EACH;
        assert_true(chi2 < 40); /* 12 degrees: p < 1e-4 */
    }
    /* Without a second draw the lower half would come twice as often. */
    size_t large = (size_t)1 << 63 | (size_t)1 << 62, low = 0;
    for (int i = 0; i < 10000; i++) {
        size_t x = rng_below(&r, large);
        assert_true(x < large);
        low += x < large / 3;
    }
    assert_near_value((double)low / 10000, 1.0 / 3, 0.02, 0);
}

static void test_shuffle(void **state) {
    (void)state;
    enum { N = 100 };
    int v[N], seen[N] = {0}, moved = 0, again[N];
    for (int i = 0; i < N; i++)
        v[i] = again[i] = i;
    struct rng r, same;
    rng_seed(&r, 4, 0);
    rng_seed(&same, 4, 0);
    rng_shuffle(&r, v, N);
    rng_shuffle(&same, again, N);
    assert_memory_equal(v, again, sizeof v);
    for (int i = 0; i < N; i++) {
        assert_in_range(v[i], 0, N - 1);
        seen[v[i]]++;
        moved += v[i] != i;
    }
    for (int i = 0; i < N; i++)
        assert_int_equal(seen[i], 1);
    assert_true(moved > N / 2);
    rng_shuffle(&r, v, 1); /* nothing to do, nothing to touch */
    rng_shuffle(&r, NULL, 0);
}

/* All six orders of three things, about equally often. */
static void test_shuffle_is_fair(void **state) {
    (void)state;
    int count[27] = {0};
    struct rng r;
    rng_seed(&r, 4, 1);
    for (int i = 0; i < 12000; i++) {
        int v[3] = {0, 1, 2};
        rng_shuffle(&r, v, 3);
        count[v[0] * 9 + v[1] * 3 + v[2]]++;
    }
    int orders = 0;
    for (int i = 0; i < 27; i++)
        if (count[i]) {
            orders++;
            assert_near_value(count[i], 2000, 200, 0);
        }
    assert_int_equal(orders, 6);
}

static int bits(uint64_t x) {
    int n = 0;
    for (; x; x &= x - 1)
        n++;
    return n;
}

/* Turning one bit of either word turns half the bits of the result. */
static void test_mix_avalanche(void **state) {
    (void)state;
    enum { TRIES = 200 };
    struct rng r;
    rng_seed(&r, 5, 0);
    for (int bit = 0; bit < 64; bit++) {
        int by_key = 0, by_counter = 0;
        for (int i = 0; i < TRIES; i++) {
            uint64_t key = rng_next(&r), counter = (uint64_t)i;
            uint64_t one = (uint64_t)1 << bit, x = rng_mix(key, counter);
            by_key += bits(x ^ rng_mix(key ^ one, counter));
            by_counter += bits(x ^ rng_mix(key, counter ^ one));
        }
        assert_near_value((double)by_key / TRIES, 32, 1.8, 0); /* 6 sigma */
        assert_near_value((double)by_counter / TRIES, 32, 1.8, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_known_seed),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_uniform),
        cmocka_unit_test(test_below),
        cmocka_unit_test(test_shuffle),
        cmocka_unit_test(test_shuffle_is_fair),
        cmocka_unit_test(test_mix_avalanche),
    };
    return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
