/* How a tune is played, and that it is heard as the same tune.
 * SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "nott/music/arrange.h"

#include <stdlib.h>
#include <unistd.h>

#include "failing.h"
#include "music.h"
#include "nott/data/corpus.h"
#include "nott/music/decode.h"
#include "nott/music/tune.h"
#include "unpacked.h"

#define Q 480 /* ticks of a quarter */

static struct song song;

/* ---- songs made by hand ---- */

static int tear_down(void **state) {
    (void)state;
    song_free(&song);
    return 0;
}

/* Signs, melody and chords as decode_song writes them. */
static void begin(int beats, int unit) {
    song_free(&song);
    music_parts(&song, Q, 3);
    music_mark(&song, MARK_METER, 0, 0, beats, unit);
}

static void end(int64_t tick) {
    for (int i = 0; i < 3; i++)
        song.parts[i].end = tick;
}

/* A chord of part 2 from one tick to another. */
static void block(int64_t from, int64_t to, const char *name) {
    struct chord c = music_chord(name);
    for (int i = 0; i < c.voices; i++) {
        struct note n = {from, to - from - 1, c.pitch[i], 75, 1};
        assert_int_equal(song_add_note(&song, 2, n, NULL), 0);
    }
    end(to);
}

static void arrange(enum accompaniment how, double swing) {
    struct arrangement a = {how, swing};
    assert_int_equal(arrange_song(&song, &a, NULL), 0);
}

/* "0:43 480:55+59+62": what is struck, at which ticks. */
static void check_struck(int part, const char *want) {
    struct buf b = {0};
    const struct part *p = &song.parts[part];
    for (size_t i = 0; i < p->count; i++) {
        const struct note *n = &p->notes[i];
        if (i && n->onset == n[-1].onset)
            buf_printf(&b, "+%d", n->pitch);
        else
            buf_printf(&b, "%s%d:%d", i ? " " : "", (int)n->onset, n->pitch);
    }
    assert_string_equal(b.len ? (char *)b.data : "", want);
    buf_free(&b);
}

/* ---- figures ---- */

static void figure(enum accompaniment how, int beats, int unit, int bars,
                   const char *want) {
    int64_t bar = (int64_t)4 * Q * beats / unit;
    begin(beats, unit);
    for (int i = 0; i < bars; i++)
        block(i * bar, (i + 1) * bar, "G");
    block(bars * bar, (bars + 1) * bar, "C"); /* for the end is another */
    struct song *s = &song;
    arrange(how, 0.5);
    struct part *p = &s->parts[2]; /* without that one */
    while (p->count && p->notes[p->count - 1].onset >= bars * bar)
        p->count--;
    check_struck(2, want);
}

static void test_boom_chuck(void **state) {
    (void)state;
    enum accompaniment how = ACCOMPANIMENT_BOOM_CHUCK;
    figure(how, 4, 4, 1, "0:43 480:55+59+62 960:50 1440:55+59+62");
    figure(how, 2, 2, 1, "0:43 480:55+59+62 960:50 1440:55+59+62");
    figure(how, 2, 4, 1, "0:43 240:55+59+62 480:50 720:55+59+62");
    figure(how, 3, 4, 2,
           "0:43 480:55+59+62 960:55+59+62 "
           "1440:50 1920:55+59+62 2400:55+59+62");
    figure(how, 6, 8, 1, "0:43 480:55+59+62 720:50 1200:55+59+62");
    figure(how, 9, 8, 2,
           "0:43 480:55+59+62 720:50 1200:55+59+62 1440:43 1920:55+59+62 "
           "2160:43 2640:55+59+62 2880:50 3360:55+59+62 3600:43 "
           "4080:55+59+62");
    figure(how, 12, 8, 1,
           "0:43 480:55+59+62 720:50 1200:55+59+62 1440:43 1920:55+59+62 "
           "2160:50 2640:55+59+62");
    figure(how, 3, 2, 1,
           "0:43 480:55+59+62 960:50 1440:55+59+62 1920:43 2400:55+59+62");
    figure(how, 5, 4, 1,
           "0:43 480:55+59+62 960:55+59+62 1440:50 1920:55+59+62");
    figure(how, 7, 8, 1,
           "0:43 240:55+59+62 480:55+59+62 720:50 960:55+59+62 1200:43 "
           "1440:55+59+62");
    figure(how, 3, 8, 1, "0:43 240:55+59+62 480:55+59+62");
}

