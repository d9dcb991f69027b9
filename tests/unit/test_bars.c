/* Bar lines. SPDX-License-Identifier: MIT */

#include "music/bars.h"
#include "music.h"

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
    begin(1920 + 480, "!...!...!");
    find(0);
    check(1, 480);         /* within the first bar */
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
        TEST(test_signature), TEST(test_whose_signature),
        TEST(test_accents),   TEST(test_odd_accents),
        TEST(test_no_habit),  TEST(test_accents_go_first),
        TEST(test_beats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
