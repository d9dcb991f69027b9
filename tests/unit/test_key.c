/* Keys by sign and by notes. SPDX-License-Identifier: MIT */
#include "music/key.h"

#include "music.h"
#include "nott/music/tune.h"

static struct song song;
static struct key k;

static int tear_down(void **state) {
    (void)state;
    song_free(&song);
    return 0;
}

/* Quarters in the letters of abc: "C" is middle C, "c" an octave above it, "^"
 * and "_" stand for sharps and flats. */
static void sing(const char *abc) {
    static const char letters[] = "C D EF G A Bc d ef g a b";
    song_free(&song);
    music_parts(&song, 480, 3);
    for (int64_t on = 0; *abc; on += 480, abc++) {
        int up = *abc == '^' ? 1 : *abc == '_' ? -1 : 0;
        abc += up != 0;
        int pitch = 60 + (int)(strchr(letters, *abc) - letters) + up;
        music_note(&song, 1, on, on + 480, pitch, 80);
    }
}

static void sign(int part, int64_t tick, int sharps, int minor) {
    music_mark(&song, MARK_KEY, part, tick, sharps, minor);
}

static void find(int believe) {
    key_find(&k, &song, 1, 0, 0, &song.parts[1], &song.parts[2], believe);
}

static void check_found(const char *key, int by_sign, int tonic,
                        enum key_mode mode) {
    char name[TUNE_KEY_NAME];
    assert_string_equal(tune_key_name(k.key, name), key);
    assert_int_equal(k.by_sign, by_sign);
    assert_string_equal(key_mode_names[k.mode], key_mode_names[mode]);
    assert_int_equal(k.tonic, tonic);
}

/* Signs are heard with the notes; the tonic is that of the key. */
static void check(const char *key, int by_sign, enum key_mode mode) {
    find(0);
    check_found(key, by_sign, tune_tonic(k.key), mode);
}

/* Signs are believed. */
static void check_believed(const char *key, int tonic, enum key_mode mode) {
    find(1);
    check_found(key, 1, tonic, mode);
}

#define IN_C "CDEFGABcGEGFDB"
#define IN_G "GABcde^fgdBdcA^F"

static void test_signs_are_believed(void **state) {
    (void)state;
    sing(IN_G "G");
    sign(0, 0, 1, 0);
    check("G", 1, MODE_MAJOR);
    check_believed("G", 7, MODE_MAJOR);
    sign(0, 0, 2, 0); /* the later one of a tick */
    check_believed("D", 2, MODE_MIXOLYDIAN);
    sing(IN_C "C");
    sign(0, 0, -3, 0);
    check_believed("Eb", 0, MODE_MINOR); /* and the tune ends on C */
    sing(IN_G "G");
    sign(0, 0, 0, 1); /* of minor keys, even the one without sharps */
    check_believed("Am", 7, MODE_MIXOLYDIAN);
    sing(IN_G "E");
    sign(0, 0, 1, 1);
    check("Em", 1, MODE_MINOR);
    check_believed("Em", 4, MODE_MINOR);
    sing(IN_G "G");
    check("G", 0, MODE_MAJOR);
    find(1); /* where there is none, the notes decide */
    check_found("G", 0, 7, MODE_MAJOR);
}

/* A sign with a tenth of the notes outside its scale that are in that of the
 * key they speak for. */
static void test_signs_are_gainsaid(void **state) {
    (void)state;
    sing(IN_C "C");
    sign(0, 0, -3, 0);
    check("C", 0, MODE_MAJOR);
    sing(IN_G "G"); /* one note in ten at most */
    sign(0, 0, 2, 0);
    check("G", 0, MODE_MAJOR);
    sing(IN_G "GABdGABdGABdG");
    sign(0, 0, 2, 0);
    check("D", 1, MODE_MIXOLYDIAN);
    check_believed("D", 2, MODE_MIXOLYDIAN);
    sing("ABcde^feAcBAGABAeAcBG^FGA"); /* two of A dorian in twenty-three */
    sign(0, 0, 0, 1);
    check("Am", 1, MODE_DORIAN);
    sing("A^fcde^feAcBA^FABAeAcBG^FGA");
    sign(0, 0, 0, 1);
    check("Am", 0, MODE_DORIAN);
}

