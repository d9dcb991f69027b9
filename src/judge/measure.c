/* Measures of tunes: see measure.h. SPDX-License-Identifier: MIT */
#include "nott/judge/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/rng.h"

#define PART_BARS  8 /* of a tune's A and B */
#define AABB_BARS  (4 * PART_BARS)
#define AABB_ALIKE 0.9 /* steps that a part and its repeat must share */

const int measure_lags[MEASURE_LAGS] = {1, 2, 4, 8, 16};

#define SAME(what, of, text)                                                   \
    [of + 0] = {"same_" what "_1", text " as 1 bar before", 1},                \
          [of + 1] = {"same_" what "_2", text " as 2 bars before", 1},         \
          [of + 2] = {"same_" what "_4", text " as 4 bars before", 1},         \
          [of + 3] = {"same_" what "_8", text " as 8 bars before", 1},         \
          [of + 4] = {"same_" what "_16", text " as 16 bars before", 1}

const struct measure_info measure_list[MEASURES] = {
    [MEASURE_BARS] = {"bars", "bars in a tune", 0},
    SAME("melody", MEASURE_SAME_MELODY, "melody"),
    SAME("chord", MEASURE_SAME_CHORD, "chord"),
    SAME("both", MEASURE_SAME_BOTH, "both"),
    [MEASURE_BAR_REPEATS] = {"bar_repeats", "bars like one before", 0},
    [MEASURE_BARS_32] = {"bars_32", "tunes of 32 bars", 0},
    [MEASURE_AABB] = {"aabb", "AABB, of tunes of 32 bars", 0},
    [MEASURE_CHANGES_ON_BAR] = {"changes_on_bar", "chord changes on a bar line",
                                1},
    [MEASURE_CHANGES_ON_BEAT] = {"changes_on_beat", "chord changes on a beat",
                                 1},
    [MEASURE_CHANGES_PER_BAR] = {"changes_per_bar", "chord changes per bar", 1},
    [MEASURE_METER_FITS] = {"meter_fits", "tunes with accents on bar lines", 0},
    [MEASURE_RESTS] = {"rests", "steps of rest", 1},
    [MEASURE_NO_CHORD] = {"no_chord", "steps without chord", 1},
    [MEASURE_CHORD_TONES] = {"chord_tones", "steps on a chord tone", 1},
    [MEASURE_CHORD_TONE_ONSETS] = {"chord_tone_onsets",
                                   "notes struck on a chord tone", 1},
    [MEASURE_SCALE] = {"scale", "notes in the best scale", 0},
    [MEASURE_IN_KEY] = {"in_key", "notes in the scale of the key", 0},
    [MEASURE_ENTROPY_1] = {"entropy_1", "bits of pitch class, 1 bar", 1},
    [MEASURE_ENTROPY_4] = {"entropy_4", "bits of pitch class, 4 bars", 1},
    [MEASURE_GROOVE] = {"groove", "bars alike in rhythm", 0},
    [MEASURE_ONSETS_PER_BAR] = {"onsets_per_bar", "notes per bar", 1},
    [MEASURE_INTERVAL_0] = {"interval_0", "notes repeated", 1},
    [MEASURE_INTERVAL_2] = {"interval_2", "intervals of 0..2 semitones", 1},
    [MEASURE_INTERVAL_8] = {"interval_8", "intervals of 8 or more", 1},
    [MEASURE_RANGE] = {"range", "range in semitones", 0},
    [MEASURE_PITCHES] = {"pitches", "distinct pitches", 0},
    [MEASURE_PITCH_CLASSES] = {"pitch_classes", "distinct pitch classes", 0},
    [MEASURE_CHORDS] = {"chords", "distinct chords", 0},
    [MEASURE_ENDS_ON_ROOT] = {"ends_on_root", "last note = root of last chord",
                              0},
    [MEASURE_ENDS_ON_TONIC] = {"ends_on_tonic", "last note = tonic of the key",
                               0},
    [MEASURE_LAST_CHORD_FIRST] = {"last_chord_first",
                                  "last chord = first chord", 0},
};

static void count(struct ratio *r, int hit) {
    r->part += hit;
    r->whole += 1;
}

static struct ratio one(double value) {
    return (struct ratio){value, 1};
}

/* ---- repetition ---- */

static void measure_lag(const struct surface *t, size_t lag,
                        struct ratio *melody, struct ratio *chord,
                        struct ratio *both) {
    for (size_t k = lag; k < t->steps; k++) {
        int m = t->pitch[k] == t->pitch[k - lag];
        int c = t->chord[k] == t->chord[k - lag];
        count(melody, m);
        if (!t->has_chords)
            continue;
        count(chord, c);
        count(both, m && c);
    }
}

