/* Songs to steps: see encode.h. SPDX-License-Identifier: MIT */
#include "nott/music/encode.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "attack.h"
#include "bars.h"
#include "classic.h"
#include "harmony.h"
#include "key.h"
#include "roles.h"

const char *const encode_chords_names[] = {"optional", "required", NULL};

static int64_t part_end(const struct part *p) {
    int64_t end = 0;
    for (size_t i = 0; i < p->count; i++)
        if (p->notes[i].onset + p->notes[i].duration > end)
            end = p->notes[i].onset + p->notes[i].duration;
    return end;
}

/* Where the melody ends: a last note that is held a little over a bar line, as
 * under a pedal, ends there. */
static int64_t melody_end(const struct part *p, const struct bars *b,
                          struct grid g) {
    int64_t end = part_end(p), beat = b->bar_ticks / b->beats;
    int64_t over = (end + grid_tick(g) - b->phase) % b->bar_ticks;
    int rings = p->count && over > 0 && over < beat && end - over > b->phase &&
                p->notes[p->count - 1].onset < end - over;
    return rings ? end - over : end;
}

/* Where the bar ends in which the melody does, or, if chords begin after that,
 * where the chords end. */
static int64_t chords_end(const struct part *p, const struct bars *b,
                          int64_t melody) {
    int64_t end = part_end(p), bar = b->bar_ticks;
    int64_t line = b->phase + (melody - b->phase + bar - 1) / bar * bar;
    int goes_on = p->count && p->notes[p->count - 1].onset >= line;
    return goes_on || end < line ? end : line;
}

/* Steps up to the end of the notes; where chords need not be struck and held,
 * what rings on when the tune is over is not counted. */
static int64_t count_steps(const struct encode_options *o, struct grid g,
                           const struct roles *r, const struct bars *b,
                           int held) {
    int64_t melody = part_end(&r->melody), chords = part_end(&r->chords);
    if (o->encoding == ENCODING_CLASSIC) {
        melody = r->melody.end;
        chords = r->chords.end;
    } else {
        if (o->chords == CHORDS_OPTIONAL)
            melody = melody_end(&r->melody, b, g);
        if (!held)
            chords = chords_end(&r->chords, b, melody);
        melody += grid_tick(g);
        chords += grid_tick(g);
    }
    return grid_nearest(g, melody > chords ? melody : chords);
}

/* Refuses what is too short or too long for a tune. */
static void check_steps(struct raw_tune *t, const struct encode_options *o,
                        int64_t steps) {
    int64_t bytes =
        o->bytes < ENCODE_MAX_STEPS ? (int64_t)o->bytes : ENCODE_MAX_STEPS;
    int64_t quarters = ENCODE_QUARTERS + ENCODE_QUARTERS_PER_BYTE * bytes;
    if (steps < 2 || steps > ENCODE_MAX_STEPS)
        raw_tune_refuse(t, "%lld steps long", (long long)steps);
    else if (bytes && steps > o->steps_per_quarter * quarters)
        raw_tune_refuse(t, "%lld steps are too many for %zu bytes",
                        (long long)steps, o->bytes);
}

/* The tempo at the beginning, in quarters a minute; 0 = the file says none. */
static double find_tempo(const struct song *s, int64_t start) {
    const struct mark *m = song_mark_at(s, MARK_TEMPO, -1, start);
    return m && m->a > 0 ? 6e7 / m->a : 0;
}

static void shift_notes(struct part *p, int64_t start) {
    for (size_t i = 0; i < p->count; i++)
        p->notes[i].onset -= start;
    p->end -= start;
}

static int begins_by(const struct part *p, int64_t tick) {
    return p->count && p->notes[0].onset < tick;
}

/* A pickup in which nothing sounds is none. */
static void drop_rest(struct bars *b, const struct roles *r) {
    int64_t line = b->start + b->phase;
    if (begins_by(&r->melody, line) || begins_by(&r->chords, line))
        return;
    b->start = line;
    b->phase = 0;
}

