/* Songs to steps: see encode.h. The way back is in decode.c.
 * SPDX-License-Identifier: MIT */
#include "nott/encode.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY_VOICE 0.08 /* share of cut notes that makes a tune polyphonic */
#define BASS_TOP   48   /* bass notes lie below C3 */

static void refuse(struct raw_tune *t, const char *fmt, ...) ERR_PRINTF(2, 3);

static void refuse(struct raw_tune *t, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(t->reason, sizeof t->reason, fmt, ap);
    va_end(ap);
}

/* ---- the grid ---- */

struct grid {
    int64_t ppq, spq;
};

/* The nearest step to a tick, halves up. */
static int64_t nearest(struct grid g, int64_t tick) {
    return (2 * tick * g.spq + g.ppq) / (2 * g.ppq);
}

/* ---- parts ---- */

/* Notes of the song, one list for each voice that could be chosen. */
struct voices {
    struct part *list; /* owned; their notes are borrowed or owned */
    int *track;        /* owned; number of the track, from 1 */
    size_t count;
    int owned; /* the notes were copied: a track was split by channel */
};

static void voices_free(struct voices *v) {
    for (size_t i = 0; v->owned && i < v->count; i++)
        free(v->list[i].notes);
    free(v->list);
    free(v->track);
    *v = (struct voices){0};
}

static int split_channels(struct voices *v, const struct part *p, int track) {
    v->owned = 1;
    for (int ch = 0; ch < 16; ch++) {
        struct part q = {.program = p->program, .end = p->end};
        for (size_t i = 0; i < p->count; i++)
            q.count += p->notes[i].channel == ch;
        if (!q.count)
            continue;
        q.notes = malloc(q.count * sizeof *q.notes);
        if (!q.notes)
            return -1;
        size_t n = 0;
        for (size_t i = 0; i < p->count; i++)
            if (p->notes[i].channel == ch)
                q.notes[n++] = p->notes[i];
        v->list[v->count] = q;
        v->track[v->count++] = track;
    }
    return 0;
}

static int find_voices(struct voices *v, const struct song *s) {
    *v = (struct voices){0};
    v->list = calloc(s->part_count + 16, sizeof *v->list);
    v->track = calloc(s->part_count + 16, sizeof *v->track);
    if (!v->list || !v->track)
        return -1;
    for (size_t i = 0; i < s->part_count; i++)
        if (s->parts[i].count) {
            v->list[v->count] = s->parts[i];
            v->track[v->count++] = (int)i + 1;
        }
    if (v->count != 1)
        return 0;
    struct part only = v->list[0];
    int track = v->track[0];
    v->count = 0;
    return split_channels(v, &only, track);
}

/* Share of a part's sounding time in which two notes or more sound. */
static double polyphony(const struct part *p) {
    int64_t one = 0, more = 0, covered = -1, last = -1;
    for (size_t i = 0; i < p->count; i++) {
        int64_t on = p->notes[i].onset, off = on + p->notes[i].duration;
        if (covered > on) {
            int64_t from = on > last ? on : last;
            int64_t to = off < covered ? off : covered;
            if (to > from) {
                more += to - from;
                last = to;
            }
        }
        if (off > covered) {
            one += off - (covered > on ? covered : on);
            covered = off;
        }
    }
    return one > 0 ? (double)more / (double)one : 0;
}

static double mean_pitch(const struct part *p) {
    double sum = 0;
    for (size_t i = 0; i < p->count; i++)
        sum += p->notes[i].pitch;
    return sum / (double)p->count;
}

static const struct part *by_track(const struct voices *v, int track) {
    for (size_t i = 0; i < v->count; i++)
        if (v->track[i] == track)
            return &v->list[i];
    return NULL;
}

/* Fills melody and chords (NULL where there is none). */
static void choose_voices(const struct voices *v,
                          const struct encode_options *o,
                          const struct part **melody,
                          const struct part **chords) {
    *melody = o->melody_track ? by_track(v, o->melody_track) : NULL;
    *chords = o->chord_track ? by_track(v, o->chord_track) : NULL;
    double densest = 0.3, highest = -1;
    for (size_t i = 0; i < v->count && !o->chord_track; i++) {
        const struct part *p = &v->list[i];
        double dense = polyphony(p);
        if (p != *melody && dense > densest) {
            densest = dense;
            *chords = p;
        }
    }
    for (size_t i = 0; i < v->count && !o->melody_track; i++) {
        const struct part *p = &v->list[i];
        if (p != *chords && mean_pitch(p) > highest) {
            highest = mean_pitch(p);
            *melody = p;
        }
    }
}

