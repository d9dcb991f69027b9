/* Songs to steps: hand-made tunes and the steps they must give.
 * SPDX-License-Identifier: MIT */
#include "nott/music/encode.h"

#include "music.h"

static struct song song;
static struct chord_pool pool;
static struct raw_tune tune;

static int set_up(void **state) {
    (void)state;
    memset(&song, 0, sizeof song);
    memset(&pool, 0, sizeof pool);
    memset(&tune, 0, sizeof tune);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    song_free(&song);
    raw_tune_free(&tune);
    chord_pool_free(&pool);
    return 0;
}

static enum encode_chords chords_are = CHORDS_REQUIRED;

static void encode_with(enum encoding encoding, int spq, int melody_track,
                        int chord_track) {
    struct encode_options o = {.encoding = encoding,
                               .steps_per_quarter = spq,
                               .chords = chords_are,
                               .melody_track = melody_track,
                               .chord_track = chord_track};
    struct err e = {0};
    raw_tune_free(&tune);
    assert_int_equal(encode_song(&tune, &song, &o, &pool, &e), 0);
    assert_int_equal(e.code, ERR_NONE);
}

/* As it has been published. */
static void attack(int spq) {
    encode_with(ENCODING_ATTACK, spq, 0, 0);
}

/* As anybody's music is heard. */
static void hear(void) {
    chords_are = CHORDS_OPTIONAL;
    attack(4);
    chords_are = CHORDS_REQUIRED;
}

static void classic(void) {
    encode_with(ENCODING_CLASSIC, 4, 0, 0);
}

/* Melody in track 2, chords in track 3. */
static void begin(int ppq) {
    song_free(&song);
    music_parts(&song, ppq, 3);
}

static void note(int64_t on, int64_t off, int pitch) {
    music_note(&song, 1, on, off, pitch, 80);
}

static void strike(int64_t on, int64_t off, const char *name) {
    music_strike(&song, 2, on, off, name);
}

/* Quarter notes that keep a tune from being called many-voiced. */
static void filler(int64_t from, int count) {
    for (int i = 0; i < count; i++)
        note(from + 480 * i, from + 480 * i + 479, 60);
}

static void check_refused(const char *why) {
    if (!strstr(tune.reason, why))
        fail_msg("'%s' does not hold '%s'", tune.reason, why);
}

/* ---- attack: the melody ---- */

static void test_strikes_holds_rests(void **state) {
    (void)state;
    begin(480);
    note(0, 239, 67);
    note(240, 479, 67); /* struck again */
    note(720, 960, 69); /* a rest before */
    strike(0, 959, "G");
    attack(4);
    music_check_melody(&tune, "67 - 67 - . . 69 -");
    music_check_chords(&tune, &pool, "G:8");
    assert_int_equal(tune.notes, 3);
    assert_int_equal(tune.moved, 0);
    assert_int_equal(tune.lost, 0);
    assert_true(tune.error < 1e-12);
    assert_int_equal(tune.melody_track, 2);
    assert_int_equal(tune.chord_track, 3);
    assert_int_equal(tune.bass_first, 0);
}

static void test_halves_go_up(void **state) {
    (void)state;
    begin(480);
    note(59, 178, 60);  /* 0.49 to 1.49 (and a tick): from 0 to 1 */
    note(180, 298, 62); /* 1.5 to 2.49: from 2, a step at least */
    note(420, 659, 64); /* 3.5 to 5.5: from 4 to 6 */
    strike(0, 839, "C");
    attack(4);
    music_check_melody(&tune, "60 . 62 . 64 - .");
}

static void test_triplets(void **state) {
    (void)state;
    begin(480);
    note(0, 159, 60);
    note(160, 319, 62);
    note(320, 479, 64);
    strike(0, 479, "C");
    attack(4);
    music_check_melody(&tune, "60 62 - 64");
    assert_int_equal(tune.moved, 2);
    assert_true(tune.error > 0.0555 && tune.error < 0.0556);
    attack(12);
    music_check_melody(&tune, "60 - - - 62 - - - 64 - - -");
    assert_int_equal(tune.moved, 0);
}

static void test_grace_notes(void **state) {
    (void)state;
    begin(480);
    note(0, 29, 71); /* grace before */
    note(30, 479, 72);
    note(480, 929, 74);
    note(509, 539, 75); /* grace behind, in the same step */
    filler(960, 20);
    strike(0, 22 * 480 - 1, "C");
    attack(4);
    tune.steps = 8;
    music_check_melody(&tune, "72 - - - 74 - - -");
    assert_int_equal(tune.lost, 2);
}