static void test_arpeggio(void **state) {
    (void)state;
    enum accompaniment how = ACCOMPANIMENT_ARPEGGIO;
    figure(how, 4, 4, 1,
           "0:43 240:55 480:59 720:62 960:50 1200:62 1440:59 1680:55");
    figure(how, 3, 4, 1, "0:43 240:55 480:59 720:62 960:59 1200:55");
    figure(how, 6, 8, 1, "0:43 240:62 480:59 720:50 960:59 1200:62");
    figure(how, 2, 4, 2,
           "0:43 240:55 480:59 720:62 960:50 1200:62 1440:59 1680:55");
    begin(6, 8); /* sevenths are among what is struck */
    block(0, 1440, "D7");
    arrange(how, 0.5);
    check_struck(2, "0:50 240:60 480:54 720:50 960:54 1200:60");
}

/* Chords that begin on the way begin with their root; short ones are plain. */
static void test_changes(void **state) {
    (void)state;
    begin(4, 4);
    block(0, 960, "G");
    block(960, 1920, "A");
    block(1920, 3360, "A");
    block(3360, 3840, "D");
    arrange(ACCOMPANIMENT_BOOM_CHUCK, 0.5);
    check_struck(2, "0:43 480:55+59+62 960:45 1440:57+61+64 "
                    "1920:45 2400:57+61+64 2880:40 3360:50 3600:54+57+62");
    begin(2, 4); /* an eighth: together */
    block(0, 720, "G");
    block(720, 960, "D");
    arrange(ACCOMPANIMENT_BOOM_CHUCK, 0.5);
    check_struck(2, "0:43 240:55+59+62 480:50 720:50+54+57+62");
    begin(3, 4);
    block(0, 480, "G");
    block(480, 1440, "C");
    arrange(ACCOMPANIMENT_ARPEGGIO, 0.5);
    check_struck(2, "0:43 240:55+59+62 480:48 720:52 960:55 1200:60");
}

/* The bass is where a guitar has it, and under its chord; the last is a root.
 */
static void test_bass(void **state) {
    (void)state;
    static const char *const names[] = {"C",    "C#",   "D",   "Eb", "E",
                                        "F",    "F#",   "G",   "Ab", "A",
                                        "Bdim", "Caug", "Am7", "D7"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        begin(4, 4);
        block(0, 1920, names[i]);
        block(1920, 3360, names[i]);
        arrange(ACCOMPANIMENT_BOOM_CHUCK, 0.5);
        const struct part *p = &song.parts[2];
        struct chord c = music_chord(names[i]);
        for (size_t k = 0; k < p->count; k++) {
            assert_in_range(p->notes[k].pitch, 40, 75);
            assert_true(chord_set(&c) >> p->notes[k].pitch % 12 & 1);
            if (p->notes[k].onset % 960 == 0)
                assert_in_range(p->notes[k].pitch, 40, 51);
        }
        assert_int_equal(p->notes[p->count - 1].onset, 2880);
        assert_int_equal(p->notes[p->count - 1].pitch % 12, c.pitch[0] % 12);
    }
}

static void test_silence(void **state) {
    (void)state;
    for (int how = ACCOMPANIMENT_BOOM_CHUCK; how <= ACCOMPANIMENT_DRONE;
         how++) {
        begin(4, 4);
        block(960, 1920, "G");
        block(3840, 5760, "G");
        end(7680);
        arrange(how, 0.5);
        const struct part *p = &song.parts[2];
        assert_true(p->count > 0);
        for (size_t i = 0; i < p->count; i++) {
            int64_t on = p->notes[i].onset, off = on + p->notes[i].duration;
            assert_true((on >= 960 && off < 1920) ||
                        (on >= 3840 && off < 5760));
        }
        assert_int_equal(p->end, 7680);
    }
    begin(4, 4); /* no chord at all */
    end(1920);
    arrange(ACCOMPANIMENT_BOOM_CHUCK, 0.67);
    check_struck(2, "");
}

static void with_pickup(const char *pickup, enum accompaniment how,
                        const char *want) {
    begin(1, 4);
    music_mark(&song, MARK_METER, 0, Q, 4, 4);
    if (*pickup)
        block(0, Q, pickup);
    block(Q, Q + 1920, "G");
    block(Q + 1920, Q + 2400, "C");
    arrange(how, 0.5);
    check_struck(2, want);
}