/* Where bars and tune begin; the notes are then counted from its start. */
static void describe_bars(struct raw_tune *t, const struct song *s,
                          const struct encode_options *o, struct grid g,
                          struct roles *r, struct bars *b) {
    struct tune_header *h = &t->header;
    struct key k;
    bars_find(b, s, t->melody_track - 1, &r->melody, &r->chords);
    if (o->chords == CHORDS_OPTIONAL)
        drop_rest(b, r);
    key_find(&k, s, t->melody_track - 1, b->start, b->phase, &r->melody,
             &r->chords, o->chords == CHORDS_REQUIRED);
    h->beats = b->beats;
    h->unit = b->unit;
    h->bar = (int)grid_nearest(g, b->bar_ticks);
    h->key = k.key;
    t->key_by_sign = k.by_sign;
    t->mode_tonic = k.tonic;
    t->mode = k.key == TUNE_KEY_UNKNOWN ? NULL : key_mode_names[k.mode];
    t->by = bars_by_names[b->by];
    t->meter_by_sign = b->by_sign;
    t->meter_changes = b->changes;
    t->start = b->start;
    t->tempo = find_tempo(s, b->start);
    shift_notes(&r->melody, b->start);
    shift_notes(&r->top, b->start);
    shift_notes(&r->chords, b->start);
    shift_notes(&r->names, b->start);
    for (size_t i = 0; i < r->count; i++)
        shift_notes(&r->voices[i].part, b->start);
    if (h->bar < 1 || h->bar > 32767)
        raw_tune_refuse(t, "a bar of %d/%d does not fit the grid", b->beats,
                        b->unit);
    else
        h->phase = (int)(grid_nearest(g, b->phase) % h->bar);
}

/* Are the chords struck together and held, in one voice? Where they are
 * required they are taken to be. -1 with ERR_MEM. */
static int has_block_chords(const struct raw_tune *t,
                            const struct encode_options *o,
                            const struct roles *r, struct grid g,
                            struct err *e) {
    if (o->chords == CHORDS_REQUIRED)
        return 1;
    if (!r->main)
        return 0;
    if (r->at_once < 2.5 && r->main->count < r->chords.count)
        return 0; /* the others have the rest of the chords */
    return attack_is_block(r->main, g, t->header.bar, e);
}

static int wants_chords(const struct encode_options *o) {
    return o->chords == CHORDS_REQUIRED || o->chord_track || o->chord_name;
}

/* Everything but the notes; refuses what cannot be a tune. */
static int describe(struct raw_tune *t, const struct song *s,
                    const struct encode_options *o, struct roles *r,
                    struct err *e) {
    struct grid g = {s->ppq, o->steps_per_quarter};
    struct bars b;
    t->melody_track = r->melody.count ? r->melody_track : 0;
    t->chord_track = r->chords.count ? r->chord_track : 0;
    t->doubled = r->doubled;
    int chords_alone = o->chords_will_do && r->chords.count;
    if (!r->melody.count && !chords_alone)
        raw_tune_refuse(t, "no melody track");
    else if (!r->chords.count && wants_chords(o))
        raw_tune_refuse(t, "no chord track");
    else
        describe_bars(t, s, o, g, r, &b);
    if (t->reason[0])
        return 0;
    int block = has_block_chords(t, o, r, g, e);
    if (block < 0)
        return -1;
    t->chords_by = block ? CHORDS_BY_STRIKES : CHORDS_BY_NOTES;
    int64_t steps = count_steps(o, g, r, &b, block);
    check_steps(t, o, steps);
    t->steps = (int)steps;
    return 0;
}

/* A melody of several voices is heard by its upper line, where that is allowed.
 */
static void encode_melody(struct raw_tune *t, const struct encode_options *o,
                          const struct roles *r, struct grid g) {
    attack_melody(t, &r->melody, g);
    if (!t->reason[0] || o->chords == CHORDS_REQUIRED)
        return;
    t->reason[0] = 0;
    t->moved = t->lost = 0;
    attack_melody(t, &r->top, g);
}

