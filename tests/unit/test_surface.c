/* Tunes as they are heard: from both encodings, and from MIDI files.
 * SPDX-License-Identifier: MIT */
#include "nott/data/surface.h"

#include "hear.h"
#include "nott/base/file.h"
#include "nott/data/seqtext.h"

#define STEPS 9

/* One tune of that split, with its classes by hand. Class 1 is C, 2 is G. */
static void one_tune(struct dataset *d, enum encoding encoding,
                     enum split split, const uint8_t melody[STEPS]) {
    static const uint8_t chord[STEPS] = {0, 1, 1, 1, 2, 2, 12, 12, 0};
    struct toy_tune list[] = {{STEPS, split}};
    toy_dataset(d, encoding, list, 1, 1);
    memcpy(d->melody, melody, STEPS);
    memcpy(d->chord, chord, STEPS);
    d->key[0] = 21;
    d->phase[0] = 1;
}

static void check_tune(const struct surface *t, const int pitch[STEPS],
                       const int struck[STEPS]) {
    static const int bass[STEPS] = {-1, 0, 0, 0, 7, 7, 7, 7, -1};
    static const int set[STEPS] = {0,     0x91,  0x91,  0x91, 0x884,
                                   0x884, 0x8a4, 0x8a4, 0};
    assert_int_equal(t->steps, STEPS);
    for (size_t k = 0; k < STEPS; k++) {
        assert_int_equal(t->pitch[k], pitch[k]);
        assert_int_equal(t->struck[k], struck[k]);
        assert_int_equal(t->chord[k], set[k]);
        assert_int_equal(t->bass[k], bass[k]);
    }
    assert_string_equal(t->name, "tune 0");
    assert_true(t->header.bar == 16 && t->header.phase == 1 &&
                t->header.beats == 4 && t->header.unit == 4);
    assert_int_equal(t->header.key, 21);
    assert_int_equal(surface_tonic(t), 9);
}

static void test_attack(void **state) {
    (void)state;
    /* a hold after nothing, struck, hold, struck again, rest, hold, ... */
    static const uint8_t melody[STEPS] = {1, 7, 1, 7, 0, 1, 9, 8, 1};
    static const int pitch[STEPS] = {-1, 60, 60, 60, -1, -1, 62, 61, 61};
    static const int struck[STEPS] = {0, 1, 0, 1, 0, 0, 1, 1, 0};
    struct dataset d;
    struct surface_set s;
    one_tune(&d, ENCODING_ATTACK, SPLIT_VALID, melody);
    assert_ok(surface_from_dataset(&s, &d, SPLIT_VALID, e));
    assert_true(s.count == 1 && s.steps_per_quarter == 4);
    check_tune(&s.list[0], pitch, struck);
    surface_set_free(&s);
    dataset_free(&d);
}

static void test_classic(void **state) {
    (void)state;
    static const uint8_t melody[STEPS] = {34, 5, 5, 7, 34, 34, 7, 6, 6};
    static const int pitch[STEPS] = {-1, 60, 60, 62, -1, -1, 62, 61, 61};
    static const int struck[STEPS] = {0, 1, 0, 1, 0, 0, 1, 1, 0};
    struct dataset d;
    struct surface_set s;
    one_tune(&d, ENCODING_CLASSIC, SPLIT_TEST, melody);
    assert_ok(surface_from_dataset(&s, &d, SPLITS, e));
    check_tune(&s.list[0], pitch, struck);
    surface_set_free(&s);
    dataset_free(&d);
}

static void test_unknown_chords(void **state) {
    (void)state;
    static const uint8_t melody[STEPS] = {1, 7, 1, 7, 0, 1, 9, 8, 1};
    struct dataset d;
    struct surface_set s;
    one_tune(&d, ENCODING_ATTACK, SPLIT_VALID, melody);
    d.has_chords[0] = 0;
    assert_ok(surface_from_dataset(&s, &d, SPLITS, e));
    assert_int_equal(s.list[0].has_chords, 0);
    for (size_t k = 0; k < STEPS; k++)
        assert_true(s.list[0].chord[k] == 0 && s.list[0].bass[k] == -1);
    surface_set_free(&s);
    d.has_chords[0] = 1;
    assert_ok(surface_from_dataset(&s, &d, SPLITS, e));
    assert_int_equal(s.list[0].has_chords, 1);
    surface_set_free(&s);
    dataset_free(&d);
}

static void test_splits(void **state) {
    (void)state;
    static const size_t want[SPLITS + 1] = {9, 4, 1, TOY_TUNES};
    struct dataset d;
    toy_dataset(&d, ENCODING_ATTACK, toy_tunes, TOY_TUNES, 3);
    for (int split = 0; split <= SPLITS; split++) {
        struct surface_set s;
        assert_ok(surface_from_dataset(&s, &d, split, e));
        assert_int_equal(s.count, want[split]);
        size_t at = 0;
        for (size_t i = 0; i < TOY_TUNES; i++)
            if (split == SPLITS || d.split[i] == split)
                assert_string_equal(s.list[at++].name, d.names[i]);
        surface_set_free(&s);
    }
    dataset_free(&d);
}

