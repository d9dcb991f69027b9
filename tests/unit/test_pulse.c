/* Meters by ear. SPDX-License-Identifier: MIT */
#include "music/pulse.h"

#include "music.h"

static struct song song;

static int tear_down(void **state) {
    (void)state;
    song_free(&song);
    return 0;
}

/* ---- dances ---- */

enum accompaniment { NOBODY, BLOCKS, OOM_PAH, ARPEGGIO, STYLES };

static const char *const style_names[] = {"nobody", "blocks", "oom-pah",
                                          "arpeggio"};

struct dance {
    int beats, unit, eighths; /* of a bar */
    const char *bars[2];      /* lengths of the notes in eighths */
    int pulse;                /* of the accompaniment, in eighths */
};

static const struct dance reel = {4, 4, 8, {"21122", "22211"}, 2};
static const struct dance waltz = {3, 4, 6, {"42", "2211"}, 2};
static const struct dance jig = {6, 8, 6, {"2121", "11121"}, 3};
static const struct dance slip_jig = {9, 8, 9, {"621", "33111"}, 3};

static int ppq = 480;

/* Eighths of these ticks. */
static void note(int part, int64_t from, int64_t to, int pitch) {
    music_note(&song, part, from * ppq / 2, to * ppq / 2 - 1, pitch, 80);
}

static void strike(int64_t from, int64_t to, const char *name) {
    music_strike(&song, 1, from * ppq / 2, to * ppq / 2 - 1, name);
}

static void play_bar(const struct dance *d, int bar, int from) {
    static const int tones[] = {67, 71, 74, 72, 69, 76, 79};
    const char *lengths = d->bars[bar % 4 == 3];
    for (int at = 0, i = 0; lengths[i]; at += lengths[i++] - '0')
        note(0, from + at, from + at + lengths[i] - '0',
             tones[(3 * bar + 2 * i) % 7]);
}

static void accompany(const struct dance *d, int bar, int from,
                      enum accompaniment style) {
    static const char *const names[] = {"G", "C", "D", "Em"};
    const char *name = names[bar % 4];
    struct chord c = music_chord(name);
    if (style == BLOCKS)
        strike(from, from + d->eighths, name);
    for (int at = 0; at < d->eighths && style == OOM_PAH; at += d->pulse)
        if (at)
            strike(from + at, from + at + 1, name);
        else
            note(1, from, from + 1, c.pitch[0] - 12);
    for (int at = 0; at < d->eighths && style == ARPEGGIO; at++)
        note(1, from + at, from + at + 1, c.pitch[at % 3]);
}

/* So many bars of a dance, from an eighth on. */
static void play(const struct dance *d, int bars, int from,
                 enum accompaniment style) {
    song_free(&song);
    music_parts(&song, ppq, 2);
    for (int bar = 0; bar < bars; bar++) {
        play_bar(d, bar, from + bar * d->eighths);
        accompany(d, bar, from + bar * d->eighths, style);
    }
}

static void check(int beats, int unit, double margin, const char *what) {
    int b = 0, u = 0;
    pulse_meter(&b, &u, &song.parts[0], &song.parts[1], song.ppq, margin);
    if (b != beats || u != unit)
        fail_msg("%s is heard as %d/%d", what, b, u);
}

static void check_dance(const struct dance *d) {
    static const int resolutions[] = {96, 480, 1024};
    for (size_t i = 0; i < 3; i++)
        for (int style = 0; style < STYLES; style++) {
            char what[100];
            ppq = resolutions[i];
            play(d, 16, 0, style);
            snprintf(what, sizeof what, "%d/%d with %s, ppq %d", d->beats,
                     d->unit, style_names[style], ppq);
            check(d->beats, d->unit, 1, what);
            check(d->beats, d->unit, 1.3, what);
        }
    ppq = 480;
}

static void test_four(void **state) {
    (void)state;
    check_dance(&reel);
}

static void test_three(void **state) {
    (void)state;
    check_dance(&waltz);
}

static void test_six(void **state) {
    (void)state;
    check_dance(&jig);
}

