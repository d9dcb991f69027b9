/* Gates: limits of tunes made for it, and tunes beyond them.
 * SPDX-License-Identifier: MIT */
#include "nott/judge/gates.h"

#include "hear.h"

/* A bar of eight steps has n notes, 16 bars; pitches go up from 60 by `range`
 * semitones in all, and the last note is `last`. */
static void tune(struct surface *t, int n, int range, int last) {
    assert_ok(surface_init(t, "tune", 128, e));
    t->header.bar = 8;
    t->header.beats = 2;
    t->header.key = 0;
    for (size_t k = 0; k < t->steps; k++) {
        size_t bar = k / 8, place = k % 8;
        t->struck[k] = place < (size_t)n;
        t->pitch[k] = (int16_t)(place < (size_t)n ? 60 + (int)(bar % 2) * range
                                                  : t->pitch[k - 1]);
    }
    t->pitch[127] = (int16_t)last;
    t->struck[127] = 1;
}

/* 200 tunes: 1..4 notes a bar, ranges of 3..6 semitones, and all end on C, but
 * two on D and one on E. */
static void reference(struct surface_set *s) {
    *s = (struct surface_set){calloc(200, sizeof *s->list), 200, 4};
    for (int i = 0; i < 200; i++) {
        int waltz = i >= 160; /* 40 of them, with a note in each bar */
        tune(&s->list[i], waltz ? 1 : 1 + i % 4, 3 + i / 4 % 4,
             i < 2   ? 62
             : i < 3 ? 64
                     : 60);
        s->list[i].header.beats = waltz ? 3 : 2;
    }
}

static void check(const struct gates *g, int n, int range, int last, int beats,
                  unsigned want) {
    struct surface t;
    struct gate_result r;
    tune(&t, n, range, last);
    t.header.beats = beats;
    assert_ok(gates_try(g, &t, &r, e));
    if ((r.failed & ~(1u << GATES_KNOWN)) != want)
        fail_msg("%d notes, range %d, last %d: failed %x, wanted %x", n, range,
                 last, r.failed, want);
    surface_free(&t);
}

static void test_limits(void **state) {
    (void)state;
    struct surface_set s;
    struct gates g;
    reference(&s);
    assert_ok(gates_init(&g, &s, e));
    assert_int_equal(g.meter_count, 2);
    assert_int_equal(g.last_notes, 1u | 1u << 2);
    assert_true(isinf(g.limits[GATES_MODE].low));
    check(&g, 3, 4, 60, 2, 0);
    check(&g, 6, 4, 60, 2, 1u << GATES_RHYTHM);
    check(&g, 3, 4, 60, 3, 1u << GATES_RHYTHM); /* too many for 3/4 */
    check(&g, 1, 4, 60, 3, 0);
    check(&g, 3, 4, 60, 5, 0); /* of no meter: all tunes */
    check(&g, 3, 4, 62, 2, 0);
    check(&g, 3, 4, 64, 2, 1u << GATES_LAST_NOTE); /* half a percent */
    check(&g, 3, 2, 60, 2, 1u << GATES_RANGE);
    check(&g, 3, 7, 60, 2, 1u << GATES_RANGE);
    check(&g, 3, 9, 60, 2, 1u << GATES_RANGE | 1u << GATES_LEAPS);
    gates_free(&g);
    surface_set_free(&s);
}

/* Scales and accents. */
static void test_others(void **state) {
    (void)state;
    struct surface_set s;
    struct gates g;
    struct surface t;
    struct gate_result r;
    reference(&s);
    assert_ok(gates_init(&g, &s, e));
    tune(&t, 3, 4, 60);
    t.header.key = 6; /* C is a note of F sharp's scale no more */
    assert_ok(gates_try(&g, &t, &r, e));
    assert_true(r.failed >> GATES_MODE & 1);
    assert_false(r.failed >> GATES_ACCIDENTALS & 1);
    assert_near_value(r.value[GATES_LAST_NOTE], 6, 0, 0);
    t.header.key = TUNE_KEY_UNKNOWN; /* then it says nothing of it */
    assert_ok(gates_try(&g, &t, &r, e));
    assert_true(isnan(r.value[GATES_MODE]) && isnan(r.value[GATES_LAST_NOTE]));
    assert_false(r.failed >> GATES_MODE & 1);
    assert_false(r.failed >> GATES_LAST_NOTE & 1);
    for (size_t k = 0; k < 128; k++)
        t.pitch[k] = (int16_t)(60 + k / 8 % 5);
    assert_ok(gates_try(&g, &t, &r, e));
    assert_true(r.failed >> GATES_ACCIDENTALS & 1);
    t.header.phase = 4; /* no note begins on the line */
    assert_ok(gates_try(&g, &t, &r, e));
    assert_true(r.failed >> GATES_ACCENTS & 1);
    surface_free(&t);
    gates_free(&g);
    surface_set_free(&s);
}

/* A tune of noise. */
static void wild(struct surface *t, uint64_t seed) {
    assert_ok(surface_init(t, "wild", 256, e));
    for (size_t k = 0; k < 256; k++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        t->pitch[k] = (int16_t)(60 + (seed >> 40) % 12);
        t->struck[k] = 1;
    }
}

/* The reference tunes are not known by themselves: they are noise, of which
 * little is in the others, so that a copy of one has too much. */
static void test_known(void **state) {
    (void)state;
    struct surface_set s = {calloc(60, sizeof *s.list), 60, 4};
    struct gates g;
    struct surface t;
    struct gate_result r;
    for (size_t i = 0; i < 60; i++)
        wild(&s.list[i], i + 1);
    assert_ok(gates_init(&g, &s, e));
    assert_true(g.limits[GATES_KNOWN].high < 1);
    assert_ok(gates_try(&g, &s.list[7], &r, e));
    assert_near_value(r.value[GATES_KNOWN], 16, 0, 0);
    assert_true(r.failed >> GATES_KNOWN & 1);
    wild(&t, 1000);
    assert_ok(gates_try(&g, &t, &r, e));
    assert_false(r.failed >> GATES_KNOWN & 1);
    surface_free(&t);
    gates_free(&g);
    surface_set_free(&s);
}

static void test_few(void **state) {
    (void)state;
    struct surface_set s = {calloc(1, sizeof *s.list), 0, 4};
    struct gates g;
    struct gate_result r;
    struct err err = {0};
    assert_int_equal(gates_init(&g, &s, &err), -1);
    s.count = 1;
    tune(&s.list[0], 2, 5, 60);
    assert_ok(gates_init(&g, &s, e)); /* itself alone passes, known or not */
    assert_ok(gates_try(&g, &s.list[0], &r, e));
    assert_int_equal(r.failed, 0);
    gates_free(&g);
    surface_set_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_few),
    };
    return cmocka_run_group_tests_name("gates", tests, NULL, NULL);
}