static int track_of(const struct voices *v, const struct part *p) {
    return p ? v->track[p - v->list] : 0;
}

/* ---- melody, attack ---- */

struct span {
    int64_t from, to; /* steps, to exclusive */
};

static struct span note_span(struct grid g, const struct note *n) {
    struct span s = {nearest(g, n->onset),
                     nearest(g, n->onset + n->duration + 1)};
    if (s.to <= s.from)
        s.to = s.from + 1;
    return s;
}

static void write_note(struct raw_tune *t, struct span s, int pitch) {
    for (int64_t k = s.from; k < s.to && k < t->steps; k++)
        t->melody[k] = (int16_t)(k == s.from ? pitch : ENCODE_HOLD);
}

/* Does note b begin well before a, which began first, has ended? */
static int overlaps(const struct note *a, const struct note *b, int64_t slack) {
    return a->onset + a->duration > b->onset + slack;
}

static void attack_melody(struct raw_tune *t, const struct part *p,
                          struct grid g) {
    size_t cut = 0;
    double off_grid = 0;
    const struct note *standing = NULL; /* the last note written */
    for (int k = 0; k < t->steps; k++)
        t->melody[k] = ENCODE_REST;
    for (size_t i = 0; i < p->count; i++) {
        const struct note *n = &p->notes[i];
        struct span s = note_span(g, n);
        double error = fabs((double)n->onset / (double)g.ppq -
                            (double)s.from / (double)g.spq);
        off_grid += error;
        t->moved += error > 0.01;
        if (standing)
            cut += overlaps(standing, n, g.ppq / (2 * g.spq)) &&
                   standing->pitch != n->pitch;
        if (standing && note_span(g, standing).from == s.from) {
            t->lost++;
            if (n->duration < standing->duration)
                continue;
        }
        if (standing) { /* whatever still holds of it ends here */
            struct span old = note_span(g, standing);
            for (int64_t k = s.from; k < old.to && k < t->steps; k++)
                t->melody[k] = ENCODE_REST;
        }
        write_note(t, s, n->pitch);
        standing = n;
    }
    t->notes = p->count;
    t->error = off_grid / (double)p->count;
    if ((double)cut > MANY_VOICE * (double)p->count)
        refuse(t, "many-voiced: %zu of %zu melody notes overlap", cut,
               p->count);
}

/* ---- chords, attack ---- */

/* Notes that begin together. */
struct group {
    int64_t from, to; /* steps; to = where the last of them ends */
    struct chord chord;
};

static void chord_add(struct chord *c, int pitch) {
    int at = 0;
    while (at < c->voices && c->pitch[at] < pitch)
        at++;
    if (c->voices == CHORD_VOICES || (at < c->voices && c->pitch[at] == pitch))
        return;
    memmove(c->pitch + at + 1, c->pitch + at, (size_t)(c->voices - at));
    c->pitch[at] = (uint8_t)pitch;
    c->voices++;
}

static size_t group_notes(struct group *groups, const struct part *p,
                          struct grid g) {
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++) {
        struct span s = note_span(g, &p->notes[i]);
        if (!n || groups[n - 1].from != s.from)
            groups[n++] = (struct group){.from = s.from, .to = s.to};
        struct group *last = &groups[n - 1];
        chord_add(&last->chord, p->notes[i].pitch);
        if (s.to > last->to)
            last->to = s.to;
    }
    return n;
}

static int is_bass(const struct group *g) {
    return g->chord.voices == 1 && g->chord.pitch[0] < BASS_TOP;
}

/* The chord that a bass note announces: the next group that is none, if it
 * comes before a bar is over; else NULL. */
static const struct group *announced(const struct group *g, size_t n, size_t i,
                                     int bar) {
    size_t j = i;
    while (j < n && is_bass(&g[j]))
        j++;
    int soon = j > i && j < n && g[j].from - g[i].from < bar;
    return soon ? &g[j] : NULL;
}

/* Is a fifth of what is struck a bass note with its chord to follow? */
static int is_bass_first(const struct group *g, size_t n, int bar) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += announced(g, n, i, bar) != NULL;
    return 5 * count > n;
}

/* A bass note takes the chord it announces, and everything holds until the
 * next group when that comes before a bar is over. */
static void join_bass(struct group *g, size_t n, int bar) {
    for (size_t i = 0; i + 1 < n; i++) {
        const struct group *chord = announced(g, n, i, bar);
        if (chord)
            g[i].chord = chord->chord;
        if (g[i + 1].from - g[i].from < bar && g[i].to < g[i + 1].from)
            g[i].to = g[i + 1].from;
    }
}

