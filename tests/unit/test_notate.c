/* Songs as scores: playing what was written down gives the song again.
 * SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for failing.h */
#endif
#include "failing.h"
#include "music.h"
#include "nott/base/rng.h"
#include "nott/data/corpus.h"
#include "nott/music/decode.h"
#include "nott/score/notate.h"
#include "scores.h"
#include "unpacked.h"

#include <math.h>

#define MAX_STEPS 8000

static struct rng rng;

static int dice(int sides) {
    return (int)rng_below(&rng, (size_t)sides);
}

/* ---- two songs are the same music ---- */

static int64_t first_line(const struct song *s) {
    for (size_t i = 0; i < s->mark_count; i++)
        if (s->marks[i].kind == MARK_METER && s->marks[i].part == 0 &&
            s->marks[i].tick > 0)
            return s->marks[i].tick;
    return 0;
}

/* A step of the grid, from the first bar line. */
static int64_t step_of(const struct song *s, int spq, int64_t tick) {
    double at = (double)(tick - first_line(s)) * spq / s->ppq;
    return (int64_t)floor(at + 0.5);
}

/* The pitch classes that sound in part 2 at each step from `from` on. */
static void list_chords(const struct song *s, int spq, int64_t from,
                        unsigned sets[MAX_STEPS]) {
    memset(sets, 0, MAX_STEPS * sizeof *sets);
    for (size_t i = 0; s->part_count > 2 && i < s->parts[2].count; i++) {
        const struct note *n = &s->parts[2].notes[i];
        int64_t off = step_of(s, spq, n->onset + n->duration);
        for (int64_t k = step_of(s, spq, n->onset); k < off; k++)
            if (k >= from)
                sets[k - from] |= 1u << n->pitch % 12;
    }
}

static void check_music(const struct song *a, const struct song *b, int spq,
                        const char *of) {
    const struct part *p = &a->parts[1], *q = &b->parts[1];
    const struct mark *m = song_mark_at(a, MARK_METER, 0, p->end),
                      *n = song_mark_at(b, MARK_METER, 0, q->end);
    size_t i = 0;
    for (; i < p->count && i < q->count; i++) {
        const struct note *x = &p->notes[i], *y = &q->notes[i];
        int64_t on = step_of(a, spq, x->onset),
                off = step_of(a, spq, x->onset + x->duration);
        if (on != step_of(b, spq, y->onset) ||
            off != step_of(b, spq, y->onset + y->duration) ||
            x->pitch != y->pitch)
            fail_msg("%s: note %zu is %d at %lld, wanted %d at %lld to %lld",
                     of, i, y->pitch, (long long)step_of(b, spq, y->onset),
                     x->pitch, (long long)on, (long long)off);
    }
    assert_int_equal(p->count, q->count);
    assert_int_equal(step_of(a, spq, p->end), step_of(b, spq, q->end));
    assert_int_equal(m->a, n->a);
    assert_int_equal(m->b, n->b);
    int64_t from = p->count ? step_of(a, spq, p->notes[0].onset) : 0,
            end = step_of(a, spq, p->end);
    static unsigned x[MAX_STEPS], y[MAX_STEPS];
    from = from < 0 ? from : 0;
    list_chords(a, spq, from, x);
    list_chords(b, spq, from, y);
    for (int64_t k = from; k < end; k++)
        if (x[k - from] != y[k - from])
            fail_msg("%s: another chord at %lld", of, (long long)k);
}

static struct score notate(const struct song *song, int spq, int fold) {
    struct notation how = {spq, "jig", fold};
    struct score s;
    struct err e = {0};
    if (notate_song(&s, song, &how, &e))
        fail_msg("%s", e.text);
    assert_string_equal(s.rhythm, "jig");
    return s;
}

/* Every bar that is not cut by a repeat or ending is whole, ties meet, and all
 * values are such as can be written. */
static void check_sound(const struct score *s, const char *of) {
    struct buf b = {0}, told = {0};
    struct score again;
    struct err e = {0};
    abc_write(s, 1, &b);
    if (scores_try(&again, b.data, b.len, 0, &told, &e))
        fail_msg("%s: %s", of, e.text);
    scores_same(s, &again, of);
    scores_check(&told, "", (char *)b.data);
    for (size_t i = 0; i < s->count; i++)
        if (s->items[i].kind == SCORE_NOTE || s->items[i].kind == SCORE_REST)
            assert_true(s->items[i].note.length > 0);
    score_free(&again);
    buf_free(&b);
}

