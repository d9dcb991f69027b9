/* Chords: see chord_measures.h. SPDX-License-Identifier: MIT */
#include "chord_measures.h"

#include <stdlib.h>

#include "ratio.h"

/* Does another chord than the last one begin at step k? `last` is that one, 0
 * before the first. The first chord is no change, nor is silence. */
static int changes(const struct surface *t, size_t k, uint16_t *last) {
    uint16_t before = *last;
    *last = t->chord[k] ? t->chord[k] : before;
    return before && *last != before;
}

static void measure_changes(const struct surface *t,
                            struct ratio out[MEASURES]) {
    size_t beat = surface_beat(t), bar = (size_t)t->header.bar;
    double n = 0, bars = (double)surface_bars(t);
    uint16_t last = 0;
    for (size_t k = 0; k < t->steps; k++) {
        if (!changes(t, k, &last))
            continue;
        size_t place = surface_place(t, k);
        n += 1;
        ratio_count(&out[MEASURE_CHANGES_ON_BAR], place == 0);
        ratio_count(&out[MEASURE_CHANGES_ON_BEAT], place % beat == 0);
        ratio_count(&out[MEASURE_CHANGES_MID_BAR], 2 * place == bar);
    }
    if (bars > 0 && t->has_chords)
        out[MEASURE_CHANGES_PER_BAR] = (struct ratio){n, bars};
}

int chord_measures_accents(const struct surface *t,
                           struct chord_measures_accents *out, struct err *e) {
    size_t bar = (size_t)t->header.bar, best = 0;
    size_t *weight = calloc(bar, sizeof *weight);
    uint16_t last = 0;
    if (!weight)
        return err_set(e, ERR_MEM, "%s: out of memory", t->name);
    for (size_t k = 0; k < t->steps; k++)
        weight[surface_place(t, k)] +=
            (size_t)(t->struck[k] + changes(t, k, &last));
    for (size_t p = 1; p < bar; p++)
        best = weight[p] > best ? weight[p] : best;
    *out = (struct chord_measures_accents){(double)weight[0], (double)best};
    free(weight);
    return 0;
}

static int is_chord_tone(const struct surface *t, size_t k) {
    return t->chord[k] >> (t->pitch[k] % 12) & 1;
}

static void measure_steps(const struct surface *t, struct ratio out[MEASURES]) {
    for (size_t k = 0; k < t->steps; k++) {
        int sounds = t->pitch[k] >= 0;
        ratio_count(&out[MEASURE_RESTS], !sounds);
        if (t->has_chords)
            ratio_count(&out[MEASURE_NO_CHORD], !t->chord[k]);
        if (!sounds || !t->chord[k])
            continue;
        ratio_count(&out[MEASURE_CHORD_TONES], is_chord_tone(t, k));
        if (t->struck[k])
            ratio_count(&out[MEASURE_CHORD_TONE_ONSETS], is_chord_tone(t, k));
    }
}

int chord_measures_of(const struct surface *t, struct ratio out[MEASURES],
                      struct err *e) {
    struct chord_measures_accents a;
    measure_changes(t, out);
    measure_steps(t, out);
    if (chord_measures_accents(t, &a, e))
        return -1;
    if (a.on_line + a.elsewhere > 0)
        ratio_count(&out[MEASURE_METER_FITS], a.on_line > a.elsewhere);
    return 0;
}