static int write_chords(struct raw_tune *t, const struct group *g, size_t n,
                        struct chord_pool *pool, struct err *e) {
    for (size_t i = 0; i < n; i++) {
        int64_t to =
            i + 1 < n && g[i + 1].from < g[i].to ? g[i + 1].from : g[i].to;
        int number = chord_pool_find(pool, &g[i].chord, e);
        if (number < 0)
            return -1;
        for (int64_t k = g[i].from; k < to && k < t->steps; k++)
            t->chord[k] = number;
    }
    return 0;
}

static int attack_chords(struct raw_tune *t, const struct part *p,
                         struct grid g, struct chord_pool *pool,
                         struct err *e) {
    struct group *groups = calloc(p->count, sizeof *groups);
    if (!groups)
        return err_set(e, ERR_MEM, "chords: out of memory");
    size_t n = group_notes(groups, p, g);
    t->bass_first = is_bass_first(groups, n, t->bar);
    if (t->bass_first)
        join_bass(groups, n, t->bar);
    int rc = write_chords(t, groups, n, pool, e);
    free(groups);
    return rc;
}

/* ---- classic ---- */

/* Length votes and covering notes of each step and pitch. */
struct ballot {
    int64_t *vote;  /* [steps][128] */
    uint8_t *cover; /* [steps][128] */
};

static void cast(struct ballot *b, int steps, int64_t step, int pitch,
                 int64_t length) {
    if (step >= 0 && step < steps)
        b->vote[step * 128 + pitch] += length;
}

static void classic_note(struct ballot *b, int steps, struct grid g, int64_t on,
                         int64_t off, int pitch) {
    int64_t s = nearest(g, on), e = nearest(g, off);
    int64_t at = s * g.ppq, length = (off - on) * g.spq; /* 1/spq ticks */
    if (2 * length > g.ppq && s != e) {
        for (int64_t k = s; k < e && k < steps; k++)
            b->cover[k * 128 + pitch] = 1;
    } else if (on * g.spq > at) {
        cast(b, steps, s, pitch, length);
    } else if (off * g.spq <= e * g.ppq) {
        cast(b, steps, e - 1, pitch, length);
    } else {
        cast(b, steps, s - 1, pitch, at - on * g.spq);
        cast(b, steps, s, pitch, off * g.spq - at);
    }
}

struct toggle { /* a note-on or a note-off */
    int64_t tick;
    int on, pitch;
};

static int toggle_order(const void *a, const void *b) {
    const struct toggle *x = a, *y = b;
    if (x->tick != y->tick)
        return x->tick < y->tick ? -1 : 1;
    return x->on - y->on;
}

/* Pairs the events of the part anew by the reference's rule: while a pitch
 * sounds, further starts are ignored, and the first end counts. */
static int classic_part(struct ballot *b, int steps, struct grid g,
                        const struct part *p) {
    struct toggle *list = malloc(2 * p->count * sizeof *list);
    if (!list)
        return -1;
    for (size_t i = 0; i < p->count; i++) {
        const struct note *n = &p->notes[i];
        list[2 * i] = (struct toggle){n->onset, 1, n->pitch};
        list[2 * i + 1] = (struct toggle){n->onset + n->duration, 0, n->pitch};
    }
    qsort(list, 2 * p->count, sizeof *list, toggle_order);
    int64_t since[128];
    for (int k = 0; k < 128; k++)
        since[k] = -1;
    for (size_t i = 0; i < 2 * p->count; i++) {
        int64_t *from = &since[list[i].pitch];
        if (list[i].on && *from < 0) {
            *from = list[i].tick;
        } else if (!list[i].on && *from >= 0) {
            classic_note(b, steps, g, *from, list[i].tick, list[i].pitch);
            *from = -1;
        }
    }
    free(list);
    return 0;
}

/* The pitches of a step: those that cover it, else the most voted. */
static struct chord classic_step(const struct ballot *b, int64_t step) {
    struct chord c = {0};
    int64_t most = 1;
    for (int p = 0; p < 128; p++)
        if (b->cover[step * 128 + p])
            chord_add(&c, p);
        else if (b->vote[step * 128 + p] > most)
            most = b->vote[step * 128 + p];
    for (int p = 0; p < 128 && !c.voices; p++)
        for (int q = p; q < 128; q++)
            if (b->vote[step * 128 + q] == most)
                chord_add(&c, q);
    return c;
}

