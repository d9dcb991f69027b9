/* A song as the data of a page: see page_song.h.
 * SPDX-License-Identifier: MIT */
#include "page_song.h"

#include <jansson.h>
#include <string.h>

#include "nott/base/json.h"
#include "nott/music/chord.h"

#define QUARTER 500000 /* microseconds, where no tempo is said: MIDI's */

static const struct part *part_of(const struct song *s, size_t part) {
    return part < s->part_count ? &s->parts[part] : NULL;
}

static json_t *numbers(const int64_t *list, size_t n, int *failed) {
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        json_push(array, json_integer(list[i]), failed);
    return array;
}

/* ---- signs ---- */

static int64_t song_end(const struct song *s) {
    int64_t end = 0;
    for (size_t i = 0; i < s->part_count; i++)
        if (s->parts[i].end > end)
            end = s->parts[i].end;
    return end;
}

/* The signatures of the first part that has any: those of the others are the
 * same, and the melody can end with one that is meant for other programs. */
static json_t *meters(const struct song *s, int *failed) {
    json_t *list = json_array();
    int part = -1;
    for (size_t i = 0; i < s->mark_count; i++) {
        const struct mark *m = &s->marks[i];
        if (m->kind != MARK_METER || (part >= 0 && m->part != part))
            continue;
        part = m->part;
        json_push(list, numbers((int64_t[]){m->tick, m->a, m->b}, 3, failed),
                  failed);
    }
    return list;
}

static json_t *key(const struct song *s, int *failed) {
    const struct mark *m = song_mark_at(s, MARK_KEY, -1, 0);
    return m ? numbers((int64_t[]){m->a, m->b}, 2, failed) : json_null();
}

/* ---- notes ---- */

static json_t *notes(const struct part *p, int *failed) {
    json_t *list = json_array();
    for (size_t i = 0; p && i < p->count; i++) {
        const struct note *n = &p->notes[i];
        json_push(
            list,
            numbers((int64_t[]){n->onset, n->duration, n->pitch, n->velocity},
                    4, failed),
            failed);
    }
    return list;
}

/* ---- the names of the chords ---- */

/* The chord that stands from a tick on. */
struct symbol {
    int64_t tick;
    char name[SONG_TEXT_MAX + 1];
    int root;
};

static void put_symbol(json_t *list, const struct symbol *c, int *failed) {
    json_t *item = json_array();
    json_push(item, json_integer(c->tick), failed);
    json_push(item, json_text(c->name), failed);
    json_push(item, json_integer(c->root), failed);
    json_push(list, item, failed);
}

/* The notes that are struck with note i, as one chord; *end is when the last
 * of them ends. Returns the first note after them. */
static size_t strike(const struct part *p, size_t i, struct chord *c,
                     int64_t *end) {
    size_t k = i;
    for (*c = (struct chord){.voices = 0};
         k < p->count && p->notes[k].onset == p->notes[i].onset; k++) {
        const struct note *n = &p->notes[k];
        chord_add(c, n->pitch);
        if (n->onset + n->duration > *end)
            *end = n->onset + n->duration;
    }
    return k;
}

/* One symbol wherever the chord changes; a gap of an eighth or more is silence.
 */
static void name_chords(json_t *list, const struct song *s,
                        const struct part *p, int *failed) {
    uint16_t before = 0;
    int64_t end = 0;
    for (size_t i = 0; i < p->count;) {
        int64_t tick = p->notes[i].onset;
        if (before && tick - end >= s->ppq / 2) {
            put_symbol(list, &(struct symbol){.tick = end + 1, .root = -1},
                       failed);
            before = 0;
        }
        struct chord c;
        i = strike(p, i, &c, &end);
        uint16_t set = chord_set(&c);
        struct symbol new = {.tick = tick,
                             .root = chord_root(set, c.pitch[0] % 12)};
        chord_name(set, c.pitch[0] % 12, new.name);
        if (set != before)
            put_symbol(list, &new, failed);
        before = set;
    }
}

/* The names that are written over the music; how many there are. */
static size_t copy_names(json_t *list, const struct song *s, int *failed) {
    size_t count = 0;
    for (size_t i = 0; i < s->mark_count; i++) {
        const struct mark *m = &s->marks[i];
        uint16_t set;
        struct symbol c = {.tick = m->tick};
        if (!song_names_chord(m))
            continue;
        memcpy(c.name, m->text, sizeof c.name);
        if (chord_read(m->text, &set, &c.root, NULL) || !set)
            c.root = -1;
        put_symbol(list, &c, failed);
        count++;
    }
    return count;
}

static json_t *harmony(const struct song *s, int *failed) {
    json_t *list = json_array();
    const struct part *p = part_of(s, SONG_CHORDS);
    if (!copy_names(list, s, failed) && p)
        name_chords(list, s, p, failed);
    return list;
}

void page_song_put(json_t *object, const struct song *s, int *failed) {
    const struct mark *tempo = song_mark_at(s, MARK_TEMPO, -1, 0);
    json_put(object, "ppq", json_integer(s->ppq), failed);
    json_put(object, "end", json_integer(song_end(s)), failed);
    json_put(object, "quarter", json_integer(tempo ? tempo->a : QUARTER),
             failed);
    json_put(object, "key", key(s, failed), failed);
    json_put(object, "meters", meters(s, failed), failed);
    json_put(object, "melody", notes(part_of(s, SONG_MELODY), failed), failed);
    json_put(object, "chords", notes(part_of(s, SONG_CHORDS), failed), failed);
    json_put(object, "harmony", harmony(s, failed), failed);
}