/* C is what programs write that were told nothing. */
static void test_sign_of_nothing(void **state) {
    (void)state;
    sing(IN_G "G");
    sign(0, 0, 0, 0);
    check("G", 0, MODE_MAJOR);
    check_believed("C", 7, MODE_MIXOLYDIAN);
    sing(IN_G "GABdGABdGABdG");
    sign(0, 0, 0, 0);
    check("G", 0, MODE_MAJOR);
    sing(IN_G "GABdGABdGABdG");
    sign(0, 0, 0, 0);
    sign(0, 1920, 2, 0); /* somebody has thought about keys */
    find(0);
    check_found("C", 1, 7, MODE_MIXOLYDIAN);
    sing(IN_G "G");
    sign(0, 0, 0, 0);
    sign(0, 1920, 0, 0); /* nobody has */
    check("G", 0, MODE_MAJOR);
    sing(IN_C "C");
    sign(0, 0, 0, 0);
    check("C", 1, MODE_MAJOR);
    sing(IN_C IN_C IN_C IN_C "^FC"); /* one odd note is no other scale */
    sign(0, 0, 0, 0);
    check("C", 1, MODE_MAJOR);
}

static void test_whose_sign(void **state) {
    (void)state;
    sing(IN_G "G");
    sign(2, 0, -1, 0);
    check_believed("F", 7, MODE_DORIAN); /* somebody's */
    sign(1, 0, 2, 0);
    check_believed("D", 2, MODE_MIXOLYDIAN); /* the melody's own */
    sing(IN_G "G");
    sign(1, 15, 2, 0);
    check_believed("D", 2, MODE_MIXOLYDIAN);
    sing(IN_G "G");
    sign(1, 16, 2, 0); /* too late to be that of the beginning */
    find(1);
    check_found("G", 0, 7, MODE_MAJOR);
    key_find(&k, &song, 1, 480, 0, &song.parts[1], &song.parts[2], 1);
    check_found("D", 1, 2, MODE_MIXOLYDIAN); /* unless the tune begins there */
}

/* A part is signed as its instrument reads it: of all signs that counts which
 * has most notes in its scale. */
static void test_transposing_parts(void **state) {
    (void)state;
    sing(IN_G "G");
    sign(1, 0, 3, 0); /* as a clarinet reads G */
    check("G", 0, MODE_MAJOR);
    sign(2, 0, 1, 0);
    check("G", 1, MODE_MAJOR);
    check_believed("A", 9, MODE_MIXOLYDIAN);
    sing(IN_G "GABdGABdGABdGABdGABdGABdGABdGABdG"); /* one note in twenty */
    sign(1, 0, 2, 0);
    sign(2, 0, 1, 0);
    check("D", 1, MODE_MIXOLYDIAN);
    sing("GABdGABdg"); /* the same of both: the melody's own */
    sign(1, 0, 2, 0);
    sign(2, 0, 1, 0);
    check("D", 1, MODE_MAJOR);
}

/* Under a pickup a sign may stand at the first bar line. */
static void test_sign_at_the_bar_line(void **state) {
    (void)state;
    sing(IN_G "E");
    sign(1, 480, 1, 1);
    key_find(&k, &song, 1, 0, 464, &song.parts[1], &song.parts[2], 0);
    check_found(k.by_sign ? "" : tune_key_name(k.key, (char[TUNE_KEY_NAME]){0}),
                0, k.tonic, k.mode);
    key_find(&k, &song, 1, 0, 465, &song.parts[1], &song.parts[2], 0);
    check_found("Em", 1, 4, MODE_MINOR);
    key_find(&k, &song, 1, 0, 480, &song.parts[1], &song.parts[2], 1);
    assert_int_equal(k.by_sign, 0); /* as published, it must be at the start */
}

/* The same notes but for the last ones. */
static void test_final(void **state) {
    (void)state;
    sing(IN_C "C");
    check("C", 0, MODE_MAJOR);
    sing("ABcdeAceABcdecBAGABFGEDCEA");
    check("Am", 0, MODE_MINOR);
    sing("ABcdeAceABcdecBAGABFGEDCEC");
    check("C", 0, MODE_MAJOR);
    sing(IN_G "G");
    check("G", 0, MODE_MAJOR);
}

/* A tune that ends on the third of one and the tonic's fifth of the other. */
static void test_last_chord(void **state) {
    (void)state;
    for (int minor = 0; minor < 2; minor++) {
        sing("CEAcBAGEFEDCBAGE");
        music_strike(&song, 2, 0, 960, "F");
        music_note(&song, 2, 7190, 7200, minor ? 45 : 36, 80);
        check(minor ? "Am" : "C", 0, minor ? MODE_MINOR : MODE_MAJOR);
    }
}

