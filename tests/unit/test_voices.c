/* The voices of a song and what speaks for each.
 * SPDX-License-Identifier: MIT */
#include "music/voices.h"

#include <stdlib.h>

#include "music.h"

static struct song song;
static struct voice *voices;
static size_t count;

static void forget(void) {
    for (size_t i = 0; i < count; i++)
        free(voices[i].part.notes);
    free(voices);
    voices = NULL;
    count = 0;
}

static int tear_down(void **state) {
    (void)state;
    forget();
    song_free(&song);
    song.ppq = 480;
    return 0;
}

static int track(const char *name) {
    int part = song_add_part(&song, name, -1);
    assert_true(part >= 0);
    return part;
}

static void add(int part, int channel, int64_t on, int64_t off, int pitch) {
    struct note n = {on, off - on, pitch, 80, channel};
    assert_int_equal(song_add_note(&song, part, n, NULL), 0);
}

/* So many quarters of one pitch, from the beginning. */
static void quarters(int part, int n, int pitch) {
    for (int i = 0; i < n; i++)
        add(part, part, 480 * i, 480 * i + 480, pitch);
}

static void list(void) {
    forget();
    assert_int_equal(voices_list(&voices, &count, &song), 0);
}

/* "1/0c4": of track 1 all channels, chords or drums, four notes. */
static void check(const char *want) {
    struct buf b = {0};
    list();
    for (size_t i = 0; i < count; i++) {
        assert_true(voices[i].role == ROLE_CHORDS ||
                    voices[i].role == ROLE_DRUMS);
        buf_printf(&b, "%s%d/%d%c%zu", i ? " " : "", voices[i].track,
                   voices[i].channel, voices[i].role == ROLE_DRUMS ? 'd' : 'c',
                   voices[i].part.count);
    }
    assert_string_equal(b.data ? (char *)b.data : "", want);
    buf_free(&b);
}

static void near(double got, double want) {
    if (!(got - want < 1e-9 && want - got < 1e-9))
        fail_msg("%.6f, wanted %.6f", got, want);
}

/* ---- which voices there are ---- */

/* A track is a voice, whatever channels it uses; its drums are another. */
static void test_tracks(void **state) {
    (void)state;
    check("");
    track("no notes");
    quarters(track("melody"), 4, 72);
    int mixed = track("");
    quarters(mixed, 3, 60);
    add(mixed, 7, 0, 480, 50);
    add(mixed, 9, 0, 10, 38);
    check("2/0c4 3/0c4 3/10d1");
    for (size_t i = 0; i < voices[1].part.count; i++)
        assert_int_not_equal(voices[1].part.notes[i].channel, 9);
    assert_string_equal(voices[0].part.name, "melody");
}

/* Where one track has everything, its channels are. Drums do not count. */
static void test_channels(void **state) {
    (void)state;
    int all = track("all");
    add(all, 3, 0, 480, 72);
    add(all, 3, 480, 960, 74);
    add(all, 0, 0, 960, 48);
    check("1/1c1 1/4c2");
    int drums = track("");
    add(drums, 9, 0, 10, 38);
    check("1/1c1 1/4c2 2/10d1");
    add(all, 9, 0, 10, 38);
    check("1/1c1 1/4c2 1/10d1 2/10d1");
    add(drums, 5, 0, 10, 60); /* a second track with tones */
    check("1/0c3 1/10d1 2/0c1 2/10d1");
}

static void check_drums(const char *name, int are) {
    tear_down(NULL);
    quarters(track(name), 4, 60);
    quarters(track(""), 4, 72);
    check(are ? "1/0d4 2/0c4" : "1/0c4 2/0c4");
}

/* A track that is called drums is so, if the name begins with that and is no
 * title, and others remain. */
static void test_named_drums(void **state) {
    (void)state;
    static const char *const drums[] = {"Drums",     "DRUM KIT",   "drumkit 2",
                                        "Drum Set",  "Percussion", "Batterie",
                                        "Schlagzeug"};
    static const char *const others[] = {
        "",         "Steel Drums",   "Drum",
        "Humdrums", "Rock batterie", "Drums of the Old Regiment"};
    for (size_t i = 0; i < sizeof drums / sizeof *drums; i++)
        check_drums(drums[i], 1);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        check_drums(others[i], 0);
    tear_down(NULL);
    quarters(track("Drums"), 4, 60);
    quarters(track("Percussion"), 4, 72);
    check("1/0c4 2/0c4"); /* nobody else plays */
    add(track(""), 9, 0, 10, 38);
    check("1/0c4 2/0c4 3/10d1");
}

