/* What has been there before: see novelty.h. SPDX-License-Identifier: MIT */
#include "nott/judge/novelty.h"

#include <math.h>
#include <stdlib.h>

#define ROOT     0
#define NO_STATE UINT32_MAX
#define MAX_STEPS                                                              \
    ((size_t)1 << 28)            /* so that numbers of edges fit in 32 bits */
#define GRAM (NOVELTY_NOTES - 1) /* intervals of a run of notes */

const int novelty_windows[NOVELTY_WINDOWS] = {16, 32, 64};

/* The strings that end at the same places of the training tunes. */
struct novelty_state {
    uint32_t length; /* of the longest of them */
    uint32_t link;   /* the state of its longest suffix that ends elsewhere */
    uint32_t edge;   /* first of a list, 0 = none */
    uint32_t end;    /* step at which it ended first */
};

struct novelty_edge {
    uint32_t to, next;
    uint16_t token;
};

/* A run of notes, and a training tune that has it. */
struct novelty_gram {
    const uint32_t *notes; /* borrowed: [GRAM] */
    uint32_t tune;
};

/* ---- the automaton ---- */

static struct novelty_edge *find_edge(const struct novelty_index *x,
                                      uint32_t state, uint16_t with) {
    uint32_t i = x->states[state].edge;
    while (i && x->edges[i].token != with)
        i = x->edges[i].next;
    return i ? &x->edges[i] : NULL;
}

static void add_edge(struct novelty_index *x, uint32_t from, uint16_t with,
                     uint32_t to) {
    uint32_t i = (uint32_t)x->edge_count++;
    x->edges[i] = (struct novelty_edge){to, x->states[from].edge, with};
    x->states[from].edge = i;
}

static uint32_t add_state(struct novelty_index *x, uint32_t length,
                          uint32_t link, uint32_t end) {
    uint32_t i = (uint32_t)x->state_count++;
    x->states[i] = (struct novelty_state){length, link, 0, end};
    return i;
}

/* A state for the strings of q up to that length, which now also end where q
 * does not. `from` and its suffixes went to q by `with`. */
static uint32_t divide(struct novelty_index *x, uint32_t q, uint32_t from,
                       uint16_t with) {
    uint32_t part = add_state(x, x->states[from].length + 1, x->states[q].link,
                              x->states[q].end);
    for (uint32_t i = x->states[q].edge; i; i = x->edges[i].next)
        add_edge(x, part, x->edges[i].token, x->edges[i].to);
    for (uint32_t p = from; p != NO_STATE; p = x->states[p].link) {
        struct novelty_edge *by = find_edge(x, p, with);
        if (by->to != q)
            break;
        by->to = part;
    }
    x->states[q].link = part;
    return part;
}

/* Adds one token after the state `last`; the state of the whole string. */
static uint32_t extend(struct novelty_index *x, uint32_t last, uint16_t with,
                       uint32_t end) {
    uint32_t now = add_state(x, x->states[last].length + 1, ROOT, end);
    uint32_t p = last;
    for (; p != NO_STATE && !find_edge(x, p, with); p = x->states[p].link)
        add_edge(x, p, with, now);
    if (p == NO_STATE)
        return now;
    uint32_t q = find_edge(x, p, with)->to;
    int whole = x->states[q].length == x->states[p].length + 1;
    x->states[now].link = whole ? q : divide(x, q, p, with);
    return now;
}

/* An automaton of n tokens has less than 2 n states and 3 n edges. */
static int build_automaton(struct novelty_index *x, struct err *e) {
    size_t tunes = x->train->count, n = x->offset[tunes];
    if (n > MAX_STEPS)
        return err_set(e, ERR_FORMAT, "novelty: more than %zu training steps",
                       MAX_STEPS);
    x->states = calloc(2 * n + 2, sizeof *x->states);
    x->edges = calloc(3 * n + 4, sizeof *x->edges);
    if (!x->states || !x->edges)
        return err_set(e, ERR_MEM, "novelty: out of memory");
    x->edge_count = 1; /* 0 ends the lists */
    uint32_t at = add_state(x, 0, NO_STATE, 0);
    for (size_t s = 0; s < tunes; s++) {
        const struct surface *t = &x->train->list[s];
        int last = -1;
        /* a gap between two tunes, which no tune has, keeps them apart */
        for (size_t k = 0; k < t->steps; k++)
            at = extend(x, at, k ? surface_contour(t, k, &last) : CONTOUR_GAP,
                        (uint32_t)(x->offset[s] + k));
    }
    return 0;
}

