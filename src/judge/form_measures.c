/* What comes again: see form_measures.h. SPDX-License-Identifier: MIT */
#include "form_measures.h"

#include <stdlib.h>
#include <string.h>

#include "nott/base/rng.h"
#include "ratio.h"

#define PART_BARS     8 /* of a tune's A and B */
#define FORM_BARS     (FORM_SECTIONS * PART_BARS)
#define AABB_ALIKE    0.9 /* steps that a part and its repeat must share */
#define SECTION_ALIKE 0.8 /* the same of sections, by the melody */
#define ENDING_BARS   2

const int measure_lags[MEASURE_LAGS] = {1, 2, 4, 8, 16};

/* ---- steps and bars ---- */

static void measure_lag(const struct surface *t, size_t lag,
                        struct ratio *melody, struct ratio *chord,
                        struct ratio *both) {
    for (size_t k = lag; k < t->steps; k++) {
        int m = t->pitch[k] == t->pitch[k - lag];
        int c = t->chord[k] == t->chord[k - lag];
        ratio_count(melody, m);
        if (!t->has_chords)
            continue;
        ratio_count(chord, c);
        ratio_count(both, m && c);
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
        ratio_count(repeats, i && hash[i] == hash[i - 1]);
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

/* ---- sections ---- */

static size_t section_start(const struct surface *t, int section) {
    return (size_t)t->header.phase +
           (size_t)section * PART_BARS * (size_t)t->header.bar;
}

/* Steps with the same melody in the last n bars of two sections, a before b,
 * of the steps that both have. */
static struct ratio alike(const struct surface *t, int a, int b, size_t n) {
    size_t skip = (PART_BARS - n) * (size_t)t->header.bar;
    size_t x = section_start(t, a) + skip, y = section_start(t, b) + skip;
    struct ratio r = {0};
    for (size_t i = 0; i < n * (size_t)t->header.bar && y + i < t->steps; i++)
        ratio_count(&r, t->pitch[x + i] == t->pitch[y + i]);
    return r;
}

void form_measures_letters(const struct surface *t,
                           char letters[FORM_SECTIONS + 1]) {
    char next = 'A';
    memset(letters, 0, FORM_SECTIONS + 1);
    for (int b = 0; b < FORM_SECTIONS; b++) {
        for (int a = 0; a < b && !letters[b]; a++) {
            struct ratio r = alike(t, a, b, PART_BARS);
            letters[b] = r.part >= SECTION_ALIKE * r.whole ? letters[a] : 0;
        }
        if (!letters[b])
            letters[b] = next++;
    }
}

/* Sum of the pitches that sound in a section, and of the steps. */
static struct ratio pitch_of(const struct surface *t, int section) {
    size_t from = section_start(t, section), to = section_start(t, section + 1);
    struct ratio r = {0};
    for (size_t k = from; k < to && k < t->steps; k++)
        if (t->pitch[k] >= 0) {
            r.part += t->pitch[k];
            r.whole += 1;
        }
    return r;
}

/* The third section, a new one, against the first. */
static void measure_height(const struct surface *t,
                           struct ratio out[MEASURES]) {
    struct ratio a = pitch_of(t, 0), b = pitch_of(t, 2);
    if (!(a.whole > 0) || !(b.whole > 0))
        return;
    double above = b.part / b.whole - a.part / a.whole;
    out[MEASURE_B_ABOVE] = ratio_one(above);
    ratio_count(&out[MEASURE_B_HIGHER], above > 0);
}

static void measure_sections(const struct surface *t,
                             struct ratio out[MEASURES]) {
    static const char *const forms[MEASURE_FORMS - 1] = {"AABB", "AAAA", "ABAB",
                                                         "AABC", "ABAC"};
    char letters[FORM_SECTIONS + 1];
    int others = 1;
    form_measures_letters(t, letters);
    for (int i = 0; i < MEASURE_FORMS - 1; i++) {
        int is = strcmp(letters, forms[i]) == 0;
        ratio_count(&out[MEASURE_FORM + i], is);
        others = is ? 0 : others;
    }
    ratio_count(&out[MEASURE_FORM + MEASURE_FORMS - 1], others);
    struct ratio ends = alike(t, 0, 1, ENDING_BARS);
    if (letters[1] == 'A')
        ratio_count(&out[MEASURE_ENDINGS_DIFFER], ends.part < ends.whole);
    if (letters[2] != 'A')
        measure_height(t, out);
}

int form_measures_of(const struct surface *t, struct ratio out[MEASURES],
                     struct err *e) {
    for (int i = 0; i < MEASURE_LAGS; i++)
        measure_lag(t, (size_t)t->header.bar * (size_t)measure_lags[i],
                    &out[MEASURE_SAME_MELODY + i], &out[MEASURE_SAME_CHORD + i],
                    &out[MEASURE_SAME_BOTH + i]);
    size_t bars = surface_bars(t);
    out[MEASURE_BARS] = ratio_one((double)bars);
    ratio_count(&out[MEASURE_BARS_32], bars == FORM_BARS);
    if (bars == FORM_BARS) {
        ratio_count(&out[MEASURE_AABB],
                    repeats_part(t, 0) && repeats_part(t, 2 * PART_BARS));
        measure_sections(t, out);
    }
    return measure_bars(t, &out[MEASURE_BAR_REPEATS], e);
}
