/* Scores: keys, pitches, meters, and whether two are the same.
 * SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for failing.h */
#endif
#include "failing.h"
#include "scores.h"

#define Q SCORE_PPQ

/* From seven flats to seven sharps; the tonics of each mode on the line of
 * fifths from F flat to B double sharp. */
static const char *const fifths[] = {"Fb", "Cb", "Gb", "Db", "Ab", "Eb", "Bb",
                                     "F",  "C",  "G",  "D",  "A",  "E",  "B",
                                     "F#", "C#", "G#", "D#", "A#", "E#", "B#"};

static const char *const signatures[] = {"bCbDbEbFbGbAbB",
                                         "bCbDbEbGbAbB",
                                         "bDbEbGbAbB",
                                         "bDbEbAbB",
                                         "bEbAbB",
                                         "bEbB",
                                         "bB",
                                         "",
                                         "#F",
                                         "#C#F",
                                         "#C#F#G",
                                         "#C#D#F#G",
                                         "#C#D#F#G#A",
                                         "#C#D#E#F#G#A",
                                         "#C#D#E#F#G#A#B"};

static void check_key(int sharps, int mode) {
    /* how far the tonic lies above that of the major key */
    static const int above[SCORE_MODES] = {0, 2, 4, -1, 1, 3, 5};
    struct score_key k = score_key_of(sharps, (enum score_mode)mode);
    struct score_key again = {k.letter, k.alter, k.mode, {9, 9, 9, 9, 9, 9, 9}};
    struct buf b = {0};
    char want[64];
    snprintf(want, sizeof want, "%s%s%s", fifths[8 + sharps + above[mode]],
             score_mode_names[mode], signatures[sharps + 7]);
    scores_key(&b, &k);
    scores_check(&b, want, "a key");
    assert_int_equal(score_key_sharps(&k), sharps);
    assert_int_equal(score_key_sign(&again), 0);
    assert_memory_equal(&again, &k, sizeof k);
}

static void test_keys(void **state) {
    (void)state;
    for (int mode = 0; mode < SCORE_MODES; mode++)
        for (int sharps = -7; sharps <= 7; sharps++)
            check_key(sharps, mode);
    struct score_key none = {.letter = -1, .sign = {1, 1, 1, 1, 1, 1, 1}};
    assert_int_equal(score_key_sign(&none), 0);
    assert_int_equal(score_key_sharps(&none), 0);
}

static void test_impossible_keys(void **state) {
    (void)state;
    static const struct score_key keys[] = {
        {.letter = 4, .alter = 1, .mode = SCORE_MAJOR},       /* G# */
        {.letter = 3, .alter = -1, .mode = SCORE_MAJOR},      /* Fb */
        {.letter = 0, .alter = 1, .mode = SCORE_LYDIAN},      /* C# */
        {.letter = 0, .alter = -1, .mode = SCORE_MIXOLYDIAN}, /* Cb */
        {.letter = 6, .alter = 1, .mode = SCORE_MINOR},       /* B# */
        {.letter = 4, .alter = -1, .mode = SCORE_LOCRIAN},    /* Gb */
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct score_key k = keys[i];
        assert_int_equal(score_key_sign(&k), -1);
        for (int j = 0; j < 7; j++)
            assert_true(k.sign[j] >= -1 && k.sign[j] <= 1);
    }
}

static void test_pitches(void **state) {
    (void)state;
    static const struct {
        struct score_pitch p;
        int midi;
    } cases[] = {
        {{0, 4, 0, 0}, 60},  {{6, 4, 0, 0}, 71},  {{0, 5, -1, 0}, 71},
        {{6, 3, 1, 0}, 60},  {{3, 4, 2, 1}, 67},  {{6, 4, -2, 1}, 69},
        {{0, -1, 0, 0}, 0},  {{4, 9, 0, 0}, 127}, {{5, 4, 0, 0}, 69},
        {{2, 4, -1, 0}, 63},
    };
    static const int classes[] = {0, 2, 4, 5, 7, 9, 11};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(score_pitch_midi(&cases[i].p), cases[i].midi);
    for (int i = 0; i < 7; i++)
        assert_int_equal(score_letter_class(i), classes[i]);
}

static void test_meters(void **state) {
    (void)state;
    static const struct {
        int beats, unit;
        int64_t bar, beat;
    } cases[] = {
        {4, 4, 4 * Q, 2 * Q},
        {2, 2, 4 * Q, 2 * Q},
        {2, 4, 2 * Q, Q},
        {3, 4, 3 * Q, Q},
        {5, 4, 5 * Q, Q},
        {6, 4, 6 * Q, 2 * Q},
        {3, 2, 6 * Q, 2 * Q},
        {4, 2, 8 * Q, 2 * Q},
        {1, 1, 4 * Q, 4 * Q},
        {3, 8, 3 * Q / 2, 3 * Q / 2},
        {6, 8, 3 * Q, 3 * Q / 2},
        {9, 8, 9 * Q / 2, 3 * Q / 2},
        {12, 8, 6 * Q, 3 * Q / 2},
        {6, 16, 3 * Q / 2, 3 * Q / 4},
        {3, 16, 3 * Q / 4, 3 * Q / 4},
        {4, 8, 2 * Q, Q},
        {5, 8, 5 * Q / 2, Q},
        {7, 8, 7 * Q / 2, Q},
        {2, 8, Q, Q},
        {0, 0, 0, Q},
        {255, 64, 255 * Q / 16, 3 * Q / 16},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct score_meter m = {cases[i].beats, cases[i].unit};
        assert_int_equal(score_bar_length(m), cases[i].bar);
        assert_int_equal(score_beat_length(m), cases[i].beat);
    }
}

