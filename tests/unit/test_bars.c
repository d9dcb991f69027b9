/* Bar lines. SPDX-License-Identifier: MIT */

#include "music.h"
#include "music/bars.h"

static struct song song;
static struct bars m;

static int tear_down(void **state) {
    (void)state;
    song_free(&song);
    return 0;
}

/* Quarter notes from `from` on, as loud as told: '!' 105, '+' 95, '.' 80. */
static void begin(int64_t from, const char *loudness) {
    song_free(&song);
    music_parts(&song, 480, 3);
    for (int i = 0; loudness[i]; i++) {
        int v = loudness[i] == '!' ? 105 : loudness[i] == '+' ? 95 : 80;
        music_note(&song, 1, from + 480 * i, from + 480 * i + 479, 72, v);
    }
}

static void find(int with_chords) {
    static const struct part none;
    bars_find(&m, &song, 1, &song.parts[1],
              with_chords ? &song.parts[2] : &none);
}

static void check(int by_accents, int64_t phase) {
    assert_int_equal(m.by == BARS_BY_ACCENTS, by_accents);
    assert_int_equal(m.phase, phase);
}

static void test_signature(void **state) {
    (void)state;
    static const int signs[][3] = {{4, 4, 1920}, {6, 8, 1440}, {3, 4, 1440},
                                   {2, 2, 1920}, {9, 8, 2160}, {3, 2, 2880},
                                   {5, 16, 600}, {1, 128, 15}};
    for (size_t i = 0; i < 8; i++) {
        begin(0, "....");
        music_mark(&song, MARK_METER, 1, 0, signs[i][0], signs[i][1]);
        find(0);
        assert_int_equal(m.beats, signs[i][0]);
        assert_int_equal(m.unit, signs[i][1]);
        assert_int_equal(m.bar_ticks, signs[i][2]);
    }
}

static void test_whose_signature(void **state) {
    (void)state;
    begin(0, "....");
    find(0);
    assert_int_equal(m.beats, 4);
    assert_int_equal(m.bar_ticks, 1920);
    music_mark(&song, MARK_METER, 1, 960, 9, 8); /* not at its start */
    find(0);
    assert_int_equal(m.beats, 4);
    music_mark(&song, MARK_METER, 2, 0, 2, 4);
    find(0);
    assert_int_equal(m.beats, 2); /* somebody's */
    music_mark(&song, MARK_METER, 0, 0, 3, 4);
    find(0);
    assert_int_equal(m.beats, 3);
    music_mark(&song, MARK_METER, 1, 0, 6, 8);
    find(0);
    assert_int_equal(m.beats, 6);
}

static void test_accents(void **state) {
    (void)state;
    begin(0, "..!.+.!.+.!");
    find(0);
    check(1, 960);
    begin(240, "!...!...!");
    find(0);
    check(1, 240);
    begin(1920 + 480, "!...!...!"); /* after the first bar signs count */
    find(0);
    check(0, 1440);
    begin(1440, "!...!...!");
    find(0);
    check(1, 1440);
    begin(0, ".+...+..."); /* the loudest, whatever they are */
    find(0);
    check(1, 480);
}

static void test_odd_accents(void **state) {
    (void)state;
    /* 9 of 10 agree, and the first is the odd one */
    begin(0, "!.!...!...!...!...!...!...!...!...!...");
    find(0);
    check(1, 960);
    begin(0, "!.!...!...!...!...!..."); /* 5 of 6 */
    find(0);
    check(0, 0);
    begin(0, "!.....!.....!...."); /* three beats apart in 4/4 */
    find(0);
    check(0, 0);
}

static void test_no_habit(void **state) {
    (void)state;
    begin(0, "........");
    music_strike(&song, 2, 1920 + 480, 3839, "G");
    find(1);
    check(0, 480); /* the first chord */
    find(0);
    check(0, 0);
    begin(0, "...!...."); /* one accent is no habit */
    music_strike(&song, 2, 480, 3839, "G");
    find(1);
    check(0, 480);
    begin(0, "!!!!.!!."); /* nor are many */
    find(0);
    check(0, 0);
    begin(0, "....");
    find(1); /* a chord part without notes */
    check(0, 0);
}

static void test_accents_go_first(void **state) {
    (void)state;
    begin(0, "..!...!...!");
    music_strike(&song, 2, 480, 3839, "G");
    find(1);
    check(1, 960);
}

/* ---- pickups ---- */

static void sign(int64_t tick, int beats, int unit) {
    music_mark(&song, MARK_METER, 1, tick, beats, unit);
}

static void check_bars(int beats, int unit, int64_t start, int64_t phase) {
    find(1);
    assert_int_equal(m.beats, beats);
    assert_int_equal(m.unit, unit);
    assert_int_equal(m.start, start);
    assert_int_equal(m.phase, phase);
}

/* A first bar under a sign of its own is a pickup, if it is no longer than
 * those after it. */
