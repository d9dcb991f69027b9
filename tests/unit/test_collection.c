/* The encodings and the measures on the real collection, if it is there: the
 * zip archive that NOTTINGHAM_ZIP names.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "nott/base/file.h"
#include "nott/base/hash.h"
#include "nott/data/corpus.h"
#include "nott/data/seqtext.h"
#include "nott/data/surface.h"
#include "nott/judge/measure.h"
#include "nott/judge/novelty.h"
#include "nott/judge/overlap.h"
#include "nott/music/midi.h"
#include "unpacked.h"

#define ARCHIVE_BYTES 692283 /* of the one file these figures are for */
#define ARCHIVE_SHA256                                                         \
    "fd4eb21b656002790cb8429c3482518876c48881ce58270f5296fe5aad50075f"
#define RARE_CHORD 64 /* steps below which a chord has no class */

static char scratch[64], tunes[80], again[80];
static int present;

static const char *archive_path(void) {
    const char *path = getenv("NOTTINGHAM_ZIP");
    return path && *path ? path : "data/nottingham.zip";
}

/* Is the archive there, and the right one? */
static int find_archive(void) {
    struct buf bytes = {0};
    struct hash h;
    char hex[HASH_HEX];
    if (file_read(&bytes, archive_path(), ARCHIVE_BYTES, NULL)) {
        buf_free(&bytes);
        return 0;
    }
    hash_begin(&h);
    hash_add(&h, bytes.data, bytes.len);
    hash_end(&h, hex);
    buf_free(&bytes);
    return strcmp(hex, ARCHIVE_SHA256) == 0;
}

static int set_up(void **state) {
    (void)state;
    present = find_archive();
    if (!present)
        return 0;
    snprintf(scratch, sizeof scratch, "/tmp/test_collection-XXXXXX");
    if (!mkdtemp(scratch))
        return -1;
    snprintf(tunes, sizeof tunes, "%s/tunes", scratch);
    snprintf(again, sizeof again, "%s/again", scratch);
    return mkdir(tunes, 0777) || unpacked_in(tunes, archive_path());
}

static int tear_down(void **state) {
    (void)state;
    char command[100];
    if (!present)
        return 0;
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return system(command);
}

#define NEEDS_COLLECTION()                                                     \
    do {                                                                       \
        if (!present) {                                                        \
            print_message("no Nottingham.zip at %s: set NOTTINGHAM_ZIP\n",     \
                          archive_path());                                     \
            skip();                                                            \
        }                                                                      \
    } while (0)

static void read_folder(char *path, enum encoding encoding, int spq,
                        struct corpus *c, struct dataset *d) {
    struct encode_options o = {.encoding = encoding,
                               .steps_per_quarter = spq,
                               .chords = CHORDS_REQUIRED};
    struct err e = {0};
    if (corpus_scan(c, &path, 1, 10, 10, &e) ||
        corpus_encode(c, &o, NULL, NULL, &e) ||
        corpus_build(c, &o, RARE_CHORD, d, &e))
        fail_msg("%s", e.text);
}

/* ---- classic, against an independent program ---- */

static size_t count_split(const struct dataset *d, enum split split,
                          size_t *steps) {
    size_t n = 0;
    *steps = 0;
    for (size_t s = 0; s < d->tunes; s++)
        if (d->split[s] == split) {
            n++;
            *steps += (size_t)(d->offset[s + 1] - d->offset[s]);
        }
    return n;
}

static void check_split(const struct dataset *d, enum split split, size_t n,
                        size_t steps) {
    size_t got;
    assert_int_equal(count_split(d, split, &got), n);
    assert_int_equal(got, steps);
}

/* Test steps that equal the step before. */
static size_t count_repeats(const struct dataset *d, const uint8_t *class,
                            size_t *scored) {
    size_t same = 0;
    *scored = 0;
    for (size_t s = 0; s < d->tunes; s++)
        for (int64_t k = d->offset[s] + 1;
             d->split[s] == SPLIT_TEST && k < d->offset[s + 1]; k++) {
            same += class[k] == class[k - 1];
            ++*scored;
        }
    return same;
}

