/* Bars: see bars.h. SPDX-License-Identifier: MIT */
#include "bars.h"

#include <stddef.h>

#include "grid.h"
#include "nott/music/tune.h"
#include "pulse.h"

const char *const bars_by_names[] = {"signs", "accents", "chords", NULL};

/* ---- the signs ---- */

/* A stretch under one time signature. */
struct stretch {
    int64_t from, to; /* ticks */
    int64_t bar;      /* its length in ticks */
    int beats, unit;
};

#define STRETCHES 256

static int64_t bar_length(int ppq, int beats, int unit) {
    int64_t bar = (int64_t)4 * ppq * beats / unit;
    return bar < 1 ? 1 : bar;
}

/* The part whose signs count: the melody's if it has any, else the one that has
 * the first; -1 = there are none. */
static int sign_part(const struct song *s, int melody_part) {
    int first = -1;
    for (size_t i = 0; i < s->mark_count; i++) {
        if (s->marks[i].kind != MARK_METER)
            continue;
        if (s->marks[i].part == melody_part)
            return melody_part;
        if (first < 0)
            first = s->marks[i].part;
    }
    return first;
}

static void open_stretch(struct stretch *list, size_t *n, const struct song *s,
                         int64_t tick, int beats, int unit) {
    struct stretch *last = *n ? &list[*n - 1] : NULL;
    if (*n == STRETCHES)
        return; /* the last one goes on */
    if (last) { /* a sign a little beside a bar line is meant to be on it */
        int64_t off = (tick - last->from) % last->bar;
        if (off <= grid_slack(s->ppq))
            tick -= off;
        else if (last->bar - off <= grid_slack(s->ppq))
            tick += last->bar - off;
        if (tick > last->from)
            last->to = tick;
        else
            last = --*n ? &list[*n - 1] : NULL; /* nothing was under it */
    }
    if (last && last->beats == beats && last->unit == unit)
        last->to = INT64_MAX;
    else
        list[(*n)++] = (struct stretch){
            tick, INT64_MAX, bar_length(s->ppq, beats, unit), beats, unit};
}

/* The sign at the beginning: the melody's own, else the first part's, else
 * anybody's; NULL if there is none. */
static const struct mark *first_sign(const struct song *s, int melody_part) {
    const struct mark *m =
        song_mark_at(s, MARK_METER, melody_part, grid_slack(s->ppq));
    if (!m)
        m = song_mark_at(s, MARK_METER, 0, grid_slack(s->ppq));
    return m ? m : song_mark_at(s, MARK_METER, -1, grid_slack(s->ppq));
}

/* Is there no sign but 4/4, which programs write that were told nothing? */
static int is_default(const struct song *s) {
    for (size_t i = 0; i < s->mark_count; i++) {
        const struct mark *m = &s->marks[i];
        if (m->kind == MARK_METER && (m->a != 4 || m->b != 4))
            return 0;
    }
    return 1;
}

static size_t list_stretches(struct stretch *list, const struct song *s,
                             int melody_part, int beats, int unit) {
    int part = sign_part(s, melody_part);
    size_t n = 0;
    open_stretch(list, &n, s, 0, beats, unit);
    for (size_t i = 0; i < s->mark_count; i++) {
        const struct mark *m = &s->marks[i];
        if (m->kind == MARK_METER && m->part == part &&
            m->tick > grid_slack(s->ppq) &&
            (m->a != list[n - 1].beats || m->b != list[n - 1].unit))
            open_stretch(list, &n, s, m->tick, m->a, m->b);
    }
    return n;
}

/* The meter under which most of the music from `from` to `to` stands; another
 * than the first must have two thirds of it. */
