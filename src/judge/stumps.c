/* Boosted stumps: see stumps.h. SPDX-License-Identifier: MIT */
#include "stumps.h"

#include <math.h>
#include <stdlib.h>

#include "nott/base/num.h"

#define ROUNDS  200
#define RATE    0.1
#define PENALTY 1.0
#define LEAST   5 /* examples on either side */

struct stump {
    size_t column;
    double bound, low, high; /* what is added below it, and from it on */
    double gain;
};

struct slope { /* sums of first and second derivatives */
    double g, h;
    size_t n;
};

struct boost {
    const struct examples *from;
    size_t *order; /* [width, n]: the known ones of each column, ascending */
    size_t *known; /* [width]: how many these are */
    struct slope *slope; /* [n] */
    double *score;       /* [n] */
    double class[2];
};

struct entry {
    double x;
    size_t i;
};

static int by_x(const void *a, const void *b) {
    const struct entry *p = a, *q = b;
    int order = (p->x > q->x) - (p->x < q->x);
    return order ? order : (p->i > q->i) - (p->i < q->i);
}

static void sort_columns(struct boost *b, struct entry *room) {
    size_t n = b->from->n;
    for (size_t j = 0; j < b->from->width; j++) {
        size_t known = 0;
        for (size_t i = 0; i < n; i++)
            if (!isnan(b->from->x[j * n + i]))
                room[known++] = (struct entry){b->from->x[j * n + i], i};
        qsort(room, known, sizeof *room, by_x);
        for (size_t i = 0; i < known; i++)
            b->order[j * n + i] = room[i].i;
        b->known[j] = known;
    }
}

static struct slope plus(struct slope a, struct slope b) {
    return (struct slope){a.g + b.g, a.h + b.h, a.n + b.n};
}

static struct slope minus(struct slope a, struct slope b) {
    return (struct slope){a.g - b.g, a.h - b.h, a.n - b.n};
}

static double worth(struct slope s) {
    return s.g * s.g / (s.h + PENALTY);
}

static double answer(struct slope s) {
    return -RATE * s.g / (s.h + PENALTY);
}

/* Makes *best the best question about column j, if it is better. */
static void ask(const struct boost *b, size_t j, struct stump *best) {
    const size_t *order = b->order + j * b->from->n;
    const double *x = b->from->x + j * b->from->n;
    struct slope all = {0}, low = {0};
    for (size_t i = 0; i < b->known[j]; i++)
        all = plus(all, b->slope[order[i]]);
    for (size_t i = 0; i + LEAST < b->known[j]; i++) {
        low = plus(low, b->slope[order[i]]);
        double here = x[order[i]], next = x[order[i + 1]];
        struct slope high = minus(all, low);
        double gain = worth(low) + worth(high) - worth(all);
        if (low.n >= LEAST && here < next && gain > best->gain)
            *best = (struct stump){j, (here + next) / 2, answer(low),
                                   answer(high), gain};
    }
}

static void add(const struct stump *s, const struct examples *to,
                double *scores) {
    const double *x = to->x + s->column * to->n;
    for (size_t i = 0; i < to->n; i++)
        scores[i] += isnan(x[i]) ? 0 : x[i] < s->bound ? s->low : s->high;
}

static void boost(struct boost *b, const struct examples *of, double *scores) {
    for (int r = 0; r < ROUNDS; r++) {
        struct stump best = {.gain = 0};
        for (size_t i = 0; i < b->from->n; i++) {
            int y = b->from->y[i];
            double p = 1 / (1 + num_exp(-b->score[i])), c = b->class[y];
            b->slope[i] = (struct slope){c * (p - y), c * p * (1 - p), 1};
        }
        for (size_t j = 0; j < b->from->width; j++)
            ask(b, j, &best);
        if (!(best.gain > 0))
            break;
        add(&best, b->from, b->score);
        add(&best, of, scores);
    }
}

int stumps_scores(const struct examples *from, const struct examples *of,
                  double *scores, struct err *e) {
    size_t n = from->n, d = from->width;
    struct boost b = {.from = from,
                      .order = calloc(n * d + 1, sizeof *b.order),
                      .known = calloc(d + 1, sizeof *b.known),
                      .slope = calloc(n + 1, sizeof *b.slope),
                      .score = calloc(n + 1, sizeof *b.score)};
    struct entry *room = calloc(n + 1, sizeof *room);
    int ok = b.order && b.known && b.slope && b.score && room;
    for (size_t i = 0; i < of->n; i++)
        scores[i] = 0;
    if (ok) {
        examples_weights(from, b.class);
        sort_columns(&b, room);
        boost(&b, of, scores);
    }
    free(b.order);
    free(b.known);
    free(b.slope);
    free(b.score);
    free(room);
    return ok ? 0 : err_set(e, ERR_MEM, "stumps: out of memory");
}