static void add_line(const struct dataset *d, size_t s, int chords,
                     struct buf *text) {
    const char *gap = "";
    for (int64_t k = d->offset[s]; k < d->offset[s + 1]; k++) {
        if (chords)
            buf_printf(text, "%s%s", gap,
                       d->vocabulary.chords[d->chord[k]].name);
        else
            buf_printf(text, "%s%d", gap, d->melody[k]);
        gap = " ";
    }
    buf_printf(text, "\n");
}

/* What tests/reference/classic.py writes. */
static void hash_text(const struct dataset *d, char hex[HASH_HEX]) {
    struct hash h;
    struct buf text = {0};
    hash_begin(&h);
    for (int split = 0; split < SPLITS; split++)
        for (size_t s = 0; s < d->tunes; s++) {
            if (d->split[s] != split)
                continue;
            text.len = 0;
            buf_printf(&text, "%s %d\n", d->names[s],
                       (int)(d->offset[s + 1] - d->offset[s]));
            add_line(d, s, 0, &text);
            add_line(d, s, 1, &text);
            hash_add(&h, text.data, text.len);
        }
    hash_end(&h, hex);
    buf_free(&text);
}

static void test_classic(void **state) {
    (void)state;
    NEEDS_COLLECTION();
    struct corpus c;
    struct dataset d;
    char hex[HASH_HEX];
    size_t scored;
    read_folder(tunes, ENCODING_CLASSIC, 4, &c, &d);
    assert_int_equal(c.count, 1037);
    assert_int_equal(d.tunes, 997);
    check_split(&d, SPLIT_TRAIN, 665, 338967);
    check_split(&d, SPLIT_VALID, 169, 89648);
    check_split(&d, SPLIT_TEST, 163, 85894);
    assert_int_equal(count_repeats(&d, d.melody, &scored), 58782); /* 68.57 % */
    assert_int_equal(count_repeats(&d, d.chord, &scored), 80898);  /* 94.36 % */
    assert_int_equal(scored, 85731);
    assert_int_equal(d.vocabulary.melody_count, 35);
    assert_int_equal(d.vocabulary.chord_count, 31);
    hash_text(&d, hex);
    assert_string_equal(hex, "f03ad76a59f4b13b63de48acf9aef7332bb07c8f3dcab917"
                             "1c6b81b4de0fd774");
    dataset_free(&d);
    corpus_free(&c);
}

/* ---- attack, there and back ---- */

static size_t find_tune(const struct dataset *d, const char *name) {
    size_t s = 0;
    while (s < d->tunes && strcmp(d->names[s], name) != 0)
        s++;
    return s;
}

static void check_tune(const struct dataset *a, size_t s,
                       const struct dataset *b, size_t t) {
    const char *name = a->names[s];
    int64_t n = a->offset[s + 1] - a->offset[s], at = a->offset[s];
    if (b->offset[t + 1] - b->offset[t] != n)
        fail_msg("%s: %d steps became %d", name, (int)n,
                 (int)(b->offset[t + 1] - b->offset[t]));
    for (int64_t k = 0; k < n; k++)
        if (a->melody[at + k] != b->melody[b->offset[t] + k] ||
            a->chord[at + k] != b->chord[b->offset[t] + k])
            fail_msg("%s: step %d is another", name, (int)k);
    if (a->bar[s] != b->bar[t] || a->phase[s] != b->phase[t] ||
        a->meter[2 * s] != b->meter[2 * t] ||
        a->meter[2 * s + 1] != b->meter[2 * t + 1])
        fail_msg("%s: %d/%d bar %d phase %d became %d/%d bar %d phase %d", name,
                 a->meter[2 * s], a->meter[2 * s + 1], a->bar[s], a->phase[s],
                 b->meter[2 * t], b->meter[2 * t + 1], b->bar[t], b->phase[t]);
    if (a->key[s] != b->key[t] || a->split[s] != b->split[t])
        fail_msg("%s: key or split is another", name);
}

