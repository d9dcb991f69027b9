/* Rows of numbers: see traits.h. SPDX-License-Identifier: MIT */
#include "nott/judge/traits.h"

#include <stdio.h>
#include <stdlib.h>

#include "bar_traits.h"
#include "counts.h"
#include "note_traits.h"
#include "nott/judge/measure.h"

/* Where bars begin, and the key. */
static void signs(const struct surface *t, double out[2]) {
    out[0] = (double)t->header.phase / t->header.bar;
    out[1] = t->header.key < 0 ? NAN : tune_is_minor(t->header.key);
}

/* ---- chords ---- */

/* Roots from the tonic up, by time. */
static void roots(const struct surface *t, double out[12]) {
    int tonic = surface_tonic(t);
    counts_clear(out, 12);
    for (size_t k = 0; k < t->steps && tonic >= 0; k++)
        if (t->chord[k])
            out[(surface_root(t, k) + 12 - tonic) % 12] += 1;
    counts_share(out, 12);
}

/* From root to root. */
static void root_moves(const struct surface *t, double out[12]) {
    int last = -1;
    counts_clear(out, 12);
    for (size_t k = 0; k < t->steps; k++) {
        int root = surface_root(t, k);
        if (last >= 0 && root >= 0 && root != last)
            out[(root + 12 - last) % 12] += 1;
        last = root >= 0 ? root : last;
    }
    counts_share(out, 12);
}

static int voices(uint16_t set) {
    int n = 0;
    for (; set; set &= (uint16_t)(set - 1))
        n++;
    return n;
}

/* Time with four notes or more; with less than three; chord tones among the
 * notes on the bar line, and on its middle. */
static void sonority(const struct surface *t, double out[4]) {
    double more = 0, less = 0, all = 0, n[2] = {0}, hit[2] = {0};
    size_t bar = (size_t)t->header.bar;
    for (size_t k = 0; k < t->steps; k++) {
        if (!t->chord[k])
            continue;
        size_t place = surface_place(t, k);
        more += voices(t->chord[k]) > 3;
        less += voices(t->chord[k]) < 3;
        all += 1;
        if (!t->struck[k] || (place && 2 * place != bar))
            continue;
        n[place > 0] += 1;
        hit[place > 0] += t->chord[k] >> (t->pitch[k] % 12) & 1;
    }
    out[0] = counts_ratio(more, all);
    out[1] = counts_ratio(less, all);
    out[2] = counts_ratio(hit[0], n[0]);
    out[3] = counts_ratio(hit[1], n[1]);
}

/* ---- all of them ---- */

/* Traits of one kind: `first` is the number of the first, or `number` has them;
 * of several rows of numbers `names` tells which. */
static const struct group {
    const char *key;
    size_t width;
    int first;
    const int *number;
    const char *const *names;
    void (*fill)(const struct surface *t, double *out);
} groups[] = {
    {"step", NOTE_INTERVALS, -12, NULL, NULL, note_traits_intervals},
    {"degree", 12, 0, NULL, NULL, note_traits_degrees},
    {"length", NOTE_LENGTHS, 0, NULL, NULL, note_traits_lengths},
    {"place", NOTE_PLACES, 0, NULL, NULL, note_traits_places},
    {NULL, NOTE_CONTOUR, 0, NULL,
     (const char *const[]){"pitch_mean", "pitch_low", "pitch_high",
                           "pitch_deviation", "turns", "leaps_turn", "notes"},
     note_traits_contour},
    {"quarter_pitch", NOTE_QUARTERS, 1, NULL, NULL, note_traits_quarters},
    {NULL, BAR_LIKE *BAR_LAGS, 0, bar_traits_lags,
     (const char *const[]){"bar_rhythm", "bar_melody", "bar_partly",
                           "bar_steps", "bar_sequence"},
     bar_traits_likenesses},
    {NULL, 2, 0, NULL,
     (const char *const[]){"distinct_rhythms", "commonest_rhythm"},
     bar_traits_rhythms},
    {"notes_bar", MEASURE_ENDS, 0, measure_ends, NULL, bar_traits_end_notes},
    {NULL, 2, 0, NULL, (const char *const[]){"pickup", "minor"}, signs},
    {"root", 12, 0, NULL, NULL, roots},
    {"root_move", 12, 0, NULL, NULL, root_moves},
    {NULL, 4, 0, NULL,
     (const char *const[]){"sevenths", "bare_chords", "chord_tones_on_bar",
                           "chord_tones_mid_bar"},
     sonority},
};

#define GROUPS (sizeof groups / sizeof *groups)

size_t traits_width(void) {
    size_t n = MEASURES;
    for (size_t g = 0; g < GROUPS; g++)
        n += groups[g].width;
    return n;
}

static const char *name_in(const struct group *g, size_t i,
                           char name[TRAITS_NAME]) {
    int number = g->number ? g->number[i % BAR_LAGS] : g->first + (int)i;
    if (g->names && !g->number)
        snprintf(name, TRAITS_NAME, "%s", g->names[i]);
    else
        snprintf(name, TRAITS_NAME, "%s_%d",
                 g->names ? g->names[i / BAR_LAGS] : g->key, number);
    return name;
}

const char *traits_name(size_t trait, char name[TRAITS_NAME]) {
    size_t i = trait - MEASURES;
    const struct group *g = groups;
    if (trait < MEASURES)
        return measure_list[trait].key;
    for (; i >= g->width; g++)
        i -= g->width;
    return name_in(g, i, name);
}

static int fill_row(const struct surface *t, double *row, struct err *e) {
    struct ratio r[MEASURES];
    if (measure_tune(t, r, e))
        return -1;
    for (int m = 0; m < MEASURES; m++)
        row[m] = counts_ratio(r[m].part, r[m].whole);
    row += MEASURES;
    for (size_t g = 0; g < GROUPS; g++) {
        for (size_t i = 0; i < groups[g].width; i++)
            row[i] = NAN;
        groups[g].fill(t, row);
        row += groups[g].width;
    }
    return 0;
}

int traits_add(struct traits *x, const struct surface_set *s, struct err *e) {
    size_t width = traits_width(), want = x->tunes + s->count;
    double *v = realloc(x->value, (want + 1) * width * sizeof *v);
    if (!v)
        return err_set(e, ERR_MEM, "traits: out of memory");
    x->value = v;
    for (size_t i = 0; i < s->count; i++) {
        if (fill_row(&s->list[i], v + x->tunes * width, e))
            return -1;
        x->tunes++;
    }
    return 0;
}

void traits_free(struct traits *x) {
    free(x->value);
    *x = (struct traits){0};
}