static int classic_melody(struct raw_tune *t, const struct ballot *b) {
    for (int k = 0; k < t->steps; k++) {
        struct chord c = classic_step(b, k);
        if (c.voices > 1)
            refuse(t, "two melody notes in step %d", k);
        else if (c.voices && (c.pitch[0] < CLASSIC_LOW ||
                              c.pitch[0] >= CLASSIC_LOW + CLASSIC_PITCHES))
            refuse(t, "melody pitch %d is outside %d..%d", c.pitch[0],
                   CLASSIC_LOW, CLASSIC_LOW + CLASSIC_PITCHES - 1);
        if (t->reason[0])
            return 0;
        t->melody[k] = c.voices ? c.pitch[0] : ENCODE_REST;
    }
    return 0;
}

static int classic_voice(struct raw_tune *t, struct grid g,
                         const struct part *p, struct chord_pool *pool,
                         struct err *e) {
    size_t cells = (size_t)t->steps * 128;
    struct ballot b = {calloc(cells, sizeof *b.vote), calloc(cells, 1)};
    int rc = -1;
    if (!b.vote || !b.cover || classic_part(&b, t->steps, g, p))
        err_set(e, ERR_MEM, "classic encoding: out of memory");
    else if (!pool)
        rc = classic_melody(t, &b);
    else
        for (int k = rc = 0; k < t->steps && rc == 0; k++) {
            struct chord c = classic_step(&b, k);
            t->chord[k] = chord_pool_find(pool, &c, e);
            rc = t->chord[k] < 0 ? -1 : 0;
        }
    free(b.vote);
    free(b.cover);
    return rc;
}

/* ---- a song ---- */

static int find_key(const struct song *s, int melody_track) {
    const struct mark *m = song_mark_at(s, MARK_KEY, melody_track - 1, 0);
    if (!m)
        m = song_mark_at(s, MARK_KEY, -1, 0);
    if (!m)
        return ENCODE_KEY_NONE;
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
    return nearest(g, a > b ? a : b);
}

