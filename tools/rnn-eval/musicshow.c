/* Tables and JSON about tunes: see musicshow.h. SPDX-License-Identifier: MIT */
#include "musicshow.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const set_names[SETS] = {"tunes", "test", "train"};

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

static void cell(double v, int width, int decimals) {
    if (isfinite(v))
        printf(" %*.*f", width, decimals, v);
    else
        printf(" %*s", width, "-");
}

/* A name from a file must not steer the terminal. */
static void print_name(const char *name) {
    for (const char *p = name ? name : "-"; *p; p++)
        putchar((unsigned char)*p < 0x20 || *p == 0x7f ? '?' : *p);
}

static void print_measures(const struct judging *j) {
    printf("%-32s", "Measures");
    for (int i = 0; i < SETS; i++)
        if (j->set[i].there)
            printf(" %8s", set_names[i]);
    printf("\n");
    for (int m = 0; m < MEASURES; m++) {
        printf("%-32s", measure_list[m].text);
        for (int i = 0; i < SETS; i++)
            if (j->set[i].there)
                cell(j->set[i].measure[m], 8, 3);
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
        cell(j->tunes[k].area, 8, 3);
        cell(j->train[k].area, 8, 3);
        cell(j->tunes[k].kld, 8, 3);
        cell(j->train[k].kld, 8, 3);
        cell(j->tunes[k].spread, 8, 3);
        printf("\n");
    }
    printf("%-32s", "mean of area tunes / area train");
    cell(mean_ratio(j), 8, 3);
    printf("\n");
}

static void print_figures(const double v[FIGURES]) {
    cell(v[FIGURE_RUN], 6, 0); /* a cell begins with a space */
    for (int w = 0; w < NOVELTY_WINDOWS; w++)
        cell(100 * v[FIGURE_WINDOW + w], 6, 1);
    cell(100 * v[FIGURE_SHARE], 10, 1);
}

static int print_novelty(const struct judging *j, struct err *e) {
    double median[FIGURES], maximum[FIGURES], v[FIGURES];
    printf("%sFound in the training tunes of %s\n",
           j->ask->measures ? "\n" : "", j->reference);
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
        print_name(j->set[TUNES].surface.list[i].name);
        printf("; ");
        print_name(train_name(j, n->run_tune));
        printf("; ");
        print_name(train_name(j, n->nearest));
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
    printf("%zu tunes of %s%s", j->set[TUNES].surface.count, m->paths[0],
           m->path_count > 1 ? " and others" : "");
    if (j->reference)
        printf(" beside %zu test, %zu train tunes of %s",
               j->set[TEST].surface.count, j->set[TRAIN].surface.count,
               j->reference);
    printf("\n\n");
    if (m->measures)
        print_measures(j);
    if (judging_has_overlap(j))
        print_overlap(j);
    return m->novelty ? print_novelty(j, e) : 0;
}

/* ---- JSON ---- */

static json_t *number(double v) {
    return isfinite(v) ? json_real(v) : json_null();
}

/* A name; what is no UTF-8 has its other bytes than ASCII replaced. */
static json_t *text(const char *name) {
    json_t *value = name ? json_string(name) : json_null();
    char *plain = value ? NULL : strdup(name);
    for (char *p = plain; p && *p; p++)
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    value = value ? value : json_string(plain ? plain : "");
    free(plain);
    return value;
}

static json_t *measures_json(const struct judging *j) {
    json_t *all = json_object();
    for (int m = 0; m < MEASURES; m++) {
        json_t *of = json_object();
        for (int i = 0; i < SETS; i++)
            if (j->set[i].there)
                json_object_set_new(of, set_names[i],
                                    number(j->set[i].measure[m]));
        json_object_set_new(all, measure_list[m].key, of);
    }
    return all;
}

static json_t *overlap_json(const struct judging *j) {
    json_t *all = json_object();
    for (int k = 0; k < FEATURES; k++) {
        const struct overlap *a = &j->tunes[k], *b = &j->train[k];
        json_object_set_new(all, feature_list[k].key,
                            json_pack("{s:{s:o,s:o}, s:{s:o,s:o}, s:{s:o,s:o}}",
                                      "area", "tunes", number(a->area), "train",
                                      number(b->area), "kld", "tunes",
                                      number(a->kld), "train", number(b->kld),
                                      "spread", "tunes", number(a->spread),
                                      "train", number(b->spread)));
    }
    return all;
}

static json_t *novelty_json(const struct judging *j, struct err *e) {
    json_t *all = json_object(), *list = json_array();
    json_object_set_new(all, "tunes", list);
    for (size_t i = 0; i < j->set[TUNES].surface.count; i++) {
        const struct novelty *n = &j->novelty[i];
        json_t *one = json_object();
        json_object_set_new(one, "name",
                            text(j->set[TUNES].surface.list[i].name));
        for (int k = 0; k < FIGURES; k++)
            json_object_set_new(one, figure_names[k], number(figure(n, k)));
        json_object_set_new(one, "run_tune", text(train_name(j, n->run_tune)));
        json_object_set_new(one, "nearest", text(train_name(j, n->nearest)));
        json_array_append_new(list, one);
    }
    json_t *median = json_object(), *maximum = json_object();
    json_object_set_new(all, "median", median);
    json_object_set_new(all, "maximum", maximum);
    for (int k = 0; k < FIGURES; k++) {
        double middle, most;
        if (summarise(j, k, &middle, &most, e)) {
            json_decref(all);
            return NULL;
        }
        json_object_set_new(median, figure_names[k], number(middle));
        json_object_set_new(maximum, figure_names[k], number(most));
    }
    return all;
}

int musicshow_json(const struct judging *j, struct err *e) {
    json_t *root = json_object(), *counts = json_object();
    json_object_set_new(root, "reference", text(j->reference));
    json_object_set_new(root, "count", counts);
    for (int i = 0; i < SETS; i++)
        if (i == TUNES || j->reference)
            json_object_set_new(
                counts, set_names[i],
                json_integer((json_int_t)j->set[i].surface.count));
    json_object_set_new(counts, "refused",
                        json_integer((json_int_t)j->refused));
    if (j->ask->measures)
        json_object_set_new(root, "measures", measures_json(j));
    if (judging_has_overlap(j)) {
        json_object_set_new(root, "overlap", overlap_json(j));
        json_object_set_new(root, "overlap_ratio", number(mean_ratio(j)));
    }
    json_t *novelty = j->ask->novelty ? novelty_json(j, e) : NULL;
    int rc = j->ask->novelty && !novelty ? -1 : 0;
    if (novelty)
        json_object_set_new(root, "novelty", novelty);
    if (rc == 0) {
        json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(8));
        printf("\n");
    }
    json_decref(root);
    return rc;
}