static void test_overlaps_are_cut(void **state) {
    (void)state;
    begin(480);
    note(0, 959, 72);
    note(480, 599, 74); /* ends before the first would have */
    filler(960, 20);
    strike(0, 22 * 480 - 1, "C");
    attack(4);
    tune.steps = 9;
    music_check_melody(&tune, "72 - - - 74 . . . 60");
}

static void test_many_voiced(void **state) {
    (void)state;
    begin(480);
    for (int i = 0; i < 20; i++)
        note(480 * i, 480 * i + 479, 72);
    for (int i = 0; i < 4; i++)
        note(480 * i + 120, 480 * i + 600, 76);
    strike(0, 20 * 480, "C");
    attack(4);
    check_refused("many-voiced");
    hear(); /* by its upper line: the note that ends a lower one */
    assert_string_equal(tune.reason, "");
    tune.steps = 8;
    music_check_melody(&tune, "72 76 - - 72 76 - -");
}

/* ---- attack: the chords ---- */

static void test_block_chords_keep_gaps(void **state) {
    (void)state;
    begin(480);
    filler(0, 6);
    strike(0, 959, "G");
    strike(1920, 2399, "D7");
    strike(2400, 2879, "D7");
    attack(4);
    music_check_chords(&tune, &pool, "G:8 N.C.:8 D7:8");
    assert_int_equal(tune.bass_first, 0);
}

static void test_bass_first(void **state) {
    (void)state;
    begin(480);
    filler(0, 8);
    music_note(&song, 2, 0, 239, 43, 75);
    strike(480, 719, "G");
    music_note(&song, 2, 960, 1199, 38, 75);
    strike(1440, 1679, "D");
    music_note(&song, 2, 1920, 2159, 43, 75);
    strike(2400, 2639, "G");
    strike(2880, 3119, "G"); /* bass once, chord twice */
    attack(4);
    assert_int_equal(tune.bass_first, 1);
    music_check_chords(&tune, &pool, "G:8 D:8 G:10 N.C.:6");
}

static void test_next_chord_cuts(void **state) {
    (void)state;
    begin(480);
    filler(0, 4);
    strike(0, 1919, "G");
    strike(960, 1919, "C");
    attack(4);
    music_check_chords(&tune, &pool, "G:8 C:8");
}

/* ---- tracks ---- */

static void test_no_chords(void **state) {
    (void)state;
    begin(480);
    filler(0, 8);
    attack(4);
    check_refused("no chord track");
    assert_int_equal(tune.chord_track, 0);
    assert_int_equal(tune.steps, 0);
    assert_null(tune.melody);
    hear();
    assert_string_equal(tune.reason, "");
    assert_int_equal(tune.steps, 32);
    assert_int_equal(tune.has_chords, 0);
    music_check_chords(&tune, &pool, "N.C.:32"); /* as they are written */
}

static void test_no_melody(void **state) {
    (void)state;
    begin(480);
    strike(0, 480, "G");
    attack(4);
    check_refused("no melody track");
    hear();
    check_refused("no melody track");
    begin(480); /* nothing at all */
    attack(4);
    check_refused("no melody track");
    song_free(&song);
    song.ppq = 480; /* not even parts */
    attack(4);
    check_refused("no melody track");
}

static void test_split_by_channel(void **state) {
    (void)state;
    music_parts(&song, 480, 1);
    for (int i = 0; i < 4; i++) {
        struct note n = {480 * i, 479, 72 + i, 80, 3};
        assert_int_equal(song_add_note(&song, 0, n, NULL), 0);
    }
    music_strike(&song, 0, 0, 959, "G"); /* channel 0 */
    music_strike(&song, 0, 960, 1919, "Em");
    attack(4);
    music_check_melody(&tune, "72 - - - 73 - - - 74 - - - 75 - - -");
    music_check_chords(&tune, &pool, "G:8 Em:8");
    assert_int_equal(tune.melody_track, 1);
    assert_int_equal(tune.chord_track, 1);
}

