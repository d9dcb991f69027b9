/* Tunes in the classes of a model that was trained on others.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "music.h"
#include "nott/data/corpus.h"

static struct corpus c;
static struct dataset d;
static struct vocabulary model; /* 55 .. 84: 32 classes */
static const struct encode_options options = {.encoding = ENCODING_ATTACK,
                                              .steps_per_quarter = 4};

#define STEPS 6

/* A tune of three notes, its chord struck under all of it. */
static void add_tune(int low, int middle, int high, const char *chord) {
    struct corpus_file *f;
    struct chord played = music_chord(chord);
    c.files = realloc(c.files, (c.count + 1) * sizeof *c.files);
    assert_non_null(c.files);
    f = &c.files[c.count];
    *f = (struct corpus_file){.split = SPLIT_VALID, .placed = 1};
    f->name = strdup("tune");
    f->path = strdup("tune.mid");
    f->tune = (struct raw_tune){.steps = STEPS,
                                .has_chords = 1,
                                .header = {4, 0, 4, 4, 12 + 9}, /* Am */
                                .notes = 3};
    f->tune.melody = calloc(STEPS, sizeof *f->tune.melody);
    f->tune.chord = calloc(STEPS, sizeof *f->tune.chord);
    int16_t melody[STEPS] = {(int16_t)low, ENCODE_HOLD,   (int16_t)middle,
                             ENCODE_REST,  (int16_t)high, ENCODE_HOLD};
    memcpy(f->tune.melody, melody, sizeof melody);
    int number = chord_pool_find(&c.pool, &played, NULL);
    for (int k = 1; k < STEPS; k++)
        f->tune.chord[k] = number;
    c.count++;
}

static int set_up(void **state) {
    (void)state;
    model = music_attack();
    c.like = &model;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    dataset_free(&d);
    corpus_free(&c);
    return 0;
}

static void build(void) {
    struct err e = {0};
    if (corpus_build(&c, &options, 5, &d, &e))
        fail_msg("%s", e.text);
}

/* What tune s became: how far it was moved, its three pitches, and the name of
 * its chord; `octaves` are the notes that were moved alone. */
static void check(size_t s, int shift, int low, int middle, int high,
                  const char *chord, int octaves) {
    const uint8_t *melody = d.melody + d.offset[s];
    const uint8_t *chords = d.chord + d.offset[s];
    assert_int_equal(c.files[s].shift, shift);
    assert_int_equal(vocabulary_pitch(&model, melody[0]), low);
    assert_int_equal(melody[1], MELODY_HOLD);
    assert_int_equal(vocabulary_pitch(&model, melody[2]), middle);
    assert_int_equal(melody[3], 0);
    assert_int_equal(vocabulary_pitch(&model, melody[4]), high);
    assert_int_equal(chords[0], 0);
    assert_string_equal(model.chords[chords[STEPS - 1]].name, chord);
    assert_int_equal(c.files[s].octaves, octaves);
}

/* The classes are the model's, also those that no tune has; and they need no
 * training tunes. */
static void test_classes(void **state) {
    (void)state;
    add_tune(60, 64, 67, "G");
    build();
    assert_int_equal(vocabulary_differs(&d.vocabulary, &model), 0);
    assert_int_equal(c.chord_min_count, 0);
    check(0, 0, 60, 64, 67, "G", 0);
    assert_int_equal(d.key[0], 12 + 9);
    assert_int_equal(d.split[0], SPLIT_VALID);
}

/* A chord without a class goes to the likest one, as rare ones do. */
static void test_chords(void **state) {
    (void)state;
    add_tune(60, 64, 67, "D7");
    add_tune(60, 64, 67, "F#1");
    build();
    check(0, 0, 60, 64, 67, "D", 0);
    check(1, 0, 60, 64, 67, "N.C.", 0);
}

/* Octaves come first, though fewer semitones would do; they leave chords and
 * key alone. */
static void test_octaves(void **state) {
    (void)state;
    add_tune(54, 60, 66, "G");
    add_tune(80, 85, 90, "G");
    add_tune(30, 33, 36, "Em");
    build();
    check(0, 12, 66, 72, 78, "G", 0);
    check(1, -12, 68, 73, 78, "G", 0);
    check(2, 36, 66, 69, 72, "Em", 0);
    for (size_t s = 0; s < 3; s++)
        assert_int_equal(d.key[s], 12 + 9);
}

/* A tune of more than 17 semitones may only fit by others; then chords and key
 * go with it. */
static void test_semitones(void **state) {
    (void)state;
    add_tune(53, 70, 80, "C"); /* 27 semitones: 12 more would be 92 */
    add_tune(58, 70, 86, "Em");
    build();
    check(0, 2, 55, 72, 82, "D", 0);
    check(1, -2, 56, 68, 84, "Dm", 0);
    assert_int_equal(d.key[0], 12 + 11);
    assert_int_equal(d.key[1], 12 + 7);
    assert_int_equal(c.files[0].tune.mode_tonic, 2);
    assert_int_equal(c.files[1].tune.mode_tonic, 10);
}

/* What does not fit as a whole is left where it is, but for single notes. */
static void test_too_wide(void **state) {
    (void)state;
    add_tune(50, 70, 86, "G");
    build();
    check(0, 0, 62, 70, 74, "G", 2);
    assert_int_equal(d.key[0], 12 + 9);
}

/* Without a model the range is that of the tunes. */
static void test_without(void **state) {
    (void)state;
    c.like = NULL;
    add_tune(30, 33, 36, "Em");
    c.files[0].split = SPLIT_TRAIN;
    build();
    assert_int_equal(d.vocabulary.low, 30);
    assert_int_equal(c.files[0].shift, 0);
    assert_int_equal(c.chord_min_count, 5);
}

/* A tune without a note, and without chords. */
static void test_silence(void **state) {
    (void)state;
    add_tune(ENCODE_REST, ENCODE_REST, ENCODE_REST, "G");
    c.files[0].tune.melody[1] = c.files[0].tune.melody[5] = ENCODE_REST;
    add_tune(40, 41, 42, "G");
    c.files[1].tune.has_chords = 0;
    memset(c.files[1].tune.chord, 0, STEPS * sizeof *c.files[1].tune.chord);
    build();
    assert_int_equal(c.files[0].shift, 0);
    assert_int_equal(c.files[1].shift, 24);
    assert_int_equal(d.has_chords[1], 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_classes),   TEST(test_chords),   TEST(test_octaves),
        TEST(test_semitones), TEST(test_too_wide), TEST(test_without),
        TEST(test_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