/* A chord under a pickup stays, without a bass; a drone waits. */
static void test_pickup(void **state) {
    (void)state;
    with_pickup("", ACCOMPANIMENT_BOOM_CHUCK,
                "480:43 960:55+59+62 1440:50 1920:55+59+62 2400:48 "
                "2640:52+55+60");
    with_pickup("G", ACCOMPANIMENT_BOOM_CHUCK,
                "0:55+59+62 480:43 960:55+59+62 1440:50 1920:55+59+62 "
                "2400:48 2640:52+55+60");
    with_pickup("G", ACCOMPANIMENT_ARPEGGIO,
                "0:55+59+62 480:43 720:55 960:59 1200:62 1440:50 1680:62 "
                "1920:59 2160:55 2400:48 2640:52+55+60");
    with_pickup("G", ACCOMPANIMENT_DRONE, "480:43+50");
}

static void test_drone(void **state) {
    (void)state;
    for (int minor = 0; minor < 2; minor++) {
        begin(4, 4);
        music_mark(&song, MARK_KEY, 0, 0, minor ? 1 : 2, minor);
        for (int i = 0; i < 5; i++)
            block(1920 * i, 1920 * (i + 1), i % 2 ? "A" : "D");
        arrange(ACCOMPANIMENT_DRONE, 0.5);
        check_struck(2, minor ? "0:40+47 3840:40+47 7680:40+47"
                              : "0:50+57 3840:50+57 7680:50+57");
        assert_int_equal(song.parts[2].notes[0].duration, 3839);
        assert_int_equal(song.parts[2].notes[5].duration, 1919);
    }
    begin(4, 4); /* no key: the root that sounds most, of two the last */
    block(0, 1920, "D");
    block(1920, 3840, "G");
    arrange(ACCOMPANIMENT_DRONE, 0.5);
    check_struck(2, "0:43+50");
}

/* ---- swing ---- */

static void tune_of(const int64_t *at, size_t n) {
    for (size_t i = 0; i + 1 < n; i++)
        music_note(&song, 1, at[i], at[i + 1] - 1, 60 + (int)i, 80);
    end(at[n - 1]);
}

/* Where the notes of a melody begin, and the last one ends. */
static void swings(int beats, int unit, double swing, size_t n,
                   const int64_t *at, const int64_t *want) {
    begin(beats, unit);
    tune_of(at, n);
    arrange(ACCOMPANIMENT_BLOCK, swing);
    const struct part *p = &song.parts[1];
    assert_int_equal(p->count, n - 1);
    for (size_t i = 0; i + 1 < n; i++) {
        assert_int_equal(p->notes[i].onset, want[i]);
        assert_int_equal(p->notes[i].pitch, 60 + (int)i);
        assert_int_equal(p->notes[i].onset + p->notes[i].duration,
                         want[i + 1] - 1);
    }
}

#define SWINGS(beats, unit, swing, at, want)                                   \
    swings(beats, unit, swing, sizeof(at) / sizeof *(at), at, want)

static void test_swing(void **state) {
    (void)state;
    static const int64_t eighths[] = {0, 240, 480, 720, 960};
    static const int64_t dotted[] = {0, 360, 480, 840, 960};
    static const int64_t usual[] = {0, 322, 480, 802, 960};
    SWINGS(4, 4, 0.75, eighths, dotted);
    SWINGS(2, 2, 0.67, eighths, usual);
    SWINGS(4, 4, 0.9, eighths, dotted); /* no more than that */
    SWINGS(4, 4, 0.5, eighths, eighths);
    SWINGS(3, 4, 0.67, eighths, eighths);
    SWINGS(6, 8, 0.67, eighths, eighths);
    SWINGS(2, 4, 0.67, eighths, eighths); /* there sixteenths do */
    static const int64_t sixteenths[] = {0, 120, 240, 360, 480};
    static const int64_t two_four[] = {0, 180, 240, 420, 480};
    static const int64_t four_four[] = {0, 180, 360, 420, 480};
    SWINGS(2, 4, 0.75, sixteenths, two_four);
    SWINGS(4, 4, 0.75, sixteenths, four_four);
    static const int64_t triplets[] = {0, 160, 320, 480, 720, 960};
    static const int64_t after[] = {0, 160, 320, 480, 840, 960};
    SWINGS(4, 4, 0.75, triplets, after);
    static const int64_t turn[] = {0, 80, 160, 240, 480};
    static const int64_t turned[] = {0, 120, 240, 360, 480};
    SWINGS(4, 4, 0.75, turn, turned);
    static const int64_t cut[] = {0, 240, 480, 600, 720};
    static const int64_t short_end[] = {0, 360, 480, 600, 720};
    SWINGS(4, 4, 0.75, cut, short_end); /* half a beat stays as it is */
}

