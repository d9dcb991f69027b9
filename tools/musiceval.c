/* Judging tunes: see musiceval.h. SPDX-License-Identifier: MIT */
#include "musiceval.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "nott/corpus.h"
#include "nott/heard.h"
#include "nott/measure.h"
#include "nott/novelty.h"
#include "nott/overlap.h"

#define STEPS_PER_QUARTER 4 /* of MIDI files without a reference */

enum { TUNES, TEST, TRAIN, SETS }; /* the judged ones; the reference's */

static const char *const set_names[SETS] = {"tunes", "test", "train"};

struct set {
    int there; /* is it to be shown? */
    struct heard_set heard;
    double measure[MEASURES];
    struct features features;
};

struct judging {
    const struct musiceval *ask;
    const char *reference; /* path, NULL = none */
    size_t refused;        /* MIDI files that are no tunes */
    struct set set[SETS];
    struct overlap tunes[FEATURES], train[FEATURES]; /* to the test tunes */
    struct novelty *novelty; /* owned: of each of the judged tunes */
};

static void judging_free(struct judging *j) {
    for (int i = 0; i < SETS; i++) {
        heard_set_free(&j->set[i].heard);
        features_free(&j->set[i].features);
    }
    free(j->novelty);
}

/* ---- reading ---- */

static int is_sequences(const char *path) {
    size_t n = strlen(path);
    return n > 4 && strcmp(path + n - 4, ".seq") == 0;
}

static int find_split(const char *name, int *split, struct err *e) {
    for (*split = 0; *split < SPLITS; ++*split)
        if (strcmp(name, split_names[*split]) == 0)
            return 0;
    return strcmp(name, "all") == 0
               ? 0
               : err_set(e, ERR_USAGE, "--split: '%s' is no split", name);
}

static int stopped(void *user, size_t done, size_t total) {
    (void)user;
    (void)done;
    (void)total;
    return cli_signal != 0;
}

/* Says which files are no tunes. */
static int account(struct judging *j, const struct corpus *c, struct err *e) {
    size_t kept = j->set[TUNES].heard.count;
    j->refused = c->count - kept;
    if (!kept && c->count == 1)
        return err_set(e, ERR_FORMAT, "%s: %s", c->files[0].path,
                       c->files[0].tune.reason);
    if (!kept)
        return err_set(e, ERR_FORMAT, "none of the %zu files is a tune",
                       c->count);
    for (size_t i = 0; i < c->count; i++)
        if (c->files[i].tune.reason[0])
            cli_note("%s: passed over: %s", c->files[i].path,
                     c->files[i].tune.reason);
    return 0;
}

static int read_midi(struct judging *j, int steps_per_quarter, struct err *e) {
    struct encode_options o = {.encoding = ENCODING_ATTACK,
                               .steps_per_quarter = steps_per_quarter};
    struct corpus c;
    if (corpus_scan(&c, j->ask->paths, j->ask->path_count, 0, 0, e))
        return -1;
    int rc = corpus_encode(&c, &o, stopped, NULL, e);
    if (rc == 0)
        rc = heard_from_corpus(&j->set[TUNES].heard, &c, steps_per_quarter, e);
    if (rc == 0)
        rc = account(j, &c, e);
    corpus_free(&c);
    return rc;
}

static int read_sequences(struct judging *j, const char *path, int split,
                          struct err *e) {
    struct dataset d;
    struct heard_set *tunes = &j->set[TUNES].heard;
    if (dataset_load(&d, path, e))
        return -1;
    int rc = heard_from_dataset(tunes, &d, split, e);
    dataset_free(&d);
    if (rc == 0 && !tunes->count)
        rc = err_set(e, ERR_FORMAT, "%s: has no %s tunes", path,
                     split < SPLITS ? split_names[split] : "");
    return rc;
}

/* A set of the reference that is the judged one is not shown twice. */
static int read_reference(struct judging *j, int same_split, struct err *e) {
    struct dataset d;
    if (dataset_load(&d, j->reference, e))
        return -1;
    int rc = heard_from_dataset(&j->set[TEST].heard, &d, SPLIT_TEST, e);
    if (rc == 0)
        rc = heard_from_dataset(&j->set[TRAIN].heard, &d, SPLIT_TRAIN, e);
    dataset_free(&d);
    j->set[TEST].there = same_split != SPLIT_TEST;
    j->set[TRAIN].there = same_split != SPLIT_TRAIN;
    return rc;
}

