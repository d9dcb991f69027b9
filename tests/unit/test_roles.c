/* Who plays the melody. SPDX-License-Identifier: MIT */
#include "music/roles.h"

#include "music.h"

static struct song song;
static struct roles r;

static int tear_down(void **state) {
    (void)state;
    roles_free(&r);
    song_free(&song);
    song.ppq = 480;
    return 0;
}

static void add(int part, int channel, int64_t on, int64_t off, int pitch) {
    struct note n = {on, off - on, pitch, 80, channel};
    assert_int_equal(song_add_note(&song, part, n, NULL), 0);
}

/* A track of eight quarters, one at a time; `pitch` is the lowest. */
static void line(const char *name, int channel, int pitch) {
    int part = song_add_part(&song, name, -1);
    for (int i = 0; i < 8; i++)
        add(part, channel, 480 * i, 480 * i + 480, pitch + i % 4);
}

/* A track of four triads of two quarters each. */
static void triads(const char *name, int channel, int pitch) {
    int part = song_add_part(&song, name, -1);
    for (int i = 0; i < 12; i++)
        add(part, channel, 960 * (i / 3), 960 * (i / 3) + 960,
            pitch + 4 * (i % 3));
}

/* With the tracks asked for: the track and the notes of the melody and of the
 * chords, and what each voice is: melody, chords, both, drums. */
static void check(int melody, int chords, const char *want) {
    struct err e = {0};
    struct buf b = {0};
    roles_free(&r);
    assert_int_equal(roles_find(&r, &song, melody, chords, &e), 0);
    buf_printf(&b, "%d:%zu %d:%zu ", r.melody_track, r.melody.count,
               r.chord_track, r.chords.count);
    for (size_t i = 0; i < r.count; i++)
        buf_printf(&b, "%c", "mcbd"[r.voices[i].role]);
    assert_string_equal((char *)b.data, want);
    buf_free(&b);
}

static void check_named(const char *first, const char *second, int melody) {
    strcpy(song.parts[0].name, first);
    strcpy(song.parts[1].name, second);
    check(0, 0, melody == 1 ? "1:8 2:8 mc" : "2:8 1:8 cm");
}

static void test_names(void **state) {
    (void)state;
    line("", 0, 60);
    line("", 1, 66);
    check_named("", "", 2);
    check_named("Melody", "Flute", 1);
    check_named("1st LEAD", "", 1);
    check_named("Pleading", "", 2); /* not where the word begins */
    check_named("", "Left Hand", 1);
    check_named("", "The Girl I Left Behind Me", 2);
    check_named("Solo for My Lead Violin", "", 2);
}

static void test_drums(void **state) {
    (void)state;
    line("Melody", 9, 80);
    line("", 0, 60);
    triads("", 1, 48);
    add(2, 9, 0, 120, 38); /* drums within a track */
    check(0, 0, "2:8 3:12 dmcd");
    assert_int_equal(r.voices[0].channel, 10);
    check(1, 0, "0:0 3:20 dccd"); /* not even when asked for */
}

static void test_channels_of_a_track(void **state) {
    (void)state;
    line("all", 3, 72);
    for (int i = 0; i < 24; i++) /* two notes, and a drum */
        add(0, i < 16 ? 5 : 9, 480 * (i % 8), 480 * (i % 8) + 480, 48 + i / 8);
    song_add_part(&song, "no notes", -1);
    check(0, 0, "1:8 1:16 mcd");
    assert_int_equal(r.voices[1].channel, 6);
    assert_int_equal(r.main, 1);
}

