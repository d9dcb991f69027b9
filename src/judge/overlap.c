/* Distances between sets of tunes: see overlap.h. SPDX-License-Identifier: MIT
 */
#include "nott/judge/overlap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nott/judge/measure.h"

#define LENGTHS 12 /* classes of note lengths */
#define TAIL    3  /* bandwidths beyond the smallest and largest distance */
#define FLOOR   1e-12

const struct feature_info feature_list[FEATURES] = {
    [FEATURE_PITCHES] = {"pitches", "distinct pitches", 1},
    [FEATURE_RANGE] = {"range", "range", 1},
    [FEATURE_PITCH_CLASSES] = {"pitch_classes", "pitch classes, by time", 12},
    [FEATURE_PITCH_CLASS_STEPS] = {"pitch_class_steps",
                                   "pitch class to pitch class", 144},
    [FEATURE_INTERVAL] = {"interval", "mean interval", 1},
    [FEATURE_ONSETS_PER_BAR] = {"onsets_per_bar", "notes per bar", 1},
    [FEATURE_TIME_BETWEEN] = {"time_between", "mean time between notes", 1},
    [FEATURE_LENGTHS] = {"lengths", "note lengths", LENGTHS},
    [FEATURE_LENGTH_STEPS] = {"length_steps", "note length to note length",
                              LENGTHS *LENGTHS},
    [FEATURE_CHORD_ROOTS] = {"chord_roots", "lowest notes of chords, by time",
                             12},
    [FEATURE_CHANGES_PER_BAR] = {"changes_per_bar", "chord changes per bar", 1},
    [FEATURE_CHORD_TONES] = {"chord_tones", "steps on a chord tone", 1},
    [FEATURE_SAME_BOTH_8] = {"same_both_8", "both as 8 bars before", 1},
};

/* ---- the features of a tune ---- */

/* The value of the next tune, all zeros; it counts when features_keep says so.
 */
static double *next_value(const struct tune_features *f, enum feature k) {
    return f->value[k] + f->count[k] * feature_list[k].width;
}

/* Makes the value's numbers sum to 1 and keeps it, unless there is nothing. */
static void keep_shares(struct tune_features *f, enum feature k) {
    double *v = next_value(f, k), sum = 0;
    for (size_t i = 0; i < feature_list[k].width; i++)
        sum += v[i];
    for (size_t i = 0; i < feature_list[k].width && sum > 0; i++)
        v[i] /= sum;
    f->count[k] += sum > 0;
}

static void keep_ratio(struct tune_features *f, enum feature k,
                       struct ratio r) {
    if (!(r.whole > 0))
        return;
    *next_value(f, k) = r.part / r.whole;
    f->count[k]++;
}

/* Class of a note length, in 96ths of a bar as Yang & Lerch have them. */
static size_t length_class(size_t steps, int bar) {
    static const int classes[LENGTHS] = {96, 48, 24, 12, 6,  72,
                                         36, 18, 9,  32, 16, 8};
    double length = 96.0 * (double)steps / bar;
    size_t best = 0;
    for (size_t i = 1; i < LENGTHS; i++)
        if (fabs(length - classes[i]) < fabs(length - classes[best]))
            best = i;
    return best;
}

/* Steps that the note struck at k sounds. */
static size_t note_length(const struct surface *t, size_t k) {
    size_t end = k + 1;
    while (end < t->steps && t->pitch[end] >= 0 && !t->struck[end])
        end++;
    return end - k;
}

/* A note and the one before it; `before` = t->steps at the first. */
static void add_note(struct tune_features *f, const struct surface *t,
                     size_t before, size_t k, struct ratio *interval,
                     struct ratio *time) {
    size_t length = length_class(note_length(t, k), t->header.bar);
    next_value(f, FEATURE_LENGTHS)[length] += 1;
    if (before == t->steps)
        return;
    int from = t->pitch[before], to = t->pitch[k];
    size_t old = length_class(note_length(t, before), t->header.bar);
    next_value(f, FEATURE_PITCH_CLASS_STEPS)[from % 12 * 12 + to % 12] += 1;
    next_value(f, FEATURE_LENGTH_STEPS)[old * LENGTHS + length] += 1;
    interval->part += abs(to - from);
    interval->whole += 1;
    time->part += (double)(k - before);
    time->whole += 1;
}

