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
 * chords, and what each voice is: melody, chords, both, second melody, drums.
 */
static void check(int melody, int chords, const char *want) {
    struct err e = {0};
    struct buf b = {0};
    roles_free(&r);
    assert_int_equal(roles_find(&r, &song, melody, chords, &e), 0);
    buf_printf(&b, "%d:%zu %d:%zu ", r.melody_track, r.melody.count,
               r.chord_track, r.chords.count);
    for (size_t i = 0; i < r.count; i++)
        buf_printf(&b, "%c", "mcbsd"[r.voices[i].role]);
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
    assert_ptr_equal(r.main, &r.voices[1].part);
}

/* Halves over so many notes on both quarters: the second ones begin under the
 * tune. */
static void piano(int hand) {
    song_add_part(&song, "Piano", -1);
    for (int i = 0; i < 8; i++) {
        if (i % 2 == 0)
            add(0, 0, 480 * i, 480 * i + 970, 76 - i);
        for (int k = 0; k < hand; k++)
            add(0, 0, 480 * i + 5 * k, 480 * i + 400, 48 + 4 * k + i % 3);
    }
    song_add_part(&song, "Drums", -1);
    add(1, 9, 0, 120, 38);
}

static void test_piano(void **state) {
    (void)state;
    piano(2);
    check(0, 0, "1:4 1:16 bd");
    assert_null(r.main);
    assert_int_equal(r.doubled, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(r.melody.notes[i].pitch, 76 - 2 * i);
        assert_int_equal(r.melody.notes[i].duration, i < 3 ? 960 : 970);
    }
    for (size_t i = 1; i < 16; i++)
        assert_true(r.chords.notes[i].onset >= r.chords.notes[i - 1].onset);
    line("", 1, 60); /* what is not alone is one or the other */
    check(0, 0, "3:8 1:20 cdm");
    tear_down(NULL);
    piano(3); /* hardly anything but chords: the line is part of them */
    check(0, 0, "1:4 1:28 bd");
    assert_ptr_equal(r.main, &r.voices[0].part);
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
    check(0, 0, "1:6 1:30 b");
}

/* Of a hymn all top notes are the line, also one that lies low. */
static void test_hymn(void **state) {
    (void)state;
    song_add_part(&song, "", -1);
    for (int i = 0; i < 8; i++)
        for (int k = 0; k < 4; k++) {
            static const int chord[] = {43, 50, 55, 71};
            int low = i == 5 && k == 3; /* the line leaps down and back */
            add(0, 0, 480 * i, 480 * i + 470,
                chord[k] + (low      ? -12
                            : k == 3 ? i % 3
                                     : 0));
        }
    check(0, 0, "1:8 1:32 b");
    assert_int_equal(r.melody.notes[5].pitch, 59);
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
    check(0, 0, "2:8 1:12 cms");
    check(3, 0, "3:8 1:12 csm");
    check(0, 3, "2:8 3:8 cmc"); /* of the accompaniment that alone */
    check(0, 2, "3:8 2:8 ccm"); /* what is chords is no melody */
    check(2, 1, "2:8 1:12 cmc");
    check(9, 0, "0:0 1:28 ccc");
    assert_ptr_equal(r.main, &r.voices[0].part);
    check(0, 9, "2:8 0:0 cmc");
}

/* ---- several melodies ---- */

/* So many quarters of a scale from a quarter on. */
static void run(int part, int from, int count, int pitch) {
    for (int i = from; i < from + count; i++)
        add(part, part, 480 * i, 480 * i + 470, pitch + i % 5);
}

static void chords_under(int quarters) {
    int part = song_add_part(&song, "", -1);
    for (int i = 0; i < quarters; i += 2)
        for (int k = 0; k < 3; k++)
            add(part, part, 480 * i, 480 * i + 950, 48 + 4 * k);
}

/* A voice that moves with the melody is a second one, if there is anybody else
 * to accompany. */
