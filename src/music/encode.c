/* Songs to steps: see encode.h. SPDX-License-Identifier: MIT */
#include "nott/music/encode.h"

#include <stdlib.h>

#include "attack.h"
#include "classic.h"
#include "nott/music/meter.h"
#include "voices.h"

static int find_key(const struct song *s, int melody_track) {
    const struct mark *m = song_mark_at(s, MARK_KEY, melody_track - 1, 0);
    if (!m)
        m = song_mark_at(s, MARK_KEY, -1, 0);
    if (!m)
        return TUNE_KEY_UNKNOWN;
    int tonic = ((m->a * 7) % 12 + 12) % 12;
    return m->b ? 12 + (tonic + 9) % 12 : tonic;
}

static int64_t part_end(const struct part *p) {
    int64_t end = 0;
    for (size_t i = 0; i < p->count; i++)
        if (p->notes[i].onset + p->notes[i].duration > end)
            end = p->notes[i].onset + p->notes[i].duration;
    return end;
}

static int64_t count_steps(const struct encode_options *o, struct grid g,
                           const struct part *melody,
                           const struct part *chords) {
    int64_t a = melody->end, b = chords->end;
    if (o->encoding == ENCODING_ATTACK) {
        a = part_end(melody) + 1;
        b = part_end(chords) + 1;
    }
    return grid_nearest(g, a > b ? a : b);
}

/* Everything but the notes; refuses what cannot be a tune. */
static void describe(struct raw_tune *t, const struct song *s,
                     const struct encode_options *o, const struct voices *v,
                     const struct part *melody, const struct part *chords) {
    struct grid g = {s->ppq, o->steps_per_quarter};
    t->melody_track = voices_track(v, melody);
    t->chord_track = voices_track(v, chords);
    if (!melody)
        raw_tune_refuse(t, "no melody track");
    else if (!chords)
        raw_tune_refuse(t, "no chord track");
    if (t->reason[0])
        return;
    struct meter m;
    meter_find(&m, s, t->melody_track - 1, melody, chords);
    struct tune_header *h = &t->header;
    h->beats = m.beats;
    h->unit = m.unit;
    h->bar = (int)grid_nearest(g, m.bar_ticks);
    h->key = find_key(s, t->melody_track);
    t->by_accents = m.by_accents;
    int64_t steps = count_steps(o, g, melody, chords);
    if (h->bar < 1 || h->bar > 32767)
        raw_tune_refuse(t, "a bar of %d/%d does not fit the grid", m.beats,
                        m.unit);
    else if (steps < 2 || steps > ENCODE_MAX_STEPS)
        raw_tune_refuse(t, "%lld steps long", (long long)steps);
    else
        h->phase = (int)(grid_nearest(g, m.phase) % h->bar);
    t->steps = (int)steps;
}

static int encode_notes(struct raw_tune *t, const struct song *s,
                        const struct encode_options *o,
                        const struct part *melody, const struct part *chords,
                        struct chord_pool *pool, struct err *e) {
    struct grid g = {s->ppq, o->steps_per_quarter};
    t->melody = calloc((size_t)t->steps, sizeof *t->melody);
    t->chord = calloc((size_t)t->steps, sizeof *t->chord);
    if (!t->melody || !t->chord)
        return err_set(e, ERR_MEM, "tune: out of memory");
    if (o->encoding == ENCODING_CLASSIC) {
        if (classic_voice(t, g, melody, NULL, e))
            return -1;
        return t->reason[0] ? 0 : classic_voice(t, g, chords, pool, e);
    }
    attack_melody(t, melody, g);
    return t->reason[0] ? 0 : attack_chords(t, chords, g, pool, e);
}

int encode_song(struct raw_tune *t, const struct song *s,
                const struct encode_options *o, struct chord_pool *pool,
                struct err *e) {
    *t =
        (struct raw_tune){.has_chords = 1, .header = {.key = TUNE_KEY_UNKNOWN}};
    struct voices v;
    if (voices_find(&v, s)) {
        voices_free(&v);
        return err_set(e, ERR_MEM, "tracks: out of memory");
    }
    const struct part *melody = NULL, *chords = NULL;
    int rc = 0;
    if (o->encoding == ENCODING_CLASSIC && s->part_count != 3) {
        raw_tune_refuse(t, "%zu tracks instead of 3", s->part_count);
    } else if (o->encoding == ENCODING_CLASSIC) {
        melody = voices_by_track(&v, o->melody_track ? o->melody_track : 2);
        chords = voices_by_track(&v, o->chord_track ? o->chord_track : 3);
    } else {
        voices_choose(&v, o->melody_track, o->chord_track, &melody, &chords);
    }
    if (!t->reason[0])
        describe(t, s, o, &v, melody, chords);
    if (!t->reason[0])
        rc = encode_notes(t, s, o, melody, chords, pool, e);
    voices_free(&v);
    if (rc)
        raw_tune_free(t);
    return rc;
}

void encode_count(const struct raw_tune *t, size_t *counts) {
    for (int k = 0; t->has_chords && k < t->steps; k++)
        counts[t->chord[k]]++;
}

int encode_classes(const struct raw_tune *t, const struct vocabulary *v,
                   const int *map, uint8_t *melody, uint8_t *chord) {
    int moved = 0, before = 0;
    for (int k = 0; k < t->steps; k++) {
        int m = t->melody[k], pitch = m;
        if (m >= 0) {
            while (pitch < v->low)
                pitch += 12;
            while (pitch > v->low && vocabulary_melody(v, pitch) < 0)
                pitch -= 12;
            moved += pitch != m;
        }
        if (m >= 0 && vocabulary_melody(v, pitch) < 0)
            pitch = v->low; /* the range has less than an octave */
        int class = m == ENCODE_HOLD ? MELODY_HOLD : vocabulary_rest(v);
        melody[k] = (uint8_t)(m >= 0 ? vocabulary_melody(v, pitch) : class);
        int c = t->has_chords ? map[t->chord[k]] : 0;
        before = c >= 0 ? c : before;
        chord[k] = (uint8_t)before;
    }
    return moved;
}