static void test_modes(void **state) {
    (void)state;
    sing("ABcde^feAcBAGABAeAcBG^FGA"); /* A dorian, without a sign */
    check("Am", 0, MODE_DORIAN);
    sign(0, 0, 0, 1);
    check_believed("Am", 9, MODE_DORIAN);
    sing("ABcdefeAcBAGABAeAcBGFGA");
    check("Am", 0, MODE_MINOR);
    sing("ABcdefeAcBAGABAeAcBG^FGA"); /* as much of one sixth as the other */
    check("Am", 0, MODE_MINOR);
    sing("DE^FGABcAdA^FDEcBcd^FGAD"); /* D mixolydian */
    check("D", 0, MODE_MIXOLYDIAN);
    sign(0, 0, 2, 0);
    check_believed("D", 2, MODE_MIXOLYDIAN);
    sing("DE^FGAB^cAdA^FDE^cB^cd^FGAD");
    check("D", 0, MODE_MAJOR);
}

/* Under a sign the tonic is where the tune ends, if it stands there. */
static void test_final_moves_tonic(void **state) {
    (void)state;
    sing("ABcde^feAcBAGABAeAcBG^FGA"); /* A dorian under the sign of G */
    sign(0, 0, 1, 0);
    for (int believe = 0; believe < 2; believe++) {
        find(believe);
        check_found("G", 1, 9, MODE_DORIAN);
    }
    sing("DE^FGABcAdA^FDEcBcd^FGAD"); /* D mixolydian */
    sign(0, 0, 1, 0);
    find(0);
    check_found("G", 1, 2, MODE_MIXOLYDIAN);
    sing("EGBeEGBedcBAGE^FGEBE"); /* E minor: so it is signed by many */
    sign(0, 0, 1, 0);
    find(0);
    check_found("Em", 1, 4, MODE_MINOR);
    find(1); /* the sign gives the key whatever the notes say */
    check_found("G", 1, 4, MODE_MINOR);
    sing("GBdgGBdgdBGBdcB^FGdGA"); /* ends on A, but stands on G */
    sign(0, 0, 1, 0);
    check("G", 1, MODE_MAJOR);
    sing("ABcde^feAcBAGABAeAcBG^FGA"); /* the last chord is another's */
    sign(0, 0, 1, 0);
    music_strike(&song, 2, 0, 480, "G");
    check("G", 1, MODE_MAJOR);
    song_free(&song);
    sing("ABcde^feAcBAGABAeAcBG^FGA");
    sign(0, 0, 1, 0);
    music_strike(&song, 2, 0, 480, "Am");
    find(0);
    check_found("G", 1, 9, MODE_DORIAN);
}

/* C signs every mode of its scale. */
static void test_white_modes(void **state) {
    (void)state;
    sing("DEFGABcAdAFDAGFEDAD"); /* D dorian */
    sign(0, 0, 0, 0);
    find(0);
    check_found("C", 1, 2, MODE_DORIAN);
    sing("GABcdefgdBGABdcAFGDG"); /* G mixolydian */
    sign(0, 0, 0, 0);
    find(0);
    check_found("C", 1, 7, MODE_MIXOLYDIAN);
    sing("ABcdefeAcBAGABAeAcBGFGA"); /* A minor: its key is that */
    sign(0, 0, 0, 0);
    find(0);
    check_found("Am", 1, 9, MODE_MINOR);
}

/* What is heard of a tune is heard of it in every key. */
static void test_every_key(void **state) {
    (void)state;
    static const int scale[] = {0, 2, 4, 5, 7, 9, 11, 12, 7, 4, 7, 5, 2, 11, 0};
    for (int up = 0; up < 12; up++) {
        song_free(&song);
        music_parts(&song, 480, 3);
        for (int i = 0; i < 15; i++)
            music_note(&song, 1, 480 * i, 480 * i + 480, 60 + up + scale[i],
                       80);
        find(up % 2);
        assert_int_equal(k.key, up);
    }
}

static void test_no_notes(void **state) {
    (void)state;
    sing("");
    find(0);
    assert_int_equal(k.key, TUNE_KEY_UNKNOWN);
    assert_int_equal(k.by_sign, 0);
    sign(0, 0, 0, 0);
    check("C", 1, MODE_MAJOR);
    sign(0, 0, 0, 1);
    check("Am", 1, MODE_MINOR);
    sing(""); /* chords alone */
    music_strike(&song, 2, 0, 960, "C");
    music_strike(&song, 2, 960, 1920, "D7");
    music_strike(&song, 2, 1920, 3840, "G");
    check("G", 0, MODE_MAJOR);
}

#define TEST(f) cmocka_unit_test_teardown(f, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_signs_are_believed),
        TEST(test_signs_are_gainsaid),
        TEST(test_sign_of_nothing),
        TEST(test_whose_sign),
        TEST(test_transposing_parts),
        TEST(test_sign_at_the_bar_line),
        TEST(test_final),
        TEST(test_last_chord),
        TEST(test_modes),
        TEST(test_final_moves_tonic),
        TEST(test_white_modes),
        TEST(test_every_key),
        TEST(test_no_notes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
