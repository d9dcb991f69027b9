/* Steps to songs, and back again. SPDX-License-Identifier: MIT */
#include "nott/music/decode.h"

#include <stdlib.h>
#include <unistd.h>

#include "music.h"
#include "nott/base/rng.h"
#include "nott/music/midi.h"

#define MAX_STEPS 2000

static struct song song;

static struct tune_frame frame_of(int spq, int beats, int unit, int phase) {
    return (struct tune_frame){.steps_per_quarter = spq,
                               .header = {.bar = 4 * spq * beats / unit,
                                          .phase = phase,
                                          .beats = beats,
                                          .unit = unit,
                                          .key = TUNE_KEY_UNKNOWN},
                               .performance = {.tempo = 120,
                                               .melody_program = -1,
                                               .chord_program = -1}};
}

static void decode(const struct vocabulary *v, const uint8_t *melody,
                   const uint8_t *chord, size_t steps,
                   const struct tune_frame *f) {
    song_free(&song);
    assert_int_equal(
        decode_song(&song, v, melody, chord, steps, f, "title", NULL), 0);
}

static int tear_down(void **state) {
    (void)state;
    song_free(&song);
    return 0;
}

static void check_note(int part, size_t i, int64_t on, int64_t off, int pitch,
                       int velocity) {
    assert_true(i < song.parts[part].count);
    const struct note *n = &song.parts[part].notes[i];
    assert_int_equal(n->onset, on);
    assert_int_equal(n->onset + n->duration, off);
    assert_int_equal(n->pitch, pitch);
    if (velocity)
        assert_int_equal(n->velocity, velocity);
    assert_int_equal(n->channel, part - 1);
}