static void test_highest_is_melody(void **state) {
    (void)state;
    music_parts(&song, 480, 4);
    music_strike(&song, 1, 0, 479, "G");
    music_note(&song, 2, 0, 479, 72, 80);
    music_note(&song, 3, 0, 479, 60, 80);
    attack(4);
    assert_int_equal(tune.melody_track, 3);
    assert_int_equal(tune.chord_track, 2);
    encode_with(ENCODING_ATTACK, 4, 4, 0);
    music_check_melody(&tune, "60 - - -");
    assert_int_equal(tune.melody_track, 4);
    assert_int_equal(tune.chord_track, 2);
    encode_with(ENCODING_ATTACK, 4, 0, 4);
    music_check_melody(&tune, "72 - - -");
    music_check_chords(&tune, &pool, "C1:4");
    assert_int_equal(tune.chord_track, 4);
    encode_with(ENCODING_ATTACK, 4, 9, 0);
    check_refused("no melody track");
    encode_with(ENCODING_ATTACK, 4, 0, 1); /* a track without notes */
    check_refused("no chord track");
}

/* ---- as anybody's music is heard ---- */

/* Struck together and held in one voice, chords are heard as they are struck;
 * else by all notes; names go before both. */
static void test_heard_by(void **state) {
    (void)state;
    begin(480);
    filler(0, 8);
    strike(0, 1919, "G");
    strike(1920, 3839, "D");
    hear();
    assert_int_equal(tune.chords_by, CHORDS_BY_STRIKES);
    music_check_chords(&tune, &pool, "G:16 D:16");
    begin(480);
    for (int i = 0; i < 8; i++) /* broken, and D is in both */
        note(480 * i, 480 * i + 479, 62);
    for (int i = 0; i < 8; i++)
        music_note(&song, 2, 480 * i, 480 * i + 479,
                   (const int[]){43, 59, 62, 59, 38, 54, 57, 54}[i], 75);
    hear();
    assert_int_equal(tune.chords_by, CHORDS_BY_NOTES);
    music_check_chords(&tune, &pool, "G:16 D:16");
    attack(4); /* as published, they are strikes whatever they are */
    assert_int_equal(tune.chords_by, CHORDS_BY_STRIKES);
    struct mark m = {.kind = MARK_TEXT, .part = 1, .a = 1, .text = "C"};
    assert_int_equal(song_add_mark(&song, m, NULL), 0);
    m.tick = 1920;
    strcpy(m.text, "F#m7b5/A");
    assert_int_equal(song_add_mark(&song, m, NULL), 0);
    hear();
    assert_int_equal(tune.chords_by, CHORDS_BY_TEXTS);
    assert_int_equal(tune.chord_track, 2);
    music_check_chords(&tune, &pool, "C:16 F#m7b5:16");
    begin(480);
    filler(0, 8);
    hear();
    assert_int_equal(tune.chords_by, CHORDS_UNKNOWN);
}

/* Two notes in one voice and the third in another are heard together. */
static void test_shared_chords(void **state) {
    (void)state;
    song_free(&song);
    music_parts(&song, 480, 4);
    for (int i = 0; i < 4; i++)
        music_note(&song, 1, 480 * i, 480 * i + 479, 72 + i, 80);
    music_note(&song, 2, 0, 1919, 60, 80);
    music_note(&song, 2, 0, 1919, 64, 80);
    music_note(&song, 3, 0, 1919, 45, 80);
    hear();
    assert_int_equal(tune.chords_by, CHORDS_BY_NOTES);
    music_check_chords(&tune, &pool, "Am:16");
    music_note(&song, 2, 0, 1919, 67, 80); /* a whole chord by itself */
    hear();
    assert_int_equal(tune.chords_by, CHORDS_BY_STRIKES);
    music_check_chords(&tune, &pool, "C:16");
}

/* What rings on when the tune is over is not counted, but what comes then. */
static void test_ringing_ends(void **state) {
    (void)state;
    static const struct {
        int64_t melody, chord; /* ends of the last ones */
        int steps;
    } list[] = {{1919, 1919, 16}, {2100, 1919, 16}, /* over the bar line */
                {2398, 1919, 16}, {2399, 1919, 20}, /* a beat is music */
                {1919, 2600, 16}, {1439, 1919, 16}, {1439, 1700, 14}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        begin(480);
        filler(0, 2);
        note(960, list[i].melody, 60);
        for (int k = 0; k < 4; k++) /* broken chords, not held */
            music_note(&song, 2, 480 * k, k < 3 ? 480 * k + 470 : list[i].chord,
                       (const int[]){43, 59, 62, 59}[k], 75);
        hear();
        if (tune.steps != list[i].steps)
            fail_msg("%d: %d steps", (int)i, tune.steps);
    }
    music_note(&song, 2, 1920, 2399, 43, 75); /* the accompaniment goes on */
    hear();
    assert_int_equal(tune.steps, 20);
    begin(480);
    filler(0, 4);
    strike(0, 2399, "G"); /* block chords are held as long as they are */
    hear();
    assert_int_equal(tune.steps, 20);
    begin(480);
    filler(0, 3);
    note(1440, 2100, 60);
    strike(0, 1919, "G");
    attack(4); /* as published, everything counts */
    assert_int_equal(tune.steps, 18);
    hear();
    assert_int_equal(tune.steps, 16);
}

