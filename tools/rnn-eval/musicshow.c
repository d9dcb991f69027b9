/* Tables and JSON about tunes: see musicshow.h. SPDX-License-Identifier: MIT */
#include "musicshow.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/cli.h"
#include "gateshow.h"
#include "judgeshow.h"
#include "nott/base/json.h"

static const char *const set_names[SHOWN] = {"tunes", "test", "train"};

int judging_has_overlap(const struct judging *j) {
    return j->ask->measures && j->reference && j->set[TEST].there;
}

/* Mean over the features of area to area of the training tunes. */
static double mean_ratio(const struct judging *j) {
    double sum = 0, n = 0;
    for (int k = 0; k < FEATURES; k++) {
        double ratio = j->tunes[k].area / j->train[k].area;
        if (isfinite(ratio)) {
            sum += ratio;
            n++;
        }
    }
    return n > 0 ? sum / n : NAN;
}

/* ---- the figures of novelty ---- */

enum { FIGURE_RUN, FIGURE_WINDOW, FIGURE_SHARE = FIGURE_WINDOW + 3, FIGURES };

static const char *const figure_names[FIGURES] = {"run", "16", "32", "64",
                                                  "share"};

static double figure(const struct novelty *n, int k) {
    return k == FIGURE_RUN     ? (double)n->run
           : k == FIGURE_SHARE ? n->share
                               : n->windows[k - FIGURE_WINDOW];
}

