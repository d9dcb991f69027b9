/* Where the time of the network goes, for benchmarks: the caller's clock is
 * read between the parts of the work and its seconds are added up.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_TIMING_H
#define NOTT_TIMING_H

enum timing_part {
    PART_INPUT,          /* bias, rows, products with the layer's input */
    PART_RECURRENT,      /* products with the state */
    PART_GATES,          /* the cells, dropout */
    PART_HEADS,          /* logits, softmax, loss, their gradients */
    PART_BACK_RECURRENT, /* the same backwards */
    PART_BACK_GATES,
    PART_WEIGHTS, /* gradients of weights, and of the layers' inputs */
    PART_WAITING, /* for the other threads */
    TIMING_PARTS
};

struct stopwatch {
    double (*now)(void); /* seconds */
    double last, spent[TIMING_PARTS];
};

/* `w` may be NULL, and then nothing is measured. */
static inline void timing_begin(struct stopwatch *w) {
    if (w)
        w->last = w->now();
}

/* The time since the last lap was spent on `part`. */
static inline void timing_lap(struct stopwatch *w, enum timing_part part) {
    if (!w)
        return;
    double now = w->now();
    w->spent[part] += now - w->last;
    w->last = now;
}

#endif