/* Steps count from the beginning of the music. */
static void test_late_start(void **state) {
    (void)state;
    begin(480);
    music_mark(&song, MARK_TEMPO, 0, 0, 600000, 0);
    music_mark(&song, MARK_TEMPO, 0, 3840, 500000, 0);
    music_mark(&song, MARK_METER, 0, 0, 4, 4);
    filler(3840, 4);
    strike(3840, 5759, "G");
    for (int i = 0; i < 2; i++) {
        if (i)
            hear();
        else
            attack(4);
        assert_int_equal(tune.start, 3840);
        assert_int_equal(tune.steps, 16);
        assert_int_equal(tune.header.phase, 0);
        assert_true(tune.tempo == 120); /* that at the beginning */
        assert_int_equal(tune.meter_by_sign, 1);
        music_check_melody(&tune, "60 - - - 60 - - - 60 - - - 60 - - -");
    }
    begin(480);
    filler(0, 4);
    hear();
    assert_true(tune.tempo == 0); /* not said */
    assert_int_equal(tune.meter_by_sign, 0);
}

/* The key is told with its mode, as the sign says it where that is believed. */
static void test_modes(void **state) {
    (void)state;
    static const int pitches[] = {69, 71, 72, 74, 76, 78, 76, 69,
                                  72, 71, 69, 67, 69, 71, 69, 69};
    begin(480);
    for (int i = 0; i < 16; i++)
        note(480 * i, 480 * i + 479, pitches[i]);
    strike(0, 7679, "Am");
    music_mark(&song, MARK_KEY, 1, 0, 0, 0);
    attack(4);
    assert_int_equal(tune.header.key, 0);
    assert_int_equal(tune.key_by_sign, 1);
    hear(); /* a sign of nothing, for a tune in A dorian */
    assert_int_equal(tune.header.key, 12 + 9);
    assert_int_equal(tune.key_by_sign, 0);
    assert_int_equal(tune.mode_tonic, 9);
    assert_string_equal(tune.mode, "dorian");
}

/* ---- tracks by name ---- */

static void encode_named(const char *melody, const char *chords) {
    struct encode_options o = {.encoding = ENCODING_ATTACK,
                               .steps_per_quarter = 4,
                               .chords = CHORDS_REQUIRED,
                               .melody_name = melody,
                               .chord_name = chords};
    struct err e = {0};
    raw_tune_free(&tune);
    assert_int_equal(encode_song(&tune, &song, &o, &pool, &e), 0);
}

static void make_named(void) {
    static const char *const names[] = {"empty flute", "Flute", "Fiddle",
                                        "Strings"};
    song_free(&song);
    music_parts(&song, 480, 4);
    for (int i = 0; i < 4; i++)
        strcpy(song.parts[i].name, names[i]);
    music_note(&song, 1, 0, 479, 60, 80);
    music_note(&song, 2, 0, 479, 72, 80);
    music_strike(&song, 3, 0, 479, "G");
}

/* By a part of the name, in any case; the first of them with notes. */
static void test_named_tracks(void **state) {
    (void)state;
    make_named();
    attack(4);
    assert_int_equal(tune.melody_track, 3);
    encode_named("FLUT", NULL);
    assert_int_equal(tune.melody_track, 2);
    assert_int_equal(tune.chord_track, 4);
    encode_named(NULL, "flute");
    assert_int_equal(tune.melody_track, 3);
    assert_int_equal(tune.chord_track, 2);
    encode_named("ute", "ddle");
    assert_int_equal(tune.melody_track, 2);
    assert_int_equal(tune.chord_track, 3);
    encode_named("oboe", NULL);
    check_refused("no track is called \"oboe\"");
    encode_named("flute", "cello");
    check_refused("no track is called \"cello\"");
    encode_named("empty", NULL); /* without notes it is none */
    check_refused("no track is called \"empty\"");
}