/* Everything but the notes; refuses what cannot be a tune. */
static void describe(struct raw_tune *t, const struct song *s,
                     const struct encode_options *o, const struct voices *v,
                     const struct part *melody, const struct part *chords) {
    struct grid g = {s->ppq, o->steps_per_quarter};
    t->melody_track = track_of(v, melody);
    t->chord_track = track_of(v, chords);
    if (!melody)
        refuse(t, "no melody track");
    else if (!chords)
        refuse(t, "no chord track");
    if (t->reason[0])
        return;
    struct meter m;
    meter_find(&m, s, t->melody_track - 1, melody, chords);
    t->beats = m.beats;
    t->unit = m.unit;
    t->bar = (int)nearest(g, m.bar_ticks);
    t->by_accents = m.by_accents;
    t->key = find_key(s, t->melody_track);
    int64_t steps = count_steps(o, g, melody, chords);
    if (t->bar < 1 || t->bar > 32767)
        refuse(t, "a bar of %d/%d does not fit the grid", m.beats, m.unit);
    else if (steps < 2 || steps > ENCODE_MAX_STEPS)
        refuse(t, "%lld steps long", (long long)steps);
    else
        t->phase = (int)(nearest(g, m.phase) % t->bar);
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
    *t = (struct raw_tune){.key = ENCODE_KEY_NONE};
    struct voices v;
    if (find_voices(&v, s)) {
        voices_free(&v);
        return err_set(e, ERR_MEM, "tracks: out of memory");
    }
    const struct part *melody = NULL, *chords = NULL;
    int rc = 0;
    if (o->encoding == ENCODING_CLASSIC && s->part_count != 3) {
        refuse(t, "%zu tracks instead of 3", s->part_count);
    } else if (o->encoding == ENCODING_CLASSIC) {
        melody = by_track(&v, o->melody_track ? o->melody_track : 2);
        chords = by_track(&v, o->chord_track ? o->chord_track : 3);
    } else {
        choose_voices(&v, o, &melody, &chords);
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

void raw_tune_free(struct raw_tune *t) {
    free(t->melody);
    free(t->chord);
    *t = (struct raw_tune){0};
}

/* ---- classes ---- */

void encode_count(const struct raw_tune *t, size_t *counts) {
    for (int k = 0; k < t->steps; k++)
        counts[t->chord[k]]++;
}

/* A class in the making: everything that goes by one name. */
struct candidate {
    char name[CHORD_NAME];
    uint16_t set;
    int root;
    size_t steps, best_steps; /* in all; of its commonest voicing */
    struct chord voicing;
};

static void candidate_add(struct candidate *list, size_t *n,
                          const struct candidate *c) {
    size_t i = 0;
    while (i < *n && strcmp(list[i].name, c->name) != 0)
        i++;
    if (i == *n)
        list[(*n)++] = *c;
    else
        list[i].steps += c->steps;
    if (c->steps > list[i].best_steps) {
        list[i].best_steps = c->steps;
        list[i].voicing = c->voicing;
        list[i].set = c->set;
        list[i].root = c->root;
    }
}

static int candidate_order(const void *a, const void *b) {
    const struct candidate *x = a, *y = b;
    return x->root != y->root ? x->root - y->root : strcmp(x->name, y->name);
}

/* The name that a chord's class goes by; NULL = that of the step before. */
static const char *class_name(enum encoding encoding, const struct chord *c,
                              char text[CHORD_NAME]) {
    if (encoding == ENCODING_CLASSIC)
        return chord_classic(c, text);
    chord_name(chord_set(c), c->voices ? c->pitch[0] % 12 : -1, text);
    return text;
}

static int bass_of(const struct chord *c) {
    return c->voices ? c->pitch[0] % 12 : -1;
}

static size_t collect(struct candidate *list, enum encoding encoding,
                      const struct chord_pool *pool, const size_t *counts) {
    size_t n = 0;
    for (size_t i = 1; i < pool->count; i++) {
        const struct chord *c = &pool->list[i];
        struct candidate one = {.voicing = *c, .set = chord_set(c)};
        char text[CHORD_NAME];
        const char *name = class_name(encoding, c, text);
        if (!name || !counts[i] || strcmp(name, "NONE") == 0)
            continue;
        snprintf(one.name, sizeof one.name, "%s", name);
        one.root = chord_root(one.set, bass_of(c));
        one.steps = one.best_steps = counts[i];
        one.best_steps = 0;
        candidate_add(list, &n, &one);
    }
    qsort(list, n, sizeof *list, candidate_order);
    return n;
}

static int class_by_name(const struct vocabulary *v, const char *name) {
    for (int k = 1; k < v->chord_count; k++)
        if (strcmp(v->chords[k].name, name) == 0)
            return k;
    return -1;
}

void vocabulary_map(const struct vocabulary *v, const struct chord_pool *pool,
                    int *map) {
    for (size_t i = 0; i < pool->count; i++) {
        const struct chord *c = &pool->list[i];
        char text[CHORD_NAME];
        const char *name = class_name(v->encoding, c, text);
        map[i] = !c->voices ? 0 : name ? class_by_name(v, name) : -1;
        if (map[i] < 0 && name) {
            uint16_t set = chord_set(c);
            map[i] =
                v->encoding == ENCODING_CLASSIC
                    ? 0
                    : vocabulary_chord(v, set, chord_root(set, bass_of(c)));
        }
    }
}

int vocabulary_build(struct vocabulary *v, enum encoding encoding,
                     const struct chord_pool *pool, const size_t *counts,
                     size_t min_count, int low, int high, int *map,
                     struct err *e) {
    int classic = encoding == ENCODING_CLASSIC;
    *v = (struct vocabulary){.encoding = encoding,
                             .low = classic ? CLASSIC_LOW : low,
                             .melody_count =
                                 classic ? CLASSIC_PITCHES + 1 : high - low + 3,
                             .chord_count = 1};
    snprintf(v->chords[0].name, CHORD_NAME, "%s", classic ? "NONE" : "N.C.");
    v->chords[0].root = -1;
    struct candidate *list = calloc(pool->count + 1, sizeof *list);
    if (!list)
        return err_set(e, ERR_MEM, "vocabulary: out of memory");
    size_t n = collect(list, encoding, pool, counts);
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        if (list[i].steps < min_count)
            continue;
        if (v->chord_count == VOCABULARY_MAX) {
            rc = err_set(e, ERR_FORMAT, "more than %d chord classes",
                         VOCABULARY_MAX);
            break;
        }
        struct chord_class *c = &v->chords[v->chord_count++];
        snprintf(c->name, sizeof c->name, "%s", list[i].name);
        c->set = list[i].set;
        c->root = list[i].root;
        c->voicing = list[i].voicing;
    }
    vocabulary_map(v, pool, map);
    free(list);
    return rc;
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
        int class = m == ENCODE_HOLD ? MELODY_HOLD : vocabulary_rest(v);
        melody[k] = (uint8_t)(m >= 0 ? vocabulary_melody(v, pitch) : class);
        int c = map[t->chord[k]];
        before = c >= 0 ? c : before;
        chord[k] = (uint8_t)before;
    }
    return moved;
}
