/* The attack encoding: see attack.h. SPDX-License-Identifier: MIT */
#include "attack.h"

#include <math.h>
#include <stdlib.h>

#define MANY_VOICE 0.08 /* share of cut notes that makes a tune polyphonic */
#define BASS_TOP   48   /* bass notes lie below C3 */

/* ---- melody, attack ---- */

struct span {
    int64_t from, to; /* steps, to exclusive */
};

static struct span note_span(struct grid g, const struct note *n) {
    struct span s = {grid_nearest(g, n->onset),
                     grid_nearest(g, n->onset + n->duration + grid_tick(g))};
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

/* A note is written when the next one is known, which ends it. */
static void write_until(struct raw_tune *t, const struct note *n, struct grid g,
                        int64_t end) {
    struct span s = note_span(g, n);
    s.to = s.to < end ? s.to : end;
    if (s.from < end)
        write_note(t, s, n->pitch);
}

void attack_melody(struct raw_tune *t, const struct part *p, struct grid g) {
    size_t cut = 0;
    double off_grid = 0;
    const struct note *standing = NULL; /* not yet written */
    for (int k = 0; k < t->steps; k++)
        t->melody[k] = ENCODE_REST;
    for (size_t i = 0; i < p->count; i++) {
        const struct note *n = &p->notes[i];
        int64_t from = note_span(g, n).from;
        double error = fabs((double)n->onset / (double)g.ppq -
                            (double)from / (double)g.spq);
        off_grid += error;
        t->moved += error > 0.01;
        if (standing)
            cut += overlaps(standing, n, g.ppq / (2 * g.spq)) &&
                   standing->pitch != n->pitch;
        if (standing && note_span(g, standing).from == from) {
            t->lost++;
            if (n->duration < standing->duration)
                continue;
        } else if (standing) {
            write_until(t, standing, g, from);
        }
        standing = n;
    }
    if (standing)
        write_until(t, standing, g, t->steps);
    t->notes = p->count;
    t->error = p->count ? off_grid / (double)p->count : 0;
    if ((double)cut > MANY_VOICE * (double)p->count)
        raw_tune_refuse(t, "many-voiced: %zu of %zu melody notes overlap", cut,
                        p->count);
}

/* ---- chords, attack ---- */

/* Notes that begin together. */
struct group {
    int64_t from, to; /* steps; to = where the last of them ends */
    struct chord chord;
};

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
    while (j < n && is_bass(&g[j]) && g[j].from - g[i].from < bar)
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

/* A fifth of the groups at most are single notes, and a fifth of the time is
 * silent; and hardly any is the beginning of a larger one a step later: then
 * chords are rolled. */
static int is_held(const struct group *g, size_t n, int bar) {
    size_t thin = 0, rolled = 0;
    int64_t gaps = 0, end = g[0].to;
    for (size_t i = 0; i < n; i++) {
        thin += g[i].chord.voices == 1;
        rolled += i + 1 < n && g[i + 1].from == g[i].from + 1 &&
                  g[i + 1].chord.voices > g[i].chord.voices;
        if (g[i].from > end && g[i].from - end < bar)
            gaps += g[i].from - end;
        end = g[i].to > end ? g[i].to : end;
    }
    return 5 * thin <= n && 20 * rolled <= n && 5 * gaps <= end - g[0].from;
}

int attack_is_block(const struct part *p, struct grid g, int bar,
                    struct err *e) {
    struct group *groups = calloc(p->count + 1, sizeof *groups);
    if (!groups)
        return err_set(e, ERR_MEM, "chords: out of memory");
    size_t n = group_notes(groups, p, g);
    int rc = n && is_held(groups, n, bar);
    free(groups);
    return rc;
}

int attack_chords(struct raw_tune *t, const struct part *p, struct grid g,
                  struct chord_pool *pool, struct err *e) {
    struct group *groups = calloc(p->count + 1, sizeof *groups);
    if (!groups)
        return err_set(e, ERR_MEM, "chords: out of memory");
    size_t n = group_notes(groups, p, g);
    t->bass_first = is_bass_first(groups, n, t->header.bar);
    if (t->bass_first)
        join_bass(groups, n, t->header.bar);
    int rc = write_chords(t, groups, n, pool, e);
    free(groups);
    return rc;
}
