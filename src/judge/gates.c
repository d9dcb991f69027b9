/* Gates: see gates.h. SPDX-License-Identifier: MIT */
#include "nott/judge/gates.h"

#include <math.h>
#include <stdlib.h>

#include "chord_measures.h"
#include "nott/judge/measure.h"
#include "resample.h"

#define OUTSIDE 0.01 /* of the reference tunes, on either side */
#define TENTHS  10

const struct gate_info gates_list[GATES] = {
    [GATES_RHYTHM] = {"rhythm", "notes per bar, of the meter", 1, 1},
    [GATES_RANGE] = {"range", "range in semitones", 1, 1},
    [GATES_MODE] = {"mode", "notes out of the key's scale", 0, 1},
    [GATES_ACCIDENTALS] = {"accidentals", "notes out of the best scale", 0, 1},
    [GATES_ACCENTS] = {"accents", "accents on bar lines", 1, 0},
    [GATES_LAST_NOTE] = {"last_note", "last note, above the tonic", 0, 0},
    [GATES_LEAPS] = {"leaps", "intervals of 8 or more", 0, 1},
    [GATES_KNOWN] = {"known", "bars of a known tune", 0, 1},
};

/* ---- the numbers of a tune ---- */

static double value_of(struct ratio r) {
    return r.whole > 0 ? r.part / r.whole : NAN;
}

/* Semitones from the tonic up to the last note. */
static double last_degree(const struct surface *t) {
    int tonic = surface_tonic(t);
    for (size_t k = t->steps; k-- > 0 && tonic >= 0;)
        if (t->pitch[k] >= 0)
            return (t->pitch[k] + 12 - tonic) % 12;
    return NAN;
}

/* All but what is known. */
static int values(const struct surface *t, double out[GATES], struct err *e) {
    struct ratio r[MEASURES];
    struct chord_measures_accents a;
    if (measure_tune(t, r, e) || chord_measures_accents(t, &a, e))
        return -1;
    out[GATES_RHYTHM] = value_of(r[MEASURE_ONSETS_PER_BAR]);
    out[GATES_RANGE] = value_of(r[MEASURE_RANGE]);
    out[GATES_MODE] = 1 - value_of(r[MEASURE_IN_KEY]);
    out[GATES_ACCIDENTALS] = 1 - value_of(r[MEASURE_SCALE]);
    out[GATES_ACCENTS] =
        value_of((struct ratio){a.on_line, a.on_line + a.elsewhere});
    out[GATES_LAST_NOTE] = last_degree(t);
    out[GATES_LEAPS] = value_of(r[MEASURE_INTERVAL_8]);
    return 0;
}

static int known_bars(const struct novelty_index *x, const struct surface *t,
                      double *out, struct err *e) {
    struct novelty n;
    if (novelty_find(x, t, &n, e))
        return -1;
    *out = (double)n.run / t->header.bar;
    return 0;
}

/* ---- the limits ---- */

struct numbers { /* of one tune of the reference */
    double of[GATES];
};

/* Looks up every tenth tune, from `tenth` on, in the others. */
static int know_tenth(const struct surface_set *s, size_t tenth,
                      struct surface *room, struct numbers *of, struct err *e) {
    struct surface_set others = {room, 0, s->steps_per_quarter};
    struct novelty_index x;
    for (size_t i = 0; i < s->count; i++)
        if (i % TENTHS != tenth)
            room[others.count++] = s->list[i];
    if (!others.count || others.count == s->count)
        return 0;
    if (novelty_index_init(&x, &others, e))
        return -1;
    int rc = 0;
    for (size_t i = tenth; i < s->count && rc == 0; i += TENTHS)
        rc = known_bars(&x, &s->list[i], &of[i].of[GATES_KNOWN], e);
    novelty_index_free(&x);
    return rc;
}

static int measure_reference(const struct surface_set *s, struct numbers *of,
                             struct err *e) {
    struct surface *room = calloc(s->count, sizeof *room);
    if (!room)
        return err_set(e, ERR_MEM, "gates: out of memory");
    int rc = 0;
    for (size_t i = 0; i < s->count && rc == 0; i++) {
        of[i].of[GATES_KNOWN] = NAN;
        rc = values(&s->list[i], of[i].of, e);
    }
    for (size_t tenth = 0; tenth < TENTHS && rc == 0; tenth++)
        rc = know_tenth(s, tenth, room, of, e);
    free(room); /* its tunes are those of s */
    return rc;
}