static void check_back(const struct song *song, int spq, const char *of) {
    size_t notes[2];
    for (int fold = 0; fold < 2; fold++) {
        struct score s = notate(song, spq, fold);
        struct song again;
        struct err e = {0};
        int sounds = 0;
        if (perform_score(&again, &s, &e))
            fail_msg("%s", e.text);
        check_music(song, &again, spq, of);
        for (size_t i = 0; i < s.count; i++)
            sounds |= s.items[i].kind == SCORE_NOTE;
        if (sounds)
            check_sound(&s, of);
        notes[fold] = s.count;
        song_free(&again);
        score_free(&s);
    }
    assert_true(notes[1] <= notes[0]);
}

/* ---- random tunes ---- */

static const int meters[][2] = {{4, 4}, {3, 4}, {6, 8}, {2, 4},
                                {9, 8}, {3, 2}, {7, 8}, {12, 8},
                                {3, 8}, {5, 4}, {2, 2}, {6, 4}};

struct tune_steps {
    uint8_t melody[MAX_STEPS], chord[MAX_STEPS];
    size_t count;
};

static void make_bar(struct tune_steps *t, int steps, int grid) {
    for (int i = 0; i < steps; i++, t->count++) {
        int what = i % grid ? 1 : dice(4);
        size_t k = t->count;
        t->melody[k] = (uint8_t)(what < 2 && k          ? 1
                                 : what == 2 && dice(2) ? 0
                                                        : 2 + dice(30));
        t->chord[k] =
            (uint8_t)(k && dice(3 * grid) ? t->chord[k - 1] : dice(7));
    }
}

static void repeat_bars(struct tune_steps *t, size_t from, size_t steps) {
    memcpy(t->melody + t->count, t->melody + from, steps);
    memcpy(t->chord + t->count, t->chord + from, steps);
    t->count += steps;
}

/* Sections that come twice, some with other last bars. */
static void make_tune(struct tune_steps *t, int bar, int phase, int spq) {
    static const int lengths[] = {4, 8, 12, 16, 3, 8};
    static const int grids[] = {1, 2, 3, 4, 6};
    int grid = grids[dice(spq == 12 ? 5 : 2)];
    *t = (struct tune_steps){.count = 0};
    make_bar(t, phase, 1);
    for (int sections = 1 + dice(3); sections--;) {
        int bars = lengths[dice(6)], other = dice(4);
        if (t->count + (size_t)(2 * bars * bar) > MAX_STEPS)
            break;
        size_t from = t->count;
        for (int i = 0; i < bars; i++)
            make_bar(t, bar, grid);
        if (dice(4) == 0)
            continue;
        if (dice(2)) /* so that it may be cut there */
            t->melody[from] = (uint8_t)(2 + dice(30));
        repeat_bars(t, from, (size_t)((bars - other) * bar));
        for (int i = 0; i < other; i++)
            make_bar(t, bar, grid);
    }
    if (dice(3) == 0 && t->count > 9)
        t->count -= (size_t)dice(8);
}

static void test_random(void **state) {
    (void)state;
    static struct tune_steps t;
    struct vocabulary v = music_attack();
    rng_seed(&rng, 5, 0);
    for (int n = 0; n < 240; n++) {
        int spq = n % 2 ? 12 : 4, m = n % 12;
        struct tune_frame f = {.steps_per_quarter = spq,
                               .performance = {120.5, -1, -1}};
        struct song song;
        char of[64];
        f.header.beats = meters[m][0];
        f.header.unit = meters[m][1];
        f.header.bar = 4 * spq * meters[m][0] / meters[m][1];
        f.header.phase = dice(2) ? dice(f.header.bar) : 0;
        f.header.key = dice(25) - 1;
        make_tune(&t, f.header.bar, f.header.phase, spq);
        snprintf(of, sizeof of, "tune %d, %d/%d, phase %d of %d", n,
                 f.header.beats, f.header.unit, f.header.phase, f.header.bar);
        assert_int_equal(decode_song(&song, &v, t.melody,
                                     dice(5) ? t.chord : NULL, t.count, &f,
                                     "tune", NULL),
                         0);
        check_back(&song, spq, of);
        song_free(&song);
    }
}

/* ---- the starter tunes ---- */