static void test_tell_tracks(void **state) {
    (void)state;
    struct encode_options o = {.encoding = ENCODING_ATTACK,
                               .steps_per_quarter = 4,
                               .melody_name = "flute"};
    struct buf b = {0};
    struct err e = {0};
    make_named();
    assert_int_equal(encode_tracks(&song, &o, &b, &e), 0);
    char *told = (char *)b.data;
    assert_ptr_equal(strstr(told, "  track 2 \"Flute\": melody; 1 notes"),
                     told);
    assert_non_null(strstr(told, "  track 3 \"Fiddle\": second melody; "));
    assert_non_null(strstr(told, "  track 4 \"Strings\": chords; "));
    buf_free(&b);
    o.melody_name = "oboe";
    assert_int_equal(encode_tracks(&song, &o, &b, &e), -1);
    assert_int_equal(e.code, ERR_FORMAT);
    assert_string_equal(e.text, "no track is called \"oboe\"");
    assert_int_equal(b.len, 0);
    buf_free(&b);
}

/* ---- time ---- */

static void test_other_resolutions(void **state) {
    (void)state;
    static const int resolutions[] = {96, 120, 384, 480, 960, 15360};
    for (int i = 0; i < 6; i++) {
        int p = resolutions[i];
        begin(p);
        note(0, p / 2 - 1, 67);
        note(p / 2, p - 1, 69);
        note(3 * p / 2, 2 * p - 1, 71);
        strike(0, p - 1, "G");
        strike(p, 2 * p - 1, "D");
        attack(4);
        music_check_melody(&tune, "67 - 69 - . . 71 -");
        music_check_chords(&tune, &pool, "G:4 D:4");
        classic();
        music_check_melody(&tune, "67 67 69 69 . . 71 71");
        music_check_chords(&tune, &pool, "G:4 D:4");
    }
}

static void test_melody_meter_comes_first(void **state) {
    (void)state;
    begin(480);
    filler(0, 8);
    strike(0, 3839, "G");
    attack(4);
    assert_int_equal(tune.header.beats, 4); /* nobody says anything */
    assert_int_equal(tune.header.unit, 4);
    assert_int_equal(tune.header.bar, 16);
    music_mark(&song, MARK_METER, 0, 0, 3, 4);
    attack(4);
    assert_int_equal(tune.header.beats, 3);
    assert_int_equal(tune.header.bar, 12);
    music_mark(&song, MARK_METER, 1, 0, 6, 8);
    attack(4);
    assert_int_equal(tune.header.beats, 6);
    assert_int_equal(tune.header.unit, 8);
    assert_int_equal(tune.header.bar, 12);
    attack(12);
    assert_int_equal(tune.header.bar, 36);
}

static void test_phase(void **state) {
    (void)state;
    begin(480);
    filler(0, 9);
    strike(480 + 1920, 4319, "G");
    attack(4);
    assert_int_equal(tune.header.phase, 4); /* by the first chord */
    assert_string_equal(tune.by, "chords");
    for (size_t i = 0; i < 9; i++)
        song.parts[1].notes[i].velocity = i % 4 == 2 ? 105 : 80;
    attack(4);
    assert_int_equal(tune.header.phase, 8);
    assert_string_equal(tune.by, "accents");
    attack(12);
    assert_int_equal(tune.header.phase, 24);
}

static void check_key(int sharps, int minor, int want) {
    begin(480);
    filler(0, 4);
    strike(0, 1919, "G");
    music_mark(&song, MARK_KEY, 0, 0, sharps, minor);
    attack(4);
    assert_int_equal(tune.header.key, want);
}

static void test_keys(void **state) {
    (void)state;
    /* tonics of -7 .. 7 sharps: Cb Gb Db Ab Eb Bb F C G D A E B F# C# */
    static const int major[] = {11, 6, 1, 8, 3, 10, 5, 0, 7, 2, 9, 4, 11, 6, 1};
    for (int k = -7; k <= 7; k++) {
        check_key(k, 0, major[k + 7]);
        check_key(k, 1, 12 + (major[k + 7] + 9) % 12);
    }
    music_mark(&song, MARK_KEY, 1, 0, -1, 0);
    attack(4);
    assert_int_equal(tune.header.key, 5); /* the melody's own comes first */
    begin(480);
    filler(0, 4);
    strike(0, 1919, "G");
    attack(4);
    assert_int_equal(tune.header.key, 0); /* by its notes */
    assert_int_equal(tune.key_by_sign, 0);
}

static void test_limits(void **state) {
    (void)state;
    begin(480);
    filler(0, 1);
    note((int64_t)120 * ENCODE_MAX_STEPS - 120,
         (int64_t)120 * ENCODE_MAX_STEPS - 1, 60);
    strike(0, 959, "G");
    attack(4);
    assert_string_equal(tune.reason, "");
    assert_int_equal(tune.steps, ENCODE_MAX_STEPS);
    note((int64_t)120 * ENCODE_MAX_STEPS, (int64_t)120 * ENCODE_MAX_STEPS + 119,
         60);
    attack(4);
    check_refused("steps long");
    classic();
    check_refused("steps long");
    begin(480); /* shorter than two steps */
    note(0, 100, 60);
    strike(0, 100, "G");
    attack(4);
    check_refused("steps long");
}

