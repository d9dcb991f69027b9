/* Keeping to a form: see adherence.h. SPDX-License-Identifier: MIT */
#include "adherence.h"

#include <stdlib.h>

/* Nats, found on tunes beside validation tunes. */
#define RETURN   1.0  /* a bar that comes back less than it should */
#define SEMITONE 0.25 /* off the lowest, the highest or the mean pitch */
#define SILENT   36   /* semitones that a part without a note is off */

static int comes_back(const struct vocabulary *v, const struct tune *t,
                      const struct form_bar *wanted, int bar) {
    return wanted->way == FORM_NEW ||
           form_way_of(v, &t->frame.header, t->melody, t->steps, bar,
                       wanted->from) >= wanted->way;
}

static int semitones_off(const struct form_part *is,
                         const struct form_part *wanted) {
    if (!wanted->low)
        return 0;
    return is->low ? abs(is->low - wanted->low) + abs(is->high - wanted->high) +
                         abs(is->mean - wanted->mean)
                   : SILENT;
}

double adherence_lost(const struct vocabulary *v, const struct tune *t,
                      const struct form *f, int bar) {
    int p = bar / FORM_PART, bars = form_part_bars(f, p);
    double lost = comes_back(v, t, &f->bar[bar], bar) ? 0 : RETURN;
    if (bar != p * FORM_PART + bars - 1)
        return lost;
    struct form_part is = form_range_of(v, &t->frame.header, t->melody,
                                        t->steps, p * FORM_PART, bars);
    return lost + SEMITONE * semitones_off(&is, &f->part[p]);
}