static int by_value(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Median and maximum of one figure over the tunes that have it. ERR_MEM. */
static int summarise(const struct judging *j, int k, double *median,
                     double *maximum, struct err *e) {
    size_t n = 0, tunes = j->set[TUNES].surface.count;
    double *v = calloc(tunes, sizeof *v);
    if (!v)
        return err_set(e, ERR_MEM, "novelty: out of memory");
    for (size_t i = 0; i < tunes; i++)
        if (isfinite(figure(&j->novelty[i], k)))
            v[n++] = figure(&j->novelty[i], k);
    qsort(v, n, sizeof *v, by_value);
    *median = n ? (v[(n - 1) / 2] + v[n / 2]) / 2 : NAN;
    *maximum = n ? v[n - 1] : NAN;
    free(v);
    return 0;
}

static const char *train_name(const struct judging *j, size_t tune) {
    return tune == NOVELTY_NONE ? NULL : j->set[TRAIN].surface.list[tune].name;
}

/* ---- tables ---- */

void musicshow_cell(double v, int width, int decimals) {
    if (isfinite(v))
        printf(" %*.*f", width, decimals, v);
    else
        printf(" %*s", width, "-");
}

void musicshow_name(const char *name) {
    cli_put(name ? name : "-");
}

static void print_measures(const struct judging *j) {
    printf("%-32s", "Measures");
    for (int i = 0; i < SHOWN; i++)
        if (j->set[i].there)
            printf(" %8s", set_names[i]);
    printf("\n");
    for (int m = 0; m < MEASURES; m++) {
        printf("%-32s", measure_list[m].text);
        for (int i = 0; i < SHOWN; i++)
            if (j->set[i].there)
                musicshow_cell(j->set[i].measure[m], 8, 3);
        printf("\n");
    }
}

static void print_overlap(const struct judging *j) {
    printf("\n%-32s %17s %17s %8s\n", "Distances to the test tunes",
           "overlap area", "KLD", "spread");
    printf("%-32s %8s %8s %8s %8s %8s\n", "", "tunes", "train", "tunes",
           "train", "tunes");
    for (int k = 0; k < FEATURES; k++) {
        printf("%-32s", feature_list[k].text);
        musicshow_cell(j->tunes[k].area, 8, 3);
        musicshow_cell(j->train[k].area, 8, 3);
        musicshow_cell(j->tunes[k].kld, 8, 3);
        musicshow_cell(j->train[k].kld, 8, 3);
        musicshow_cell(j->tunes[k].spread, 8, 3);
        printf("\n");
    }
    printf("%-32s", "mean of area tunes / area train");
    musicshow_cell(mean_ratio(j), 8, 3);
    printf("\n");
}

static void print_figures(const double v[FIGURES]) {
    musicshow_cell(v[FIGURE_RUN], 6, 0); /* a cell begins with a space */
    for (int w = 0; w < NOVELTY_WINDOWS; w++)
        musicshow_cell(100 * v[FIGURE_WINDOW + w], 6, 1);
    musicshow_cell(100 * v[FIGURE_SHARE], 10, 1);
}

static int print_novelty(const struct judging *j, struct err *e) {
    double median[FIGURES], maximum[FIGURES], v[FIGURES];
    printf("%sFound in the training tunes of ",
           j->ask->measures || j->ask->judge || j->ask->gates ? "\n" : "");
    cli_put(j->reference);
    printf("\n");
    printf("%7s %20s %10s\n", "longest", "% of windows of", "% of runs");
    printf("%7s %6d %6d %6d %10s  %s\n", "steps", novelty_windows[0],
           novelty_windows[1], novelty_windows[2], "of 12",
           "tune; where the longest is; nearest tune");
    for (size_t i = 0; i < j->set[TUNES].surface.count; i++) {
        const struct novelty *n = &j->novelty[i];
        for (int k = 0; k < FIGURES; k++)
            v[k] = figure(n, k);
        print_figures(v);
        printf("  ");
        musicshow_name(j->set[TUNES].surface.list[i].name);
        printf("; ");
        musicshow_name(train_name(j, n->run_tune));
        printf("; ");
        musicshow_name(train_name(j, n->nearest));
        printf("\n");
    }
    for (int k = 0; k < FIGURES; k++)
        if (summarise(j, k, &median[k], &maximum[k], e))
            return -1;
    print_figures(median);
    printf("  median\n");
    print_figures(maximum);
    printf("  maximum\n");
    return 0;
}

int musicshow_tables(const struct judging *j, struct err *e) {
    const struct musiceval *m = j->ask;
    printf("%zu tunes of ", j->set[TUNES].surface.count);
    cli_put(m->paths[0]);
    if (m->path_count > 1)
        printf(" and others");
    if (j->reference) {
        printf(" beside %zu test, %zu train tunes of ",
               j->set[TEST].surface.count, j->set[TRAIN].surface.count);
        cli_put(j->reference);
    }
    printf("\n\n");
    if (m->measures)
        print_measures(j);
    if (judging_has_overlap(j))
        print_overlap(j);
    if (m->judge)
        judgeshow_table(j);
    if (m->gates)
        gateshow_table(j);
    return m->novelty ? print_novelty(j, e) : 0;
}

/* ---- JSON ---- */

static json_t *measures_json(const struct judging *j, int *failed) {
    json_t *all = json_object();
    for (int m = 0; m < MEASURES; m++) {
        json_t *of = json_object();
        for (int i = 0; i < SHOWN; i++)
            if (j->set[i].there)
                json_put(of, set_names[i], json_number(j->set[i].measure[m]),
                         failed);
        json_put(all, measure_list[m].key, of, failed);
    }
    return all;
}

static json_t *pair(double tunes, double train, int *failed) {
    json_t *both = json_object();
    json_put(both, "tunes", json_number(tunes), failed);
    json_put(both, "train", json_number(train), failed);
    return both;
}

static json_t *overlap_json(const struct judging *j, int *failed) {
    json_t *all = json_object();
    for (int k = 0; k < FEATURES; k++) {
        const struct overlap *a = &j->tunes[k], *b = &j->train[k];
        json_t *one = json_object();
        json_put(one, "area", pair(a->area, b->area, failed), failed);
        json_put(one, "kld", pair(a->kld, b->kld, failed), failed);
        json_put(one, "spread", pair(a->spread, b->spread, failed), failed);
        json_put(all, feature_list[k].key, one, failed);
    }
    return all;
}

static json_t *tunes_json(const struct judging *j, int *failed) {
    json_t *list = json_array();
    for (size_t i = 0; i < j->set[TUNES].surface.count; i++) {
        const struct novelty *n = &j->novelty[i];
        json_t *one = json_object();
        json_put(one, "name", json_text(j->set[TUNES].surface.list[i].name),
                 failed);
        for (int k = 0; k < FIGURES; k++)
            json_put(one, figure_names[k], json_number(figure(n, k)), failed);
        json_put(one, "run_tune", json_text(train_name(j, n->run_tune)),
                 failed);
        json_put(one, "nearest", json_text(train_name(j, n->nearest)), failed);
        json_push(list, one, failed);
    }
    return list;
}

static json_t *novelty_json(const struct judging *j, int *failed) {
    json_t *all = json_object(), *median = json_object(),
           *maximum = json_object();
    for (int k = 0; k < FIGURES; k++) {
        double middle = 0, most = 0;
        *failed |= summarise(j, k, &middle, &most, NULL);
        json_put(median, figure_names[k], json_number(middle), failed);
        json_put(maximum, figure_names[k], json_number(most), failed);
    }
    json_put(all, "tunes", tunes_json(j, failed), failed);
    json_put(all, "median", median, failed);
    json_put(all, "maximum", maximum, failed);
    return all;
}

static json_t *counts_json(const struct judging *j, int *failed) {
    json_t *counts = json_object();
    for (int i = 0; i < SHOWN; i++)
        if (i == TUNES || j->reference)
            json_put(counts, set_names[i],
                     json_integer((json_int_t)j->set[i].surface.count), failed);
    json_put(counts, "refused", json_integer((json_int_t)j->account.refused),
             failed);
    return counts;
}

int musicshow_json(const struct judging *j, struct err *e) {
    json_t *root = json_object();
    int failed = 0;
    json_put(root, "reference", json_text(j->reference), &failed);
    json_put(root, "count", counts_json(j, &failed), &failed);
    if (j->ask->measures)
        json_put(root, "measures", measures_json(j, &failed), &failed);
    if (judging_has_overlap(j)) {
        json_put(root, "overlap", overlap_json(j, &failed), &failed);
        json_put(root, "overlap_ratio", json_number(mean_ratio(j)), &failed);
    }
    if (j->ask->judge)
        json_put(root, "judge", judgeshow_json(j, &failed), &failed);
    if (j->ask->gates)
        json_put(root, "gates", gateshow_json(j, &failed), &failed);
    if (j->ask->novelty)
        json_put(root, "novelty", novelty_json(j, &failed), &failed);
    char *text = json_page(root, failed, "JSON", e);
    if (!text)
        return -1;
    printf("%s\n", text);
    free(text);
    return 0;
}