/* A beat, and one so many steps after its beginning, written in so many bytes,
 * encoded with so many steps in a quarter. */
static void last_for(int steps, size_t bytes, int spq) {
    struct encode_options o = {.encoding = ENCODING_ATTACK,
                               .steps_per_quarter = spq,
                               .chords = CHORDS_REQUIRED,
                               .bytes = bytes};
    int64_t end = (int64_t)480 * steps / spq;
    begin(480);
    filler(0, 1);
    note(end - 120, end - 1, 60);
    strike(0, 959, "G");
    raw_tune_free(&tune);
    assert_int_equal(encode_song(&tune, &song, &o, &pool, NULL), 0);
}

/* What a tune may last goes by what it is written in, whatever the grid. */
static void test_too_long_for_its_bytes(void **state) {
    (void)state;
    int spq[] = {4, 12};
    for (int i = 0; i < 2; i++) {
        int most = spq[i] * (ENCODE_QUARTERS + 44 * ENCODE_QUARTERS_PER_BYTE);
        last_for(most, 44, spq[i]);
        assert_string_equal(tune.reason, "");
        assert_int_equal(tune.steps, most);
        last_for(most + 1, 44, spq[i]);
        check_refused("steps are too many for 44 bytes");
        assert_null(tune.melody);
        last_for(most + 1, 45, spq[i]);
        assert_string_equal(tune.reason, "");
        last_for(most + 1, 0, spq[i]); /* nobody knows */
        assert_string_equal(tune.reason, "");
    }
    last_for(ENCODE_MAX_STEPS, SIZE_MAX, 4);
    assert_string_equal(tune.reason, "");
}

/* ---- classic ---- */

static void test_classic_wants_three_tracks(void **state) {
    (void)state;
    for (int parts = 2; parts <= 4; parts += 2) {
        song_free(&song);
        music_parts(&song, 480, parts);
        music_note(&song, 0, 0, 479, 72, 80);
        music_strike(&song, 1, 0, 479, "G");
        classic();
        check_refused("3");
        assert_int_equal(tune.steps, 0);
    }
}

static void test_classic_tracks_are_fixed(void **state) {
    (void)state;
    begin(480);
    music_note(&song, 0, 0, 479, 84, 80); /* track 1 is not looked at */
    note(0, 479, 60);
    strike(0, 479, "G");
    classic();
    music_check_melody(&tune, "60 60 60 60");
    assert_int_equal(tune.melody_track, 2);
    assert_int_equal(tune.chord_track, 3);
}

/* Rule 2: 72 is struck while it sounds. The first end ends it. */
static void test_classic_first_start_counts(void **state) {
    (void)state;
    begin(480);
    note(0, 240, 72);
    note(120, 360, 72);
    strike(0, 479, "G");
    classic();
    music_check_melody(&tune, "72 72 . .");
    begin(480);
    note(0, 240, 72);
    note(240, 480, 72); /* it ends before it is struck again */
    strike(0, 479, "G");
    classic();
    music_check_melody(&tune, "72 72 72 72");
}

/* A note of no length neither sounds nor swallows what follows. */
static void test_classic_no_length(void **state) {
    (void)state;
    begin(480);
    note(120, 120, 72);
    note(240, 359, 72);
    strike(0, 479, "G");
    classic();
    music_check_melody(&tune, ". . 72 .");
}

/* Rule 3: the last event of either track, halves up. */
static void test_classic_length(void **state) {
    (void)state;
    begin(480);
    note(0, 479, 72);
    strike(0, 479, "G");
    song.parts[1].end = 659;
    classic();
    assert_int_equal(tune.steps, 5);
    song.parts[2].end = 660;
    classic();
    assert_int_equal(tune.steps, 6);
    music_check_melody(&tune, "72 72 72 72 . .");
    song.parts[0].end = 5000; /* track 1 does not count */
    classic();
    assert_int_equal(tune.steps, 6);
}

/* Rule 4a against 4b: 60 ticks only vote, 61 cover. A cover silences votes,
 * two covers refuse the tune. */