static void test_nine(void **state) {
    (void)state;
    check_dance(&slip_jig);
}

/* Where every third beat but the second bar's sounds like the ninth, too. */
static void test_nine_must_be_plain(void **state) {
    (void)state;
    static const struct dance d = {9, 8, 9, {"21213", "21213"}, 3};
    play(&d, 16, 0, NOBODY);
    check(6, 8, 1, "9/8 that is nearly 6/8");
}

/* It need not begin with a bar, nor on the grid of its song. */
static void test_pickups(void **state) {
    (void)state;
    static const struct dance *const dances[] = {&reel, &waltz, &jig,
                                                 &slip_jig};
    for (int i = 0; i < 4; i++)
        for (int from = 1; from < 8; from++) {
            play(dances[i], 16, from, OOM_PAH);
            check(dances[i]->beats, dances[i]->unit, 1, "a later beginning");
            play(dances[i], 16, 1, BLOCKS);
            note(0, 0, 1, 79);
            strike(0, 1, "D");
            check(dances[i]->beats, dances[i]->unit, 1, "a pickup");
        }
}

/* ---- what counts ---- */

/* Quarters, of which every third is `first` eighths long, the others one. */
static void thirds(int quarters, int first) {
    song_free(&song);
    music_parts(&song, 480, 2);
    for (int i = 0; i < quarters; i++)
        note(0, 2 * i, 2 * i + (i % 3 ? 1 : first), 72);
}

/* Other meters must agree better by a margin: 1.2 times as well here. */
static void test_margin(void **state) {
    (void)state;
    thirds(48, 1);
    check(4, 4, 1, "what agrees with anything");
    thirds(48, 2);
    check(3, 4, 1, "1.2 against 1");
    check(3, 4, 1.15, "1.2 against 1.15");
    check(4, 4, 1.25, "1.2 against 1.25");
    check(4, 4, 1.3, "1.2 against 1.3");
    play(&jig, 16, 0, OOM_PAH);
    check(4, 4, 100, "a margin that nothing has");
}

/* 64 steps are enough, to the quarter in which the last note ends. */
static void test_too_short(void **state) {
    (void)state;
    thirds(15, 2);
    check(4, 4, 1, "60 steps");
    thirds(16, 2);
    check(3, 4, 1, "64 steps");
    thirds(15, 2);
    note(1, 30, 31, 48);
    check(3, 4, 1, "64 steps with the chords");
    song_free(&song);
    music_parts(&song, 480, 2);
    check(4, 4, 1, "silence");
}

/* Long notes are strong, up to two quarters. */
static void test_long_notes(void **state) {
    (void)state;
    for (int length = 4; length < 17; length += 12) {
        song_free(&song);
        music_parts(&song, 480, 2);
        for (int i = 0; i < 96; i++) /* long ones at every third, and two odd */
            note(0, 2 * i, 2 * i + (i % 3 ? 1 : 2), 72);
        song.parts[0].notes[16].duration = 240 * length;
        song.parts[0].notes[20].duration = 240 * length;
        check(3, 4, 1, "two long notes a bar of 4/4 apart");
    }
}

/* Where all quarters are the same, changes of harmony tell, and so do bass
 * notes. A chord that is struck again is no change. */
static void test_harmony(void **state) {
    (void)state;
    for (int bar = 3; bar < 5; bar++) {
        thirds(48, 1);
        for (int i = 0; i < 48; i++)
            strike(2 * i, 2 * i + 1, i / bar % 2 ? "C" : "G");
        check(bar, 4, 1, "changing chords");
        thirds(48, 1);
        for (int i = 0; i < 48; i++)
            if (i % bar)
                strike(2 * i, 2 * i + 1, "G");
            else
                note(1, 2 * i, 2 * i + 1, 43);
        check(bar, 4, 1, "bass notes");
    }
    thirds(48, 1);
    for (int i = 0; i < 48; i++) /* octaves below are no new harmony */
        if (i % 3)
            strike(2 * i, 2 * i + 1, "G");
        else {
            strike(2 * i, 2 * i + 1, "G");
            note(1, 2 * i, 2 * i + 1, 43);
        }
    check(4, 4, 1, "chords over their bass");
    song_free(&song); /* nobody plays a melody */
    music_parts(&song, 480, 2);
    for (int bar = 0; bar < 16; bar++)
        accompany(&waltz, bar, 6 * bar, OOM_PAH);
    check(3, 4, 1, "a waltz without its tune");
}