/* A pickup of an eighth is the short one. Names of chords go with notes. */
static void test_swing_pickup(void **state) {
    (void)state;
    begin(1, 8);
    music_mark(&song, MARK_METER, 0, 240, 4, 4);
    static const int64_t at[] = {0, 240, 480, 720, 2160};
    tune_of(at, 5);
    struct mark name = {
        .kind = MARK_TEXT, .part = 1, .tick = 480, .a = 5, .text = "G"};
    assert_int_equal(song_add_mark(&song, name, NULL), 0);
    arrange(ACCOMPANIMENT_BLOCK, 0.75);
    check_struck(1, "120:60 240:61 600:62 720:63");
    assert_int_equal(song.marks[song.mark_count - 1].tick, 600);
    assert_int_equal(song.parts[1].end, 2160);
}

/* The accompaniment swings too. */
static void test_swing_chords(void **state) {
    (void)state;
    begin(4, 4);
    block(0, 960, "G");
    arrange(ACCOMPANIMENT_ARPEGGIO, 0.75);
    check_struck(2, "0:43 360:55 480:59 840:62");
}

/* ---- instruments ---- */

static int program_of(const char *text) {
    int program = -1;
    return arrange_instrument(text, &program, NULL) ? -1 : program;
}

static void test_instruments(void **state) {
    (void)state;
    for (int i = 0; i < 128; i++) {
        char text[64];
        const char *name = arrange_instrument_name(i);
        snprintf(text, sizeof text, "%d", i + 1);
        assert_int_equal(program_of(text), i);
        assert_int_equal(program_of(name), i);
        for (size_t k = 0; k <= strlen(name); k++)
            text[k] = (char)(name[k] >= 'a' && name[k] <= 'z' ? name[k] - 32
                                                              : name[k]);
        assert_int_equal(program_of(text), i);
    }
    assert_null(arrange_instrument_name(128));
    assert_null(arrange_instrument_name(-1));
    static const struct {
        const char *text;
        int program;
    } said[] = {{"fiddle", 110},
                {"whistle", 78},
                {"flute", 73},
                {"accordion", 21},
                {"concertina", 21},
                {"Guitar", 25},
                {"piano", 0},
                {"harp", 46},
                {"banjo", 105},
                {"pipes", 109},
                {"bagpipe", 109},
                {"nylon", 24},
                {"Tin Whistle", 78},
                {"violin", 40},
                {"honky", 3},
                {"steel)", 25},
                {"bodhran", -1},
                {"", -1},
                {"0", -1},
                {"129", -1},
                {"-1", -1},
                {"1x", -1},
                {"99999999999999999999", -1}};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        assert_int_equal(program_of(said[i].text), said[i].program);
}

static void check_refused(const char *text, const char *want) {
    struct err e = {0};
    int program = 7;
    assert_int_equal(arrange_instrument(text, &program, &e), -1);
    assert_int_equal(e.code, ERR_USAGE);
    if (!strstr(e.text, want))
        fail_msg("%s", e.text);
    assert_int_equal(program, 7);
}

static void test_what_is_near(void **state) {
    (void)state;
    check_refused("fidle", "near it: \"Fiddle\"");
    check_refused("bango", "\"Banjo\"");
    check_refused("akordeon", "\"Accordion\"");
    check_refused("xqzwv", "a number 1 to 128");
    /* an essay is near nothing, and that is soon known */
    static char essay[1 << 20];
    memset(essay, 'x', sizeof essay - 1);
    check_refused(essay, "a number 1 to 128");
    check_refused("sax s", "no instrument");
    check_refused("synth", "may be \"Synth Bass 1\", \"Synth Bass 2\", "
                           "\"SynthStrings 1\", \"SynthStrings 2\" or others");
    check_refused("flut", "may be \"Flute\", \"Pan Flute\"");
    check_refused("0", "is not 1 to 128");
    char many[600] = "";
    memset(many, 'x', sizeof many - 1);
    check_refused(many, "no instrument");
}

/* ---- tempi ---- */

