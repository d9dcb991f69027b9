/* Bars: see bar_traits.h. SPDX-License-Identifier: MIT */
#include "bar_traits.h"

#include "counts.h"

const int bar_traits_lags[BAR_LAGS] = {1, 2, 3, 4, 6, 8, 12, 16};

/* The step i of bar b; t->steps or more when it is not there. */
static size_t at(const struct surface *t, size_t b, size_t i) {
    return (size_t)t->header.phase + b * (size_t)t->header.bar + i;
}

/* How bar b is like bar a, which is before it. */
struct likeness {
    int rhythm, melody; /* all notes at the same places; and the same ones */
    int sequence;       /* three notes or more, all moved as far */
    double steps;       /* share of steps that sound the same */
};

static struct likeness compare(const struct surface *t, size_t a, size_t b) {
    struct likeness l = {1, 1, 0, 0};
    int moved = 0, by = 0, notes = 0;
    double same = 0, n = 0;
    for (size_t i = 0; i < (size_t)t->header.bar && at(t, b, i) < t->steps;
         i++) {
        size_t x = at(t, a, i), y = at(t, b, i);
        int step = t->pitch[y] - t->pitch[x];
        l.rhythm &= t->struck[x] == t->struck[y];
        l.melody &= t->struck[x] == t->struck[y] && !step;
        same += !step;
        n += 1;
        if (!t->struck[x] || !t->struck[y])
            continue;
        moved |= notes && step != by;
        by = step;
        notes++;
    }
    l.sequence = l.rhythm && notes > 2 && by && !moved;
    l.steps = counts_ratio(same, n);
    return l;
}

void bar_traits_likenesses(const struct surface *t,
                           double out[BAR_LIKE * BAR_LAGS]) {
    size_t bars = surface_bars(t);
    for (int i = 0; i < BAR_LAGS; i++) {
        double sum[BAR_LIKE] = {0}, n = 0;
        for (size_t b = (size_t)bar_traits_lags[i]; b < bars; b++) {
            struct likeness l = compare(t, b - (size_t)bar_traits_lags[i], b);
            sum[BAR_RHYTHM] += l.rhythm;
            sum[BAR_MELODY] += l.melody;
            sum[BAR_PARTLY] += l.steps > 0.3 && l.steps < 1;
            sum[BAR_STEPS] += l.steps;
            sum[BAR_SEQUENCE] += l.sequence;
            n += 1;
        }
        for (int k = 0; k < BAR_LIKE; k++)
            out[k * BAR_LAGS + i] = counts_ratio(sum[k], n);
    }
}

void bar_traits_rhythms(const struct surface *t, double out[2]) {
    double distinct = 0, most = 0, bars = (double)surface_bars(t);
    for (size_t b = 0; b < surface_bars(t); b++) {
        double like = 0, before = 0;
        for (size_t a = 0; a < surface_bars(t); a++) {
            int same = a == b || (a < b ? compare(t, a, b).rhythm
                                        : compare(t, b, a).rhythm);
            like += same;
            before += same && a < b;
        }
        distinct += !(before > 0);
        most = fmax(most, like);
    }
    out[0] = counts_ratio(distinct, bars);
    out[1] = counts_ratio(most, bars);
}

void bar_traits_end_notes(const struct surface *t, double out[MEASURE_ENDS]) {
    for (int i = 0; i < MEASURE_ENDS; i++) {
        size_t b = (size_t)measure_ends[i] - 1;
        if (b >= surface_bars(t))
            continue;
        out[i] = 0;
        for (size_t k = at(t, b, 0); k < at(t, b + 1, 0) && k < t->steps; k++)
            out[i] += t->struck[k];
    }
}