static void test_pickup_bar(void **state) {
    (void)state;
    begin(0, ".........");
    sign(0, 1, 4);
    sign(480, 4, 4);
    check_bars(4, 4, 0, 480);
    assert_int_equal(m.by, BARS_BY_SIGNS);
    assert_true(m.by_sign);
    assert_int_equal(m.changes, 0);
    begin(0, "................");
    sign(0, 4, 4);
    sign(1920, 3, 4); /* a longer one is no pickup */
    check_bars(3, 4, 0, 480);
    assert_int_equal(m.changes, 1);
    begin(0, ".........");
    sign(0, 1, 4);
    sign(960, 4, 4); /* two of its bars are none */
    find(1);
    assert_int_equal(m.changes, 1);
    begin(0, ".....");
    sign(0, 3, 4);
    sign(1440, 4, 4); /* longer than all that comes after it */
    find(1);
    assert_int_equal(m.changes, 1);
    assert_int_equal(m.beats, 3);
    begin(0, "!.........."); /* accents do not gainsay it */
    song.parts[1].notes[4].velocity = 105;
    sign(0, 1, 4);
    sign(480, 4, 4);
    check_bars(4, 4, 0, 480);
}

/* What is silent before a pickup falls away; less than a beat of it stays. */
static void test_rest_before_a_pickup(void **state) {
    (void)state;
    begin(480, "........."); /* a pickup of two beats, one of them silent */
    sign(0, 2, 4);
    sign(960, 4, 4);
    check_bars(4, 4, 480, 480);
    begin(1440, "........."); /* the last beat of a bar under one sign */
    sign(0, 4, 4);
    check_bars(4, 4, 1440, 480);
    begin(5 * 480, "........."); /* bars before the first note are no music */
    sign(0, 4, 4);
    check_bars(4, 4, 5 * 480, 3 * 480);
    begin(4 * 480, "........");
    sign(0, 4, 4);
    check_bars(4, 4, 4 * 480, 0);
    begin(4 * 480 + 240, "........"); /* half a beat is a rest of the bar */
    sign(0, 4, 4);
    check_bars(4, 4, 4 * 480, 0);
    begin(960, "........"); /* a pickup of two beats, all silent */
    sign(0, 2, 4);
    sign(960, 4, 4);
    check_bars(4, 4, 960, 0);
    begin(240, "........"); /* a pickup of an eighth, all silent */
    sign(0, 1, 8);
    sign(240, 4, 4);
    check_bars(4, 4, 0, 240);
}

/* Signs of all tracks count, and a few ticks beside a bar line are none. */
static void test_signs_of_any_part(void **state) {
    (void)state;
    begin(0, "................");
    music_mark(&song, MARK_METER, 0, 0, 1, 4);
    music_mark(&song, MARK_METER, 0, 487, 3, 4);
    check_bars(3, 4, 0, 480);
    begin(0, "................");
    music_mark(&song, MARK_METER, 0, 0, 1, 4);
    music_mark(&song, MARK_METER, 0, 473, 3, 4);
    check_bars(3, 4, 0, 480);
}

/* Another meter than the first must have two thirds. */
/* A sign that another one at its bar takes back has never been. */
static void test_sign_taken_back(void **state) {
    (void)state;
    begin(0, "................");
    sign(0, 4, 4);
    sign(1920, 3, 4);
    sign(1921, 4, 4);
    find(0);
    assert_int_equal(m.beats, 4);
    assert_int_equal(m.changes, 0);
    assert_int_equal(m.phase, 0);
}

static void test_most_bars(void **state) {
    (void)state;
    begin(0, "................");
    sign(0, 2, 4);
    sign(4 * 480, 3, 4);
    find(0);
    assert_int_equal(m.beats, 3); /* 12 of 16 */
    assert_int_equal(m.changes, 1);
    begin(0, "................");
    sign(0, 2, 4);
    sign(6 * 480, 3, 4);
    find(0);
    assert_int_equal(m.beats, 2); /* 10 of 16 */
    begin(0, "................");
    sign(0, 3, 4);
    sign(3 * 480, 2, 4);
    sign(7 * 480, 3, 4);
    find(0);
    assert_int_equal(m.beats, 3);
    assert_int_equal(m.changes, 2); /* there and back */
}

/* ---- no sign ---- */

/* A waltz: bass and two chords a bar, so many bars; with a melody of a half
 * and a quarter. */
static void waltz(int64_t from, int bars) {
    song_free(&song);
    music_parts(&song, 480, 3);
    for (int64_t on = from; bars > 0; bars--, on += 1440) {
        music_note(&song, 1, on, on + 959, 72 + bars % 5, 80);
        music_note(&song, 1, on + 960, on + 1439, 74, 80);
        music_note(&song, 2, on, on + 479, bars % 2 ? 43 : 38, 80);
        music_strike(&song, 2, on + 480, on + 959, bars % 2 ? "G" : "D");
        music_strike(&song, 2, on + 960, on + 1439, bars % 2 ? "G" : "D");
    }
}