/* The melody's track of a file, and the steps before its first bar line. */
static void check_heard(const struct corpus *c, const char *name, int track,
                        int phase) {
    size_t i = 0;
    while (i < c->count && strcmp(c->files[i].name, name) != 0)
        i++;
    assert_true(i < c->count);
    const struct raw_tune *t = &c->files[i].tune;
    if (t->reason[0] || t->melody_track != track || t->header.phase != phase)
        fail_msg("%s: \"%s\", melody in track %d, phase %d", name, t->reason,
                 t->melody_track, t->header.phase);
}

static void test_round_trip(void **state) {
    (void)state;
    NEEDS_COLLECTION();
    struct corpus c, c2;
    struct dataset d, d2;
    read_folder(tunes, ENCODING_ATTACK, 4, &c, &d);
    assert_int_equal(c.count, 1037);
    assert_int_equal(d.tunes, 1016);
    check_heard(&c, "train/jigs_simple_chords_111", 2, 2);
    check_heard(&c, "train/reels_simple_chords_320", 2, 4);
    assert_int_equal(seqtext_export(&d, again, NULL), 0);
    read_folder(again, ENCODING_ATTACK, 4, &c2, &d2);
    assert_int_equal(vocabulary_differs(&d.vocabulary, &d2.vocabulary), 0);
    assert_int_equal(d2.tunes, d.tunes);
    for (size_t s = 0; s < d.tunes; s++) {
        size_t t = find_tune(&d2, d.names[s]);
        if (t == d2.tunes)
            fail_msg("%s did not come back", d.names[s]);
        check_tune(&d, s, &d2, t);
    }
    dataset_free(&d);
    dataset_free(&d2);
    corpus_free(&c);
    corpus_free(&c2);
}

/* ---- attack, what of the notes survives ---- */

/* A note is intact when its pitch and its onset tick are the same and its end
 * is within half a step. (The grid of 16ths moves the ends of notes before
 * triplets by 40 ticks and keeps their onsets; `strict` counts the notes that
 * end as they did, or up to 11 ticks early.) */
#define EARLY 11

struct survival {
    size_t notes, intact, strict;
};

static int64_t end_of(const struct note *n) {
    return n->onset + n->duration;
}

/* Each note of `from` among those of `back`. */
static void add_survivors(struct survival *all, const struct part *from,
                          const struct part *back, int spq) {
    int64_t half = 240 / spq;
    for (size_t i = 0; i < from->count; i++) {
        const struct note *n = &from->notes[i];
        int intact = 0, strict = 0;
        for (size_t j = 0; j < back->count; j++) {
            const struct note *m = &back->notes[j];
            int64_t early = end_of(n) - end_of(m);
            if (m->pitch != n->pitch || m->onset != n->onset)
                continue;
            intact |= early >= -half && early <= half;
            strict |= early >= 0 && early <= EARLY;
        }
        all->notes++;
        all->intact += (size_t)intact;
        all->strict += (size_t)strict;
    }
}

static struct survival measure(int spq) {
    struct survival all = {0};
    struct corpus c;
    struct dataset d;
    read_folder(tunes, ENCODING_ATTACK, spq, &c, &d);
    for (size_t i = 0, s = 0; i < c.count; i++) {
        struct song from, back;
        const struct corpus_file *f = &c.files[i];
        if (f->tune.reason[0])
            continue;
        assert_int_equal(midi_load(&from, f->path, NULL), 0);
        assert_int_equal(seqtext_song(&d, s, &back, NULL), 0);
        add_survivors(&all, &from.parts[f->tune.melody_track - 1],
                      &back.parts[1], spq);
        song_free(&from);
        song_free(&back);
        s++;
    }
    dataset_free(&d);
    corpus_free(&c);
    double share = 100.0 / (double)all.notes;
    print_message("%d steps a quarter: of %zu notes %.2f %% are intact, %.2f "
                  "%% strictly\n",
                  spq, all.notes, (double)all.intact * share,
                  (double)all.strict * share);
    return all;
}

