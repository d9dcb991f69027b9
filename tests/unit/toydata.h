/* Small tunes out of nothing, a folder to write to, and files compared: what
 * the tests of learning and composing share. The same seed gives the same
 * tunes. SPDX-License-Identifier: MIT */
#ifndef NOTT_TOYDATA_H
#define NOTT_TOYDATA_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "music.h"
#include "near.h"
#include "nott/base/file.h"
#include "nott/base/rng.h"
#include "nott/data/dataset.h"
#include "nott/learn/train.h"
#include "nott/player/context.h"

#define TOY_LOW 55

/* A call that must succeed; its message is shown when it does not. */
#define assert_ok(call)                                                        \
    do {                                                                       \
        struct err toy_err = {.code = ERR_NONE};                               \
        struct err *e = &toy_err;                                              \
        if (call)                                                              \
            fail_msg("%s: %s", #call, toy_err.text);                           \
    } while (0)

/* A call that must fail with this code and one line of text. */
#define assert_refused(call, wanted)                                           \
    do {                                                                       \
        struct err toy_err = {.code = ERR_NONE};                               \
        struct err *e = &toy_err;                                              \
        int toy_rc = (call);                                                   \
        if (toy_rc != -1 || toy_err.code != (wanted))                          \
            fail_msg("%s: %d, code %d: %s", #call, toy_rc, (int)toy_err.code,  \
                     toy_err.text);                                            \
        assert_true(toy_err.text[0] && !strchr(toy_err.text, '\n'));           \
    } while (0)

/* ---- vocabularies ---- */

static inline void toy_chords(struct vocabulary *v, const char *const *names,
                              int count) {
    v->chord_count = count;
    for (int k = 0; k < count; k++) {
        struct chord_class *c = &v->chords[k];
        snprintf(c->name, sizeof c->name, "%s", names[k]);
        assert_ok(chord_parse(names[k], &c->set, &c->root, e));
        c->voicing = music_voicing(c->set, c->root);
    }
}

/* Pitches 55..78 (attack) or 55..88 (classic); class 1..3 are C, G, D. */
static inline void toy_vocabulary(struct vocabulary *v,
                                  enum encoding encoding) {
    static const char *const names[] = {"N.C.", "C",  "G", "D",  "A",
                                        "E",    "F",  "B", "Am", "Em",
                                        "Cm",   "Bm", "G7"};
    int classic = encoding == ENCODING_CLASSIC;
    *v = (struct vocabulary){.encoding = encoding,
                             .melody_count = classic ? CLASSIC_PITCHES + 1 : 26,
                             .low = TOY_LOW};
    toy_chords(v, names, sizeof names / sizeof *names);
}

/* ---- tunes ---- */

struct toy_tune {
    size_t steps;
    enum split split;
};

static inline void toy_write(struct dataset *d, size_t s, struct rng *r) {
    const struct vocabulary *v = &d->vocabulary;
    uint8_t *melody = d->melody + d->offset[s],
            *chord = d->chord + d->offset[s];
    size_t n = (size_t)(d->offset[s + 1] - d->offset[s]);
    for (size_t t = 0; t < n; t++) {
        size_t what = rng_below(r, 8);
        if (t && what < 4)
            melody[t] = (uint8_t)vocabulary_melody_goes_on(v, melody[t - 1]);
        else if (what == 4)
            melody[t] = (uint8_t)vocabulary_rest(v);
        else
            melody[t] =
                (uint8_t)vocabulary_melody(v, 60 + (int)rng_below(r, 12));
        chord[t] = t % 4 && t ? chord[t - 1] : (uint8_t)rng_below(r, 4);
    }
}

static inline void toy_signs(struct dataset *d, size_t s) {
    static const uint8_t signs[3][3] = {{4, 4, 16}, {6, 8, 12}, {3, 4, 12}};
    char name[32];
    snprintf(name, sizeof name, "tune %zu", s);
    d->names[s] = strdup(name);
    d->meter[2 * s] = signs[s % 3][0];
    d->meter[2 * s + 1] = signs[s % 3][1];
    d->bar[s] = signs[s % 3][2];
    d->phase[s] = (int16_t)(s % 2 ? 4 : 0);
    d->key[s] = (int8_t)((int)(s * 7 % 25) - 1);
}

/* The caller frees with dataset_free. */
static inline void toy_dataset(struct dataset *d, enum encoding encoding,
                               const struct toy_tune *list, size_t tunes,
                               uint64_t seed) {
    size_t steps = 0;
    struct rng r;
    for (size_t s = 0; s < tunes; s++)
        steps += list[s].steps;
    assert_ok(dataset_init(d, tunes, steps, e));
    toy_vocabulary(&d->vocabulary, encoding);
    d->steps_per_quarter = 4;
    memset(d->source_sha256, 'a', 64);
    rng_seed(&r, seed, 0);
    for (size_t s = 0; s < tunes; s++) {
        d->offset[s + 1] = d->offset[s] + (int64_t)list[s].steps;
        d->split[s] = (uint8_t)list[s].split;
        toy_write(d, s, &r);
        toy_signs(d, s);
    }
}

/* Tunes of 2 to 300 steps in all splits, mixed. */
static const struct toy_tune toy_tunes[] = {
    {17, SPLIT_TRAIN}, {2, SPLIT_TRAIN},  {25, SPLIT_VALID}, {300, SPLIT_TRAIN},
    {40, SPLIT_TRAIN}, {2, SPLIT_VALID},  {10, SPLIT_TEST},  {3, SPLIT_TRAIN},
    {90, SPLIT_TRAIN}, {60, SPLIT_VALID}, {33, SPLIT_TRAIN}, {16, SPLIT_TRAIN},
    {64, SPLIT_TRAIN}, {31, SPLIT_VALID},
};
#define TOY_TUNES (sizeof toy_tunes / sizeof *toy_tunes)

static inline size_t toy_steps(const struct dataset *d, size_t s) {
    return (size_t)(d->offset[s + 1] - d->offset[s]);
}

/* Takes the chords of tune s away: what they were is unknown. */
static inline void toy_hide_chords(struct dataset *d, size_t s) {
    d->has_chords[s] = 0;
    memset(d->chord + d->offset[s], 0, toy_steps(d, s));
}

/* ---- features ---- */

/* All that a network can be told, copied and asked for. */
static inline struct features toy_features(void) {
    return (struct features){.position = 1,
                             .meter = 1,
                             .key = 1,
                             .length = 1,
                             .sounding = 1,
                             .durations = 1,
                             .relative = 1,
                             .bars = 8,
                             .lags = {3, {1, 2, 4}},
                             .best_lag = 1,
                             .copy = 1,
                             .end = 1,
                             .unknown = 1};
}

/* The same and what a player may know before the first note. */
static inline struct features toy_all_features(void) {
    struct features on = toy_features();
    on.form = on.intervals = on.ahead = 1;
    return on;
}

/* A model, zeroed, for the training tunes of d. */
static inline int toy_model(struct checkpoint *t, const struct dataset *d,
                            const struct model_config *c,
                            const struct features *on, struct err *e) {
    struct origin from;
    return train_origin(&from, d, e) ? -1 : checkpoint_init(t, &from, c, on, e);
}

/* A training epoch with nothing hidden. */
static inline void toy_shuffle(struct batch *b, uint64_t seed, uint64_t epoch,
                               int transpose, double input_noise) {
    batch_begin_shuffled(b, seed, epoch,
                         &(struct batch_changes){.transpose = transpose,
                                                 .input_noise = input_noise});
}

/* How like a tune is, at step t, to itself `back` steps before: a mean over
 * some 32 steps. */
static inline int toy_likeness(const uint8_t *melody, const uint8_t *chord,
                               size_t back, size_t t) {
    int mean = 0;
    for (size_t i = back; i <= t; i++) {
        int same = melody[i] == melody[i - back] && chord[i] == chord[i - back];
        mean += ((same ? 65535 : 0) - mean) / 32;
    }
    return mean;
}

/* The best lag of context.h, found anew at step t. */
static inline int toy_best_lag(const struct features *on, const uint8_t *melody,
                               const uint8_t *chord, int bar, size_t t) {
    int most = 0, best = 0;
    for (int bars = 1; bars <= 128; bars++) {
        size_t back = (size_t)bars * (size_t)bar;
        int taken = 0;
        for (int i = 0; i < on->lags.count; i++)
            taken |= on->lags.value[i] == bars;
        if (taken || back > t)
            continue;
        int like = toy_likeness(melody, chord, back, t);
        best = like > most ? bars : best;
        most = like > most ? like : most;
    }
    return best;
}

/* ---- files ---- */

/* A new folder under the one for temporary files. */
static inline void toy_folder(char *path, size_t cap) {
    const char *tmp = getenv("TMPDIR");
    snprintf(path, cap, "%s/nott-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(path));
}

/* Removes the folder and all below it. */
static inline void toy_remove(const char *path) {
    DIR *dir = opendir(path);
    struct dirent *one;
    while (dir && (one = readdir(dir))) {
        char child[1024];
        if (strcmp(one->d_name, ".") == 0 || strcmp(one->d_name, "..") == 0)
            continue;
        int n = snprintf(child, sizeof child, "%s/%s", path, one->d_name);
        assert_in_range(n, 1, sizeof child - 1);
        if (unlink(child))
            toy_remove(child);
    }
    if (dir)
        closedir(dir);
    rmdir(path);
}

static inline size_t toy_count_files(const char *path) {
    DIR *dir = opendir(path);
    size_t n = 0;
    assert_non_null(dir);
    for (struct dirent *one; (one = readdir(dir));)
        n += one->d_name[0] != '.';
    closedir(dir);
    return n;
}

/* The caller frees with buf_free. */
static inline struct buf toy_read(const char *path) {
    struct buf b = {.data = NULL};
    assert_ok(file_read(&b, path, (size_t)1 << 28, e));
    return b;
}

static inline int toy_same(const char *path, const char *other) {
    struct buf a = toy_read(path), b = toy_read(other);
    int same = a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
    buf_free(&a);
    buf_free(&b);
    return same;
}

#endif