static int read_sets(struct judging *j, struct err *e) {
    const struct musiceval *m = j->ask;
    const char *first = m->paths[0];
    int sequences = m->path_count == 1 && is_sequences(first);
    int split = SPLIT_TEST, steps = STEPS_PER_QUARTER;
    if (m->split && !sequences)
        return err_set(e, ERR_USAGE, "--split is for a .seq");
    if (m->split && find_split(m->split, &split, e))
        return -1;
    j->set[TUNES].there = 1;
    j->reference = m->reference ? m->reference : sequences ? first : NULL;
    int own = sequences && strcmp(j->reference, first) == 0;
    if (j->reference && read_reference(j, own ? split : SPLITS, e))
        return -1;
    if (j->reference)
        steps = j->set[TEST].heard.steps_per_quarter;
    if (sequences ? read_sequences(j, first, split, e) : read_midi(j, steps, e))
        return -1;
    if (j->reference && j->set[TUNES].heard.steps_per_quarter != steps)
        return err_set(e, ERR_FORMAT,
                       "%s: other steps in a quarter note than in %s", first,
                       j->reference);
    return 0;
}

/* ---- judging ---- */

/* Distances are to the test tunes, so these cannot be judged by them. */
static int has_overlap(const struct judging *j) {
    return j->ask->measures && j->reference && j->set[TEST].there;
}

static int judge_measures(struct judging *j, struct err *e) {
    for (int i = 0; i < SETS; i++)
        if (measure_set(&j->set[i].heard, j->set[i].measure, e))
            return -1;
    for (int i = 0; i < SETS && has_overlap(j); i++)
        if (features_init(&j->set[i].features, &j->set[i].heard, e))
            return -1;
    if (!has_overlap(j))
        return 0;
    const struct features *test = &j->set[TEST].features;
    return overlap_sets(&j->set[TUNES].features, test, j->tunes, e) ||
                   overlap_sets(&j->set[TRAIN].features, test, j->train, e)
               ? -1
               : 0;
}

static int judge_novelty(struct judging *j, struct err *e) {
    const struct heard_set *tunes = &j->set[TUNES].heard;
    struct novelty_index x;
    if (!j->reference)
        return err_set(e, ERR_USAGE,
                       "--novelty: give the training tunes: --reference");
    if (!j->set[TRAIN].heard.count)
        return err_set(e, ERR_FORMAT, "%s: has no train tunes", j->reference);
    j->novelty = calloc(tunes->count, sizeof *j->novelty);
    if (!j->novelty)
        return err_set(e, ERR_MEM, "novelty: out of memory");
    if (novelty_index_init(&x, &j->set[TRAIN].heard, e))
        return -1;
    int rc = 0;
    for (size_t i = 0; i < tunes->count && rc == 0; i++)
        rc = novelty_find(&x, &tunes->list[i], &j->novelty[i], e);
    novelty_index_free(&x);
    return rc;
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
    size_t n = 0, tunes = j->set[TUNES].heard.count;
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
    return tune == NOVELTY_NONE ? NULL : j->set[TRAIN].heard.list[tune].name;
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
    for (size_t i = 0; i < j->set[TUNES].heard.count; i++) {
        const struct novelty *n = &j->novelty[i];
        for (int k = 0; k < FIGURES; k++)
            v[k] = figure(n, k);
        print_figures(v);
        printf("  ");
        print_name(j->set[TUNES].heard.list[i].name);
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

static int print_tables(const struct judging *j, struct err *e) {
    const struct musiceval *m = j->ask;
    printf("%zu tunes of %s%s", j->set[TUNES].heard.count, m->paths[0],
           m->path_count > 1 ? " and others" : "");
    if (j->reference)
        printf(" beside %zu test, %zu train tunes of %s",
               j->set[TEST].heard.count, j->set[TRAIN].heard.count,
               j->reference);
    printf("\n\n");
    if (m->measures)
        print_measures(j);
    if (has_overlap(j))
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
    for (size_t i = 0; i < j->set[TUNES].heard.count; i++) {
        const struct novelty *n = &j->novelty[i];
        json_t *one = json_object();
        json_object_set_new(one, "name",
                            text(j->set[TUNES].heard.list[i].name));
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

static int print_json(const struct judging *j, struct err *e) {
    json_t *root = json_object(), *counts = json_object();
    json_object_set_new(root, "reference", text(j->reference));
    json_object_set_new(root, "count", counts);
    for (int i = 0; i < SETS; i++)
        if (i == TUNES || j->reference)
            json_object_set_new(
                counts, set_names[i],
                json_integer((json_int_t)j->set[i].heard.count));
    json_object_set_new(counts, "refused",
                        json_integer((json_int_t)j->refused));
    if (j->ask->measures)
        json_object_set_new(root, "measures", measures_json(j));
    if (has_overlap(j)) {
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

int musiceval(const struct musiceval *m, struct err *e) {
    struct judging j = {.ask = m};
    int rc = read_sets(&j, e);
    if (rc == 0 && m->measures)
        rc = judge_measures(&j, e);
    if (rc == 0 && m->novelty)
        rc = judge_novelty(&j, e);
    if (rc == 0)
        rc = m->json ? print_json(&j, e) : print_tables(&j, e);
    judging_free(&j);
    return rc;
}
