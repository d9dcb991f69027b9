/* Scores of a model: see modelshow.h. SPDX-License-Identifier: MIT */
#include "modelshow.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

/* ---- JSON ---- */

static json_t *number(double v) {
    return isfinite(v) ? json_real(v) : json_null();
}

static double share(const struct score *s, double part) {
    return s->steps > 0 ? part / s->steps : NAN;
}

static json_t *scores_json(const struct score s[OUTPUTS]) {
    const struct score *m = &s[OUT_MELODY], *c = &s[OUT_CHORD];
    double nm = share(m, m->nats), nc = share(c, c->nats);
    double pm = share(m, m->p_target), pc = share(c, c->p_target);
    return json_pack(
        "{s:{s:o,s:o}, s:{s:o,s:o,s:o}, s:{s:o,s:o}, s:{s:o,s:o,s:o}, "
        "s:{s:o,s:o}}",
        "steps", "melody", number(m->steps), "chord", number(c->steps), "nats",
        "melody", number(nm), "chord", number(nc), "total", number(nm + nc),
        "perplexity", "melody", number(exp(nm)), "chord", number(exp(nc)),
        "p_target", "melody", number(pm), "chord", number(pc), "overall",
        number((pm + pc) / 2), "argmax", "melody", number(share(m, m->correct)),
        "chord", number(share(c, c->correct)));
}

static json_t *tally_json(const struct tally *t) {
    json_t *all = scores_json(t->all);
    json_object_set_new(all, "change", scores_json(t->change));
    return all;
}

/* ---- the table ---- */

static void cell(double v, double factor, int decimals) {
    if (isfinite(v))
        printf(" %8.*f", decimals, v * factor);
    else
        printf(" %8s", "-");
}

static void table_row(const char *name, const struct score s[OUTPUTS]) {
    const struct score *m = &s[OUT_MELODY], *c = &s[OUT_CHORD];
    double nm = share(m, m->nats), nc = share(c, c->nats);
    double pm = share(m, m->p_target), pc = share(c, c->p_target);
    printf("%-12s", name);
    cell(nm, 1, 4);
    cell(nc, 1, 4);
    cell(nm + nc, 1, 4);
    cell(pm, 100, 2);
    cell(pc, 100, 2);
    cell((pm + pc) / 2, 100, 2);
    cell(share(m, m->correct), 100, 2);
    cell(share(c, c->correct), 100, 2);
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

void modelshow_json(const struct judged *j, int n, const char *model,
                    const char *split, size_t tunes) {
    json_t *root = json_pack("{s:s, s:s, s:I}", "model", model, "split", split,
                             "tunes", (json_int_t)tunes);
    json_t *base = json_object(), *own = tally_json(&j[0].tally);
    json_t *steps = json_object_get(json_object_get(own, "steps"), "melody");
    json_object_set_new(own, "steps",
                        json_integer((json_int_t)json_number_value(steps)));
    json_object_update(root, own);
    for (int i = 1; i < n; i++)
        json_object_set_new(base, j[i].name, tally_json(&j[i].tally));
    json_object_set_new(root, "baselines", base);
    json_dumpf(root, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(8));
    printf("\n");
    json_decref(own);
    json_decref(root);
}