/* Without a sign, or with the 4/4 of programs, the notes are listened to. */
static void test_by_ear(void **state) {
    (void)state;
    waltz(0, 8);
    check_bars(3, 4, 0, 0);
    assert_false(m.by_sign);
    assert_int_equal(m.bar_ticks, 1440);
    sign(0, 4, 4);
    check_bars(3, 4, 0, 0);
    assert_false(m.by_sign);
    waltz(0, 5); /* 60 steps say nothing */
    check_bars(4, 4, 0, 0);
    assert_false(m.by_sign);
    waltz(0, 8);
    sign(0, 2, 4); /* somebody has thought about meters */
    check_bars(2, 4, 0, 0);
    assert_true(m.by_sign);
    waltz(0, 8);
    sign(0, 4, 4);
    sign(1920, 6, 4); /* later, too */
    find(1);
    assert_int_equal(m.unit, 4);
    assert_true(m.beats == 6);
}

/* 4/4 that programs write is believed a little: what speaks for another meter
 * 1.2 times as much does not gainsay it. */
static void test_sign_of_programs(void **state) {
    (void)state;
    begin(0, "................................................");
    for (int i = 0; i < 48; i++)
        song.parts[1].notes[i].duration = i % 3 ? 240 : 480;
    check_bars(3, 4, 0, 0);
    sign(0, 4, 4);
    check_bars(4, 4, 0, 0);
    assert_true(m.by_sign);
}

/* A recording begins anywhere, and bars with its first note, where that is
 * further from a half beat than an eighth of one, or, with a sign, from a 16th
 * than a quarter of it. */
static void test_off_the_grid(void **state) {
    (void)state;
    static const struct {
        int64_t from, start;
        int has_sign;
    } list[] = {{0, 0, 0},     {30, 0, 0},  {31, 31, 0}, {120, 120, 0},
                {209, 209, 0}, {210, 0, 0}, {240, 0, 0}, {30, 0, 1},
                {31, 31, 1},   {89, 89, 1}, {90, 0, 1},  {120, 0, 1}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        begin(list[i].from, "........");
        if (list[i].has_sign)
            sign(0, 4, 4);
        find(0);
        if (m.start != list[i].start)
            fail_msg("from %d: start %d", (int)list[i].from, (int)m.start);
        assert_int_equal(m.phase, 0);
    }
    waltz(680, 8); /* and where they begin, a meter is heard */
    find(1);
    assert_int_equal(m.start, 680);
    assert_int_equal(m.phase, 0);
}

/* ---- the first chord ---- */

/* It is no bar line where the tune says that it is off the beat. */
static void test_offbeat_chords(void **state) {
    (void)state;
    begin(0, "................");
    for (int i = 0; i < 8; i++)
        music_strike(&song, 2, 960 * i + 240, 960 * i + 480, "G");
    find(1);
    check(0, 0);
    assert_int_equal(m.by, BARS_BY_CHORDS);
}

/* A chord that is under the pickup already: pulse.h. */
/* A beat of a jig has three parts, and chords may answer on the second. */
static void test_offbeat_jig(void **state) {
    (void)state;
    begin(0, "");
    sign(0, 6, 8);
    for (int i = 0; i < 16; i++) {
        music_note(&song, 1, 720 * i, 720 * i + 479, 72 + i % 5, 80);
        music_note(&song, 1, 720 * i + 480, 720 * i + 719, 71, 80);
        music_strike(&song, 2, 720 * i + 240, 720 * i + 400, "G");
    }
    find(1);
    check(0, 0);
}

static void test_chord_under_a_pickup(void **state) {
    (void)state;
    begin(0, ".................................");
    music_strike(&song, 2, 0, 470, "D");
    for (int i = 0; i < 8; i++)
        music_strike(&song, 2, 480 + 1920 * i, 480 + 1920 * i + 1910,
                     i % 2 ? "C" : "G");
    find(1);
    check(0, 480);
}

static void test_beats(void **state) {
    (void)state;
    static const int beats[][4] = {
        {4, 4, 16, 4}, {3, 4, 12, 4},  {2, 4, 8, 4},  {6, 8, 12, 6},
        {9, 8, 18, 6}, {12, 8, 24, 6}, {3, 8, 6, 2},  {2, 2, 16, 8},
        {6, 4, 24, 4}, {6, 8, 36, 18}, {7, 8, 14, 2}, {4, 4, 1, 1},
        {5, 4, 2, 1}};
    for (size_t i = 0; i < sizeof beats / sizeof *beats; i++) {
        const int *b = beats[i];
        struct tune_header h = {.beats = b[0], .unit = b[1], .bar = b[2]};
        assert_int_equal(tune_beat_steps(&h), b[3]);
    }
}

#define TEST(f) cmocka_unit_test_teardown(f, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_signature),
        TEST(test_whose_signature),
        TEST(test_accents),
        TEST(test_odd_accents),
        TEST(test_no_habit),
        TEST(test_offbeat_jig),
        TEST(test_accents_go_first),
        TEST(test_pickup_bar),
        TEST(test_rest_before_a_pickup),
        TEST(test_signs_of_any_part),
        TEST(test_most_bars),
        TEST(test_sign_taken_back),
        TEST(test_by_ear),
        TEST(test_sign_of_programs),
        TEST(test_off_the_grid),
        TEST(test_offbeat_chords),
        TEST(test_chord_under_a_pickup),
        TEST(test_beats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