static int by_value(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int in_meter(const struct surface *t, const struct gate_meter *m) {
    return !m || (t->header.beats == m->beats && t->header.unit == m->unit);
}

/* The limits of gate k over the tunes of a meter, or over all with NULL. */
static struct gate_limits limits_of(const struct surface_set *s,
                                    const struct numbers *of, int k,
                                    const struct gate_meter *m, double *room) {
    struct gate_limits out = {-INFINITY, INFINITY};
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++)
        if (in_meter(&s->list[i], m) && !isnan(of[i].of[k]))
            room[n++] = of[i].of[k];
    qsort(room, n, sizeof *room, by_value);
    if (n && gates_list[k].low)
        out.low = resample_quantile(room, n, OUTSIDE);
    if (n && gates_list[k].high)
        out.high = resample_quantile(room, n, 1 - OUTSIDE);
    return out;
}

static void count_meter(struct gates *g, const struct surface *t) {
    size_t i = 0;
    while (i < g->meter_count && !in_meter(t, &g->meters[i]))
        i++;
    if (i == GATES_METERS)
        return;
    if (i == g->meter_count)
        g->meters[g->meter_count++] = (struct gate_meter){
            .beats = t->header.beats, .unit = t->header.unit};
    g->meters[i].tunes++;
}

/* Finds the meters, and keeps those that have tunes enough. */
static void find_meters(struct gates *g, const struct surface_set *s,
                        const struct numbers *of, double *room) {
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        count_meter(g, &s->list[i]);
    for (size_t i = 0; i < g->meter_count; i++) {
        struct gate_meter m = g->meters[i];
        if (m.tunes < GATES_METER)
            continue;
        m.limits = limits_of(s, of, GATES_RHYTHM, &m, room);
        g->meters[kept++] = m;
    }
    g->meter_count = kept;
}

/* The degrees on which 1 % end. */
static unsigned find_last_notes(const struct surface_set *s,
                                const struct numbers *of) {
    double on[12] = {0}, all = 0;
    unsigned out = 0;
    for (size_t i = 0; i < s->count; i++) {
        double degree = of[i].of[GATES_LAST_NOTE];
        if (isnan(degree))
            continue;
        on[(int)degree] += 1;
        all += 1;
    }
    for (int d = 0; d < 12; d++)
        out |= (unsigned)(on[d] >= OUTSIDE * all) << d;
    return out;
}

int gates_init(struct gates *g, const struct surface_set *reference,
               struct err *e) {
    *g = (struct gates){.meter_count = 0};
    if (novelty_index_init(&g->known, reference, e))
        return -1;
    struct numbers *of = calloc(reference->count, sizeof *of);
    double *room = calloc(reference->count, sizeof *room);
    int rc = of && room ? measure_reference(reference, of, e)
                        : err_set(e, ERR_MEM, "gates: out of memory");
    for (int k = 0; k < GATES && rc == 0; k++)
        g->limits[k] = limits_of(reference, of, k, NULL, room);
    if (rc == 0) {
        find_meters(g, reference, of, room);
        g->last_notes = find_last_notes(reference, of);
    } else {
        gates_free(g);
    }
    free(of);
    free(room);
    return rc;
}

void gates_free(struct gates *g) {
    novelty_index_free(&g->known);
    *g = (struct gates){.meter_count = 0};
}

/* ---- trying ---- */

static struct gate_limits limits_for(const struct gates *g,
                                     const struct surface *t, int k) {
    for (size_t i = 0; i < g->meter_count && k == GATES_RHYTHM; i++)
        if (in_meter(t, &g->meters[i]))
            return g->meters[i].limits;
    return g->limits[k];
}

int gates_try(const struct gates *g, const struct surface *t,
              struct gate_result *out, struct err *e) {
    *out = (struct gate_result){.failed = 0};
    if (values(t, out->value, e) ||
        known_bars(&g->known, t, &out->value[GATES_KNOWN], e))
        return -1;
    for (int k = 0; k < GATES; k++) {
        struct gate_limits l = limits_for(g, t, k);
        int outside = out->value[k] < l.low || out->value[k] > l.high;
        out->failed |= (unsigned)outside << k;
    }
    double last = out->value[GATES_LAST_NOTE];
    if (!isnan(last) && !(g->last_notes >> (int)last & 1))
        out->failed |= 1u << GATES_LAST_NOTE;
    return 0;
}
