/* Notes: see note_measures.h. SPDX-License-Identifier: MIT */
#include "note_measures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ratio.h"

/* ---- pitch classes ---- */

static int in_major(int tonic, int pitch) {
    return TUNE_MAJOR_SCALE >> ((pitch - tonic + 12) % 12) & 1;
}

/* Struck notes of each pitch class in the steps from .. to-1; their number. */
static size_t pitch_classes(const struct surface *t, size_t from, size_t to,
                            size_t n[12]) {
    size_t sum = 0;
    memset(n, 0, 12 * sizeof *n);
    for (size_t k = from; k < to && k < t->steps; k++)
        if (t->struck[k]) {
            n[t->pitch[k] % 12]++;
            sum++;
        }
    return sum;
}

static struct ratio in_scale(const size_t n[12], int tonic) {
    struct ratio r = {0};
    for (int pc = 0; pc < 12; pc++) {
        r.part += in_major(tonic, pc) ? (double)n[pc] : 0;
        r.whole += (double)n[pc];
    }
    return r;
}

struct ratio measure_scale(const struct surface *t) {
    size_t n[12];
    pitch_classes(t, 0, t->steps, n);
    struct ratio best = in_scale(n, 0);
    for (int tonic = 1; tonic < 12; tonic++)
        if (in_scale(n, tonic).part > best.part)
            best = in_scale(n, tonic);
    return best;
}

/* Of the natural minor scale when the key is minor. */
static struct ratio measure_key(const struct surface *t) {
    size_t n[12];
    pitch_classes(t, 0, t->steps, n);
    int scale = surface_scale(t);
    return scale < 0 ? (struct ratio){0} : in_scale(n, scale);
}

static double bits(const size_t n[12], size_t sum) {
    double h = 0;
    for (int pc = 0; pc < 12; pc++)
        if (n[pc])
            h -=
                (double)n[pc] / (double)sum * log2((double)n[pc] / (double)sum);
    return h;
}

/* Sum over the windows of `width` bars in which a note is struck. */
static struct ratio measure_entropy(const struct surface *t, size_t width) {
    size_t bar = (size_t)t->header.bar, bars = surface_bars(t);
    struct ratio r = {0};
    for (size_t b = 0; b + width <= bars; b++) {
        size_t n[12], from = (size_t)t->header.phase + b * bar;
        size_t sum = pitch_classes(t, from, from + width * bar, n);
        if (!sum)
            continue;
        r.part += bits(n, sum);
        r.whole += 1;
    }
    return r;
}

/* ---- rhythm ---- */

/* Places of the bar at which two bars agree on whether a note begins, over all
 * pairs of bars: a place where k of n bars strike parts k (n - k) pairs. */
static struct ratio measure_groove(const struct surface *t) {
    size_t bar = (size_t)t->header.bar, bars = surface_bars(t);
    double n = (double)bars, apart = 0, pairs = n * (n - 1) / 2;
    if (bars < 2)
        return (struct ratio){0};
    for (size_t p = 0; p < bar; p++) {
        double struck = 0;
        for (size_t b = 0; b < bars; b++) {
            size_t k = (size_t)t->header.phase + b * bar + p;
            struck += k < t->steps && t->struck[k];
        }
        apart += struck * (n - struck);
    }
    return ratio_one(1 - apart / (pairs * (double)bar));
}

/* Is step k on the grid of eighth notes? A quarter note has bar * unit /
 * (4 * beats) steps. */
static int on_eighth(const struct surface *t, size_t k) {
    size_t eighths = 8 * (size_t)t->header.beats;
    size_t whole = (size_t)t->header.bar * (size_t)t->header.unit;
    return surface_place(t, k) * eighths % whole == 0;
}