static void test_seconds(void **state) {
    (void)state;
    line("", 0, 72);
    line("", 1, 68);
    check(0, 0, "1:8 2:8 mc");
    triads("", 2, 48);
    check(0, 0, "1:8 3:12 msc");
    check(0, 2, "1:8 2:8 mcc"); /* unless it is asked for */
    int other = song_add_part(&song, "", -1);
    for (int i = 0; i < 8; i++) /* with another rhythm */
        add(other, 3, 480 * i + 240, 480 * i + 480, 62);
    check(0, 0, "1:8 3:20 mscc");
}

/* At least nine in ten of its notes, and seven to ten of the melody's. */
static void test_second_or_not(void **state) {
    (void)state;
    for (int notes = 13; notes < 15; notes++) {
        tear_down(NULL);
        for (int i = 0; i < 2; i++)
            song_add_part(&song, "", -1);
        run(0, 0, 20, 72);
        run(1, 0, notes, 66);
        chords_under(20);
        check(0, 0, notes < 14 ? "1:20 3:43 mcc" : "1:20 3:30 msc");
    }
    for (int odd = 1; odd < 4; odd++) {
        tear_down(NULL);
        for (int i = 0; i < 2; i++)
            song_add_part(&song, "", -1);
        run(0, 0, 20, 72);
        run(1, 0, 20 - odd, 66);
        for (int i = 0; i < odd; i++)
            add(1, 1, 9600 + 480 * i, 9600 + 480 * i + 400, 66);
        chords_under(20);
        check(0, 0, odd > 2 ? "1:20 3:50 mcc" : "1:20 3:30 msc");
    }
}

/* The tune is passed on: a voice that plays where the melody's is silent. */
static void test_passed_on(void **state) {
    (void)state;
    static const struct {
        int from, count, pitch; /* of the second voice */
        const char *want;
    } list[] = {
        {16, 16, 66, "1:32 3:48 mmc"}, /* goes on where the first one stops */
        {16, 16, 83, "1:32 3:48 mmc"}, /* an octave up at most */
        {16, 16, 85, "1:16 3:64 mcc"},
        {16, 16, 61, "1:32 3:48 mmc"}, /* or down */
        {16, 16, 59, "1:16 3:64 mcc"},
        {12, 16, 66, "1:16 3:64 mcc"}, /* together with it for a while */
        {16, 2, 66, "1:18 3:48 mmc"},  /* an eighth of its notes */
        {16, 1, 66, "1:16 3:49 mcc"},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        tear_down(NULL);
        song_add_part(&song, "Melody", -1);
        song_add_part(&song, "", -1);
        run(0, 0, 16, 72);
        run(1, list[i].from, list[i].count, list[i].pitch);
        chords_under(32);
        check(0, 0, list[i].want);
        for (size_t k = 1; k < r.top.count; k++)
            assert_true(r.top.notes[k].onset > r.top.notes[k - 1].onset);
        assert_int_equal(r.top.count, r.melody.count);
    }
    tear_down(NULL);
    song_add_part(&song, "Melody", -1);
    song_add_part(&song, "", -1);
    run(0, 0, 17, 72);
    run(1, 17, 2, 66); /* not an eighth */
    chords_under(32);
    check(0, 0, "1:17 3:50 mcc");
    tear_down(NULL);
    song_add_part(&song, "", -1);
    song_add_part(&song, "", -1);
    run(0, 0, 16, 72);
    run(1, 16, 16, 66);
    chords_under(32);
    check(1, 0,
          "1:16 3:64 mcc"); /* the track that is asked for, and no other */
}

/* ---- chords and tune in one voice ---- */

/* A track of triads, one each quarter, whose upper note moves so often. */
static void hymn(int quarters, int moves) {
    int part = song_add_part(&song, "", -1);
    for (int i = 0; i < quarters; i++)
        for (int k = 0; k < 3; k++)
            add(part, 0, 480 * i, 480 * i + 480,
                k < 2 ? 55 + 9 * k : 72 + (i < moves ? i % 2 : moves % 2));
}