static void test_survival(void **state) {
    (void)state;
    NEEDS_COLLECTION();
    struct survival four = measure(4), twelve = measure(12);
    assert_true((double)four.intact >= 0.955 * (double)four.notes);
    assert_true((double)four.strict >= 0.92 * (double)four.notes);
    assert_true((double)twelve.strict >= 0.99 * (double)twelve.notes);
}

/* ---- what real tunes are like ---- */

struct splits {
    struct surface_set set[SPLITS + 1]; /* the last one: all */
};

static void hear_splits(struct splits *all, enum encoding encoding) {
    struct corpus c;
    struct dataset d;
    read_folder(tunes, encoding, 4, &c, &d);
    for (int i = 0; i <= SPLITS; i++)
        assert_int_equal(surface_from_dataset(&all->set[i], &d, i, NULL), 0);
    dataset_free(&d);
    corpus_free(&c);
}

static void free_splits(struct splits *all) {
    for (int i = 0; i <= SPLITS; i++)
        surface_set_free(&all->set[i]);
}

/* Figures of an independent program that read the MIDI files as they are; ours
 * may differ where the encoding rounds, joins bass and chord, or leaves out a
 * tune of many voices. */
static void test_measures(void **state) {
    (void)state;
    NEEDS_COLLECTION();
    static const struct {
        enum measure m;
        double want, near;
    } list[] = {
        {MEASURE_SAME_MELODY, 0.155, 0.005},
        {MEASURE_SAME_MELODY + 3, 0.586, 0.01},
        {MEASURE_SAME_CHORD, 0.336, 0.005},
        {MEASURE_SAME_CHORD + 3, 0.683, 0.01},
        {MEASURE_SAME_BOTH, 0.082, 0.005},
        {MEASURE_SAME_BOTH + 1, 0.098, 0.005},
        {MEASURE_SAME_BOTH + 2, 0.277, 0.01},
        {MEASURE_SAME_BOTH + 3, 0.536, 0.012},
        {MEASURE_SAME_BOTH + 4, 0.328, 0.01},
        {MEASURE_BAR_REPEATS, 0.53, 0.005},
        {MEASURE_AABB, 0.63, 0.02},
        {MEASURE_CHORD_TONES, 0.724, 0.006},
        {MEASURE_CHORD_TONE_ONSETS, 0.684, 0.005},
        {MEASURE_SCALE, 0.982, 0.002},
        {MEASURE_ENTROPY_4, 2.45, 0.02},
        {MEASURE_GROOVE, 0.881, 0.005},
        {MEASURE_ONSETS_PER_BAR, 4.97, 0.02},
        {MEASURE_INTERVAL_0, 0.102, 0.002},
        {MEASURE_INTERVAL_2, 0.629, 0.004},
        {MEASURE_INTERVAL_8, 0.039, 0.002},
        {MEASURE_PITCHES, 11.19, 0.05},
        {MEASURE_PITCH_CLASSES, 7.59, 0.03},
        {MEASURE_ENDS_ON_ROOT, 0.749, 0.005},
        {MEASURE_LAST_CHORD_FIRST, 0.644, 0.008},
        {MEASURE_RESTS, 0.007, 0.001},
    };
    struct splits all;
    double v[MEASURES];
    hear_splits(&all, ENCODING_ATTACK);
    assert_int_equal(measure_set(&all.set[SPLITS], v, NULL), 0);
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        double difference = v[list[i].m] - list[i].want;
        if (!(difference <= list[i].near && -difference <= list[i].near))
            fail_msg("%s: %.4f, wanted %.4f", measure_list[list[i].m].key,
                     v[list[i].m], list[i].want);
    }
    free_splits(&all);
}