/* ---- onsets ---- */

static void test_onsets(void **state) {
    (void)state;
    int part = track("");
    add(part, 0, 100, 200, 60);
    add(part, 0, 115, 200, 64); /* a 32nd of a quarter is 15 ticks */
    add(part, 0, 116, 200, 67);
    add(part, 0, 130, 200, 72);
    const struct part *p = &song.parts[0];
    assert_int_equal(voices_onset_end(p, 0, 480), 2);
    assert_int_equal(voices_onset_end(p, 1, 480), 4);
    assert_int_equal(voices_onset_end(p, 3, 480), 4);
    assert_int_equal(voices_onset_end(p, 0, 960), 4);
    list();
    assert_int_equal(voices[0].onsets, 2);
    assert_int_equal(voices_note_at(p, 84, 480), 4); /* none is so near */
    assert_int_equal(voices_note_at(p, 85, 480), 0);
    assert_int_equal(voices_note_at(p, 115, 480), 0);
    assert_int_equal(voices_note_at(p, 116, 480), 1);
    assert_int_equal(voices_note_at(p, 131, 480), 2);
    assert_int_equal(voices_note_at(p, 145, 480), 3);
    assert_int_equal(voices_note_at(p, 146, 480), 4);
    assert_int_equal(voices_note_at(&(struct part){0}, 0, 480), 0);
}

/* Octaves are one note. */
static void test_at_once(void **state) {
    (void)state;
    int part = track("");
    quarters(part, 4, 60);
    for (int i = 0; i < 4; i++)
        add(part, 0, 480 * i, 480 * i + 480, 72);
    list();
    near(voices[0].at_once, 1);
    assert_int_equal(voices[0].onsets, 4);
    add(part, 0, 0, 480, 67);
    add(part, 0, 480, 960, 67);
    add(part, 0, 485, 960, 64);
    list();
    near(voices[0].at_once, 7.0 / 4);
}

/* The share of the song, to the end of the last of all parts, in which it
 * sounds; what sounds together counts once. */
static void test_coverage(void **state) {
    (void)state;
    int part = track(""), other = track("");
    add(part, 0, 0, 960, 60);
    add(part, 0, 480, 720, 64);
    add(part, 0, 1080, 1200, 67);
    add(other, 1, 960, 4800, 48);
    list();
    near(voices[0].coverage, 0.225);
    near(voices[1].coverage, 0.8);
    near(voices[0].pitch, 191.0 / 3);
}

/* ---- words ---- */

static void text(int part, int64_t tick, int type, const char *words) {
    struct mark m = {.kind = MARK_TEXT, .part = part, .tick = tick, .a = type};
    snprintf(m.text, sizeof m.text, "%s", words);
    assert_int_equal(song_add_mark(&song, m, NULL), 0);
}

/* How well syllables, in whatever track, fall on the notes: 1 where each has
 * one. */
static void test_words(void **state) {
    (void)state;
    track("");
    quarters(track(""), 12, 60);
    for (int i = 0; i < 7; i++)
        text(0, 480 * i, 5, "la");
    list();
    near(voices[0].words, 0); /* seven are none */
    text(0, 480 * 7, 1, "la");
    list();
    near(voices[0].words, 16.0 / 20);
    text(0, 480 * 8, 3, "a name");
    text(0, 480 * 8, 6, "a marker");
    text(0, 480 * 8, 5, ""); /* nothing */
    list();
    near(voices[0].words, 16.0 / 20);
    for (int i = 8; i < 12; i++)
        text(0, 480 * i + 10, 5, "la");
    list();
    near(voices[0].words, 1);
    for (int i = 0; i < 8; i++) /* between the notes */
        text(0, 480 * i + 240, 5, "oh");
    list();
    near(voices[0].words, 24.0 / 32);
}

/* ---- the score ---- */

/* That of 16 quarters of a pitch in a track of that name. */
static double score_of(const char *name, int pitch) {
    tear_down(NULL);
    quarters(track(name), 16, pitch);
    quarters(track(""), 16, 60);
    list();
    return voices[0].score;
}

/* One at a time 1.5, always 1, each quarter 1, and a twelfth for each semitone
 * over middle C. */
static void test_height(void **state) {
    (void)state;
    near(score_of("", 60), 3.5);
    near(score_of("", 72), 4.5);
    near(score_of("", 75), 4.75);
    near(score_of("", 48), 2.5);
    near(score_of("", 84), 3.5 + 8.0 / 12); /* what plays over melodies */
    near(score_of("", 76), 3.5 + 16.0 / 12);
}