/* Halves over chords on both quarters: the second ones begin under the tune. */
static void test_piano(void **state) {
    (void)state;
    song_add_part(&song, "Piano", -1);
    for (int i = 0; i < 8; i++) {
        if (i % 2 == 0)
            add(0, 0, 480 * i, 480 * i + 970, 76 - i);
        for (int k = 0; k < 3; k++)
            add(0, 0, 480 * i + 5 * k, 480 * i + 400, 48 + 4 * k);
    }
    song_add_part(&song, "Drums", -1);
    add(1, 9, 0, 120, 38);
    check(0, 0, "1:4 1:24 bd");
    assert_int_equal(r.main, -1);
    assert_int_equal(r.doubled, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(r.melody.notes[i].pitch, 76 - 2 * i);
        assert_int_equal(r.melody.notes[i].duration, i < 3 ? 960 : 970);
    }
    for (size_t i = 1; i < 24; i++)
        assert_true(r.chords.notes[i].onset >= r.chords.notes[i - 1].onset);
    line("", 1, 60); /* what is not alone is one or the other */
    check(0, 0, "3:8 1:28 cdm");
}

/* A legato line is not cut by its own notes; the left hand alone is no line. */
static void test_piano_rests(void **state) {
    (void)state;
    song_add_part(&song, "Piano", -1);
    for (int i = 0; i < 8; i++) {
        if (i % 4 != 3) /* down by steps, each over the next's beginning */
            add(0, 0, 480 * i, 480 * i + 520, 76 - i);
        for (int k = 0; k < 3; k++)
            add(0, 0, 480 * i, 480 * i + 400, 48 + 4 * k);
    }
    check(0, 0, "1:6 1:24 b");
}

static void test_octaves(void **state) {
    (void)state;
    line("", 0, 60);
    for (int i = 0; i < 8; i++)
        add(0, 0, 480 * i, 480 * i + 480, 72 + i % 4);
    check(0, 0, "1:16 0:0 m");
    triads("", 1, 60);
    check(0, 0, "1:16 2:12 mc");
    assert_int_equal(r.doubled, 8);
    for (int i = 0; i < 8; i++)
        assert_int_equal(r.top.notes[i].pitch, 72 + i % 4);
}

/* Notes that are held too long hide none of those that follow. */
static void test_held_too_long(void **state) {
    (void)state;
    song_add_part(&song, "", -1);
    for (int i = 0; i < 8; i++)
        add(0, 0, 480 * i, 480 * i + 700, 80 - i);
    check(0, 0, "1:8 0:0 m");
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(r.top.notes[i].duration, i < 7 ? 480 : 700);
    assert_int_equal(r.melody.notes[0].duration, 700); /* as it was played */
}

static void test_asked_for(void **state) {
    (void)state;
    triads("", 0, 48);
    line("", 1, 72);
    line("", 2, 60);
    check(0, 0, "2:8 1:20 cmc");
    check(3, 0, "3:8 1:20 ccm");
    check(0, 3, "2:8 3:8 cmc"); /* of the accompaniment that alone */
    check(0, 2, "3:8 2:8 ccm"); /* what is chords is no melody */
    check(2, 1, "2:8 1:12 cmc");
    check(9, 0, "0:0 1:28 ccc");
    assert_int_equal(r.main, 0);
    check(0, 9, "2:8 0:0 cmc");
}

static void test_no_notes(void **state) {
    (void)state;
    check(0, 0, "0:0 0:0 ");
    song_add_part(&song, "Melody", -1);
    add(0, 9, 0, 120, 38);
    check(0, 0, "0:0 0:0 d");
    add(0, 0, 0, 0, 60); /* of no length */
    check(0, 0, "1:1 0:0 md");
}

static void test_tell(void **state) {
    (void)state;
    struct buf b = {0};
    line("Tune", 0, 70);
    triads("", 1, 48);
    check(0, 0, "1:8 2:12 mc");
    roles_tell(&r, &b);
    assert_string_equal(
        (char *)b.data,
        "  track 1 \"Tune\": melody; 8 notes, 1.0 at once, mean pitch 72, "
        "sounds in 100 %, 5.0 for a melody\n"
        "  track 2 \"\": chords; 12 notes, 3.0 at once, mean pitch 52, "
        "sounds in 100 %, 0.3 for a melody\n");
    buf_free(&b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, tear_down, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_names),
        TEST(test_drums),
        TEST(test_channels_of_a_track),
        TEST(test_piano), TEST(test_piano_rests),
        TEST(test_octaves),
        TEST(test_held_too_long),
        TEST(test_asked_for),
        TEST(test_no_notes),
        TEST(test_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