static void test_tempo(void **state) {
    (void)state;
    static const struct {
        const char *rhythm;
        int beats, unit;
        double tempo;
    } rows[] = {
        {"jig", 6, 8, 174},        {"Jigs", 6, 8, 174},
        {"double jig", 6, 8, 174}, {"slip jig", 9, 8, 180},
        {"Slip-Jigs", 9, 8, 180},  {"slide", 12, 8, 192},
        {"reel", 4, 4, 208},       {"REEL", 2, 2, 208},
        {"reels", 2, 4, 104},      {"hornpipe", 4, 4, 160},
        {"hornpipe", 2, 4, 80},    {"polka", 2, 4, 124},
        {"waltzes", 3, 4, 144},    {"slow air", 3, 4, 76},
        {"Barn_Dance", 4, 4, 168}, {"schottische", 4, 4, 144},
        {"fair", 5, 4, 120},       {"jig", 5, 4, 120},
        {"", 6, 8, 168},           {"song", 3, 4, 132},
        {"", 7, 8, 120},           {"", 0, 0, 120},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (arrange_tempo(rows[i].rhythm, rows[i].beats, rows[i].unit) !=
            rows[i].tempo)
            fail_msg("%s %d/%d", rows[i].rhythm, rows[i].beats, rows[i].unit);
}

/* ---- the starter tunes ---- */

static char folder[64];
static struct corpus corpus;
static struct dataset starter;

static const struct encode_options options = {.encoding = ENCODING_ATTACK,
                                              .steps_per_quarter = 4};

static int read_starter(void **state) {
    (void)state;
    char *path[] = {folder};
    snprintf(folder, sizeof folder, "/tmp/test_arrange-XXXXXX");
    return !mkdtemp(folder) || unpacked_in(folder, "data/starter.zip") ||
           corpus_scan(&corpus, path, 1, 10, 10, NULL) ||
           corpus_encode(&corpus, &options, NULL, NULL, NULL) ||
           corpus_build(&corpus, &options, 1, &starter, NULL);
}

static int forget_starter(void **state) {
    (void)state;
    char command[100];
    corpus_free(&corpus);
    dataset_free(&starter);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void decode_tune(struct song *s, size_t k, int with_chords) {
    const struct dataset *d = &starter;
    struct tune_frame f = {.header = {.bar = d->bar[k],
                                      .phase = d->phase[k],
                                      .beats = d->meter[2 * k],
                                      .unit = d->meter[2 * k + 1],
                                      .key = d->key[k]},
                           .steps_per_quarter = 4,
                           .performance = {.tempo = 120,
                                           .melody_program = 73,
                                           .chord_program = 24}};
    size_t from = d->offset[k], steps = d->offset[k + 1] - from;
    assert_int_equal(decode_song(s, &d->vocabulary, d->melody + from,
                                 with_chords ? d->chord + from : NULL, steps,
                                 &f, "tune", NULL),
                     0);
}

static void check_same_note(const struct note *a, const struct note *b) {
    assert_int_equal(a->onset, b->onset);
    assert_int_equal(a->duration, b->duration);
    assert_int_equal(a->pitch, b->pitch);
    assert_int_equal(a->velocity, b->velocity);
    assert_int_equal(a->channel, b->channel);
}

static void check_same_song(const struct song *a, const struct song *b) {
    assert_int_equal(a->part_count, b->part_count);
    assert_int_equal(a->mark_count, b->mark_count);
    for (size_t i = 0; i < a->part_count; i++) {
        const struct part *p = &a->parts[i], *q = &b->parts[i];
        assert_int_equal(p->count, q->count);
        assert_int_equal(p->end, q->end);
        assert_int_equal(p->program, q->program);
        for (size_t k = 0; k < p->count; k++)
            check_same_note(&p->notes[k], &q->notes[k]);
    }
    for (size_t i = 0; i < a->mark_count; i++) {
        assert_int_equal(a->marks[i].tick, b->marks[i].tick);
        assert_int_equal(a->marks[i].kind, b->marks[i].kind);
        assert_int_equal(a->marks[i].part, b->marks[i].part);
        assert_int_equal(a->marks[i].a, b->marks[i].a);
    }
}

/* Block chords leave a song alone; without chords it is what it had been
 * without any. */
/* Without an accompaniment the names of the chords stay. */
static void drop_names(struct song *s) {
    size_t n = 0;
    for (size_t i = 0; i < s->mark_count; i++)
        if (s->marks[i].kind != MARK_TEXT || s->marks[i].a != 5)
            s->marks[n++] = s->marks[i];
    assert_true(n < s->mark_count);
    s->mark_count = n;
}

static void test_nothing_to_do(void **state) {
    (void)state;
    for (size_t k = 0; k < starter.tunes; k++)
        for (int how = ACCOMPANIMENT_BLOCK; how <= ACCOMPANIMENT_NONE;
             how += ACCOMPANIMENT_NONE) {
            struct song s, plain;
            struct arrangement a = {how, 0.5};
            decode_tune(&s, k, 1);
            decode_tune(&plain, k, how == ACCOMPANIMENT_BLOCK);
            assert_int_equal(arrange_song(&s, &a, NULL), 0);
            if (how == ACCOMPANIMENT_NONE)
                drop_names(&s);
            check_same_song(&s, &plain);
            song_free(&s);
            song_free(&plain);
        }
}

/* The chord of a part of a plain song at a tick; voices 0 = none. */
static struct chord chord_at(const struct part *p, int64_t tick) {
    struct chord c = {0};
    for (size_t i = 0; i < p->count; i++)
        if (p->notes[i].onset <= tick &&
            tick <= p->notes[i].onset + p->notes[i].duration)
            chord_add(&c, p->notes[i].pitch);
    return c;
}

/* Chord tones alone, while there is a chord, under the melody, and each key is
 * let go of before it is struck again. */
static void check_notes(const struct song *s, const struct song *plain,
                        int chord_tones) {
    const struct part *p = &s->parts[2];
    int64_t off[128];
    memset(off, -1, sizeof off);
    assert_true(p->count > 0);
    for (size_t i = 0; i < p->count; i++) {
        const struct note *n = &p->notes[i];
        struct chord c = chord_at(&plain->parts[2], n->onset);
        assert_true(c.voices > 0);
        if (chord_tones) {
            assert_true(chord_set(&c) >> n->pitch % 12 & 1);
            c = chord_at(&plain->parts[2], n->onset + n->duration);
            assert_true(chord_set(&c) >> n->pitch % 12 & 1);
        }
        assert_in_range(n->velocity, 1, 79);
        assert_true(n->onset > off[n->pitch] && n->duration >= 0);
        off[n->pitch] = n->onset + n->duration;
        assert_true(off[n->pitch] <= plain->parts[2].end);
        assert_int_equal(n->channel, plain->parts[2].notes[0].channel);
    }
    assert_int_equal(p->end, plain->parts[2].end);
}

static void test_notes(void **state) {
    (void)state;
    for (size_t k = 0; k < starter.tunes; k++)
        for (int how = ACCOMPANIMENT_BOOM_CHUCK; how <= ACCOMPANIMENT_DRONE;
             how++) {
            struct song s, plain;
            struct arrangement a = {how, 0.5};
            decode_tune(&s, k, 1);
            decode_tune(&plain, k, 1);
            assert_int_equal(arrange_song(&s, &a, NULL), 0);
            check_notes(&s, &plain, how != ACCOMPANIMENT_DRONE);
            song_free(&s);
            song_free(&plain);
        }
}

/* ---- what is heard ---- */

struct heard {
    size_t steps, melody, chords; /* alike, of so many */
    size_t tunes, headers, lengths;
    size_t notes, lost; /* of melodies */
};

static void name_of(const struct raw_tune *t, const struct chord_pool *pool,
                    int k, char name[CHORD_NAME]) {
    static const struct chord none;
    const struct chord *c = t->chord[k] ? &pool->list[t->chord[k]] : &none;
    chord_name(chord_set(c), c->voices ? c->pitch[0] % 12 : -1, name);
}

static void compare(struct heard *h, const struct raw_tune *a,
                    const struct raw_tune *b, const struct chord_pool *pool) {
    const struct tune_header *x = &a->header, *y = &b->header;
    h->tunes++;
    h->headers += x->bar == y->bar && x->phase == y->phase &&
                  x->beats == y->beats && x->unit == y->unit &&
                  x->key == y->key;
    h->lengths += a->steps == b->steps;
    h->notes += b->notes;
    h->lost += b->lost;
    for (int k = 0; k < a->steps && k < b->steps; k++) {
        char m[CHORD_NAME], n[CHORD_NAME];
        name_of(a, pool, k, m);
        name_of(b, pool, k, n);
        h->melody += a->melody[k] == b->melody[k];
        h->chords += strcmp(m, n) == 0;
    }
    h->steps += (size_t)a->steps;
}

static void hear(struct heard *h, size_t k, struct arrangement a, int spq) {
    struct encode_options o = options;
    struct chord_pool pool = {0};
    struct raw_tune plain, heard;
    struct song s;
    o.steps_per_quarter = spq;
    decode_tune(&s, k, 1);
    assert_int_equal(encode_song(&plain, &s, &o, &pool, NULL), 0);
    assert_int_equal(arrange_song(&s, &a, NULL), 0);
    assert_int_equal(encode_song(&heard, &s, &o, &pool, NULL), 0);
    assert_string_equal(heard.reason, "");
    compare(h, &plain, &heard, &pool);
    raw_tune_free(&plain);
    raw_tune_free(&heard);
    chord_pool_free(&pool);
    song_free(&s);
}

static double share(size_t n, size_t of) {
    return (double)n / (double)of;
}

static struct heard hear_all(enum accompaniment how, double swing, int spq) {
    struct heard h = {0};
    for (size_t k = 0; k < starter.tunes; k++)
        hear(&h, k, (struct arrangement){how, swing}, spq);
    print_message("%s, swing %.2f, %d steps: chords %.4f, melody %.4f alike, "
                  "%zu of %zu notes lost\n",
                  arrange_accompaniment_names[how], swing, spq,
                  share(h.chords, h.steps), share(h.melody, h.steps), h.lost,
                  h.notes);
    assert_int_equal(h.tunes, 57);
    assert_int_equal(h.headers, h.tunes);
    assert_int_equal(h.lengths, h.tunes);
    return h;
}

/* Everything is heard as with block chords; of drones only the drone is. */
static void test_heard(void **state) {
    (void)state;
    for (int how = ACCOMPANIMENT_BLOCK; how <= ACCOMPANIMENT_DRONE; how++) {
        struct heard h = hear_all(how, 0.5, 4);
        assert_int_equal(h.melody, h.steps);
        assert_int_equal(h.lost, 0);
        if (how != ACCOMPANIMENT_DRONE)
            assert_true(share(h.chords, h.steps) >= 0.99);
    }
}

/* Swung eighths lie between steps of sixteenths: they are heard as dotted, and
 * what came after them in the same beat would be lost; these tunes have nothing
 * there. A grid of twelve to a quarter has the place. */
static void test_heard_swung(void **state) {
    (void)state;
    for (int how = ACCOMPANIMENT_BLOCK; how <= ACCOMPANIMENT_ARPEGGIO; how++) {
        struct heard h = hear_all(how, 0.67, 4);
        assert_true(share(h.chords, h.steps) >= 0.97);
        assert_int_equal(h.lost, 0);
        h = hear_all(how, 0.67, 12);
        assert_true(share(h.chords, h.steps) >= 0.97);
        assert_int_equal(h.lost, 0);
    }
}

/* ---- memory ---- */

/* Whichever allocation fails, there is a song left to be freed. */
static void test_memory(void **state) {
    (void)state;
    if (!FAILING_WORKS)
        skip();
    for (int how = ACCOMPANIMENT_BLOCK; how <= ACCOMPANIMENT_NONE; how++) {
        int rc = -1;
        for (long n = 1; rc; n++) {
            struct song s;
            struct err e = {0};
            struct arrangement a = {how, 0.67};
            decode_tune(&s, 0, 1);
            failing_start(n, FAIL_ONCE);
            rc = arrange_song(&s, &a, &e);
            assert_int_equal(failing_stop() > 0, rc != 0);
            assert_int_equal(e.code, rc ? ERR_MEM : ERR_NONE);
            song_free(&s);
        }
    }
}

#define TEST(f) cmocka_unit_test_teardown(f, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_boom_chuck),   TEST(test_arpeggio),
        TEST(test_changes),      TEST(test_bass),
        TEST(test_silence),      TEST(test_pickup),
        TEST(test_drone),        TEST(test_swing),
        TEST(test_swing_pickup), TEST(test_swing_chords),
        TEST(test_instruments),  TEST(test_what_is_near),
        TEST(test_tempo),        TEST(test_nothing_to_do),
        TEST(test_notes),        TEST(test_heard),
        TEST(test_heard_swung),  TEST(test_memory),
    };
    return cmocka_run_group_tests(tests, read_starter, forget_starter);
}