static const struct stretch *main_stretch(const struct stretch *list, size_t n,
                                          int64_t from, int64_t to) {
    const struct stretch *best = &list[0];
    int64_t most = -1;
    for (size_t i = 0; i < n; i++) {
        int64_t sum = 0;
        for (size_t k = 0; k < n; k++) {
            int64_t a = list[k].from > from ? list[k].from : from;
            int64_t b = list[k].to < to ? list[k].to : to;
            if (list[k].beats == list[i].beats && list[k].unit == list[i].unit)
                sum += b > a ? b - a : 0;
        }
        if (sum > most && (i == 0 || 3 * sum >= 2 * (to - from))) {
            most = sum;
            best = &list[i];
        }
    }
    return best;
}

/* ---- the notes ---- */

static int64_t wrap(int64_t tick, int64_t bar) {
    return ((tick % bar) + bar) % bar;
}

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

/* The place in the bar where at least 90 % of the loudest notes are, if these
 * are no more than half of all; or -1. */
static int64_t accent_place(const struct part *p, int64_t origin, int64_t bar,
                            int64_t slack) {
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
            return wrap(p->notes[i].onset - origin, bar);
    }
    return -1;
}

/* For how long the notes of the melody sound that begin on beats, if bars begin
 * at `place`. */
static int64_t on_beats(const struct part *melody, int64_t place, int64_t beat,
                        int64_t slack) {
    int64_t ticks = 0;
    for (size_t i = 0; i < melody->count; i++)
        if (same_place(melody->notes[i].onset, place, beat, slack))
            ticks += melody->notes[i].duration;
    return ticks;
}

/* Where the first chord begins, unless it is under a pickup, or the tune says
 * that this is off the beat: then the accompaniment only answers it. */
static int64_t chord_place(const struct stretch *m, const struct part *melody,
                           const struct part *chords, int ppq) {
    struct tune_header h = {
        .beats = m->beats, .unit = m->unit, .bar = (int)m->bar};
    int64_t beat = tune_beat_steps(&h); /* in ticks */
    int64_t place = wrap(chords->notes[0].onset - m->from, m->bar);
    int64_t slack = grid_slack(ppq);
    if (place <= slack)
        place = pulse_pickup(chords, ppq, m->from, m->bar);
    if (5 * on_beats(melody, m->from + place, beat, slack) <
        2 * on_beats(melody, m->from, beat, slack))
        return 0;
    return place;
}

static int64_t first_onset(const struct part *melody,
                           const struct part *chords) {
    int64_t a = melody->count ? melody->notes[0].onset : INT64_MAX;
    int64_t b = chords->count ? chords->notes[0].onset : INT64_MAX;
    return a < b ? a : b;
}

/* ---- both ---- */

/* Is the first bar a pickup under a sign of its own: this bar, whole and alone,
 * no longer than those after it, and than all that comes after it? */
static int has_pickup_bar(const struct stretch *list, size_t n, int64_t end) {
    return n > 1 && list[0].to - list[0].from == list[0].bar &&
           list[0].bar <= list[1].bar && list[0].bar <= end - list[1].from;
}

/* A pickup of rests alone, of less than a beat, is kept as such a rest is in
 * any bar: where the music begins, then. */
static int64_t silent_pickup(const struct bars *b, const struct stretch *list,
                             int64_t onset) {
    int64_t rest = onset - list[0].from;
    int silent = list[0].to <= onset && rest * b->beats < b->bar_ticks;
    return silent ? list[0].from : onset;
}

/* The beginning by the signs alone. */
static void begin_by_signs(struct bars *b, const struct stretch *list, size_t n,
                           int64_t onset) {
    size_t k = 0;
    while (k + 1 < n && list[k].to <= onset)
        k++;
    const struct stretch *at = &list[k];
    int64_t line = onset - wrap(onset - at->from, at->bar); /* of its bar */
    int64_t next = line + at->bar < at->to ? line + at->bar : at->to;
    int64_t beat = at->bar / at->beats > 0 ? at->bar / at->beats : 1;
    int short_bar = next - line < b->bar_ticks;
    b->start = onset - line >= beat ? onset : line;
    if (b->start == line && !short_bar)
        next = line;
    while (k + 1 < n && next < list[n - 1].from &&
           (list[k].beats != b->beats || list[k].unit != b->unit) && !short_bar)
        next = list[++k].from;
    b->phase = wrap(next - b->start, b->bar_ticks);
    b->by = BARS_BY_SIGNS;
}