/* Hours of music are heard by their beginning. */
static void test_long_tunes(void **state) {
    (void)state;
    play(&waltz, 2000, 0, BLOCKS);
    check(3, 4, 1, "a long waltz");
    note(0, 1 << 24, (1 << 24) + 1, 72);
    check(3, 4, 1, "a long waltz, and later a note");
}

/* ---- pickups ---- */

static int64_t pickup(int64_t origin, int64_t bar) {
    return pulse_pickup(&song.parts[1], song.ppq, origin, bar);
}

/* A chord on the first note, and so many bars of 4/4 whose harmony changes
 * `late` quarters after that. */
static void begin_early(int64_t origin, int late, int bars) {
    song_free(&song);
    music_parts(&song, 480, 2);
    music_strike(&song, 1, origin, origin + 470, "D");
    for (int bar = 0; bar < bars; bar++) {
        int64_t on = origin + 480 * late + 1920 * bar;
        music_strike(&song, 1, on, on + 1910, bar % 2 ? "C" : "Em");
    }
}

static void test_chord_under_a_pickup(void **state) {
    (void)state;
    begin_early(0, 1, 8);
    assert_int_equal(pickup(0, 1920), 480);
    begin_early(1000, 1, 8); /* wherever the tune begins */
    assert_int_equal(pickup(1000, 1920), 480);
    begin_early(0, 2, 8); /* less than half a bar */
    assert_int_equal(pickup(0, 1920), 0);
    begin_early(0, 3, 8);
    assert_int_equal(pickup(0, 1920), 0);
    begin_early(0, 0, 8);
    assert_int_equal(pickup(0, 1920), 0);
    begin_early(0, 1, 2); /* twice as much, not more */
    assert_int_equal(pickup(0, 1920), 0);
    begin_early(0, 1, 3);
    assert_int_equal(pickup(0, 1920), 480);
    song_free(&song);
    music_parts(&song, 480, 2);
    assert_int_equal(pickup(0, 1920), 0);
    assert_int_equal(pickup(0, 1), 0); /* a bar of less than a step */
}

/* Only the first eight bars say where they begin. */
/* A bass that walks says nothing of bars, however long it does. */
static void test_walking_bass(void **state) {
    (void)state;
    static const int bass[] = {48, 40, 43, 48};
    for (int beats = 400; beats <= 3200; beats += 2800) {
        song_free(&song);
        music_parts(&song, 480, 2);
        for (int i = 0; i < beats; i++)
            music_note(&song, 1, 480 * i, 480 * i + 470, bass[i % 4], 80);
        assert_int_equal(pickup(0, 1920), 0);
    }
}

static void test_later_bars(void **state) {
    (void)state;
    for (int early = 2; early < 9; early += 6) {
        begin_early(0, 1, early);
        for (int bar = early + 1; bar < 60; bar++) /* a beat was lost */
            music_strike(&song, 1, 1920 * bar, 1920 * bar + 1910,
                         bar % 2 ? "F" : "Bm");
        assert_int_equal(pickup(0, 1920), early > 2 ? 480 : 0);
    }
}

#define TEST(f) cmocka_unit_test_teardown(f, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_four),
        TEST(test_three),
        TEST(test_six),
        TEST(test_nine),
        TEST(test_nine_must_be_plain),
        TEST(test_pickups),
        TEST(test_margin),
        TEST(test_too_short),
        TEST(test_long_notes),
        TEST(test_harmony),
        TEST(test_long_tunes),
        TEST(test_walking_bass),
        TEST(test_chord_under_a_pickup),
        TEST(test_later_bars),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