/* Both encodings hear nearly the same tunes. */
static void test_encodings_agree(void **state) {
    (void)state;
    NEEDS_COLLECTION();
    static const enum measure list[] = {
        MEASURE_SAME_BOTH, MEASURE_SAME_BOTH + 3, MEASURE_BAR_REPEATS,
        MEASURE_AABB,      MEASURE_CHORD_TONES,   MEASURE_ENDS_ON_TONIC};
    double v[2][MEASURES];
    for (int i = 0; i < 2; i++) {
        struct splits all;
        hear_splits(&all, i ? ENCODING_CLASSIC : ENCODING_ATTACK);
        assert_int_equal(measure_set(&all.set[SPLITS], v[i], NULL), 0);
        free_splits(&all);
    }
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        double difference = v[0][list[i]] - v[1][list[i]];
        assert_true(difference < 0.01 && difference > -0.01);
    }
}

/* Train and test are of one kind: the ceiling for what is composed. */
static void test_ceiling(void **state) {
    (void)state;
    NEEDS_COLLECTION();
    struct splits all;
    struct tune_features train, test;
    struct overlap o[FEATURES];
    hear_splits(&all, ENCODING_ATTACK);
    assert_int_equal(overlap_features_init(&train, &all.set[SPLIT_TRAIN], NULL),
                     0);
    assert_int_equal(overlap_features_init(&test, &all.set[SPLIT_TEST], NULL),
                     0);
    assert_int_equal(overlap_sets(&train, &test, o, NULL), 0);
    for (int k = 0; k < FEATURES; k++)
        if (!(o[k].area > 0.97 && o[k].area <= 1 && o[k].kld < 0.02))
            fail_msg("%s: area %.3f, KLD %.4f", feature_list[k].key, o[k].area,
                     o[k].kld);
    overlap_features_free(&train);
    overlap_features_free(&test);
    free_splits(&all);
}

/* The eight test tunes of which a fifth or more is in one training tune. */
static void test_near_copies(void **state) {
    (void)state;
    NEEDS_COLLECTION();
    static const struct {
        const char *test, *train;
    } list[] = {{"jigs_simple_chords_125", "jigs_simple_chords_57"},
                {"jigs_simple_chords_155", "jigs_simple_chords_156"},
                {"jigs_simple_chords_257", "jigs_simple_chords_253"},
                {"jigs_simple_chords_287", "jigs_simple_chords_133"},
                {"reels_simple_chords_305", "reels_simple_chords_306"},
                {"reels_simple_chords_317", "reels_simple_chords_315"},
                {"reels_simple_chords_389", "playford_simple_chords_8"},
                {"reels_simple_chords_47", "reels_simple_chords_48"}};
    struct splits all;
    struct novelty_index x;
    size_t copies = 0;
    hear_splits(&all, ENCODING_ATTACK);
    const struct surface_set *test = &all.set[SPLIT_TEST];
    assert_int_equal(novelty_index_init(&x, &all.set[SPLIT_TRAIN], NULL), 0);
    for (size_t i = 0; i < test->count; i++) {
        struct novelty n;
        assert_int_equal(novelty_find(&x, &test->list[i], &n, NULL), 0);
        if (!(n.share >= 0.2))
            continue;
        assert_true(copies < sizeof list / sizeof *list);
        const char *name = test->list[i].name + strlen("test/");
        const char *nearest = x.train->list[n.nearest].name + strlen("train/");
        assert_string_equal(name, list[copies].test);
        assert_string_equal(nearest, list[copies].train);
        if (strcmp(name, "jigs_simple_chords_155") == 0) {
            assert_true(n.share == 1 && n.windows[2] == 1);
            assert_int_equal(n.run, test->list[i].steps);
        }
        copies++;
    }
    assert_int_equal(copies, sizeof list / sizeof *list);
    novelty_index_free(&x);
    free_splits(&all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classic),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_survival),
        cmocka_unit_test(test_measures),
        cmocka_unit_test(test_encodings_agree),
        cmocka_unit_test(test_ceiling),
        cmocka_unit_test(test_near_copies),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