static void test_classic_cover_or_vote(void **state) {
    (void)state;
    begin(480);
    note(0, 61, 72);
    note(61, 110, 74); /* votes for step 0: from 1 to 1, off <= 120 */
    note(120, 239, 76);
    strike(0, 239, "G");
    classic();
    music_check_melody(&tune, "72 76");
    begin(480);
    note(0, 60, 72); /* as many votes as the other: both */
    note(60, 120, 74);
    note(120, 239, 76);
    strike(0, 239, "G");
    classic();
    check_refused("two melody notes");
}

/* Rule 4b: which step a short note votes for. */
static void check_vote(int64_t on, int64_t off, const char *want) {
    begin(480);
    note(on, off, 72);
    strike(0, 479, "G");
    classic();
    music_check_melody(&tune, want);
}

static void test_classic_votes(void **state) {
    (void)state;
    check_vote(130, 179, ". 72 . ."); /* begins behind 120 * s */
    check_vote(130, 175, ". 72 . .");
    check_vote(70, 110, "72 . . .");  /* off <= 120 * e: step e - 1 */
    check_vote(120, 180, ". 72 . ."); /* e = 2 */
    check_vote(100, 150, "72 72 . .");
    check_vote(430, 475, ". . . 72");
    check_vote(0, 50, "72 . . ."); /* 0 for step -1, the rest for step 0 */
}

static void test_classic_votes_add_up(void **state) {
    (void)state;
    begin(480);
    note(121, 141, 72); /* 20 + 20 against 30 */
    note(141, 171, 74);
    note(150, 170, 72);
    strike(0, 479, "G");
    classic();
    music_check_melody(&tune, ". 72 . .");
    begin(480);
    note(100, 150, 72); /* 20 for step 0, 30 for step 1 */
    note(150, 175, 74); /* 25 for step 1 */
    note(70, 91, 76);   /* 21 for step 0 */
    strike(0, 479, "G");
    classic();
    music_check_melody(&tune, "76 72 . .");
}

static void test_classic_two_notes(void **state) {
    (void)state;
    begin(480);
    note(0, 479, 72);
    note(240, 479, 76);
    strike(0, 479, "G");
    classic();
    check_refused("two melody notes");
}

static void check_classic_range(int pitch, int kept) {
    begin(480);
    note(0, 479, pitch);
    strike(0, 479, "G");
    classic();
    assert_int_equal(!tune.reason[0], kept);
}

static void test_classic_range(void **state) {
    (void)state;
    check_classic_range(54, 0);
    check_classic_range(55, 1);
    check_classic_range(88, 1);
    check_classic_range(89, 0);
}

/* ---- classes ---- */

static void check_classes(const uint8_t *got, const int *want, int n) {
    assert_int_equal(tune.steps, n);
    for (int k = 0; k < n; k++)
        if (got[k] != want[k])
            fail_msg("step %d: class %d, wanted %d", k, got[k], want[k]);
}

static void test_attack_classes(void **state) {
    (void)state;
    struct vocabulary v = music_attack(); /* from 55 */
    uint8_t melody[16], chord[16];
    int map[16];
    begin(480);
    note(0, 239, 55);
    note(360, 479, 84);
    strike(0, 119, "G");
    strike(120, 239, "Em");
    strike(360, 479, "Gmaj7"); /* has no class: the likest */
    attack(4);
    vocabulary_map(&v, &pool, map);
    assert_int_equal(encode_classes(&tune, &v, map, melody, chord), 0);
    check_classes(melody, (const int[]){2, 1, 0, 31}, 4);
    check_classes(chord, (const int[]){5, 4, 0, 5}, 4);
}

static void test_octaves(void **state) {
    (void)state;
    struct vocabulary v = music_attack();
    uint8_t melody[16], chord[16];
    int map[16];
    begin(480);
    note(0, 119, 54);   /* up one */
    note(120, 239, 30); /* up three */
    note(240, 359, 85); /* down one */
    note(360, 479, 120);
    strike(0, 479, "G");
    attack(4);
    vocabulary_map(&v, &pool, map);
    assert_int_equal(encode_classes(&tune, &v, map, melody, chord), 4);
    check_classes(melody, (const int[]){66 - 53, 66 - 53, 73 - 53, 84 - 53}, 4);
}

/* A range of less than an octave has no place for some pitches; they must
 * still become classes that exist. */