static int by_hash(const void *a, const void *b) {
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Bars whose melody has been there before, of all that are there in full. 64
 * bits of hash stand for a bar. */
static int measure_bars(const struct surface *t, struct ratio *repeats,
                        struct err *e) {
    size_t bar = (size_t)t->header.bar, phase = (size_t)t->header.phase;
    size_t n = t->steps > phase ? (t->steps - phase) / bar : 0;
    uint64_t *hash = calloc(n + 1, sizeof *hash);
    if (!hash)
        return err_set(e, ERR_MEM, "%s: out of memory", t->name);
    for (size_t k = phase; k < phase + n * bar; k++) {
        uint64_t *h = &hash[(k - phase) / bar];
        *h = rng_mix(*h, (uint64_t)(t->pitch[k] + 1) << 1 | t->struck[k]);
    }
    qsort(hash, n, sizeof *hash, by_hash);
    for (size_t i = 0; i < n; i++)
        count(repeats, i && hash[i] == hash[i - 1]);
    free(hash);
    return 0;
}

/* Is the part from bar a on the one after it as well? */
static int repeats_part(const struct surface *t, size_t a) {
    size_t part = (size_t)t->header.bar * PART_BARS, same = 0;
    size_t from = (size_t)t->header.phase + a * (size_t)t->header.bar;
    for (size_t k = from; k < from + part && k + part < t->steps; k++)
        same += t->pitch[k] == t->pitch[k + part] &&
                t->chord[k] == t->chord[k + part];
    return (double)same >= AABB_ALIKE * (double)part;
}

static void measure_form(const struct surface *t, struct ratio out[MEASURES]) {
    for (int i = 0; i < MEASURE_LAGS; i++)
        measure_lag(t, (size_t)t->header.bar * (size_t)measure_lags[i],
                    &out[MEASURE_SAME_MELODY + i], &out[MEASURE_SAME_CHORD + i],
                    &out[MEASURE_SAME_BOTH + i]);
    size_t bars = surface_bars(t);
    out[MEASURE_BARS] = one((double)bars);
    count(&out[MEASURE_BARS_32], bars == AABB_BARS);
    if (bars == AABB_BARS)
        count(&out[MEASURE_AABB],
              repeats_part(t, 0) && repeats_part(t, 2 * PART_BARS));
}

/* ---- chords and bars ---- */

/* Does another chord than the last one begin at step k? `last` is that one, 0
 * before the first. The first chord is no change, nor is silence. */
static int changes(const struct surface *t, size_t k, uint16_t *last) {
    uint16_t before = *last;
    *last = t->chord[k] ? t->chord[k] : before;
    return before && *last != before;
}

/* Steps since the bar line before step k. */
static size_t place(const struct surface *t, size_t k) {
    size_t bar = (size_t)t->header.bar;
    return (k + bar - (size_t)t->header.phase % bar) % bar;
}

static void measure_changes(const struct surface *t,
                            struct ratio out[MEASURES]) {
    size_t beat = surface_beat(t);
    double n = 0, bars = (double)surface_bars(t);
    uint16_t last = 0;
    for (size_t k = 0; k < t->steps; k++) {
        if (!changes(t, k, &last))
            continue;
        n += 1;
        count(&out[MEASURE_CHANGES_ON_BAR], place(t, k) == 0);
        count(&out[MEASURE_CHANGES_ON_BEAT], place(t, k) % beat == 0);
    }
    if (bars > 0 && t->has_chords)
        out[MEASURE_CHANGES_PER_BAR] = (struct ratio){n, bars};
}

/* Do more notes begin and chords change on the bar lines than at any other
 * place of the bar? */
static int measure_meter(const struct surface *t, struct ratio *fits,
                         struct err *e) {
    size_t bar = (size_t)t->header.bar, best = 0, sum = 0;
    size_t *weight = calloc(bar, sizeof *weight);
    uint16_t last = 0;
    if (!weight)
        return err_set(e, ERR_MEM, "%s: out of memory", t->name);
    for (size_t k = 0; k < t->steps; k++)
        weight[place(t, k)] += (size_t)(t->struck[k] + changes(t, k, &last));
    for (size_t p = 0; p < bar; p++) {
        sum += weight[p];
        best = p && weight[p] > best ? weight[p] : best;
    }
    if (sum)
        count(fits, weight[0] > best);
    free(weight);
    return 0;
}

static int is_chord_tone(const struct surface *t, size_t k) {
    return t->chord[k] >> (t->pitch[k] % 12) & 1;
}

static void measure_steps(const struct surface *t, struct ratio out[MEASURES]) {
    for (size_t k = 0; k < t->steps; k++) {
        int sounds = t->pitch[k] >= 0;
        count(&out[MEASURE_RESTS], !sounds);
        if (t->has_chords)
            count(&out[MEASURE_NO_CHORD], !t->chord[k]);
        if (!sounds || !t->chord[k])
            continue;
        count(&out[MEASURE_CHORD_TONES], is_chord_tone(t, k));
        if (t->struck[k])
            count(&out[MEASURE_CHORD_TONE_ONSETS], is_chord_tone(t, k));
    }
}

/* ---- notes ---- */

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
    return one(1 - apart / (pairs * (double)bar));
}

