/* Input rows. SPDX-License-Identifier: MIT */
#include "nott/context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const uint8_t melody[] = {3, 9, 0, 254}, chord[] = {1, 0, 6, 254};

static void test_sizes(void **state) {
    (void)state;
    struct context c;
    context_init(&c, 35, 31, 0, 0);
    assert_int_equal(c.rows, 66);
    assert_int_equal(c.active, 2);
    context_init(&c, 35, 31, 1, 0);
    assert_int_equal(c.rows, 66 + 96);
    assert_int_equal(c.active, 3);
    context_init(&c, 35, 31, 0, 1);
    assert_int_equal(c.rows, 66 + 10);
    assert_int_equal(c.active, 3);
    context_init(&c, 35, 31, 1, 1);
    assert_int_equal(c.rows, 66 + 96 + 10);
    assert_int_equal(c.active, 4);
}

static void test_classes(void **state) {
    (void)state;
    struct context c;
    struct tune_view v = {melody, chord, 16, 0, 4, 4};
    uint16_t rows[3] = {0, 0, 77};
    context_init(&c, 255, 255, 0, 0);
    context_rows(&c, &v, 1, rows);
    assert_int_equal(rows[0], 9);
    assert_int_equal(rows[1], 255);
    assert_int_equal(rows[2], 77); /* no more than `active` */
    context_rows(&c, &v, 3, rows);
    assert_int_equal(rows[0], 254);
    assert_int_equal(rows[1], 509);
}

static int place(int bar, int phase, size_t t) {
    static uint8_t classes[400];
    struct context c;
    struct tune_view v = {classes, classes, bar, phase, 4, 4};
    uint16_t rows[4];
    context_init(&c, 35, 31, 1, 1);
    context_rows(&c, &v, t, rows);
    return rows[2] - 66;
}

static void test_position(void **state) {
    (void)state;
    assert_int_equal(place(16, 0, 0), 1); /* of the step to come */
    assert_int_equal(place(16, 0, 14), 15);
    assert_int_equal(place(16, 0, 15), 0);
    assert_int_equal(place(16, 4, 0), 13); /* in the pickup */
    assert_int_equal(place(16, 4, 3), 0);
    assert_int_equal(place(12, 11, 10), 0);
    assert_int_equal(place(1, 0, 5), 0);
    assert_int_equal(place(100, 0, 95), 0); /* longer bars wrap around */
    assert_int_equal(place(100, 0, 98), 3);
}

static int meter(int beats, int unit) {
    struct context c;
    struct tune_view v = {melody, chord, 16, 0, beats, unit};
    uint16_t rows[4] = {0};
    context_init(&c, 35, 31, 0, 1);
    context_rows(&c, &v, 0, rows);
    assert_true(rows[2] < c.rows);
    int got = rows[2] - 66;
    context_init(&c, 35, 31, 1, 1);
    context_rows(&c, &v, 0, rows);
    assert_int_equal(rows[3] - 66 - CONTEXT_POSITIONS, got);
    return got;
}

static void test_meter(void **state) {
    (void)state;
    assert_int_equal(meter(4, 4), 0);
    assert_int_equal(meter(6, 8), 1);
    assert_int_equal(meter(3, 4), 2);
    assert_int_equal(meter(12, 8), 8);
    assert_int_equal(meter(5, 4), 9); /* all others are one */
    assert_int_equal(meter(4, 8), 9);
    assert_int_equal(meter(255, 128), 9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_position),
        cmocka_unit_test(test_meter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
