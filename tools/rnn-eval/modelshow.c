/* Scores of a model: see modelshow.h. SPDX-License-Identifier: MIT */
#include "modelshow.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "nott/base/json.h"

/* ---- JSON ---- */

struct figures {
    double nats[OUTPUTS], p[OUTPUTS], argmax[OUTPUTS], total, overall;
};

/* Of voices without a scored step the figures are NaN, and both together are
 * those of the other. */
static struct figures figures(const struct sums s[OUTPUTS]) {
    struct figures f;
    int voices = 0;
    for (int k = 0; k < OUTPUTS; k++) {
        f.nats[k] = tally_mean(&s[k], s[k].nats);
        f.p[k] = tally_mean(&s[k], s[k].p_target);
        f.argmax[k] = tally_mean(&s[k], s[k].correct);
        voices += s[k].steps > 0;
    }
    f.total = tally_total(f.nats);
    f.overall = tally_total(f.p) / voices;
    return f;
}

static json_t *voices(double melody, double chord, int *failed) {
    json_t *both = json_object();
    json_put(both, "melody", json_number(melody), failed);
    json_put(both, "chord", json_number(chord), failed);
    return both;
}

static json_t *voices_and(const char *key, double v, double melody,
                          double chord, int *failed) {
    json_t *all = voices(melody, chord, failed);
    json_put(all, key, json_number(v), failed);
    return all;
}

/* Puts the number of steps, as the caller wants it shown, and the scores into
 * `all`. */
static void put_scores(json_t *all, const struct sums s[OUTPUTS], json_t *steps,
                       int *failed) {
    const int M = OUT_MELODY, C = OUT_CHORD;
    struct figures f = figures(s);
    json_put(all, "steps", steps, failed);
    json_put(all, "nats",
             voices_and("total", f.total, f.nats[M], f.nats[C], failed),
             failed);
    json_put(all, "perplexity", voices(exp(f.nats[M]), exp(f.nats[C]), failed),
             failed);
    json_put(all, "p_target",
             voices_and("overall", f.overall, f.p[M], f.p[C], failed), failed);
    json_put(all, "argmax", voices(f.argmax[M], f.argmax[C], failed), failed);
}

static json_t *scores_json(const struct sums s[OUTPUTS], int *failed) {
    json_t *all = json_object();
    put_scores(all, s, voices(s[OUT_MELODY].steps, s[OUT_CHORD].steps, failed),
               failed);
    return all;
}

static json_t *tally_json(const struct tally *t, int *failed) {
    json_t *all = scores_json(t->all, failed);
    json_put(all, "change", scores_json(t->change, failed), failed);
    return all;
}

/* ---- the table ---- */

static void cell(double v, double factor, int decimals) {
    if (isfinite(v))
        printf(" %8.*f", decimals, v * factor);
    else
        printf(" %8s", "-");
}

static void table_row(const char *name, const struct sums s[OUTPUTS]) {
    const int M = OUT_MELODY, C = OUT_CHORD;
    struct figures f = figures(s);
    printf("%-12s", name);
    cell(f.nats[M], 1, 4);
    cell(f.nats[C], 1, 4);
    cell(f.total, 1, 4);
    cell(f.p[M], 100, 2);
    cell(f.p[C], 100, 2);
    cell(f.overall, 100, 2);
    cell(f.argmax[M], 100, 2);
    cell(f.argmax[C], 100, 2);
    printf("\n");
}

static void table_head(const char *what, double melody, double chord) {
    printf("%s: %.0f melody, %.0f chord\n", what, melody, chord);
    printf("%-12s %26s %26s %17s\n", "", "nats per step    ",
           "mean p(target) %   ", "argmax right %");
    printf("%-12s %8s %8s %8s %8s %8s %8s %8s %8s\n", "", "melody", "chord",
           "total", "melody", "chord", "overall", "melody", "chord");
}

void modelshow_table(const struct judged *j, int n) {
    const struct tally *t = &j[0].tally;
    table_head("All steps", t->all[OUT_MELODY].steps, t->all[OUT_CHORD].steps);
    for (int i = 0; i < n; i++)
        table_row(j[i].name, j[i].tally.all);
    printf("\n");
    table_head("Steps on which the voice changes", t->change[OUT_MELODY].steps,
               t->change[OUT_CHORD].steps);
    for (int i = 0; i < n; i++)
        table_row(j[i].name, j[i].tally.change);
}

int modelshow_json(const struct judged *j, int n, const char *model,
                   const char *split, size_t tunes, size_t chordless,
                   struct err *e) {
    json_t *root = json_object(), *base = json_object();
    const struct tally *own = &j[0].tally;
    int failed = 0;
    json_put(root, "model", json_text(model), &failed);
    json_put(root, "split", json_text(split), &failed);
    json_put(root, "tunes", json_integer((json_int_t)tunes), &failed);
    if (chordless)
        json_put(root, "chordless", json_integer((json_int_t)chordless),
                 &failed);
    put_scores(root, own->all,
               json_integer((json_int_t)own->all[OUT_MELODY].steps), &failed);
    json_put(root, "change", scores_json(own->change, &failed), &failed);
    for (int i = 1; i < n; i++)
        json_put(base, j[i].name, tally_json(&j[i].tally, &failed), &failed);
    json_put(root, "baselines", base, &failed);
    char *text = json_page(root, failed, "JSON", e);
    if (!text)
        return -1;
    printf("%s\n", text);
    free(text);
    return 0;
}