/* Of chords alone the upper line is a tune if it moves as one. */
static void test_accompaniment_alone(void **state) {
    (void)state;
    hymn(20, 7);
    check(0, 0, "0:0 1:60 c");
    assert_ptr_equal(r.main, &r.voices[0].part);
    check(1, 0, "1:20 1:60 b"); /* somebody knows better */
    tear_down(NULL);
    hymn(20, 8);
    check(0, 0, "1:20 1:60 b");
    assert_ptr_equal(r.main, &r.voices[0].part); /* the line is part of them */
    assert_true(r.at_once > 2.9);
    assert_int_equal(r.melody.notes[1].pitch, 73);
    line("", 1, 60); /* what is not alone has a tune to accompany */
    check(0, 0, "2:8 1:60 cm");
}

/* A fiddle's double stops on one or two strings are no harmony. */
static void test_drones(void **state) {
    (void)state;
    for (int classes = 3; classes < 5; classes++) {
        char want[20];
        tear_down(NULL);
        song_add_part(&song, "", -1);
        for (int i = 0; i < 16; i++) {
            add(0, 0, 480 * i, 480 * i + 480, 72 + i % 3);
            if (i % 2) /* half of them are doubled */
                add(0, 0, 480 * i, 480 * i + 480, 60 + i / 2 % classes);
        }
        snprintf(want, sizeof want, "1:16 %s b", classes > 3 ? "1:8" : "0:0");
        check(0, 0, want);
        assert_int_equal(r.doubled, 8);
    }
}

/* A tune with a double stop in five notes keeps its own notes, and its line
 * has the upper ones; one in two makes the lower ones accompany. */
static void test_double_stops(void **state) {
    (void)state;
    for (int every = 5; every > 1; every -= 3) {
        tear_down(NULL);
        song_add_part(&song, "", -1);
        for (int i = 0; i < 20; i++) {
            add(0, 0, 480 * i, 480 * i + 480, 72 + i % 3);
            if (i % every == 0)
                add(0, 0, 480 * i, 480 * i + 480, 60 + i / every);
        }
        check(0, 0, every > 2 ? "1:24 0:0 m" : "1:20 1:10 b");
        assert_int_equal(r.top.count, 20);
    }
}

/* A voice that plays two notes now and then, and one of a pitch after a long
 * one that sounds so far into it: is it of the line? */
static void check_line(int pitch, int64_t so_far, int is_line) {
    tear_down(NULL);
    song_add_part(&song, "", -1);
    for (int i = 0; i < 8; i++) {
        add(0, 0, 960 * i, 960 * i + 480 + (i == 6 ? so_far : 0), 72);
        add(0, 0, 960 * i, 960 * i + 480, 50 + i);
    }
    add(0, 0, 960 * 6 + 480, 960 * 7, pitch);
    check(0, 0, is_line ? "1:9 1:8 b" : "1:8 1:9 b");
}

/* What the line sounds over for half of its time is below it, and so is what it
 * leaps down to from above by more than a fifth, to where the others are. */
static void test_below(void **state) {
    (void)state;
    check_line(70, 239, 1);
    check_line(70, 240, 0);
    check_line(74, 240, 1); /* higher is not below */
    check_line(65, 0, 1);
    check_line(63, 0, 1); /* nearer to the upper notes: 72 than to 53.5 */
    check_line(62, 0, 0);
}

/* Most of the chords are played by the voice with most notes that plays several
 * at once. */
static void test_main(void **state) {
    (void)state;
    line("", 0, 72);
    int bass = song_add_part(&song, "Bass", -1);
    for (int i = 0; i < 16; i++)
        add(bass, 1, 240 * i, 240 * i + 200, 36 + i % 2);
    triads("", 2, 48);
    int few = song_add_part(&song, "", -1);
    for (int k = 0; k < 3; k++)
        add(few, 3, 0, 480, 60 + 4 * k);
    check(0, 0, "1:8 3:31 mccc");
    assert_ptr_equal(r.main, &r.voices[2].part);
    assert_true(r.at_once == 3);
    check(0, 4, "1:8 4:3 mccc");
    assert_ptr_equal(r.main, &r.voices[3].part);
    check(0, 2, "1:8 2:16 mccc"); /* a bass has no chords */
    assert_null(r.main);
}

