/* Bars by signatures: see arrange_bars.h. SPDX-License-Identifier: MIT */
#include "arrange_bars.h"

/* The part whose signatures count, -1 = any. */
static int sign_part(const struct song *s) {
    for (size_t i = 0; i < s->mark_count; i++)
        if (s->marks[i].kind == MARK_METER && s->marks[i].part == 0)
            return 0;
    return -1;
}

/* The first signature after a tick; NULL if there is none. */
static const struct mark *next_sign(const struct song *s, int part,
                                    int64_t tick) {
    const struct mark *next = NULL;
    for (size_t i = 0; i < s->mark_count; i++) {
        const struct mark *m = &s->marks[i];
        if (m->kind == MARK_METER && m->tick > tick &&
            (part < 0 || m->part == part) && (!next || m->tick < next->tick))
            next = m;
    }
    return next;
}

static int64_t bar_ticks(const struct song *s, const struct mark *m) {
    int64_t bar = (int64_t)4 * s->ppq * m->a / m->b;
    return bar < 1 ? 1 : bar;
}

/* Is the bar under the first signature whole, alone, and no longer than those
 * that come? (As bars.h hears it.) */
static int is_pickup(const struct song *s, const struct mark *first,
                     const struct mark *next) {
    return first->tick == 0 && next && next->tick == bar_ticks(s, first) &&
           (next->a != first->a || next->b != first->b) &&
           bar_ticks(s, first) <= bar_ticks(s, next);
}

struct arrange_bar arrange_bars_at(const struct song *s, int64_t tick) {
    static const struct mark common = {.kind = MARK_METER, .a = 4, .b = 4};
    int part = sign_part(s);
    const struct mark *m = song_mark_at(s, MARK_METER, part, tick);
    m = m && m->a > 0 && m->b > 0 ? m : &common;
    const struct mark *next = next_sign(s, part, m->tick);
    if (next && (next->a < 1 || next->b < 1))
        next = NULL;
    int64_t bar = bar_ticks(s, m);
    int64_t from = m->tick + (tick - m->tick) / bar * bar;
    int64_t to = next && next->tick < from + bar ? next->tick : from + bar;
    if (is_pickup(s, m, next))
        return (struct arrange_bar){from, to, to, next->a, next->b, 1};
    return (struct arrange_bar){from, to, from, m->a, m->b, 0};
}