static void test_narrow_range(void **state) {
    (void)state;
    struct vocabulary v = music_attack();
    v.low = 60;
    v.melody_count = 2 + 5;
    for (int pitch = 0; pitch < 128; pitch++) {
        uint8_t melody[4], chord[4];
        int map[4];
        begin(480);
        note(0, 479, pitch);
        strike(0, 479, "G");
        encode_with(ENCODING_ATTACK, 4, 2, 3);
        vocabulary_map(&v, &pool, map);
        encode_classes(&tune, &v, map, melody, chord);
        for (int k = 0; k < 4; k++)
            if (melody[k] >= v.melody_count)
                fail_msg("pitch %d: class %d of %d", pitch, melody[k],
                         v.melody_count);
    }
}

/* Rules 7 and 8: rests are 34, a chord that says nothing keeps the last. */
static void test_classic_classes(void **state) {
    (void)state;
    struct vocabulary v = music_classic();
    uint8_t melody[16], chord[16];
    int map[16];
    static const int keeps[] = {49, 53, 56, 59}; /* 1 5 8 11 */
    begin(480);
    note(0, 239, 55);
    note(360, 479, 88);
    for (int i = 0; i < 4; i++) { /* at step 0 there is nothing to keep */
        music_note(&song, 2, 0, 119, keeps[i], 75);
        music_note(&song, 2, 360, 479, keeps[i], 75);
    }
    strike(120, 239, "G7");
    strike(240, 359, "F#7"); /* no class of its own: none at all */
    strike(480, 599, "D");
    for (int i = 0; i < 4; i++)
        music_note(&song, 2, 600, 719, keeps[i], 75);
    classic();
    vocabulary_map(&v, &pool, map);
    assert_int_equal(encode_classes(&tune, &v, map, melody, chord), 0);
    check_classes(melody, (const int[]){0, 0, 34, 33, 34, 34}, 6);
    check_classes(chord, (const int[]){0, 6, 0, 0, 3, 3}, 6);
}

static void test_count(void **state) {
    (void)state;
    size_t counts[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    begin(480);
    note(0, 479, 72);
    strike(0, 119, "G");
    strike(240, 479, "D");
    attack(4);
    assert_int_equal(pool.count, 3);
    encode_count(&tune, counts);
    assert_int_equal(counts[0], 2); /* added to what is there */
    assert_int_equal(counts[1], 2);
    assert_int_equal(counts[2], 3);
    assert_int_equal(counts[3], 1);
}

/* Of a melody alone nothing is counted, and its chords are class 0. */
static void test_unknown_chords(void **state) {
    (void)state;
    struct vocabulary v = music_attack();
    size_t counts[8] = {0};
    uint8_t melody[16], chord[16];
    int map[16];
    begin(480);
    note(0, 479, 72);
    strike(0, 479, "G");
    attack(4);
    assert_int_equal(tune.has_chords, 1);
    tune.has_chords = 0;
    encode_count(&tune, counts);
    for (size_t k = 0; k < pool.count; k++)
        assert_int_equal(counts[k], 0);
    vocabulary_map(&v, &pool, map);
    encode_classes(&tune, &v, map, melody, chord);
    check_classes(melody, (const int[]){19, 1, 1, 1}, 4);
    check_classes(chord, (const int[]){0, 0, 0, 0}, 4);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_strikes_holds_rests),
        TEST(test_halves_go_up),
        TEST(test_triplets),
        TEST(test_grace_notes),
        TEST(test_overlaps_are_cut),
        TEST(test_many_voiced),
        TEST(test_block_chords_keep_gaps),
        TEST(test_bass_first),
        TEST(test_next_chord_cuts),
        TEST(test_no_chords),
        TEST(test_no_melody),
        TEST(test_split_by_channel),
        TEST(test_highest_is_melody),
        TEST(test_heard_by),
        TEST(test_shared_chords),
        TEST(test_ringing_ends),
        TEST(test_late_start),
        TEST(test_modes),
        TEST(test_named_tracks),
        TEST(test_tell_tracks),
        TEST(test_other_resolutions),
        TEST(test_melody_meter_comes_first),
        TEST(test_phase),
        TEST(test_keys),
        TEST(test_limits),
        TEST(test_too_long_for_its_bytes),
        TEST(test_classic_wants_three_tracks),
        TEST(test_classic_tracks_are_fixed),
        TEST(test_classic_first_start_counts),
        TEST(test_classic_no_length),
        TEST(test_classic_length),
        TEST(test_classic_cover_or_vote),
        TEST(test_classic_votes),
        TEST(test_classic_votes_add_up),
        TEST(test_classic_two_notes),
        TEST(test_classic_range),
        TEST(test_attack_classes),
        TEST(test_octaves),
        TEST(test_narrow_range),
        TEST(test_classic_classes),
        TEST(test_count),
        TEST(test_unknown_chords),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
