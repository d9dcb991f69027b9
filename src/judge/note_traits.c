/* Notes: see note_traits.h. SPDX-License-Identifier: MIT */
#include "note_traits.h"

#include <stdlib.h>

#include "counts.h"

/* The step of the next note from k on, t->steps when there is none. */
static size_t next_note(const struct surface *t, size_t k) {
    while (k < t->steps && !t->struck[k])
        k++;
    return k;
}

void note_traits_intervals(const struct surface *t,
                           double out[NOTE_INTERVALS]) {
    counts_clear(out, NOTE_INTERVALS);
    size_t k = next_note(t, 0), n;
    for (; k < t->steps && (n = next_note(t, k + 1)) < t->steps; k = n) {
        int step = t->pitch[n] - t->pitch[k];
        out[(step < -12 ? -12 : step > 12 ? 12 : step) + 12] += 1;
    }
    counts_share(out, NOTE_INTERVALS);
}

void note_traits_degrees(const struct surface *t, double out[12]) {
    int tonic = surface_tonic(t);
    counts_clear(out, 12);
    for (size_t k = 0; k < t->steps && tonic >= 0; k++)
        if (t->struck[k])
            out[(t->pitch[k] + 12 - tonic) % 12] += 1;
    counts_share(out, 12);
}

/* Time from note to note in quarter notes, up to these bounds. */
void note_traits_lengths(const struct surface *t, double out[NOTE_LENGTHS]) {
    static const double bound[NOTE_LENGTHS - 1] = {0.3, 0.4,  0.6, 0.9,
                                                   1.3, 1.75, 2.5};
    double quarter =
        (double)t->header.bar * t->header.unit / (4.0 * t->header.beats);
    counts_clear(out, NOTE_LENGTHS);
    size_t k = next_note(t, 0), n;
    for (; k < t->steps; k = n) {
        int class = 0;
        n = next_note(t, k + 1);
        while (class < NOTE_LENGTHS - 1 &&
               (double)(n - k) >= bound[class] * quarter)
            class ++;
        out[class] += 1;
    }
    counts_share(out, NOTE_LENGTHS);
}

void note_traits_places(const struct surface *t, double out[NOTE_PLACES]) {
    double bars = (double)surface_bars(t);
    counts_clear(out, NOTE_PLACES);
    for (size_t k = 0; k < t->steps; k++)
        out[surface_place(t, k) * NOTE_PLACES / (size_t)t->header.bar] +=
            t->struck[k];
    for (int p = 0; p < NOTE_PLACES; p++)
        out[p] = counts_ratio(out[p], bars);
}

static void turns(const struct surface *t, double out[NOTE_CONTOUR]) {
    double all = 0, turned = 0, leaps = 0, back = 0;
    size_t a = next_note(t, 0), b = next_note(t, a + 1);
    for (size_t c; b < t->steps; a = b, b = c) {
        c = next_note(t, b + 1);
        if (c >= t->steps)
            break;
        int one = t->pitch[b] - t->pitch[a], two = t->pitch[c] - t->pitch[b];
        all += 1;
        turned += one * two < 0;
        leaps += abs(one) > 4;
        back += abs(one) > 4 && one * two < 0;
    }
    out[NOTE_TURNS] = counts_ratio(turned, all);
    out[NOTE_LEAPS_TURN] = counts_ratio(back, leaps);
}

void note_traits_contour(const struct surface *t, double out[NOTE_CONTOUR]) {
    double n = 0, sum = 0, squares = 0, low = 127, high = 0;
    for (size_t k = next_note(t, 0); k < t->steps; k = next_note(t, k + 1)) {
        double p = t->pitch[k];
        n += 1;
        sum += p;
        squares += p * p;
        low = fmin(low, p);
        high = fmax(high, p);
    }
    turns(t, out);
    out[NOTE_COUNT] = n;
    if (!(n > 0))
        return;
    out[NOTE_MEAN] = sum / n;
    out[NOTE_LOW] = low;
    out[NOTE_HIGH] = high;
    out[NOTE_DEVIATION] = sqrt(fmax(squares / n - sum / n * (sum / n), 0));
}

void note_traits_quarters(const struct surface *t, double out[NOTE_QUARTERS]) {
    double sum[NOTE_QUARTERS] = {0}, count[NOTE_QUARTERS] = {0}, all = 0;
    size_t notes = 0, i = 0;
    for (size_t k = next_note(t, 0); k < t->steps; k = next_note(t, k + 1))
        notes++;
    for (size_t k = next_note(t, 0); k < t->steps; k = next_note(t, k + 1)) {
        size_t q = i++ * NOTE_QUARTERS / notes;
        sum[q] += t->pitch[k];
        count[q] += 1;
        all += t->pitch[k];
    }
    for (int q = 0; q < NOTE_QUARTERS; q++)
        out[q] =
            counts_ratio(sum[q], count[q]) - counts_ratio(all, (double)notes);
}
