/* Swing: see arrange_swing.h.
 *
 * Time inside a beat is stretched before its middle and pressed after it, so
 * whatever is played there keeps its order and nothing that met comes apart.
 * SPDX-License-Identifier: MIT */
#include "arrange_swing.h"

#include <math.h>
#include <stdlib.h>

#include "arrange_bars.h"
#include "grid.h"

/* The meters that swing, and in which beats: parts of a whole note. */
static const struct {
    int beats, unit, beat;
} meters[] = {{4, 4, 4}, {2, 2, 4}, {4, 2, 4}, {3, 2, 4}, {2, 4, 8}};

#define METERS (sizeof meters / sizeof *meters)

struct beat {
    int64_t from, length; /* ticks; length 0 = it does not swing */
};

static struct beat beat_at(const struct song *s, int64_t tick) {
    struct arrange_bar bar = arrange_bars_at(s, tick);
    for (size_t i = 0; i < METERS; i++) {
        if (meters[i].beats != bar.beats || meters[i].unit != bar.unit)
            continue;
        int64_t length = (int64_t)4 * s->ppq / meters[i].beat;
        if (length < 2)
            break;
        int64_t place = ((tick - bar.line) % length + length) % length;
        return (struct beat){tick - place, length};
    }
    return (struct beat){tick, 0};
}

/* ---- beats that stay even ---- */

/* The beats of a part in which triplets are played, ascending. */
struct even {
    int64_t *from; /* owned */
    size_t count;
};

/* Is a tick at so many `parts`-ths of a beat, but for rounding? */
static int is_at(const struct beat *b, int64_t tick, int k, int parts) {
    int64_t off = (tick - b->from) * parts - b->length * k;
    return off <= parts && off >= -parts;
}

/* A triplet has notes on thirds of the beat and none on its half: one of
 * sixteenths, in half a beat, goes with that. */
static int find_even(struct even *even, const struct song *s,
                     const struct part *p, struct err *e) {
    *even = (struct even){malloc((p->count + 1) * sizeof *even->from), 0};
    if (!even->from)
        return err_set(e, ERR_MEM, "swing: out of memory");
    for (size_t i = 0, to; i < p->count; i = to) {
        struct beat b = beat_at(s, p->notes[i].onset);
        int thirds = 0, halves = 0;
        for (to = i; to < p->count &&
                     (to == i || p->notes[to].onset < b.from + b.length);
             to++) {
            int64_t on = p->notes[to].onset;
            thirds += is_at(&b, on, 1, 3) || is_at(&b, on, 2, 3);
            halves += is_at(&b, on, 1, 2);
        }
        if (b.length && thirds && !halves)
            even->from[even->count++] = b.from;
    }
    return 0;
}

static int by_tick(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* ---- time ---- */

/* One part, and how it is moved. */
struct swing {
    const struct song *s;
    struct even even;
    int64_t end; /* of the song */
    double at;
};

/* A beat that the song ends in stays even: the song is no longer than before.
 */
static int stays(const struct swing *w, const struct beat *b) {
    return !b->length || b->from + b->length > w->end + grid_slack(w->s->ppq) ||
           bsearch(&b->from, w->even.from, w->even.count, sizeof *w->even.from,
                   by_tick);
}

static int64_t moved(const struct swing *w, int64_t tick) {
    struct beat b = beat_at(w->s, tick);
    if (stays(w, &b))
        return tick;
    double length = (double)b.length, place = (double)(tick - b.from);
    double to = 2 * place < length
                    ? 2 * w->at * place
                    : length - 2 * (1 - w->at) * (length - place);
    return b.from + llround(to);
}

/* A note ends a tick before the next one, and goes on to do so. */
static void move_notes(const struct swing *w, struct part *p) {
    for (size_t i = 0; i < p->count; i++) {
        struct note *n = &p->notes[i];
        int64_t end = moved(w, n->onset + n->duration + 1) - 1;
        n->onset = moved(w, n->onset);
        n->duration = end > n->onset ? end - n->onset : 0;
    }
}

/* Texts, as names of chords, stand at notes. */
static void move_texts(struct song *s, int part, const struct swing *w) {
    for (size_t i = 0; i < s->mark_count; i++) {
        struct mark *m = &s->marks[i];
        if (m->kind == MARK_TEXT && m->part == part && m->tick > 0)
            m->tick = moved(w, m->tick);
    }
}

int arrange_swing_song(struct song *s, double swing, struct err *e) {
    struct swing w = {.s = s, .at = swing};
    for (size_t i = 0; i < s->part_count; i++)
        w.end = s->parts[i].end > w.end ? s->parts[i].end : w.end;
    for (size_t i = 0; i < s->part_count; i++) {
        if (find_even(&w.even, s, &s->parts[i], e))
            return -1;
        move_notes(&w, &s->parts[i]);
        move_texts(s, (int)i, &w);
        free(w.even.from);
    }
    return 0;
}
