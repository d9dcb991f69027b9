/* Chords for melodies: see harmonize.h. SPDX-License-Identifier: MIT */
#include "rnn-eval/harmonize.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/json.h"
#include "nott/compose/plan.h"

struct score {
    double tunes, steps, roots, exact, changes, on_bar, written, tonic;
};

/* The tune as it is written, and with the chords that are found for it. */
struct pair {
    struct tune written, found;
};

static void pair_free(struct pair *p) {
    tune_free(&p->written);
    tune_free(&p->found);
}

static int find_chords(struct pair *p, const struct checkpoint *m,
                       const struct sampling *how, size_t number,
                       struct err *e) {
    struct tune melody = p->written;
    struct form form;
    struct sampled s = {.tune = &p->found};
    struct plan plan = {.key = TUNE_KEY_UNKNOWN, .melody = &melody};
    melody.has_chords = 0;
    rng_seed(&s.rng, 1, number);
    if (plan_tune(&p->found, m, &plan, &s.rng, &s.from, &form, e))
        return -1;
    s.form = form.bars ? &form : NULL;
    return sample_tunes(m, &s, 1, how, e);
}

static void compare(struct score *x, const struct vocabulary *v,
                    const struct pair *p) {
    const struct tune_header *h = &p->written.frame.header;
    const uint8_t *a = p->found.chord, *b = p->written.chord;
    size_t bar = (size_t)h->bar, last = p->written.steps - 1;
    for (size_t k = 0; k <= last; k++) {
        x->steps += 1;
        x->roots += v->chords[a[k]].root == v->chords[b[k]].root;
        x->exact += a[k] == b[k];
        if (!k)
            continue;
        x->written += b[k] != b[k - 1];
        x->changes += a[k] != a[k - 1];
        x->on_bar +=
            a[k] != a[k - 1] && (k + bar - (size_t)h->phase) % bar == 0;
    }
    x->tunes += 1;
    x->tonic += v->chords[a[last]].root == tune_tonic(h->key);
}

static int print_json(const struct score *x, struct err *e) {
    int failed = 0;
    json_t *o = json_object();
    json_put(o, "tunes", json_number(x->tunes), &failed);
    json_put(o, "steps", json_number(x->steps), &failed);
    json_put(o, "roots", json_number(x->roots / x->steps), &failed);
    json_put(o, "exact", json_number(x->exact / x->steps), &failed);
    json_put(o, "on_bar", json_number(x->on_bar / x->changes), &failed);
    json_put(o, "changes", json_number(x->changes / x->written), &failed);
    json_put(o, "ends_on_tonic", json_number(x->tonic / x->tunes), &failed);
    char *text = json_page(o, failed, "figures", e);
    if (text)
        printf("%s\n", text);
    free(text);
    return text ? 0 : -1;
}

static void print_table(const struct score *x) {
    printf("chords found for %.0f melodies, beside those written\n\n",
           x->tunes);
    printf("%-28s %6.1f %%\n", "steps with their root",
           100 * x->roots / x->steps);
    printf("%-28s %6.1f %%\n", "steps with their chord",
           100 * x->exact / x->steps);
    printf("%-28s %6.1f %%\n", "changes on bar lines",
           100 * x->on_bar / x->changes);
    printf("%-28s %6.2f\n", "changes for each written one",
           x->changes / x->written);
    printf("%-28s %6.1f %%\n", "tunes that end on the tonic",
           100 * x->tonic / x->tunes);
}

int harmonize(const struct checkpoint *m, const struct dataset *d,
              enum split split, const struct sampling *how, int json,
              struct err *e) {
    struct score x = {0};
    int rc = 0;
    for (size_t s = 0; rc == 0 && s < d->tunes; s++) {
        struct pair p = {0};
        if (d->split[s] != split || !d->has_chords[s])
            continue;
        if (dataset_tune(d, s, &p.written, e) || find_chords(&p, m, how, s, e))
            rc = -1;
        else
            compare(&x, &d->vocabulary, &p);
        pair_free(&p);
    }
    if (rc == 0 && x.tunes == 0)
        return err_set(e, ERR_FORMAT, "no %s tune has chords",
                       split_names[split]);
    if (rc == 0 && json)
        return print_json(&x, e);
    if (rc == 0)
        print_table(&x);
    return rc;
}