/* Do the signs say where bars begin? So they do where the music begins after a
 * rest or under a later sign, and where the first bar is a short one. */
static int signs_say(const struct stretch *list, size_t n,
                     const struct stretch *m, int64_t onset) {
    int64_t beat = list[0].bar / list[0].beats;
    return onset - list[0].from >= beat || m->from > list[0].from ||
           (n > 1 && list[0].to - list[0].from < list[1].bar);
}

/* The first stretch, by its sign or by ear. */
static size_t find_stretches(struct stretch *list, struct bars *b,
                             const struct song *s, int melody_part,
                             const struct part *melody,
                             const struct part *chords) {
    const struct mark *m = first_sign(s, melody_part);
    int beats = m ? m->a : 4, unit = m ? m->b : 4;
    if (is_default(s) && !(m && s->written)) /* a sign is believed a little */
        pulse_meter(&beats, &unit, melody, chords, s->ppq, m ? 1.3 : 1);
    b->by_sign = m && m->a == beats && m->b == unit;
    return list_stretches(list, s, b->by_sign ? melody_part : -2, beats, unit);
}

/* Has something been recorded that begins anywhere? So it seems where nobody
 * has written a sign and it does not begin on a half beat, or not on a 16th. */
static int is_off_grid(int64_t onset, int ppq, const struct mark *sign) {
    int64_t step = sign ? ppq / 4 : ppq / 2;
    int64_t off = onset % (step > 0 ? step : 1);
    off = off > step / 2 ? step - off : off;
    return 4 * off > (sign ? step : ppq / 4);
}

/* Bars as the accents have them, if there is a habit of accents in music that
 * begins in the first bar. */
static int by_accents(struct bars *b, const struct stretch *first,
                      const struct part *melody, int64_t onset, int64_t slack) {
    int64_t place = accent_place(melody, first->from, first->bar, slack);
    if (place < 0 || onset - first->from >= first->bar)
        return 0;
    b->phase = place;
    b->by = BARS_BY_ACCENTS;
    return 1;
}

static void take_meter(struct bars *b, const struct stretch *m) {
    b->beats = m->beats;
    b->unit = m->unit;
    b->bar_ticks = m->bar;
}

void bars_find(struct bars *b, const struct song *s, int melody_part,
               const struct part *melody, const struct part *chords) {
    struct stretch list[STRETCHES];
    *b = (struct bars){.by = BARS_BY_SIGNS};
    size_t n = find_stretches(list, b, s, melody_part, melody, chords);
    int64_t onset = first_onset(melody, chords);
    int64_t end = melody->end > chords->end ? melody->end : chords->end;
    if (n == 1 && !s->written &&
        is_off_grid(onset, s->ppq, first_sign(s, melody_part)))
        list[0].from = b->start = onset;
    /* the sign of a pickup says nothing of the bars after it */
    size_t skip = (size_t)has_pickup_bar(list, n, end);
    const struct stretch *m = main_stretch(list + skip, n - skip, onset, end);
    for (size_t i = 1 + skip; i < n; i++)
        b->changes += list[i].from > onset && list[i].from < end;
    if (!skip && by_accents(b, list, melody, onset, grid_slack(s->ppq))) {
        take_meter(b, list);
        return;
    }
    take_meter(b, m);
    if (skip)
        onset = silent_pickup(b, list, onset);
    if (skip || s->written || signs_say(list, n, m, onset) || !chords->count) {
        begin_by_signs(b, list, n, onset);
        return;
    }
    b->phase = chord_place(m, melody, chords, s->ppq);
    b->by = BARS_BY_CHORDS;
}