static void add_notes(struct tune_features *f, const struct surface *t,
                      int steps_per_quarter) {
    struct ratio interval = {0}, time = {0};
    size_t before = t->steps;
    for (size_t k = 0; k < t->steps; k++) {
        if (t->pitch[k] >= 0)
            next_value(f, FEATURE_PITCH_CLASSES)[t->pitch[k] % 12] += 1;
        if (t->bass[k] >= 0)
            next_value(f, FEATURE_CHORD_ROOTS)[t->bass[k]] += 1;
        if (!t->struck[k])
            continue;
        add_note(f, t, before, k, &interval, &time);
        before = k;
    }
    time.whole *= steps_per_quarter;
    keep_shares(f, FEATURE_PITCH_CLASSES);
    keep_shares(f, FEATURE_PITCH_CLASS_STEPS);
    keep_shares(f, FEATURE_LENGTHS);
    keep_shares(f, FEATURE_LENGTH_STEPS);
    keep_shares(f, FEATURE_CHORD_ROOTS);
    keep_ratio(f, FEATURE_INTERVAL, interval);
    keep_ratio(f, FEATURE_TIME_BETWEEN, time);
}

static int add_tune(struct tune_features *f, const struct surface *t,
                    int steps_per_quarter, struct err *e) {
    struct ratio r[MEASURES];
    if (measure_tune(t, r, e))
        return -1;
    add_notes(f, t, steps_per_quarter);
    keep_ratio(f, FEATURE_PITCHES, r[MEASURE_PITCHES]);
    keep_ratio(f, FEATURE_RANGE, r[MEASURE_RANGE]);
    keep_ratio(f, FEATURE_ONSETS_PER_BAR, r[MEASURE_ONSETS_PER_BAR]);
    keep_ratio(f, FEATURE_CHANGES_PER_BAR, r[MEASURE_CHANGES_PER_BAR]);
    keep_ratio(f, FEATURE_CHORD_TONES, r[MEASURE_CHORD_TONES]);
    keep_ratio(f, FEATURE_SAME_BOTH_8, r[MEASURE_SAME_BOTH + 3]);
    return 0;
}

void overlap_features_free(struct tune_features *f) {
    for (int k = 0; k < FEATURES; k++)
        free(f->value[k]);
    *f = (struct tune_features){0};
}

int overlap_features_init(struct tune_features *f, const struct surface_set *s,
                          struct err *e) {
    size_t n = s->count < OVERLAP_TUNES ? s->count : OVERLAP_TUNES;
    *f = (struct tune_features){0};
    int rc = 0;
    for (int k = 0; k < FEATURES; k++) {
        f->value[k] = calloc((n + 1) * feature_list[k].width, sizeof(double));
        if (!f->value[k])
            rc = err_set(e, ERR_MEM, "features: out of memory");
    }
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = add_tune(f, &s->list[i * s->count / n], s->steps_per_quarter, e);
    if (rc)
        overlap_features_free(f);
    return rc;
}

/* ---- distances ---- */

static double distance(const double *a, const double *b, size_t width) {
    double sum = 0;
    for (size_t i = 0; i < width; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sqrt(sum);
}

/* All pairs within a set; their number. */
static size_t distances_within(const struct tune_features *f, int k,
                               double *out) {
    size_t n = 0, width = feature_list[k].width;
    for (size_t i = 0; i < f->count[k]; i++)
        for (size_t j = 0; j < i; j++)
            out[n++] = distance(f->value[k] + i * width,
                                f->value[k] + j * width, width);
    return n;
}

static size_t distances_between(const struct tune_features *f,
                                const struct tune_features *g, int k,
                                double *out) {
    size_t n = 0, width = feature_list[k].width;
    for (size_t i = 0; i < f->count[k]; i++)
        for (size_t j = 0; j < g->count[k]; j++)
            out[n++] = distance(f->value[k] + i * width,
                                g->value[k] + j * width, width);
    return n;
}

static double mean(const double *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return n ? sum / (double)n : NAN;
}

/* ---- densities ---- */

struct grid_line {
    double low, step;
};

/* Scott 1992, in one dimension. */
static double bandwidth(const double *x, size_t n) {
    double m = mean(x, n), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - m) * (x[i] - m);
    return n > 1 ? sqrt(sum / (double)(n - 1)) * pow((double)n, -0.2) : 0;
}