static void test_parts(void **state) {
    (void)state;
    struct vocabulary v = music_attack();
    static const uint8_t melody[8] = {7, 1, 7, 1, 0, 1, 9, 1}; /* 60 62 */
    static const uint8_t chord[8] = {5, 5, 5, 5, 0, 0, 1, 1};
    struct tune_frame f = frame_of(4, 4, 4, 0);
    f.performance.melody_program = 73;
    f.performance.chord_program = 24;
    decode(&v, melody, chord, 8, &f);
    assert_int_equal(song.ppq, 480);
    assert_int_equal(song.part_count, 3);
    assert_int_equal(song.parts[0].count, 0);
    assert_int_equal(song.parts[1].count, 3);
    assert_int_equal(song.parts[1].program, 73);
    assert_int_equal(song.parts[2].program, 24);
    check_note(1, 0, 0, 239, 60, 105);
    check_note(1, 1, 240, 479, 60, 80);
    check_note(1, 2, 720, 959, 62, 80); /* the hold after a rest is a rest */
    assert_int_equal(song.parts[2].count, 6);
    check_note(2, 0, 0, 479, 55, 0);
    check_note(2, 1, 0, 479, 59, 0);
    check_note(2, 2, 0, 479, 62, 0);
    check_note(2, 3, 720, 959, 48, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(song.parts[i].end, 960);
}

static void test_hold_at_start(void **state) {
    (void)state;
    struct vocabulary v = music_attack();
    static const uint8_t melody[4] = {1, 1, 7, 1}, chord[4] = {0};
    struct tune_frame f = frame_of(4, 4, 4, 0);
    decode(&v, melody, chord, 4, &f);
    assert_int_equal(song.parts[1].count, 1);
    check_note(1, 0, 240, 479, 60, 0);
    assert_int_equal(song.parts[2].count, 0);
}

static int mark_a(enum mark_kind kind) {
    const struct mark *m = song_mark_at(&song, kind, 0, 0);
    assert_non_null(m);
    return m->a;
}

static void test_signs(void **state) {
    (void)state;
    struct vocabulary v = music_attack();
    static const uint8_t melody[4] = {7, 1, 1, 1}, chord[4] = {0};
    struct tune_frame f = frame_of(4, 6, 8, 0);
    f.performance.tempo = 90;
    decode(&v, melody, chord, 4, &f);
    assert_int_equal(mark_a(MARK_TEMPO), 666667);
    assert_int_equal(mark_a(MARK_METER), 6);
    assert_int_equal(song_mark_at(&song, MARK_METER, 0, 0)->b, 8);
    assert_null(song_mark_at(&song, MARK_KEY, -1, 1000));
    assert_string_equal(song_mark_at(&song, MARK_TEXT, 0, 0)->text, "title");
    /* sharps of the major keys on C, C# ... */
    static const int sharps[] = {0, -5, 2, -3, 4, -1, 6, 1, -4, 3, -2, 5};
    for (int k = 0; k < 24; k++) {
        f.header.key = k;
        decode(&v, melody, chord, 4, &f);
        assert_int_equal(mark_a(MARK_KEY), sharps[(k < 12 ? k : k + 3) % 12]);
        assert_int_equal(song_mark_at(&song, MARK_KEY, 0, 0)->b, k >= 12);
    }
}

/* Four bars and a pickup in which every step is struck; the signatures as
 * "1/4 0 4/4 480": each with its tick. */
static void check_meters(const struct tune_frame *f, const char *want) {
    struct vocabulary v = music_attack();
    uint8_t melody[500], chord[500] = {0};
    struct buf b = {0};
    memset(melody, 7, sizeof melody);
    decode(&v, melody, chord, (size_t)(f->header.phase + 4 * f->header.bar), f);
    for (size_t i = 0; i < song.mark_count; i++)
        if (song.marks[i].kind == MARK_METER && song.marks[i].part == 0)
            buf_printf(&b, "%s%d/%d %lld", b.len ? " " : "", song.marks[i].a,
                       song.marks[i].b, (long long)song.marks[i].tick);
    assert_string_equal((char *)b.data, want);
    buf_free(&b);
}

/* A pickup is a first bar of its own length. */
static void test_pickup_bars(void **state) {
    (void)state;
    static const struct {
        int spq, beats, unit, phase;
        const char *want;
    } cases[] = {
        {4, 4, 4, 0, "4/4 0"},
        {4, 4, 4, 4, "1/4 0 4/4 480"},
        {4, 4, 4, 1, "1/16 0 4/4 120"},
        {4, 4, 4, 6, "3/8 0 4/4 720"},
        {4, 4, 4, 12, "3/4 0 4/4 1440"},
        {4, 6, 8, 2, "1/8 0 6/8 240"},
        {4, 9, 8, 6, "3/8 0 9/8 720"},
        {4, 2, 2, 4, "1/4 0 2/2 480"},
        {24, 3, 4, 3, "1/32 0 3/4 60"},
        /* in triplets: longer by a beat of rest or more */
        {12, 4, 4, 4, "2/4 0 4/4 960"},
        {12, 4, 4, 40, "8/8 0 4/4 1920"},
        {12, 6, 8, 8, "3/8 0 6/8 720"},
        {12, 2, 4, 23, "32/64 0 2/4 960"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tune_frame f = frame_of(cases[i].spq, cases[i].beats,
                                       cases[i].unit, cases[i].phase);
        check_meters(&f, cases[i].want);
    }
}

/* Every track has the signatures, and the melody that of the pickup again at
 * the first bar line where nothing sounds any more. */
static void check_all_meters(const struct vocabulary *v, const uint8_t *chord,
                             size_t steps, size_t parts, int64_t again) {
    static const uint8_t melody[64] = {5, 1};
    struct tune_frame f = frame_of(4, 4, 4, 4);
    song_free(&song);
    assert_int_equal(decode_song(&song, v, melody, chord, steps, &f, "", NULL),
                     0);
    size_t n = 0;
    for (size_t i = 0; i < song.mark_count; i++)
        n += song.marks[i].kind == MARK_METER;
    assert_int_equal(n, 2 * parts + (again > 0));
    for (int i = 0; i < (int)parts; i++) {
        assert_int_equal(song_mark_at(&song, MARK_METER, i, 0)->a, 1);
        assert_int_equal(song_mark_at(&song, MARK_METER, i, 480)->a, 4);
    }
    const struct mark *last = song_mark_at(&song, MARK_METER, 1, 99999);
    assert_int_equal(last->a, again ? 1 : 4);
    assert_int_equal(last->tick, again ? again : 480);
}

static void test_all_meters(void **state) {
    (void)state;
    static const uint8_t chord[64] = {0};
    struct vocabulary attack = music_attack(), classic = music_classic();
    check_all_meters(&attack, chord, 36, 3, 480 + 2 * 1920);
    check_all_meters(&attack, chord, 30, 3, 480 + 2 * 1920);
    check_all_meters(&attack, NULL, 36, 2, 0);
    check_all_meters(&classic, chord, 36, 3, 480 + 2 * 1920);
    check_all_meters(&classic, chord, 30, 3, 0);
}

/* The rest that fills up a pickup moves all that comes after it. */
static void test_filled_pickup(void **state) {
    (void)state;
    struct vocabulary v = music_attack();
    uint8_t melody[52], chord[52] = {0};
    struct tune_frame f = frame_of(12, 4, 4, 4);
    memset(melody, 1, sizeof melody);
    melody[0] = melody[4] = 7;
    memset(chord + 4, 5, 48);
    decode(&v, melody, chord, 52, &f);
    check_note(1, 0, 800, 959, 60, 80);
    check_note(1, 1, 960, 2879, 60, 105);
    check_note(2, 0, 960, 2879, 55, 0);
    assert_int_equal(song.parts[1].end, 2880);
}

/* A tune that ends before its first bar line has no bar to begin there. */
static void test_pickup_alone(void **state) {
    (void)state;
    struct vocabulary v = music_attack();
    static const uint8_t melody[4] = {7, 1, 1, 1}, chord[4] = {0};
    struct tune_frame f = frame_of(4, 4, 4, 4);
    decode(&v, melody, chord, 4, &f);
    assert_int_equal(mark_a(MARK_METER), 4);
    assert_int_equal(song_mark_at(&song, MARK_METER, -1, 9999)->tick, 0);
}

/* Strikes every step and reads the accents as letters: bar, beat, other. */
static void check_accents(int spq, int beats, int unit, int phase,
                          const char *want) {
    struct vocabulary v = music_attack();
    uint8_t melody[200], chord[200] = {0};
    size_t n = strlen(want);
    struct tune_frame f = frame_of(spq, beats, unit, phase);
    memset(melody, 7, sizeof melody);
    decode(&v, melody, chord, n, &f);
    assert_int_equal(song.parts[1].count, n);
    for (size_t i = 0; i < n; i++) {
        int got = song.parts[1].notes[i].velocity;
        int wanted = want[i] == 'B' ? 105 : want[i] == 'b' ? 95 : 80;
        if (got != wanted)
            fail_msg("%d/%d step %zu: velocity %d, wanted %d", beats, unit, i,
                     got, wanted);
    }
}

static void test_accents(void **state) {
    (void)state;
    check_accents(4, 4, 4, 0, "B...b...b...b...B...b");
    check_accents(4, 4, 4, 4, "b...B...b...b...b...B");
    check_accents(4, 3, 4, 2, "..B...b...b...B");
    check_accents(4, 6, 8, 0, "B.....b.....B.....b");
    check_accents(4, 9, 8, 6, "b.....B.....b.....b.....B");
    check_accents(4, 2, 2, 0, "B.......b.......B");
    check_accents(4, 3, 8, 0, "B.b.b.B");
    check_accents(2, 4, 4, 0, "B.b.b.b.B");
}

static void test_chords_on_bar_lines(void **state) {
    (void)state;
    struct vocabulary v = music_attack();
    uint8_t melody[40] = {0}, chord[40];
    struct tune_frame f = frame_of(4, 4, 4, 4);
    memset(chord, 5, sizeof chord);
    chord[38] = chord[39] = 3;
    decode(&v, melody, chord, 40, &f);
    assert_int_equal(song.parts[2].count, 5 * 3);
    check_note(2, 0, 0, 479, 55, 0);
    check_note(2, 3, 480, 2399, 55, 0);
    check_note(2, 6, 2400, 4319, 55, 0);
    check_note(2, 9, 4320, 4559, 55, 0);
    check_note(2, 12, 4560, 4799, 50, 0);
}

static void test_classic_runs(void **state) {
    (void)state;
    struct vocabulary v = music_classic();
    static const uint8_t melody[6] = {34, 5, 5, 6, 34, 5}, chord[6] = {0};
    struct tune_frame f = frame_of(4, 4, 4, 0);
    decode(&v, melody, chord, 6, &f);
    assert_int_equal(song.parts[1].count, 3);
    check_note(1, 0, 120, 359, 60, 0);
    check_note(1, 1, 360, 479, 61, 0);
    check_note(1, 2, 600, 719, 60, 0);
}

static void test_empty(void **state) {
    (void)state;
    struct vocabulary v = music_attack();
    struct tune_frame f = frame_of(4, 4, 4, 0);
    const uint8_t none = 0;
    assert_int_equal(decode_song(&song, &v, &none, &none, 0, &f, "", NULL), 0);
    assert_int_equal(song.part_count, 3);
    assert_null(song_mark_at(&song, MARK_TEXT, -1, 1000));
}

/* Unknown chords are no part of the song. */
static void test_melody_alone(void **state) {
    (void)state;
    static const uint8_t melody[] = {14, MELODY_HOLD, 0, 16};
    struct vocabulary v = music_attack();
    struct tune_frame f = frame_of(4, 4, 4, 0);
    assert_int_equal(decode_song(&song, &v, melody, NULL, 4, &f, "", NULL), 0);
    assert_int_equal(song.part_count, 2);
    assert_int_equal(song.parts[1].count, 2);
    assert_int_equal(song.parts[1].notes[0].duration, 239);
}

/* ---- random tunes there and back ---- */

struct steps {
    uint8_t melody[MAX_STEPS], chord[MAX_STEPS];
    size_t count;
};

static int dice(struct rng *r, int sides) {
    return (int)rng_below(r, (size_t)sides);
}

/* A tune that reading gives back: notes are struck on every bar line and on
 * the step after it (so that accents are heard), holds follow notes, and the
 * last step sounds. */
static void make_attack(struct steps *t, const struct vocabulary *v,
                        const struct tune_frame *f, struct rng *r) {
    int sounds = 0;
    for (size_t k = 0; k < t->count; k++) {
        int place = (int)((k + (size_t)(f->header.bar - f->header.phase)) %
                          (size_t)f->header.bar);
        int what = dice(r, 4);
        if (place < 2 || k == 0 || what == 0)
            t->melody[k] = (uint8_t)(2 + dice(r, v->melody_count - 2));
        else
            t->melody[k] = what < 3 && sounds ? MELODY_HOLD : 0;
        sounds = t->melody[k] != 0;
        if (k == 0 || dice(r, 5) == 0)
            t->chord[k] = (uint8_t)dice(r, v->chord_count);
        else
            t->chord[k] = t->chord[k - 1];
    }
    t->melody[t->count - 1] = 2;
}

/* In the classic encoding a note is struck where the class changes. */
static void make_classic(struct steps *t, const struct vocabulary *v,
                         const struct tune_frame *f, struct rng *r) {
    for (size_t k = 0; k < t->count; k++) {
        int place = (int)((k + (size_t)(f->header.bar - f->header.phase)) %
                          (size_t)f->header.bar);
        int before = k ? t->melody[k - 1] : 34;
        t->melody[k] = (uint8_t)(dice(r, 3) ? before : dice(r, 35));
        while (place < 2 && (t->melody[k] == before || t->melody[k] == 34))
            t->melody[k] = (uint8_t)dice(r, 34);
        if (k == 0 || dice(r, 5) == 0)
            t->chord[k] = (uint8_t)dice(r, v->chord_count);
        else
            t->chord[k] = t->chord[k - 1];
    }
    t->chord[0] = 1; /* somewhere there is a chord */
}

static void through_a_file(void) {
    char path[] = "/tmp/test_decode-XXXXXX";
    struct err e = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    int saved = midi_save(&song, path, &e);
    song_free(&song);
    int loaded = saved ? -1 : midi_load(&song, path, &e);
    unlink(path);
    if (loaded)
        fail_msg("%s", e.text);
}

static void check_steps(const struct steps *want, const uint8_t *melody,
                        const uint8_t *chord) {
    for (size_t k = 0; k < want->count; k++)
        if (melody[k] != want->melody[k] || chord[k] != want->chord[k])
            fail_msg("step %zu: %d %d, wanted %d %d", k, melody[k], chord[k],
                     want->melody[k], want->chord[k]);
}

static void check_there_and_back(const struct vocabulary *v,
                                 const struct steps *t,
                                 const struct tune_frame *f) {
    static uint8_t melody[MAX_STEPS], chord[MAX_STEPS];
    struct encode_options o = {.encoding = v->encoding,
                               .steps_per_quarter = f->steps_per_quarter,
                               .chords = CHORDS_REQUIRED};
    struct chord_pool pool = {0};
    struct raw_tune raw;
    int map[64];
    decode(v, t->melody, t->chord, t->count, f);
    through_a_file();
    assert_int_equal(encode_song(&raw, &song, &o, &pool, NULL), 0);
    assert_string_equal(raw.reason, "");
    assert_int_equal(raw.steps, t->count);
    assert_int_equal(raw.header.bar, f->header.bar);
    assert_int_equal(raw.header.phase, f->header.phase);
    assert_int_equal(raw.header.beats, f->header.beats);
    assert_int_equal(raw.header.unit, f->header.unit);
    if (f->header.key > 0) /* of none, and of C major, the notes are asked */
        assert_int_equal(raw.header.key, f->header.key);
    assert_int_equal(raw.meter_changes, 0);
    assert_true(pool.count <= 64);
    vocabulary_map(v, &pool, map);
    assert_int_equal(encode_classes(&raw, v, map, melody, chord), 0);
    check_steps(t, melody, chord);
    raw_tune_free(&raw);
    chord_pool_free(&pool);
}

static const int meters[][2] = {{4, 4}, {3, 4}, {6, 8}, {2, 4},
                                {9, 8}, {3, 2}, {7, 8}, {12, 8}};

static void check_random(const struct vocabulary *v, int spq, uint64_t seed) {
    static struct steps t;
    for (int i = 0; i < 8; i++) {
        struct rng r;
        struct tune_frame f = frame_of(spq, meters[i][0], meters[i][1], 0);
        rng_seed(&r, seed, (uint64_t)i);
        f.header.phase = dice(&r, f.header.bar);
        f.header.key = dice(&r, 25) - 1;
        t.count = (size_t)(6 * f.header.bar + dice(&r, f.header.bar));
        assert_true(t.count <= MAX_STEPS);
        if (v->encoding == ENCODING_ATTACK)
            make_attack(&t, v, &f, &r);
        else
            make_classic(&t, v, &f, &r);
        check_there_and_back(v, &t, &f);
    }
}

static void test_random_attack(void **state) {
    (void)state;
    struct vocabulary v = music_attack();
    for (uint64_t seed = 1; seed <= 20; seed++) {
        check_random(&v, 4, seed);
        check_random(&v, 12, seed);
        check_random(&v, 24, seed);
        check_random(&v, 14, seed); /* steps that are no whole ticks */
    }
}

/* Whatever the place of the first bar line, it is found again. */
static void test_every_phase(void **state) {
    (void)state;
    static const int signs[][2] = {{3, 4}, {4, 4}, {6, 8}, {9, 8}, {2, 4},
                                   {2, 2}, {3, 2}, {3, 8}, {12, 8}};
    static struct steps t;
    struct vocabulary v = music_attack();
    for (size_t i = 0; i < 2 * sizeof signs / sizeof *signs; i++) {
        const int *sign = signs[i / 2];
        struct tune_frame f = frame_of(i % 2 ? 12 : 4, sign[0], sign[1], 0);
        struct rng r;
        rng_seed(&r, i, 0);
        for (; f.header.phase < f.header.bar; f.header.phase++) {
            t.count =
                (size_t)(f.header.phase + (1 + dice(&r, 8)) * f.header.bar);
            make_attack(&t, &v, &f, &r);
            check_there_and_back(&v, &t, &f);
        }
    }
}

/* A pickup of rests alone, if it is less than a beat. */
static void test_silent_pickup(void **state) {
    (void)state;
    static struct steps t = {.count = 34};
    struct vocabulary v = music_attack();
    struct tune_frame f = frame_of(4, 4, 4, 2);
    memset(t.melody + 2, 7, 32);
    memset(t.chord + 2, 5, 32);
    check_there_and_back(&v, &t, &f);
}

static void test_random_classic(void **state) {
    (void)state;
    struct vocabulary v = music_classic();
    for (uint64_t seed = 1; seed <= 20; seed++)
        check_random(&v, 4, seed);
}

#define TEST(f) cmocka_unit_test_teardown(f, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_parts),
        TEST(test_hold_at_start),
        TEST(test_signs),
        TEST(test_pickup_bars),
        TEST(test_all_meters),
        TEST(test_filled_pickup),
        TEST(test_pickup_alone),
        TEST(test_accents),
        TEST(test_chords_on_bar_lines),
        TEST(test_classic_runs),
        TEST(test_empty),
        TEST(test_melody_alone),
        TEST(test_random_attack),
        TEST(test_every_phase),
        TEST(test_silent_pickup),
        TEST(test_random_classic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
