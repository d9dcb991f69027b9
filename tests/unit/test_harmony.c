/* Chords out of accompaniment. SPDX-License-Identifier: MIT */
#include "music/harmony.h"

#include <stdlib.h>

#include "music.h"

static struct song song;
static struct raw_tune tune;
static struct chord_pool pool;
static const struct grid sixteenths = {480, 4};

static int tear_down(void **state) {
    (void)state;
    song_free(&song);
    raw_tune_free(&tune);
    chord_pool_free(&pool);
    return 0;
}

/* Bars of a meter after a pickup of so many steps, without a key. */
static void begin(int beats, int unit, int pickup, int bars) {
    static const struct chord none;
    int bar = 16 * beats / unit;
    tear_down(NULL);
    music_parts(&song, 480, 2);
    tune.header =
        (struct tune_header){bar, pickup, beats, unit, TUNE_KEY_UNKNOWN};
    tune.steps = pickup + bars * bar;
    tune.chord = calloc((size_t)tune.steps, sizeof *tune.chord);
    assert_non_null(tune.chord);
    assert_int_equal(chord_pool_find(&pool, &none, NULL), 0);
}

/* Quarters from a beat on. */
static void play(int beat, int count, const int *pitches) {
    for (int i = 0; i < count; i++)
        music_note(&song, 0, 480 * (beat + i), 480 * (beat + i) + 479,
                   pitches[i], 75);
}

/* A chord for so many quarters from a beat on. */
static void strike(int beat, int count, const char *name) {
    music_strike(&song, 0, 480 * beat, 480 * (beat + count) - 1, name);
}

static void check(const char *want) {
    struct err e = {0};
    assert_int_equal(harmony_find(&tune, &song.parts[0], &song.parts[1],
                                  sixteenths, &pool, &e),
                     0);
    music_check_chords(&tune, &pool, want);
}

static void test_broken(void **state) {
    (void)state;
    begin(4, 4, 0, 3);
    play(0, 4, (const int[]){43, 59, 62, 59});
    play(4, 4, (const int[]){40, 55, 59, 55});
    play(8, 4, (const int[]){43, 60, 64, 67}); /* C over its fifth */
    check("G:16 Em:16 C:16");
}

static void test_bass_and_chord(void **state) {
    (void)state;
    begin(4, 4, 0, 2);
    for (int i = 0; i < 8; i += 2) {
        static const int bass[] = {43, 38, 36, 43};
        music_note(&song, 0, 480 * i, 480 * i + 60, bass[i / 2], 90);
        music_strike(&song, 0, 480 * i + 480, 480 * i + 540, i < 4 ? "G" : "C");
    }
    check("G:16 C:16");
    begin(3, 4, 0, 1);
    play(0, 1, (const int[]){38});
    strike(1, 1, "D");
    strike(2, 1, "D");
    check("D:12");
}

static void test_halves_of_a_bar(void **state) {
    (void)state;
    begin(4, 4, 0, 2);
    strike(0, 2, "G");
    strike(2, 2, "D");
    strike(4, 2, "C");
    strike(6, 2, "D");
    check("G:8 D:8 C:8 D:8");
    begin(6, 8, 0, 1);
    music_strike(&song, 0, 0, 719, "Am");
    music_strike(&song, 0, 720, 1439, "E");
    check("Am:6 E:6");
    begin(4, 4, 0, 1); /* a passing note is no change */
    strike(0, 4, "G");
    music_note(&song, 0, 480, 719, 57, 75);
    check("G:16");
}

static void test_silence(void **state) {
    (void)state;
    begin(4, 4, 0, 4);
    strike(1, 3, "G");
    strike(8, 2, "C"); /* after a bar of silence */
    check("N.C.:4 G:28 C:8 N.C.:24");
    begin(4, 4, 0, 4);
    strike(0, 4, "G");
    strike(9, 3, "C"); /* after more than that */
    check("G:16 N.C.:20 C:12 N.C.:16");
    begin(4, 4, 4, 1); /* of a pickup too */
    strike(0, 1, "D7");
    strike(3, 2, "G");
    check("D7:12 G:8");
    begin(4, 4, 0, 2);
    check("N.C.:32");
}

static void test_ringing(void **state) {
    (void)state;
    begin(4, 4, 0, 2);
    strike(0, 7, "G"); /* far into the next bar */
    play(4, 4, (const int[]){45, 57, 60, 64});
    check("G:16 Am:16");
    begin(4, 4, 0, 2);
    strike(0, 8, "G"); /* it is heard if nothing else is */
    check("G:32");
}

