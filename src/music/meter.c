/* Bars: see meter.h. SPDX-License-Identifier: MIT */
#include "nott/music/meter.h"

#include <stddef.h>

static int64_t wrap(int64_t tick, int64_t bar) {
    return ((tick % bar) + bar) % bar;
}

/* Accents may stand a few ticks off. */
static int same_place(int64_t a, int64_t b, int64_t bar, int64_t slack) {
    int64_t d = wrap(a - b, bar);
    return d <= slack || bar - d <= slack;
}

static int loudest(const struct part *p) {
    int v = 0;
    for (size_t i = 0; i < p->count; i++)
        if (p->notes[i].velocity > v)
            v = p->notes[i].velocity;
    return v;
}

/* The place in the bar where at least 90 % of the loudest notes are, or -1. */
static int64_t accent_place(const struct part *p, int64_t bar, int64_t slack) {
    int loud = loudest(p);
    size_t accents = 0;
    for (size_t i = 0; i < p->count; i++)
        accents += p->notes[i].velocity == loud;
    if (accents < 2 || 2 * accents > p->count)
        return -1;
    size_t tried = 0;
    for (size_t i = 0; i < p->count && tried < 4; i++) {
        if (p->notes[i].velocity != loud)
            continue;
        tried++; /* the first accents may be the odd ones */
        size_t agree = 0;
        for (size_t j = 0; j < p->count; j++)
            agree +=
                p->notes[j].velocity == loud &&
                same_place(p->notes[j].onset, p->notes[i].onset, bar, slack);
        if (10 * agree >= 9 * accents)
            return wrap(p->notes[i].onset, bar);
    }
    return -1;
}

void meter_find(struct meter *m, const struct song *s, int melody_part,
                const struct part *melody, const struct part *chords) {
    const struct mark *sign = song_mark_at(s, MARK_METER, melody_part, 0);
    if (!sign)
        sign = song_mark_at(s, MARK_METER, 0, 0);
    if (!sign)
        sign = song_mark_at(s, MARK_METER, -1, 0);
    *m =
        (struct meter){.beats = sign ? sign->a : 4, .unit = sign ? sign->b : 4};
    m->bar_ticks = (int64_t)4 * s->ppq * m->beats / m->unit;
    if (m->bar_ticks < 1)
        m->bar_ticks = 1;
    int64_t place = accent_place(melody, m->bar_ticks, s->ppq / 32);
    m->by_accents = place >= 0;
    if (place < 0)
        place = chords && chords->count ? chords->notes[0].onset : 0;
    m->phase = wrap(place, m->bar_ticks);
}

int meter_beat_steps(const struct tune_header *h) {
    int compound = h->beats > 3 && h->beats % 3 == 0 && h->unit >= 8;
    int count = compound ? h->beats / 3 : h->beats;
    return count > 0 && h->bar / count > 0 ? h->bar / count : 1;
}