static void measure_rhythm(const struct surface *t,
                           struct ratio out[MEASURES]) {
    static const struct {
        int beats, unit, of;
    } meters[] = {{2, 4, 0}, {3, 4, 1}, {4, 4, 2},
                  {2, 2, 2}, {6, 8, 3}, {9, 8, 4}};
    double notes = 0, off = 0, bars = (double)surface_bars(t);
    for (size_t k = 0; k < t->steps; k++) {
        notes += t->struck[k];
        off += t->struck[k] && !on_eighth(t, k);
    }
    if (!(bars > 0))
        return;
    out[MEASURE_ONSETS_PER_BAR] = (struct ratio){notes, bars};
    out[MEASURE_OFF_EIGHTHS] = (struct ratio){off, bars};
    for (size_t i = 0; i < sizeof meters / sizeof *meters; i++)
        if (t->header.beats == meters[i].beats &&
            t->header.unit == meters[i].unit)
            out[MEASURE_ONSETS_IN + meters[i].of] = (struct ratio){notes, bars};
}

/* ---- intervals ---- */

static void measure_intervals(const struct surface *t,
                              struct ratio out[MEASURES]) {
    int note = -1, turned = 0, before = 0; /* intervals: is there one; it */
    for (size_t k = 0; k < t->steps; k++) {
        if (!t->struck[k])
            continue;
        int step = t->pitch[k] - note;
        if (note >= 0) {
            ratio_count(&out[MEASURE_INTERVAL_0], step == 0);
            ratio_count(&out[MEASURE_INTERVAL_2], abs(step) <= 2);
            ratio_count(&out[MEASURE_INTERVAL_8], abs(step) >= 8);
            if (turned)
                ratio_count(&out[MEASURE_STRAIGHT], step * before > 0);
            turned = 1;
            before = step;
        }
        note = t->pitch[k];
    }
}

/* ---- what there is ---- */

/* Which instruments have all notes from low to high. */
static void measure_instruments(int low, int high, struct ratio out[MEASURES]) {
    static const struct {
        int low, high;
    } ranges[MEASURE_RANGES] = {
        {62, 83}, /* a whistle in D: D4..B5 */
        {55, 83}, /* a fiddle in first position: G3..B5 */
        {62, 86}, /* a flute: D4..D6 */
    };
    for (int i = 0; i < MEASURE_RANGES; i++)
        ratio_count(&out[MEASURE_WITHIN + i],
                    low >= ranges[i].low && high <= ranges[i].high);
    ratio_count(&out[MEASURE_ABOVE_B5], high > 83);
}

static void measure_variety(const struct surface *t,
                            struct ratio out[MEASURES]) {
    uint8_t pitch[128] = {0}, class[12] = {0}, chord[1 << 12] = {0};
    int low = 128, high = -1, pitches = 0, classes = 0, chords = 0;
    for (size_t k = 0; k < t->steps; k++) {
        int p = t->pitch[k];
        if (t->chord[k]) {
            chords += !chord[t->chord[k]];
            chord[t->chord[k]] = 1;
        }
        if (p < 0)
            continue;
        pitches += !pitch[p];
        classes += !class[p % 12];
        pitch[p] = class[p % 12] = 1;
        low = p < low ? p : low;
        high = p > high ? p : high;
    }
    if (chords)
        out[MEASURE_CHORDS] = ratio_one(chords);
    if (!pitches)
        return;
    out[MEASURE_PITCHES] = ratio_one(pitches);
    out[MEASURE_PITCH_CLASSES] = ratio_one(classes);
    out[MEASURE_RANGE] = ratio_one(high - low);
    measure_instruments(low, high, out);
}

void note_measures_of(const struct surface *t, struct ratio out[MEASURES]) {
    measure_rhythm(t, out);
    measure_intervals(t, out);
    measure_variety(t, out);
    out[MEASURE_SCALE] = measure_scale(t);
    out[MEASURE_IN_KEY] = measure_key(t);
    out[MEASURE_ENTROPY_1] = measure_entropy(t, 1);
    out[MEASURE_ENTROPY_4] = measure_entropy(t, 4);
    out[MEASURE_GROOVE] = measure_groove(t);
}