static void test_sevenths(void **state) {
    (void)state;
    static const char *const names[] = {"D7", "Am7", "Cmaj7", "Bdim", "Dsus4"};
    for (int i = 0; i < 5; i++) {
        char want[CHORD_NAME];
        snprintf(want, sizeof want, "%s:16", names[i]);
        begin(4, 4, 0, 1);
        strike(0, 4, names[i]);
        check(want);
    }
    begin(4, 4, 0, 1); /* a seventh in passing makes none */
    strike(0, 4, "C");
    music_note(&song, 0, 1680, 1919, 59, 75);
    check("C:16");
}

/* Where the third is missing, the scale has it. */
static void test_bare_fifths(void **state) {
    (void)state;
    static const int keys[] = {0, 2, 14, 21};
    static const char *const want[] = {"Dm:16", "D:16", "Dm:16", "Dm:16"};
    for (int i = 0; i < 4; i++) {
        begin(4, 4, 0, 1);
        tune.header.key = keys[i];
        play(0, 4, (const int[]){50, 57, 50, 57});
        check(want[i]);
    }
}

/* The melody says which of two chords it is, and no more than that. */
static void test_melody_speaks(void **state) {
    (void)state;
    static const int tunes[][4] = {
        {77, 74, 77, 74}, {78, 74, 78, 74}, {65, 69, 65, 69}};
    static const char *const want[] = {"Dm:16", "D:16", "Dm:16"};
    for (int i = 0; i < 3; i++) {
        begin(4, 4, 0, 1);
        play(0, 4, (const int[]){50, 57, 50, 57}); /* no third */
        for (int k = 0; k < 4; k++)
            music_note(&song, 1, 480 * k, 480 * k + 479, tunes[i][k], 80);
        check(want[i]);
    }
    begin(4, 4, 0, 1); /* passing notes in plenty do not move a chord */
    strike(0, 4, "G");
    for (int k = 0; k < 8; k++)
        music_note(&song, 1, 240 * k, 240 * k + 239, k % 2 ? 76 : 72, 80);
    check("G:16");
    begin(4, 4, 0, 1); /* nor does one that lasts add itself to it */
    strike(0, 4, "G");
    music_note(&song, 1, 0, 1919, 76, 80);
    check("G:16");
    begin(4, 4, 0, 2); /* and alone they are none */
    strike(0, 4, "G");
    for (int k = 4; k < 8; k++)
        music_note(&song, 1, 480 * k, 480 * k + 479, 72 + 2 * k % 3, 80);
    check("G:16 N.C.:16");
}

/* Of two readings that which stands on the lowest note. */
static void test_bass(void **state) {
    (void)state;
    begin(4, 4, 0, 1);
    music_note(&song, 0, 0, 1919, 40, 75);
    music_note(&song, 0, 0, 1919, 67, 75);
    check("Em:16");
    begin(4, 4, 0, 1);
    music_note(&song, 0, 0, 1919, 43, 75);
    music_note(&song, 0, 0, 1919, 64, 75);
    check("C:16");
}

/* A change of harmony inside a beat, or for one beat among others of the same,
 * is not followed; one that is plain on a beat is. */
static void test_changes_must_pay(void **state) {
    (void)state;
    begin(4, 4, 0, 1);
    strike(0, 3, "C");
    strike(3, 1, "G");
    check("C:12 G:4");
    begin(4, 4, 0, 1); /* half of the harmony stays */
    strike(0, 3, "C");
    play(3, 1, (const int[]){48});
    music_note(&song, 0, 1440, 1919, 57, 75);
    music_note(&song, 0, 1440, 1919, 64, 75);
    music_note(&song, 0, 1440, 1919, 67, 75);
    check("C:16");
}

/* Chords that are played a little early are meant on the beat. */
static void test_played_early(void **state) {
    (void)state;
    begin(4, 4, 0, 2);
    music_strike(&song, 0, 0, 1900, "G");
    music_strike(&song, 0, 1910, 3839, "D");
    music_note(&song, 0, 2400, 2639, 60, 75);
    check("G:16 D:16");
}

/* Short notes are heard for half a beat, so that a pedal does not drown them.
 */
static void test_short_notes(void **state) {
    (void)state;
    begin(4, 4, 0, 1);
    music_note(&song, 0, 0, 1919, 38, 75);
    for (int i = 0; i < 4; i++)
        music_strike(&song, 0, 480 * i, 480 * i + 10, "G");
    check("G:16");
}

#define TEST(f) cmocka_unit_test_teardown(f, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_broken),
        TEST(test_bass_and_chord),
        TEST(test_halves_of_a_bar),
        TEST(test_silence),
        TEST(test_ringing),
        TEST(test_sevenths),
        TEST(test_bare_fifths),
        TEST(test_melody_speaks),
        TEST(test_bass),
        TEST(test_changes_must_pay),
        TEST(test_played_early),
        TEST(test_short_notes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
