/* The 2016 encoding: see classic.h. SPDX-License-Identifier: MIT */
#include "classic.h"

#include <stdlib.h>

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
    int64_t s = grid_nearest(g, on), e = grid_nearest(g, off);
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
            raw_tune_refuse(t, "two melody notes in step %d", k);
        else if (c.voices && (c.pitch[0] < CLASSIC_LOW ||
                              c.pitch[0] >= CLASSIC_LOW + CLASSIC_PITCHES))
            raw_tune_refuse(t, "melody pitch %d is outside %d..%d", c.pitch[0],
                            CLASSIC_LOW, CLASSIC_LOW + CLASSIC_PITCHES - 1);
        if (t->reason[0])
            return 0;
        t->melody[k] = c.voices ? c.pitch[0] : ENCODE_REST;
    }
    return 0;
}

int classic_voice(struct raw_tune *t, struct grid g, const struct part *p,
                  struct chord_pool *pool, struct err *e) {
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
