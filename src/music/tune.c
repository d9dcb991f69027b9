/* Tunes in steps, from songs and from texts: see tune.h.
 * SPDX-License-Identifier: MIT */
#include "nott/music/tune.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/music/encode.h"
#include "nott/music/progression.h"

/* On C, as sets of pitch classes. */
#define MAJOR_TRIAD 0x91u
#define MINOR_TRIAD 0x89u

/* ---- headers ---- */

int tune_header_fits(const struct tune_header *h) {
    return h->bar >= 1 && h->phase >= 0 && h->phase < h->bar && h->beats >= 1 &&
           h->unit >= 1 && h->key >= TUNE_KEY_UNKNOWN && h->key < TUNE_KEYS;
}

int tune_beat_steps(const struct tune_header *h) {
    int compound = h->beats > 3 && h->beats % 3 == 0 && h->unit >= 8;
    int count = compound ? h->beats / 3 : h->beats;
    return count > 0 && h->bar / count > 0 ? h->bar / count : 1;
}

int tune_tonic(int key) {
    return key < 0 ? -1 : key % 12;
}

int tune_is_minor(int key) {
    return key >= 12;
}

int tune_degree(int key, int pitch_class) {
    return key < 0 || pitch_class < 0
               ? -1
               : (pitch_class - tune_tonic(key) + 12) % 12;
}

size_t tune_bars(const struct tune_header *h, size_t steps) {
    size_t bar = (size_t)h->bar, phase = (size_t)h->phase;
    return steps > phase ? (2 * (steps - phase) + bar) / (2 * bar) : 0;
}

int tune_scale_tonic(int key) {
    return (key % 12 + (tune_is_minor(key) ? 3 : 0)) % 12;
}

int tune_transpose_key(int key, int semitones) {
    return key < 0 ? key : key / 12 * 12 + ((key + semitones) % 12 + 12) % 12;
}

const char *tune_key_name(int key, char name[TUNE_KEY_NAME]) {
    snprintf(name, TUNE_KEY_NAME, "%s%s",
             key < 0 ? "?" : chord_pitch_class_name(key),
             tune_is_minor(key) ? "m" : "");
    return name;
}

/* ---- memory ---- */

int tune_init(struct tune *t, size_t steps, struct err *e) {
    *t = (struct tune){.steps = steps, .has_chords = 1};
    t->melody = calloc(steps + 1, 1);
    t->chord = calloc(steps + 1, 1);
    if (t->melody && t->chord)
        return 0;
    tune_free(t);
    return err_set(e, ERR_MEM, "tune: out of memory");
}

void tune_free(struct tune *t) {
    free(t->melody);
    free(t->chord);
    *t = (struct tune){0};
}

int tune_copy(struct tune *to, const struct tune *from, struct err *e) {
    struct tune copy = *from;
    if (tune_init(to, from->steps, e))
        return -1;
    copy.melody = to->melody;
    copy.chord = to->chord;
    *to = copy;
    memcpy(to->melody, from->melody, from->steps);
    memcpy(to->chord, from->chord, from->steps);
    return 0;
}

/* ---- from songs ---- */

static int classes_of(struct tune *t, const struct vocabulary *v,
                      const struct raw_tune *raw, const struct chord_pool *pool,
                      struct err *e) {
    int *map = calloc(pool->count + 1, sizeof *map);
    if (!map || tune_init(t, (size_t)raw->steps, e)) {
        free(map);
        return err_set(e, ERR_MEM, "tune: out of memory");
    }
    vocabulary_map(v, pool, map);
    encode_classes(raw, v, map, t->melody, t->chord);
    free(map);
    t->frame.header = raw->header;
    t->has_chords = raw->has_chords;
    t->frame.performance.tempo = raw->tempo;
    t->start = raw->start;
    return 0;
}

int tune_from_song(struct tune *t, const struct vocabulary *v,
                   int steps_per_quarter, int chords_will_do,
                   const struct song *song, const char *name, struct err *e) {
    struct encode_options o = {.encoding = v->encoding,
                               .steps_per_quarter = steps_per_quarter,
                               .chords_will_do = chords_will_do};
    struct raw_tune raw = {0};
    struct chord_pool pool = {0};
    *t = (struct tune){0};
    int rc = encode_song(&raw, song, &o, &pool, e);
    if (rc == 0 && raw.reason[0])
        rc = err_set(e, ERR_FORMAT, "%s: %s", name, raw.reason);
    if (rc == 0)
        rc = classes_of(t, v, &raw, &pool, e);
    t->frame.steps_per_quarter = steps_per_quarter;
    raw_tune_free(&raw);
    chord_pool_free(&pool);
    return rc;
}

/* ---- chords that nobody played ---- */

int tune_first_chord(const struct vocabulary *v, const struct tune_header *h) {
    int root = tune_tonic(h->key), minor = tune_is_minor(h->key);
    if (h->phase || root < 0)
        return 0;
    uint16_t set = chord_rotate(minor ? MINOR_TRIAD : MAJOR_TRIAD, root);
    int class = vocabulary_chord(v, set, root);
    return v->chords[class].set == set ? class : 0;
}

int tune_set_chords(struct tune *t, const struct vocabulary *v,
                    const char *text, struct err *e) {
    struct progression p;
    if (progression_read(&p, text, e))
        return -1;
    int rc = progression_lay(&p, v, &t->frame.header, t->chord, t->steps, e);
    t->has_chords |= rc == 0;
    progression_free(&p);
    return rc;
}