static int encode_chords(struct raw_tune *t, const struct encode_options *o,
                         const struct roles *r, struct grid g,
                         struct chord_pool *pool, struct err *e) {
    enum chords_by by = t->chords_by;
    t->has_chords = r->chords.count > 0;
    t->chords_by = !t->has_chords ? CHORDS_UNKNOWN
                   : r->named     ? CHORDS_BY_TEXTS
                                  : by;
    if (!t->has_chords)
        return 0;
    if (by == CHORDS_BY_NOTES)
        return harmony_find(t, &r->chords, &r->top, g, pool, e);
    int rc = attack_chords(t, r->main ? r->main : &r->chords, g, pool, e);
    if (o->chords == CHORDS_OPTIONAL) /* let go of a little early */
        harmony_hold(t, g.spq / 4);
    return rc;
}

static int encode_notes(struct raw_tune *t, const struct song *s,
                        const struct encode_options *o, const struct roles *r,
                        struct chord_pool *pool, struct err *e) {
    struct grid g = {s->ppq, o->steps_per_quarter};
    t->melody = calloc((size_t)t->steps, sizeof *t->melody);
    t->chord = calloc((size_t)t->steps, sizeof *t->chord);
    if (!t->melody || !t->chord)
        return err_set(e, ERR_MEM, "tune: out of memory");
    if (o->encoding == ENCODING_CLASSIC) {
        t->has_chords = 1;
        if (classic_voice(t, g, &r->melody, NULL, e))
            return -1;
        return t->reason[0] ? 0 : classic_voice(t, g, &r->chords, pool, e);
    }
    encode_melody(t, o, r, g);
    return t->reason[0] ? 0 : encode_chords(t, o, r, g, pool, e);
}

static int has_name(const char *name, const char *part) {
    for (size_t n = strlen(part); *name; name++)
        if (strncasecmp(name, part, n) == 0)
            return 1;
    return 0;
}

/* The track asked for by name or number, from 1; 0 = by evidence, -1 = there
 * is none of that name. */
static int asked_track(const struct song *s, const char *name, int number) {
    for (size_t i = 0; name && i < s->part_count; i++)
        if (s->parts[i].count && has_name(s->parts[i].name, name))
            return (int)i + 1;
    return name ? -1 : number;
}

/* The 2016 reference knows tracks 2 and 3 of three. */
static int find_roles(struct roles *r, struct raw_tune *t, const struct song *s,
                      const struct encode_options *o, struct err *e) {
    int classic = o->encoding == ENCODING_CLASSIC;
    int melody = asked_track(s, o->melody_name, o->melody_track);
    int chords = asked_track(s, o->chord_name, o->chord_track);
    *r = (struct roles){0};
    if (s->written) { /* its melody is known, and what is asked for is not of it
                       */
        melody = SONG_MELODY + 1;
        chords = 0;
    }
    if (classic && s->part_count != 3)
        raw_tune_refuse(t, "%zu tracks instead of 3", s->part_count);
    else if (melody < 0 || chords < 0)
        raw_tune_refuse(t, "no track is called \"%s\"",
                        melody < 0 ? o->melody_name : o->chord_name);
    else if (melody && melody == chords)
        raw_tune_refuse(t, "melody and chords are both to be track %d", melody);
    if (t->reason[0])
        return 0;
    if (classic)
        return roles_find(r, s, melody ? melody : 2, chords ? chords : 3, e);
    return roles_find(r, s, melody, chords, e);
}

int encode_tracks(const struct song *s, const struct encode_options *o,
                  struct buf *out, struct err *e) {
    struct raw_tune t = {0};
    struct roles r;
    int rc = find_roles(&r, &t, s, o, e);
    if (rc == 0 && t.reason[0])
        rc = err_set(e, ERR_FORMAT, "%s", t.reason);
    if (rc == 0)
        roles_tell(&r, out);
    roles_free(&r);
    return rc;
}

int encode_song(struct raw_tune *t, const struct song *s,
                const struct encode_options *o, struct chord_pool *pool,
                struct err *e) {
    *t = (struct raw_tune){.header = {.key = TUNE_KEY_UNKNOWN}};
    struct roles r;
    int rc = find_roles(&r, t, s, o, e);
    if (rc == 0 && !t->reason[0])
        rc = describe(t, s, o, &r, e);
    if (rc == 0 && !t->reason[0])
        rc = encode_notes(t, s, o, &r, pool, e);
    roles_free(&r);
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