/* ---- texts ---- */

static void text(int part, int64_t tick, int type, const char *words) {
    struct mark m = {.kind = MARK_TEXT, .part = part, .tick = tick, .a = type};
    snprintf(m.text, sizeof m.text, "%s", words);
    assert_int_equal(song_add_mark(&song, m, NULL), 0);
}

/* What is sung is the melody, however low it lies. */
static void test_words(void **state) {
    (void)state;
    song_add_part(&song, "Lead", -1);
    song_add_part(&song, "", -1);
    run(0, 0, 16, 76);
    for (int i = 0; i < 16; i++)
        add(1, 1, 480 * i + 240, 480 * i + 480, 60);
    check(0, 0, "1:16 2:16 mc");
    for (int i = 0; i < 16; i++)
        text(0, 480 * i + 240, 5, "la");
    check(0, 0, "2:16 1:16 cm");
}

/* Chords by name go before all notes. */
static void test_named_chords(void **state) {
    (void)state;
    line("", 0, 72);
    triads("", 1, 48);
    text(1, 0, 1, "G");
    text(1, 1920, 1, "D7");
    check(0, 0, "1:8 2:7 mc");
    assert_true(r.named);
    assert_ptr_equal(r.main, &r.names);
    assert_true(r.at_once == 3);
    assert_int_equal(r.chords.notes[0].pitch, 55);
    check(0, 2, "1:8 2:12 mc"); /* but not those of a track asked for */
    assert_false(r.named);
    song.marks[0].part = song.marks[1].part = 0;
    check(0, 0, "1:8 1:7 mc"); /* where the names stand */
    struct buf b = {0};
    roles_tell(&r, &b);
    assert_non_null(
        strstr((char *)b.data, "\n  track 1: chords by name in its texts\n"));
    buf_free(&b);
}

/* Names over the notes of the melody say what these are. */
static void test_named_notes(void **state) {
    (void)state;
    static const char *const letters[] = {"C", "D", "E", "F", "G", "A"};
    static const int pitches[] = {72, 74, 76, 77, 79, 81};
    for (int wrong = 1; wrong < 4; wrong++) { /* two in ten at most */
        tear_down(NULL);
        song_add_part(&song, "", -1);
        for (int i = 0; i < 10; i++) {
            add(0, 0, 480 * i, 480 * i + 480, pitches[i % 6] + (i < wrong));
            text(0, 480 * i, 1, letters[i % 6]);
        }
        check(0, 0, wrong > 2 ? "1:10 1:30 m" : "1:10 0:0 m");
    }
    tear_down(NULL);
    song_add_part(&song, "", -1);
    for (int i = 0; i < 10; i++) { /* half of the notes: chords on their root */
        add(0, 0, 480 * i, 480 * i + 480, pitches[i / 2 % 6]);
        if (i % 2 == 0)
            text(0, 480 * i, 1, letters[i / 2 % 6]);
    }
    check(0, 0, "1:10 1:15 m");
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
        "sounds in 100 %, 6.0 for a melody\n"
        "  track 2 \"\": chords; 12 notes, 3.0 at once, mean pitch 52, "
        "sounds in 100 %, 0.8 for a melody\n");
    buf_free(&b);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, tear_down, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_names),
        TEST(test_drums),
        TEST(test_channels_of_a_track),
        TEST(test_piano),
        TEST(test_piano_rests),
        TEST(test_hymn),
        TEST(test_octaves),
        TEST(test_held_too_long),
        TEST(test_asked_for),
        TEST(test_seconds),
        TEST(test_second_or_not),
        TEST(test_passed_on),
        TEST(test_accompaniment_alone),
        TEST(test_drones),
        TEST(test_double_stops),
        TEST(test_below),
        TEST(test_main),
        TEST(test_words),
        TEST(test_named_chords),
        TEST(test_named_notes),
        TEST(test_no_notes),
        TEST(test_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
