/* What a run leaves for people: see record.h. SPDX-License-Identifier: MIT */
#include "nott/record.h"

#include <stdlib.h>

#include "nott/chart.h"

int record_path(const struct trainer *t, const char *name, char *path,
                size_t cap, struct err *e) {
    return path_join(path, cap, t->settings->run.dir, name, e);
}

int record_config(const struct trainer *t, struct err *e) {
    char path[CONF_PATH + 64];
    struct buf text = {0};
    conf_dump(t->settings, &text, 1);
    int rc = buf_ok(&text, "config.ini", e) ||
             record_path(t, "config.ini", path, sizeof path, e) ||
             file_write(path, text.data, text.len, e);
    buf_free(&text);
    return rc ? -1 : 0;
}

static int write_metrics(const struct trainer *t, struct err *e) {
    char path[CONF_PATH + 64];
    struct buf text = {0};
    buf_printf(&text,
               "epoch\tupdates\trate\ttrain_melody_nats\ttrain_chord_nats\t"
               "valid_melody_nats\tvalid_chord_nats\tvalid_nats\t"
               "valid_melody_p\tvalid_chord_p\tvalid_melody_argmax\t"
               "valid_chord_argmax\tbest\n");
    for (int i = 0; i < t->epoch; i++) {
        const struct train_epoch *h = &t->history[i];
        const int M = OUT_MELODY, C = OUT_CHORD;
        buf_printf(&text,
                   "%.0f\t%.0f\t%.6g\t%.6f\t%.6f\t%.6f\t%.6f\t%.6f\t%.6f\t"
                   "%.6f\t%.6f\t%.6f\t%.0f\n",
                   h->epoch, h->updates, h->rate, h->train_nats[M],
                   h->train_nats[C], h->valid_nats[M], h->valid_nats[C],
                   h->valid_nats[M] + h->valid_nats[C], h->valid_p[M],
                   h->valid_p[C], h->valid_hit[M], h->valid_hit[C], h->best);
    }
    int rc = buf_ok(&text, "metrics.tsv", e) ||
             record_path(t, "metrics.tsv", path, sizeof path, e) ||
             file_write(path, text.data, text.len, e);
    buf_free(&text);
    return rc ? -1 : 0;
}

enum {
    VALID_TOTAL,
    TRAIN_TOTAL,
    VALID_MELODY,
    TRAIN_MELODY,
    VALID_CHORD,
    TRAIN_CHORD,
    CURVES
};

static double curve_value(const struct train_epoch *h, int curve) {
    const double *n = curve % 2 ? h->train_nats : h->valid_nats;
    switch (curve / 2) {
    case 0:
        return n[OUT_MELODY] + n[OUT_CHORD];
    case 1:
        return n[OUT_MELODY];
    default:
        return n[OUT_CHORD];
    }
}

static int write_picture(const struct trainer *t, struct err *e) {
    static const char *const names[CURVES] = {
        "both, validation", "both, training",    "melody, validation",
        "melody, training", "chord, validation", "chord, training"};
    char path[CONF_PATH + 64];
    size_t n = (size_t)t->epoch;
    long best = -1;
    double *values = calloc(CURVES * n + 1, sizeof *values);
    struct chart_curve curves[CURVES];
    struct buf svg = {0};
    if (!values)
        return err_set(e, ERR_MEM, "loss.svg: out of memory");
    for (int k = 0; k < CURVES; k++) {
        for (size_t i = 0; i < n; i++)
            values[(size_t)k * n + i] = curve_value(&t->history[i], k);
        curves[k] = (struct chart_curve){names[k], values + (size_t)k * n, n,
                                         k % 2, k / 2};
    }
    for (size_t i = 0; i < n; i++)
        best = t->history[i].best != 0 ? (long)i : best;
    chart_draw(&svg, curves, CURVES, best, "Loss", "epoch", "nats per step");
    int rc = buf_ok(&svg, "loss.svg", e) ||
             record_path(t, "loss.svg", path, sizeof path, e) ||
             file_write(path, svg.data, svg.len, e);
    buf_free(&svg);
    free(values);
    return rc ? -1 : 0;
}

int record_epoch(const struct trainer *t, struct err *e) {
    return write_metrics(t, e) || write_picture(t, e) ? -1 : 0;
}
