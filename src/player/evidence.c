/* What a melody says of its chords: see evidence.h.
 * SPDX-License-Identifier: MIT */
#include "nott/player/evidence.h"

#include <math.h>
#include <stdlib.h>

#include "nott/base/num.h"

#define NO_IDEA -2.4849 /* the logarithm of 1/12 */
#define UNSEEN  2       /* steps that count as seen of every degree */

size_t evidence_rows(size_t chords) {
    return 2 * 2 * chords;
}

/* The place in log_p of a class that sounds over a chord, -1 = there is none.
 */
static ptrdiff_t place(const struct evidence *x, const struct context *c,
                       const struct tune_header *h, size_t t, int sounding,
                       int chord) {
    int row = context_chord_in_key(c, chord, h->key);
    int column = context_melody_in_key(c, sounding, h->key);
    if (row < 0 || column < 0)
        return -1;
    size_t bar = (size_t)h->bar, beat = (size_t)tune_beat_steps(h);
    size_t from_line = (t + bar - (size_t)h->phase) % bar;
    size_t at = 2 * (size_t)tune_is_minor(h->key) + (from_line % beat != 0);
    return (ptrdiff_t)((at * x->chords + (size_t)row) * EVIDENCE_COLUMNS) +
           column % EVIDENCE_COLUMNS;
}

int evidence_begin(struct evidence *x, const struct context *c, struct err *e) {
    *x = (struct evidence){.chords = (size_t)context_chords_in_key(c)};
    x->log_p = calloc(evidence_rows(x->chords) * EVIDENCE_COLUMNS + 1,
                      sizeof *x->log_p);
    return x->log_p ? 0 : err_set(e, ERR_MEM, "model: out of memory");
}

void evidence_add(struct evidence *x, const struct context *c,
                  const struct tune_view *tune) {
    int sounding = tune->melody[0];
    for (size_t t = 0; tune->chord && t < tune->steps; t++) {
        int m = tune->melody[t];
        sounding = m == c->hold ? sounding : m;
        ptrdiff_t at = place(x, c, &tune->header, t, sounding, tune->chord[t]);
        if (at >= 0)
            x->log_p[at] += 1;
    }
}

void evidence_end(struct evidence *x) {
    for (size_t r = 0; r < evidence_rows(x->chords); r++) {
        float *row = x->log_p + r * EVIDENCE_COLUMNS;
        double sum = EVIDENCE_COLUMNS * UNSEEN;
        for (size_t k = 0; k < EVIDENCE_COLUMNS; k++)
            sum += (double)row[k];
        for (size_t k = 0; k < EVIDENCE_COLUMNS; k++)
            row[k] = (float)num_log(((double)row[k] + UNSEEN) / sum);
    }
}

void evidence_free(struct evidence *x) {
    free(x->log_p);
    *x = (struct evidence){0};
}

double evidence_score(const struct evidence *x, const struct context *c,
                      const struct tune_header *h, size_t t, int sounding,
                      int chord) {
    ptrdiff_t at = x->log_p ? place(x, c, h, t, sounding, chord) : -1;
    if (at >= 0)
        return (double)x->log_p[at];
    return x->log_p && context_melody_in_key(c, sounding, h->key) >= 0 ? NO_IDEA
                                                                       : 0;
}