static void test_starter(void **state) {
    (void)state;
    static const struct encode_options options[] = {
        {.encoding = ENCODING_ATTACK, .steps_per_quarter = 4},
        {.encoding = ENCODING_ATTACK, .steps_per_quarter = 12}};
    char folder[] = "/tmp/test_notate-XXXXXX", command[64];
    char *paths[] = {folder};
    assert_non_null(mkdtemp(folder));
    assert_int_equal(unpacked_in(folder, "data/starter.zip"), 0);
    for (int k = 0; k < 2; k++) {
        struct corpus corpus = {0};
        struct dataset d = {0};
        size_t folded = 0;
        assert_int_equal(corpus_scan(&corpus, paths, 1, 10, 10, NULL), 0);
        assert_int_equal(corpus_encode(&corpus, &options[k], NULL, NULL, NULL),
                         0);
        assert_int_equal(corpus_build(&corpus, &options[k], 1, &d, NULL), 0);
        assert_true(d.tunes > 50);
        for (size_t i = 0; i < d.tunes; i++) {
            struct tune_frame f = {
                .header = {d.bar[i], d.phase[i], d.meter[2 * i],
                           d.meter[2 * i + 1], d.key[i]},
                .steps_per_quarter = options[k].steps_per_quarter,
                .performance = {120, -1, -1}};
            size_t from = d.offset[i];
            struct song song;
            assert_int_equal(decode_song(&song, &d.vocabulary, d.melody + from,
                                         d.chord + from, d.offset[i + 1] - from,
                                         &f, "tune", NULL),
                             0);
            check_back(&song, options[k].steps_per_quarter, d.names[i]);
            struct score s = notate(&song, options[k].steps_per_quarter, 1);
            for (size_t j = 0; j < s.count; j++)
                if (s.items[j].kind == SCORE_BAR &&
                    s.items[j].bar & SCORE_BAR_REPEATED) {
                    folded++;
                    break;
                }
            score_free(&s);
            song_free(&song);
        }
        assert_true(2 * folded > d.tunes);
        dataset_free(&d);
        corpus_free(&corpus);
    }
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

/* ---- what is written ---- */

/* "A4 B4:2 z" in eighths as a song in a meter, with a pickup of so many. */
static struct song song_of(const char *notes, int beats, int unit, int pickup,
                           const char *key, int sharps, int minor) {
    struct song s;
    int64_t now = 0;
    music_parts(&s, 24, 3);
    if (pickup)
        music_mark(&s, MARK_METER, 0, 0, pickup, 8);
    music_mark(&s, MARK_METER, 0, 12 * pickup, beats, unit);
    struct mark m = {.kind = MARK_KEY, .a = sharps, .b = minor};
    snprintf(m.text, sizeof m.text, "%s", key);
    assert_int_equal(song_add_mark(&s, m, NULL), 0);
    for (const char *at = notes; *at;) {
        static const int classes[7] = {9, 11, 0, 2, 4, 5, 7}; /* A..G */
        char word[16] = "", *end;
        sscanf(at, "%15s", word);
        double length =
            strchr(word, ':') ? strtod(strchr(word, ':') + 1, &end) : 1;
        int64_t ticks = (int64_t)(12 * length + 0.5);
        int sharp = word[1] == '#';
        if (word[0] != 'z')
            music_note(&s, 1, now, now + ticks,
                       classes[word[0] - 'A'] + sharp +
                           12 * (word[1 + sharp] - '0' + 1),
                       90);
        now += ticks;
        at += strlen(word);
        at += strspn(at, " ");
    }
    s.parts[1].end = now;
    return s;
}

static void check_notated(struct song *song, int fold, const char *want) {
    struct score s = notate(song, 12, fold);
    struct buf b = {0};
    scores_text(&s, &b);
    scores_check(&b, want, "notes");
    check_back(song, 12, want);
    score_free(&s);
    song_free(song);
}

static void test_spelling(void **state) {
    (void)state;
    static const char all[] = "C4 C#4 D4 D#4 E4 F4 F#4 G4 G#4 A4 A#4 B4";
    static const struct {
        const char *key;
        int sharps, minor;
        const char *want;
    } cases[] = {
        {"C major", 0, 0, "C4 ^C#4 D4 ^Eb4 ^E4 F4 ^F#4 G4 ^G#4 A4 ^Bb4 ^B4 |]"},
        {"G major", 1, 0, "C4 ^C#4 D4 ^D#4 E4 ^F4 ^F#4 G4 ^G#4 A4 ^Bb4 ^B4 |]"},
        {"Eb major", -3, 0,
         "C4 ^Db4 ^D4 Eb4 ^E4 F4 ^Gb4 ^G4 Ab4 ^A4 Bb4 ^B4 |]"},
        {"B major", 5, 0,
         "^B#3 C#4 ^D4 ^D#4 E4 ^E#4 F#4 ^F##4 G#4 ^A4 ^A#4 ^B4 |]"},
        {"A minor", 0, 1, "C4 ^C#4 D4 ^Eb4 ^E4 F4 ^F#4 G4 ^G#4 A4 ^Bb4 ^B4 |]"},
        {"F# major", 6, 0,
         "^B#3 C#4 ^C##4 D#4 ^E4 ^E#4 F#4 ^F##4 G#4 ^A4 ^A#4 ^B4 |]"},
        {"Gb major", -6, 0,
         "^C4 Db4 ^D4 Eb4 ^Fb4 ^F4 Gb4 ^G4 Ab4 ^Bbb4 ^Bb4 ^Cb5 |]"},
        {"D dorian", 0, 0,
         "C4 ^C#4 D4 ^Eb4 ^E4 F4 ^F#4 G4 ^G#4 A4 ^Bb4 ^B4 |]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct song s = song_of(all, 12, 8, 0, cases[i].key, cases[i].sharps,
                                cases[i].minor);
        check_notated(&s, 0, cases[i].want);
    }
}

/* MIDI has more pitches and tempi than people play; what ABC cannot say of them
 * is not written. */
static void test_limits(void **state) {
    (void)state;
    static const int tempi[] = {1, 6000, 500000, 15000000, 0xffffff};
    static const struct {
        const char *key;
        int sharps;
    } keys[] = {{"C major", 0}, {"F# major", 6}, {"Gb major", -6}};
    for (size_t i = 0; i < 3; i++)
        for (int pitch = 0; pitch < 128; pitch++) {
            struct song s;
            music_parts(&s, 24, 2);
            music_mark(&s, MARK_METER, 0, 0, 4, 4);
            music_mark(&s, MARK_TEMPO, 0, 0, tempi[pitch % 5], 0);
            music_mark(&s, MARK_KEY, 0, 0, keys[i].sharps, 0);
            snprintf(s.marks[s.mark_count - 1].text, SONG_TEXT_MAX, "%s",
                     keys[i].key);
            music_note(&s, 1, 0, 96, pitch, 90);
            s.parts[1].end = 96;
            check_back(&s, 4, keys[i].key);
            song_free(&s);
        }
}

static void test_values(void **state) {
    (void)state;
    static const struct {
        const char *notes;
        int beats, unit, pickup;
        const char *want;
    } cases[] = {
        {"A4:2 B4:5 C5", 4, 4, 0, "A4:2 B4:2- B4:3 C5 |]"},
        {"A4 B4:5 z:2 C5:9 z:7", 4, 4, 0,
         "A4 B4:3- B4:2 z:2 | C5:8- | C5 z:3 z:4 |]"},
        {"A4:2 B4:6 C5:6", 6, 8, 2, "A4:2 | B4:6 | C5:6 |]"},
        {"z:6 A4:5 B4", 6, 8, 0, "z:6 | A4:3- A4:2 B4 |]"},
        {"A4:.66667 B4:.66667 C5:.66666 A4:1.33333 B4:.66667 A4:4", 4, 4, 0,
         "(3:2:3 A4:2/3 B4:2/3 C5:2/3 (3:2:2 A4:4/3 B4:2/3 A4:4 |]"},
        {"A4:.33333 B4:.33333 C5:.33334 A4:7", 4, 4, 0,
         "(3:2:3 A4:1/3 B4:1/3 C5:1/3 A4:3- A4:4 |]"},
        {"A4:1.5 B4:.5 A4:2 C5:4", 4, 4, 0, "A4:3/2 B4:1/2 A4:2 C5:4 |]"},
        {"A4 A4:3", 3, 8, 1, "A4 | A4:3 |]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct song s = song_of(cases[i].notes, cases[i].beats, cases[i].unit,
                                cases[i].pickup, "C major", 0, 0);
        check_notated(&s, 0, cases[i].want);
    }
}

/* ---- folding: bars as letters, each a note over the bar of 2/4 ---- */

/* "a" is a bar with a note of its own; "-" goes on with the one before. */
static void check_fold(const char *bars, const char *want) {
    struct buf notes = {0}, b = {0};
    int64_t now = 0;
    struct song s;
    music_parts(&s, 24, 3);
    music_mark(&s, MARK_METER, 0, 0, 2, 4);
    for (const char *c = bars; *c; c++, now += 48)
        if (*c == '-')
            s.parts[1].notes[s.parts[1].count - 1].duration += 48;
        else
            music_note(&s, 1, now, now + 48, 60 + *c - 'a', 90);
    s.parts[1].end = now;
    struct score score = notate(&s, 4, 1);
    for (size_t i = 0; i < score.count; i++) {
        const struct score_item *item = &score.items[i];
        if (item->kind == SCORE_NOTE)
            buf_printf(&b, "%c%s",
                       'a' + score_pitch_midi(&item->note.pitch[0]) - 60,
                       item->note.tied ? "-" : "");
        else if (item->kind == SCORE_ENDING)
            buf_printf(&b, "[%u", item->endings);
        else if (item->bar)
            scores_bar(&b, item->bar);
    }
    scores_check(&b, want, bars);
    check_back(&s, 4, bars);
    score_free(&score);
    song_free(&s);
    buf_free(&notes);
}

static void test_folding(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"abcdefghabcdefghijklmnopijklmnop", "|:abcdefgh:|:ijklmnop:|"},
        {"abcdefghabcdefgx", "|:abcdefg[1h:|[2x|]"},
        {"abcdefghabcdefxy", "|:abcdef[1gh:|[2xy|]"},
        {"abcdefghabcdexyz", "abcdefghabcdexyz|]"},
        {"abcdefghijklmnopabcdefghijklmnop", "|:abcdefghijklmnop:|"},
        {"abcdabcd", "|:abcd:|"},
        {"abcdabcx", "|:abc[1d:|[2x|]"},
        {"abcdabxy", "abcdabxy|]"},
        {"abcdefghabcdefghabcdefghabcdefgh", "|:abcdefgh:|:abcdefgh:|"},
        {"abcdefghabcdefghabcdefgh", "|:abcdefgh:|abcdefgh|]"},
        {"abcdefghijklabcdefghijkl", "|:abcdefghijkl:|"},
        {"abcdefghijklabcdefghixyz", "|:abcdefghi[1jkl:|[2xyz|]"},
        {"zabcdabcd", "z|:abcd:|"},
        {"abcdabcde", "|:abcd:|e|]"},
        {"abcdefg-abcdefg-", "|:abcdefg-g:|"},
        {"abcdefgh-bcdefgh", "abcdefgh-hbcdefgh|]"},
        {"abcdefghabcdefgh-jkl", "abcdefghabcdefgh-hjkl|]"},
        {"abcdef--abcdefgh", "abcdef-f-fabcdefgh|]"},
        {"abcdefghabcdef-h", "abcdefghabcdef-fh|]"},
        {"abcabc", "abcabc|]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_fold(cases[i][0], cases[i][1]);
}

/* ---- chords ---- */

static void test_symbols(void **state) {
    (void)state;
    struct song s = song_of("A4:8 A4:8 A4:8 A4:8", 4, 4, 0, "C major", 0, 0);
    static const struct {
        int64_t tick;
        const char *name;
    } names[] = {{24, "G"}, {96, "G"}, {144, "C"}, {192, "N.C."}, {288, "G"}};
    struct buf b = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct mark m = {.kind = MARK_TEXT, .part = 1, .a = 5};
        m.tick = names[i].tick;
        snprintf(m.text, sizeof m.text, "%s", names[i].name);
        assert_int_equal(song_add_mark(&s, m, NULL), 0);
    }
    struct score score = notate(&s, 4, 0);
    scores_text(&score, &b);
    scores_check(&b,
                 "A4:2- \"G\" A4:6 | \"G\" A4:4- \"C\" A4:4 | \"N.C.\" A4:8 | "
                 "\"G\" A4:8 |]",
                 "symbols");
    score_free(&score);
    song_free(&s);
}

static void test_no_memory(void **state) {
    (void)state;
    int ended = !FAILING_WORKS;
    if (ended) {
        print_message("needs glibc or the address sanitizer\n");
        skip();
    }
    struct buf b = {0};
    for (int i = 0; i < 200; i++)
        buf_printf(&b, "A4 B4:2 C5 ");
    struct song s = song_of((char *)b.data, 4, 4, 0, "C major", 0, 0);
    struct notation how = {12, "", 1};
    for (long n = 1; !ended; n++) {
        struct score score;
        struct err e = {0};
        failing_start(n, FAIL_ONCE);
        int rc = notate_song(&score, &s, &how, &e);
        ended = !failing_stop();
        assert_int_equal(rc, ended ? 0 : -1);
        assert_int_equal(e.code, ended ? ERR_NONE : ERR_MEM);
        assert_true(n < 60);
        score_free(&score);
    }
    song_free(&s);
    buf_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),    cmocka_unit_test(test_starter),
        cmocka_unit_test(test_spelling),  cmocka_unit_test(test_values),
        cmocka_unit_test(test_folding),   cmocka_unit_test(test_symbols),
        cmocka_unit_test(test_no_memory), cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