static const char whole[] =
    "X:1\nT:T\nC:C\nR:reel\nM:4/4\nL:1/8\nQ:1/4=100\nP:AB\nK:D\n"
    "|:\"G\"A{B}[ce]-[K:C][M:3/4][Q:1/4=90][P:A](3ABc|1z2:|2x^F|]";

/* Each change alone makes another score, at the item that it is in. */
static void test_differs(void **state) {
    (void)state;
    struct score a = scores_read(whole), b = scores_read(whole);
    assert_true(score_differs(&a, &b) == SIZE_MAX);
    for (size_t i = 0; i < b.count; i++) {
        b.items[i].line = 7;
        b.items[i].column = 0;
    }
    assert_true(score_differs(&a, &b) == SIZE_MAX);
#define CHECK_CHANGE(field, value, at)                                         \
    do {                                                                       \
        struct score c = b;                                                    \
        struct score_item *items = malloc(b.count * sizeof *items);            \
        assert_non_null(items);                                                \
        memcpy(items, b.items, b.count * sizeof *items);                       \
        c.items = items;                                                       \
        c.field = value;                                                       \
        assert_int_equal(score_differs(&a, &c), at);                           \
        assert_int_equal(score_differs(&c, &a), at);                           \
        free(items);                                                           \
    } while (0)
    CHECK_CHANGE(title[0], 'U', 0);
    CHECK_CHANGE(composer[0], 'D', 0);
    CHECK_CHANGE(rhythm[0], 'j', 0);
    CHECK_CHANGE(parts[1], 'A', 0);
    CHECK_CHANGE(key.letter, 0, 0);
    CHECK_CHANGE(key.mode, SCORE_MINOR, 0);
    CHECK_CHANGE(key.alter, 1, 0);
    CHECK_CHANGE(key.sign[2], 1, 0);
    CHECK_CHANGE(meter.beats, 3, 0);
    CHECK_CHANGE(meter.unit, 8, 0);
    CHECK_CHANGE(tempo, 101, 0);
    CHECK_CHANGE(items[0].bar, 0, 0);
    CHECK_CHANGE(items[1].text[0], 'A', 1);
    CHECK_CHANGE(items[1].kind, SCORE_PART, 1);
    CHECK_CHANGE(items[2].note.length, 1, 2);
    CHECK_CHANGE(items[2].note.count, 0, 2);
    CHECK_CHANGE(items[2].note.tied, 1, 2);
    CHECK_CHANGE(items[2].note.pitch[0].letter, 1, 2);
    CHECK_CHANGE(items[2].note.pitch[0].alter, 1, 2);
    CHECK_CHANGE(items[2].note.pitch[0].octave, 3, 2);
    CHECK_CHANGE(items[2].note.pitch[0].shown, 1, 2);
    CHECK_CHANGE(items[3].note.grace, 0, 3);
    CHECK_CHANGE(items[4].note.pitch[1].letter, 1, 4);
    CHECK_CHANGE(items[5].key.letter, 1, 5);
    CHECK_CHANGE(items[6].meter.beats, 4, 6);
    CHECK_CHANGE(items[6].meter.unit, 8, 6);
    CHECK_CHANGE(items[7].tempo, 91, 7);
    CHECK_CHANGE(items[8].text[1], 'x', 8);
    CHECK_CHANGE(items[9].note.actual, 5, 9);
    CHECK_CHANGE(items[9].note.normal, 5, 9);
    CHECK_CHANGE(items[9].note.group, 5, 9);
    CHECK_CHANGE(items[13].endings, 3, 13);
    CHECK_CHANGE(items[17].note.hidden, 0, 17);
    CHECK_CHANGE(count, b.count - 1, b.count - 1);
    /* What is behind a chord's notes, and a key that is none. */
    b.items[2].note.pitch[1].letter = 3;
    b.items[5].key = a.items[5].key = (struct score_key){.letter = -1};
    b.items[5].key.mode = SCORE_MINOR;
    assert_true(score_differs(&a, &b) == SIZE_MAX);
    score_free(&a);
    score_free(&b);
    assert_int_equal(a.count, 0);
    assert_null(a.items);
    assert_true(score_differs(&a, &b) == SIZE_MAX);
}

static void test_no_memory(void **state) {
    (void)state;
    if (!FAILING_WORKS) {
        print_message("needs glibc or the address sanitizer\n");
        skip();
    }
    struct score s = {0};
    struct score_item item = {.kind = SCORE_BAR};
    long failures = 0;
    for (int i = 0; i < 1000; i++) {
        struct err e = {0};
        failing_start(1, FAIL_ONCE);
        int rc = score_add(&s, &item, &e);
        if (failing_stop()) {
            failures++;
            assert_int_equal(rc, -1);
            assert_int_equal(e.code, ERR_MEM);
            rc = score_add(&s, &item, NULL);
        }
        assert_int_equal(rc, 0);
        assert_int_equal(s.count, i + 1);
    }
    assert_in_range(failures, 3, 12);
    score_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),    cmocka_unit_test(test_impossible_keys),
        cmocka_unit_test(test_pitches), cmocka_unit_test(test_meters),
        cmocka_unit_test(test_differs), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