static void test_empty_split(void **state) {
    (void)state;
    struct dataset d;
    struct surface_set s;
    toy_dataset(&d, ENCODING_ATTACK, toy_tunes, 1, 3);
    assert_ok(surface_from_dataset(&s, &d, SPLIT_TEST, e));
    assert_int_equal(s.count, 0);
    surface_set_free(&s);
    surface_set_free(&s); /* zeroed */
    dataset_free(&d);
}

static void check_same(const struct surface *a, const struct surface *b) {
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->steps, b->steps);
    assert_true(a->header.bar == b->header.bar &&
                a->header.phase == b->header.phase &&
                a->header.key == b->header.key);
    assert_true(a->header.beats == b->header.beats &&
                a->header.unit == b->header.unit);
    assert_memory_equal(a->pitch, b->pitch, a->steps * sizeof *a->pitch);
    assert_memory_equal(a->struck, b->struck, a->steps);
    assert_memory_equal(a->chord, b->chord, a->steps * sizeof *a->chord);
    assert_memory_equal(a->bass, b->bass, a->steps);
}

/* A tune that was written as a MIDI file is the same tune when it is read. */
static void test_midi(void **state) {
    (void)state;
    static const struct toy_tune list[] = {{130, SPLIT_TRAIN},
                                           {128, SPLIT_TRAIN}};
    char folder[512], junk[600];
    struct dataset d;
    struct corpus c;
    struct surface_set want, got;
    struct encode_options o = {.encoding = ENCODING_ATTACK,
                               .steps_per_quarter = 4,
                               .chords = CHORDS_REQUIRED};
    toy_folder(folder, sizeof folder);
    toy_dataset(&d, ENCODING_ATTACK, list, 2, 5);
    for (size_t s = 0; s < 2; s++) {
        d.key[s] = 2; /* a file cannot say that it has none */
        d.melody[d.offset[s + 1] - 1] = 5;
    }
    assert_ok(seqtext_export(&d, folder, e));
    snprintf(junk, sizeof junk, "%s/junk.mid", folder);
    assert_ok(file_write(junk, "junk", 4, e));
    char *paths[] = {folder};
    assert_ok(corpus_scan(&c, paths, 1, 0, 0, e));
    assert_ok(corpus_encode(&c, &o, NULL, NULL, e));
    assert_int_equal(c.count, 3);
    assert_ok(surface_from_corpus(&got, &c, 4, e));
    assert_ok(surface_from_dataset(&want, &d, SPLITS, e));
    assert_int_equal(got.count, 2); /* the junk is passed over */
    for (size_t s = 0; s < 2; s++)
        check_same(&got.list[s], &want.list[s]);
    surface_set_free(&got);
    surface_set_free(&want);
    corpus_free(&c);
    dataset_free(&d);
    toy_remove(folder);
}

static void check_bars(size_t steps, int bar, int phase, size_t want) {
    struct surface t;
    assert_ok(surface_init(&t, "bars", steps, e));
    t.header.bar = bar;
    t.header.phase = phase;
    assert_int_equal(surface_bars(&t), want);
    surface_free(&t);
}

static void test_bars(void **state) {
    (void)state;
    check_bars(64, 16, 0, 4);
    check_bars(64, 16, 4, 4); /* the last is short of the pickup */
    check_bars(64, 16, 8, 4);
    check_bars(64, 16, 9, 3);
    check_bars(4, 16, 4, 0);
    check_bars(1, 16, 15, 0);
    check_bars(7, 1, 0, 7);
}

static void test_place(void **state) {
    (void)state;
    struct surface t;
    assert_ok(surface_init(&t, "place", 20, e));
    t.header.bar = 8;
    t.header.phase = 2;
    assert_int_equal(surface_place(&t, 0), 6);
    assert_int_equal(surface_place(&t, 2), 0);
    assert_int_equal(surface_place(&t, 9), 7);
    assert_int_equal(surface_place(&t, 10), 0);
    surface_free(&t);
}

static void test_root(void **state) {
    (void)state;
    struct surface t;
    int root;
    assert_ok(surface_init(&t, "root", 3, e));
    assert_ok(chord_parse("D7", &t.chord[0], &root, e));
    t.bass[0] = 9; /* over A */
    assert_ok(chord_parse("Am7", &t.chord[1], &root, e));
    t.bass[1] = 9; /* which is C6 when C is the lowest */
    assert_int_equal(surface_root(&t, 0), 2);
    assert_int_equal(surface_root(&t, 1), 9);
    t.bass[1] = 0;
    assert_int_equal(surface_root(&t, 1), 0);
    assert_int_equal(surface_root(&t, 2), -1);
    surface_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attack),         cmocka_unit_test(test_classic),
        cmocka_unit_test(test_unknown_chords), cmocka_unit_test(test_splits),
        cmocka_unit_test(test_empty_split),    cmocka_unit_test(test_midi),
        cmocka_unit_test(test_bars),           cmocka_unit_test(test_place),
        cmocka_unit_test(test_root),
    };
    return cmocka_run_group_tests_name("heard", tests, NULL, NULL);
}