static void widen(double *low, double *high, const double *x, size_t n,
                  double h) {
    for (size_t i = 0; i < n; i++) {
        *low = fmin(*low, x[i] - TAIL * h);
        *high = fmax(*high, x[i] + TAIL * h);
    }
}

/* Each number is shared out between the two points of the grid beside it. */
static void bin(const double *x, size_t n, struct grid_line g,
                double mass[OVERLAP_GRID]) {
    for (size_t i = 0; i < n; i++) {
        double place = (x[i] - g.low) / g.step;
        size_t left = (size_t)fmin(fmax(place, 0), OVERLAP_GRID - 2);
        mass[left] += 1 - (place - (double)left);
        mass[left + 1] += place - (double)left;
    }
}

/* The numbers as a density on the grid that sums to 1. With a bandwidth of 0
 * it is the numbers themselves. */
static void density(const double *x, size_t n, double h, struct grid_line g,
                    double out[OVERLAP_GRID]) {
    double mass[OVERLAP_GRID] = {0}, sum = 0;
    bin(x, n, g, mass);
    for (int i = 0; i < OVERLAP_GRID; i++) {
        out[i] = h > 0 ? 0 : mass[i];
        for (int j = 0; j < OVERLAP_GRID && h > 0; j++) {
            double z = (i - j) * g.step / h;
            if (mass[j] > 0)
                out[i] += mass[j] * exp(-z * z / 2);
        }
        sum += out[i];
    }
    for (int i = 0; i < OVERLAP_GRID; i++)
        out[i] /= sum;
}

struct overlap overlap_lists(const double *p, size_t np, const double *q,
                             size_t nq) {
    struct overlap o = {.area = NAN, .kld = NAN, .spread = NAN};
    if (!np || !nq)
        return o;
    double a[OVERLAP_GRID], b[OVERLAP_GRID], low = p[0], high = p[0];
    double h = fmax(bandwidth(p, np), bandwidth(q, nq));
    widen(&low, &high, p, np, h);
    widen(&low, &high, q, nq, h);
    o.area = 1;
    o.kld = 0;
    if (!(high > low)) /* all are the same number */
        return o;
    struct grid_line g = {low, (high - low) / (OVERLAP_GRID - 1)};
    density(p, np, h, g, a);
    density(q, nq, h, g, b);
    o.area = 0;
    for (int i = 0; i < OVERLAP_GRID; i++) {
        o.area += fmin(a[i], b[i]);
        if (a[i] > 0)
            o.kld += a[i] * log(a[i] / fmax(b[i], FLOOR));
    }
    return o;
}

int overlap_sets(const struct tune_features *set,
                 const struct tune_features *target,
                 struct overlap out[FEATURES], struct err *e) {
    size_t most = (size_t)OVERLAP_TUNES * OVERLAP_TUNES;
    double *within = malloc(most * sizeof *within);
    double *between = malloc(most * sizeof *between);
    for (int k = 0; k < FEATURES && within && between; k++) {
        size_t nb = distances_between(set, target, k, between);
        size_t nw = distances_within(target, k, within);
        double width = mean(within, nw);
        out[k] = overlap_lists(within, nw, between, nb);
        out[k].spread =
            mean(between, distances_within(set, k, between)) / width;
    }
    int ok = within && between;
    free(within);
    free(between);
    return ok ? 0 : err_set(e, ERR_MEM, "distances: out of memory");
}
