/* Songs made by hand, and what was read from them as short texts.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_MUSIC_H
#define NOTT_MUSIC_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "nott/base/file.h"
#include "nott/data/dataset.h"
#include "nott/music/chord.h"
#include "nott/music/encode.h"
#include "nott/music/song.h"
#include "nott/music/vocabulary.h"

static inline void music_parts(struct song *s, int ppq, int parts) {
    *s = (struct song){.ppq = ppq};
    for (int i = 0; i < parts; i++)
        assert_int_equal(song_add_part(s, "", -1), i);
}

/* Sequences to a file. */
static inline int music_save(const struct dataset *d, const char *path,
                             struct err *e) {
    struct buf file = {0};
    int rc = dataset_write(d, path, &file, e);
    if (rc == 0)
        rc = file_write(path, file.data, file.len, e);
    buf_free(&file);
    return rc;
}

/* A note from tick `on` to tick `off` on channel `part`. */
static inline void music_note(struct song *s, int part, int64_t on, int64_t off,
                              int pitch, int velocity) {
    struct note n = {.onset = on,
                     .duration = off - on,
                     .pitch = pitch,
                     .velocity = velocity,
                     .channel = part};
    assert_int_equal(song_add_note(s, part, n, NULL), 0);
}

/* Close root position around the octave below middle C, as accompanists of the
 * collection play: "G" is 55 59 62. */
static inline struct chord music_voicing(uint16_t set, int root) {
    struct chord c = {0};
    for (int i = 0; i < 12 && root >= 0 && c.voices < CHORD_VOICES; i++)
        if (set & (1u << ((root + i) % 12)))
            c.pitch[c.voices++] = (uint8_t)(48 + root + i);
    return c;
}

static inline struct chord music_chord(const char *name) {
    uint16_t set;
    int root;
    assert_int_equal(chord_parse(name, &set, &root, NULL), 0);
    return music_voicing(set, root);
}

static inline void music_strike(struct song *s, int part, int64_t on,
                                int64_t off, const char *name) {
    struct chord c = music_chord(name);
    for (int i = 0; i < c.voices; i++)
        music_note(s, part, on, off, c.pitch[i], 75);
}

static inline void music_mark(struct song *s, enum mark_kind kind, int part,
                              int64_t tick, int a, int b) {
    struct mark m = {.kind = kind, .part = part, .tick = tick, .a = a, .b = b};
    assert_int_equal(song_add_mark(s, m, NULL), 0);
}

/* "60 - . 62": struck, held, silent, struck. */
static inline void music_check_melody(const struct raw_tune *t,
                                      const char *want) {
    struct buf b = {0};
    assert_string_equal(t->reason, "");
    for (int k = 0; k < t->steps; k++)
        if (t->melody[k] >= 0)
            buf_printf(&b, "%s%d", k ? " " : "", t->melody[k]);
        else
            buf_printf(&b, "%s%s", k ? " " : "",
                       t->melody[k] == ENCODE_HOLD ? "-" : ".");
    assert_string_equal((char *)b.data, want);
    buf_free(&b);
}

/* "G:4 N.C.:2": runs of equal names. Where no chord was heard there may be no
 * pool. */
static inline void music_check_chords(const struct raw_tune *t,
                                      const struct chord_pool *pool,
                                      const char *want) {
    struct buf b = {0};
    assert_string_equal(t->reason, "");
    char now[CHORD_NAME], next[CHORD_NAME] = "";
    for (int k = 0, from = 0; k <= t->steps; k++) {
        memcpy(now, next, sizeof now);
        if (k < t->steps) {
            static const struct chord none;
            const struct chord *c =
                t->chord[k] ? &pool->list[t->chord[k]] : &none;
            chord_name(chord_set(c), c->voices ? c->pitch[0] % 12 : -1, next);
        }
        if (k && (k == t->steps || strcmp(now, next) != 0)) {
            buf_printf(&b, "%s%s:%d", from ? " " : "", now, k - from);
            from = k;
        }
    }
    assert_string_equal((char *)b.data, want);
    buf_free(&b);
}

/* Adds a chord class in close position. */
static inline void music_class(struct vocabulary *v, const char *name,
                               const char *chord) {
    struct chord_class *c = &v->chords[v->chord_count++];
    snprintf(c->name, sizeof c->name, "%s", name);
    assert_int_equal(chord_parse(chord, &c->set, &c->root, NULL), 0);
    c->voicing = music_voicing(c->set, c->root);
}

/* N.C., C, Dm, D, Em, G, G7 over the pitches 55..84. */
static inline struct vocabulary music_attack(void) {
    struct vocabulary v = {
        .encoding = ENCODING_ATTACK, .low = 55, .melody_count = 32};
    static const char *const names[] = {"N.C.", "C", "Dm", "D",
                                        "Em",   "G", "G7"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        music_class(&v, names[i], names[i]);
    return v;
}

/* The same chords by their names of 2016. */
static inline struct vocabulary music_classic(void) {
    struct vocabulary v = {.encoding = ENCODING_CLASSIC,
                           .low = CLASSIC_LOW,
                           .melody_count = CLASSIC_PITCHES + 1};
    static const char *const names[][2] = {
        {"NONE", "N.C."}, {"CM", "C"}, {"Dm", "Dm"}, {"DM", "D"},
        {"Em", "Em"},     {"GM", "G"}, {"G", "G7"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        music_class(&v, names[i][0], names[i][1]);
    return v;
}

/* Two vocabularies are the same to the last voicing. */
static inline void music_check_vocabulary(const struct vocabulary *a,
                                          const struct vocabulary *b) {
    assert_int_equal(a->encoding, b->encoding);
    assert_int_equal(a->melody_count, b->melody_count);
    assert_int_equal(a->low, b->low);
    assert_int_equal(a->chord_count, b->chord_count);
    for (int k = 0; k < a->chord_count; k++) {
        assert_string_equal(a->chords[k].name, b->chords[k].name);
        assert_int_equal(a->chords[k].set, b->chords[k].set);
        assert_int_equal(a->chords[k].root, b->chords[k].root);
        assert_int_equal(a->chords[k].voicing.voices,
                         b->chords[k].voicing.voices);
        assert_memory_equal(a->chords[k].voicing.pitch,
                            b->chords[k].voicing.pitch,
                            a->chords[k].voicing.voices);
    }
    assert_int_equal(vocabulary_differs(a, b), 0);
}

/* So are two datasets. */
static inline void music_check_same(const struct dataset *a,
                                    const struct dataset *b) {
    music_check_vocabulary(&a->vocabulary, &b->vocabulary);
    assert_int_equal(a->tunes, b->tunes);
    assert_int_equal(a->steps, b->steps);
    assert_int_equal(a->steps_per_quarter, b->steps_per_quarter);
    assert_string_equal(a->source_sha256, b->source_sha256);
    assert_memory_equal(a->melody, b->melody, a->steps);
    assert_memory_equal(a->chord, b->chord, a->steps);
    assert_memory_equal(a->offset, b->offset, 8 * (a->tunes + 1));
    assert_memory_equal(a->split, b->split, a->tunes);
    assert_memory_equal(a->meter, b->meter, 2 * a->tunes);
    assert_memory_equal(a->bar, b->bar, 2 * a->tunes);
    assert_memory_equal(a->phase, b->phase, 2 * a->tunes);
    assert_memory_equal(a->key, b->key, a->tunes);
    assert_memory_equal(a->has_chords, b->has_chords, a->tunes);
    for (size_t s = 0; s < a->tunes; s++)
        assert_string_equal(a->names[s], b->names[s]);
}

#endif