static size_t tune_of(const struct novelty_index *x, size_t step) {
    size_t low = 0, high = x->train->count; /* offset[low] <= step */
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (x->offset[middle] <= step)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void find_runs(const struct novelty_index *x, const struct surface *t,
                      struct novelty *out) {
    size_t found[NOVELTY_WINDOWS] = {0}, length = 0, best = 0;
    uint32_t at = ROOT;
    int last = -1;
    for (size_t k = 1; k < t->steps; k++) {
        uint16_t with = surface_contour(t, k, &last);
        struct novelty_edge *by = find_edge(x, at, with);
        while (!by && at != ROOT) {
            at = x->states[at].link;
            length = x->states[at].length;
            by = find_edge(x, at, with);
        }
        if (by) {
            at = by->to;
            length++;
        }
        if (length > best) {
            best = length;
            out->run_tune = tune_of(x, x->states[at].end);
        }
        /* n tokens hold n + 1 steps together */
        for (int w = 0; w < NOVELTY_WINDOWS; w++)
            found[w] += length + 1 >= (size_t)novelty_windows[w];
    }
    out->run = best ? best + 1 : 0;
    for (int w = 0; w < NOVELTY_WINDOWS; w++) {
        size_t width = (size_t)novelty_windows[w];
        out->windows[w] = t->steps >= width ? (double)found[w] /
                                                  (double)(t->steps - width + 1)
                                            : NAN;
    }
}

/* ---- runs of notes ---- */

/* Writes interval and time from each struck note to the next; their number. */
static size_t write_notes(const struct surface *t, uint32_t *notes) {
    size_t n = 0, before = t->steps;
    for (size_t k = 0; k < t->steps; k++) {
        if (!t->struck[k])
            continue;
        if (before < t->steps)
            notes[n++] = (uint32_t)(k - before) << 8 |
                         (uint32_t)(t->pitch[k] - t->pitch[before] + 127);
        before = k;
    }
    return n;
}

static int compare_notes(const uint32_t *a, const uint32_t *b) {
    for (int i = 0; i < GRAM; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

static int by_notes(const void *a, const void *b) {
    const struct novelty_gram *x = a, *y = b;
    int order = compare_notes(x->notes, y->notes);
    return order ? order : (x->tune > y->tune) - (x->tune < y->tune);
}

/* Every run once for each tune that has it. */
static int build_grams(struct novelty_index *x, struct err *e) {
    size_t n = x->offset[x->train->count], at = 0, kept = 0;
    x->notes = calloc(n + 1, sizeof *x->notes);
    x->grams = calloc(n + 1, sizeof *x->grams);
    if (!x->notes || !x->grams)
        return err_set(e, ERR_MEM, "novelty: out of memory");
    for (size_t s = 0; s < x->train->count; s++) {
        size_t count = write_notes(&x->train->list[s], x->notes + at);
        for (size_t i = 0; i + GRAM <= count; i++)
            x->grams[x->gram_count++] =
                (struct novelty_gram){x->notes + at + i, (uint32_t)s};
        at += count;
    }
    qsort(x->grams, x->gram_count, sizeof *x->grams, by_notes);
    for (size_t i = 0; i < x->gram_count; i++)
        if (!i || by_notes(&x->grams[kept - 1], &x->grams[i]))
            x->grams[kept++] = x->grams[i];
    x->gram_count = kept;
    return 0;
}

/* The first of the runs that is not before this one. */
static size_t first_gram(const struct novelty_index *x, const uint32_t *notes) {
    size_t low = 0, high = x->gram_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_notes(x->grams[middle].notes, notes) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void find_nearest(const struct novelty_index *x, const uint32_t *notes,
                         size_t count, size_t *shared, struct novelty *out) {
    size_t runs = count >= GRAM ? count - GRAM + 1 : 0, most = 0;
    for (size_t i = 0; i < runs; i++)
        for (size_t g = first_gram(x, notes + i);
             g < x->gram_count &&
             compare_notes(x->grams[g].notes, notes + i) == 0;
             g++)
            shared[x->grams[g].tune]++;
    for (size_t s = 0; s < x->train->count; s++)
        if (shared[s] > most) {
            most = shared[s];
            out->nearest = s;
        }
    out->share = runs ? (double)most / (double)runs : NAN;
}

/* ---- all of it ---- */

void novelty_index_free(struct novelty_index *x) {
    free(x->offset);
    free(x->states);
    free(x->edges);
    free(x->notes);
    free(x->grams);
    *x = (struct novelty_index){0};
}

int novelty_index_init(struct novelty_index *x, const struct surface_set *train,
                       struct err *e) {
    *x = (struct novelty_index){.train = train};
    if (!train->count)
        return err_set(e, ERR_FORMAT, "novelty: no training tunes");
    x->offset = calloc(train->count + 1, sizeof *x->offset);
    if (!x->offset)
        return err_set(e, ERR_MEM, "novelty: out of memory");
    for (size_t s = 0; s < train->count; s++)
        x->offset[s + 1] = x->offset[s] + train->list[s].steps;
    if (build_automaton(x, e) || build_grams(x, e)) {
        novelty_index_free(x);
        return -1;
    }
    return 0;
}

int novelty_find(const struct novelty_index *x, const struct surface *t,
                 struct novelty *out, struct err *e) {
    *out = (struct novelty){.run_tune = NOVELTY_NONE, .nearest = NOVELTY_NONE};
    uint32_t *notes = calloc(t->steps + 1, sizeof *notes);
    size_t *shared = calloc(x->train->count, sizeof *shared);
    int rc = 0;
    if (notes && shared) {
        find_runs(x, t, out);
        find_nearest(x, notes, write_notes(t, notes), shared, out);
    } else {
        rc = err_set(e, ERR_MEM, "%s: out of memory", t->name);
    }
    free(notes);
    free(shared);
    return rc;
}
