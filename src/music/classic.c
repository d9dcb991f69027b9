/* The 2016 encoding: see classic.h. SPDX-License-Identifier: MIT */
#include "classic.h"

#include <stdlib.h>

struct vote {
    int64_t step, length;
    int pitch;
};

/* What each step may hold. Only notes cost anything: a tune may be silent for
 * long. */
struct ballot {
    uint64_t (*cover)[2]; /* owned, [steps]: a bit for each covering pitch */
    struct vote *votes;   /* owned; in order of step, then pitch */
    size_t count;
};

static void cast(struct ballot *b, int steps, int64_t step, int pitch,
                 int64_t length) {
    if (step >= 0 && step < steps)
        b->votes[b->count++] = (struct vote){step, length, pitch};
}

static void classic_note(struct ballot *b, int steps, struct grid g, int64_t on,
                         int64_t off, int pitch) {
    int64_t s = grid_nearest(g, on), e = grid_nearest(g, off);
    int64_t at = s * g.ppq, length = (off - on) * g.spq; /* 1/spq ticks */
    if (2 * length > g.ppq && s != e) {
        for (int64_t k = s; k < e && k < steps; k++)
            b->cover[k][pitch / 64] |= (uint64_t)1 << pitch % 64;
    } else if (on * g.spq > at) {
        cast(b, steps, s, pitch, length);
    } else if (off * g.spq <= e * g.ppq) {
        cast(b, steps, e - 1, pitch, length);
    } else {
        cast(b, steps, s - 1, pitch, at - on * g.spq);
        cast(b, steps, s, pitch, off * g.spq - at);
    }
}

static int vote_order(const void *a, const void *b) {
    const struct vote *x = a, *y = b;
    if (x->step != y->step)
        return x->step < y->step ? -1 : 1;
    return x->pitch - y->pitch;
}

/* Leaves one vote for each step and pitch, with all their length. */
static void count_votes(struct ballot *b) {
    size_t n = 0;
    qsort(b->votes, b->count, sizeof *b->votes, vote_order);
    for (size_t i = 0; i < b->count; i++)
        if (n && vote_order(&b->votes[n - 1], &b->votes[i]) == 0)
            b->votes[n - 1].length += b->votes[i].length;
        else
            b->votes[n++] = b->votes[i];
    b->count = n;
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
    size_t count = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct note *n = &p->notes[i];
        if (!n->duration) /* its end would come before its start */
            continue;
        list[count++] = (struct toggle){n->onset, 1, n->pitch};
        list[count++] = (struct toggle){n->onset + n->duration, 0, n->pitch};
    }
    qsort(list, count, sizeof *list, toggle_order);
    int64_t since[128];
    for (int k = 0; k < 128; k++)
        since[k] = -1;
    for (size_t i = 0; i < count; i++) {
        int64_t *from = &since[list[i].pitch];
        if (list[i].on && *from < 0) {
            *from = list[i].tick;
        } else if (!list[i].on && *from >= 0) {
            classic_note(b, steps, g, *from, list[i].tick, list[i].pitch);
            *from = -1;
        }
    }
    free(list);
    count_votes(b);
    return 0;
}

/* Most votes of v[0..n), one at least. */
static int64_t most_votes(const struct vote *v, size_t n) {
    int64_t most = 1;
    for (size_t i = 0; i < n; i++)
        most = v[i].length > most ? v[i].length : most;
    return most;
}

/* The pitches of a step: those that cover it, else the most voted. *at is the
 * first vote for it, and moves on behind the last. */
static struct chord classic_step(const struct ballot *b, int64_t step,
                                 size_t *at) {
    struct chord c = {0};
    const struct vote *v = b->votes + *at;
    size_t n = 0;
    while (*at + n < b->count && v[n].step == step)
        n++;
    *at += n;
    const uint64_t *cover = b->cover[step];
    for (int p = 0; p < 128 && (cover[0] | cover[1]); p++)
        if (cover[p / 64] >> p % 64 & 1)
            chord_add(&c, p);
    int64_t most = c.voices ? 0 : most_votes(v, n);
    for (size_t i = 0; i < n && most; i++)
        if (v[i].length == most)
            chord_add(&c, v[i].pitch);
    return c;
}

static void classic_melody(struct raw_tune *t, const struct ballot *b) {
    size_t at = 0;
    for (int k = 0; k < t->steps && !t->reason[0]; k++) {
        struct chord c = classic_step(b, k, &at);
        if (c.voices > 1)
            raw_tune_refuse(t, "two melody notes in step %d", k);
        else if (c.voices && (c.pitch[0] < CLASSIC_LOW ||
                              c.pitch[0] >= CLASSIC_LOW + CLASSIC_PITCHES))
            raw_tune_refuse(t, "melody pitch %d is outside %d..%d", c.pitch[0],
                            CLASSIC_LOW, CLASSIC_LOW + CLASSIC_PITCHES - 1);
        else
            t->melody[k] = c.voices ? c.pitch[0] : ENCODE_REST;
    }
}

static int classic_chords(struct raw_tune *t, const struct ballot *b,
                          struct chord_pool *pool, struct err *e) {
    size_t at = 0;
    for (int k = 0; k < t->steps; k++) {
        struct chord c = classic_step(b, k, &at);
        t->chord[k] = chord_pool_find(pool, &c, e);
        if (t->chord[k] < 0)
            return -1;
    }
    return 0;
}

int classic_voice(struct raw_tune *t, struct grid g, const struct part *p,
                  struct chord_pool *pool, struct err *e) {
    /* a note votes in two steps at most */
    struct ballot b = {calloc((size_t)t->steps, sizeof *b.cover),
                       malloc((2 * p->count + 1) * sizeof *b.votes), 0};
    int rc = -1;
    if (!b.cover || !b.votes || classic_part(&b, t->steps, g, p)) {
        err_set(e, ERR_MEM, "classic encoding: out of memory");
    } else if (pool) {
        rc = classic_chords(t, &b, pool, e);
    } else {
        classic_melody(t, &b);
        rc = 0;
    }
    free(b.cover);
    free(b.votes);
    return rc;
}