static void test_names(void **state) {
    (void)state;
    static const char *const for_it[] = {
        "Melody",         "MELODIE",           "Mélodie",
        "vocals",         "1st Voice",         "Lead gtr",
        "solo",           "Soprano",           "Tune",
        "Fiddle",         "Violin 1",          "Gesang",
        "the melody",     "Melody and chords", "[voice]",
        "2nd violin lead"};
    static const char *const against[] = {
        "Chords",         "Accompaniment", "Guitar", "Piano",
        "Harmony",        "Strings",       "Bass",   "Left Hand",
        "Backing vocals", "Piano melody",  "Tenor",  "Akkorde",
        "Double Bass"};
    static const char *const neither[] = {"",
                                          "Flute",
                                          "Violin 2",
                                          "Pleading",
                                          "Contrabass",
                                          "Untune",
                                          "Solo for Lead Violin",
                                          "Chords of the old piano"};
    for (size_t i = 0; i < sizeof for_it / sizeof *for_it; i++)
        near(score_of(for_it[i], 60), 5);
    for (size_t i = 0; i < sizeof against / sizeof *against; i++)
        near(score_of(against[i], 60), 2);
    for (size_t i = 0; i < sizeof neither / sizeof *neither; i++)
        near(score_of(neither[i], 60), 3.5);
}

/* Notes at once, how much it plays, how often. */
static void test_score(void **state) {
    (void)state;
    int part = track("");
    quarters(part, 16, 60);
    for (int i = 0; i < 16; i++)
        add(part, 0, 480 * i, 480 * i + 480, 64);
    quarters(track(""), 16, 60);
    list();
    near(voices[0].score, 0.75 + 1 + 1 + 2.0 / 12); /* two at once */
    for (int i = 0; i < 32; i++)
        add(part, 0, 480 * (i / 2), 480 * (i / 2) + 480, i % 2 ? 55 : 57);
    list();
    near(voices[0].at_once, 4);
    near(voices[0].score, 2 - 1.0 / 12); /* and no less for more than three */
    tear_down(NULL);
    quarters(track(""), 4, 60); /* a quarter of the song */
    quarters(track(""), 16, 60);
    list();
    near(voices[0].score, 1.5 + 0.5 + 0.25);
    quarters(0, 3, 60);
    for (int i = 4; i < 7; i++)
        add(0, 0, 480 * i, 480 * i + 480, 60);
    list();
    near(voices[0].score, 1.5 + 0.875 + 0.4375);
    add(0, 0, 480 * 7, 480 * 9, 60); /* half of it is as good as all */
    list();
    near(voices[0].score, 1.5 + 1 + 0.5);
    tear_down(NULL);
    part = track("");
    for (int i = 0; i < 32; i++) /* more than a note each quarter is no more */
        add(part, 0, 240 * i, 240 * i + 120, 60);
    list();
    near(voices[0].coverage, (31 * 120.0 + 120) / (31 * 240.0 + 120));
    near(voices[0].score, 3.5);
}

/* Words count thrice, where most of them fit. */
static void test_score_of_words(void **state) {
    (void)state;
    track("");
    quarters(track(""), 12, 60);
    for (int i = 0; i < 12; i++)
        text(0, 480 * i, 5, "la");
    list();
    near(voices[0].score, 6.5);
    for (int i = 0; i < 15; i++)
        text(0, 480 * i + 240, 5, "oh");
    list(); /* 24 of 39 */
    near(voices[0].score, 3.5 + 3 * 24.0 / 39);
    text(0, 240, 5, "oh"); /* two at a tick are one */
    list();
    near(voices[0].score, 3.5 + 3 * 24.0 / 39);
    text(0, 480 * 15 + 240, 5, "oh"); /* 24 of 40 are not most */
    list();
    near(voices[0].score, 3.5);
}

/* Credits stand together at the beginning, chords over chords. */
static void test_other_texts(void **state) {
    (void)state;
    track("");
    quarters(track(""), 12, 60);
    for (int i = 0; i < 20; i++)
        text(0, 0, 1, "all rights reserved");
    for (int i = 0; i < 12; i++)
        text(1, 480 * i, 5, i % 2 ? "Am7" : "G/B");
    list();
    near(voices[0].words, 0);
    near(voices[0].score, 3.5);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, tear_down, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_tracks), TEST(test_channels),       TEST(test_named_drums),
        TEST(test_onsets), TEST(test_at_once),        TEST(test_coverage),
        TEST(test_words),  TEST(test_height),         TEST(test_names),
        TEST(test_score),  TEST(test_score_of_words), TEST(test_other_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