static void measure_notes(const struct surface *t, struct ratio out[MEASURES]) {
    double notes = 0, bars = (double)surface_bars(t);
    int before = -1;
    for (size_t k = 0; k < t->steps; k++) {
        if (!t->struck[k])
            continue;
        int step = before < 0 ? 0 : abs(t->pitch[k] - before);
        if (before >= 0) {
            count(&out[MEASURE_INTERVAL_0], step == 0);
            count(&out[MEASURE_INTERVAL_2], step <= 2);
            count(&out[MEASURE_INTERVAL_8], step >= 8);
        }
        before = t->pitch[k];
        notes += 1;
    }
    if (bars > 0)
        out[MEASURE_ONSETS_PER_BAR] = (struct ratio){notes, bars};
    out[MEASURE_SCALE] = measure_scale(t);
    out[MEASURE_IN_KEY] = measure_key(t);
    out[MEASURE_ENTROPY_1] = measure_entropy(t, 1);
    out[MEASURE_ENTROPY_4] = measure_entropy(t, 4);
    out[MEASURE_GROOVE] = measure_groove(t);
}

/* ---- what there is, and how it ends ---- */

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
        out[MEASURE_CHORDS] = one(chords);
    if (!pitches)
        return;
    out[MEASURE_PITCHES] = one(pitches);
    out[MEASURE_PITCH_CLASSES] = one(classes);
    out[MEASURE_RANGE] = one(high - low);
}

static void measure_ending(const struct surface *t,
                           struct ratio out[MEASURES]) {
    int note = -1, root = -1, first = 0, last = 0;
    for (size_t k = 0; k < t->steps; k++) {
        note = t->pitch[k] >= 0 ? t->pitch[k] % 12 : note;
        if (!t->chord[k])
            continue;
        first = first ? first : t->chord[k];
        last = t->chord[k];
        root = t->bass[k];
    }
    if (note >= 0 && root >= 0)
        count(&out[MEASURE_ENDS_ON_ROOT], note == root);
    if (note >= 0 && surface_tonic(t) >= 0)
        count(&out[MEASURE_ENDS_ON_TONIC], note == surface_tonic(t));
    if (last)
        count(&out[MEASURE_LAST_CHORD_FIRST], first == last);
}

int measure_tune(const struct surface *t, struct ratio out[MEASURES],
                 struct err *e) {
    memset(out, 0, MEASURES * sizeof *out);
    measure_form(t, out);
    measure_changes(t, out);
    measure_steps(t, out);
    measure_notes(t, out);
    measure_variety(t, out);
    measure_ending(t, out);
    return measure_meter(t, &out[MEASURE_METER_FITS], e) ||
                   measure_bars(t, &out[MEASURE_BAR_REPEATS], e)
               ? -1
               : 0;
}

int measure_set(const struct surface_set *s, double out[MEASURES],
                struct err *e) {
    struct ratio sum[MEASURES] = {{0}}, r[MEASURES];
    for (size_t i = 0; i < s->count; i++) {
        if (measure_tune(&s->list[i], r, e))
            return -1;
        for (int m = 0; m < MEASURES; m++) {
            if (!(r[m].whole > 0))
                continue;
            int pooled = measure_list[m].pooled;
            sum[m].part += pooled ? r[m].part : r[m].part / r[m].whole;
            sum[m].whole += pooled ? r[m].whole : 1;
        }
    }
    for (int m = 0; m < MEASURES; m++)
        out[m] = sum[m].whole > 0 ? sum[m].part / sum[m].whole : NAN;
    return 0;
}
