/* Any tune that can be read is measured: every number is one, or says that it
 * is none, and what is printed of them is JSON.
 * SPDX-License-Identifier: MIT */
#include "nott/judge/compare.h"
#include "nott/judge/gates.h"
#include "nott/judge/judge.h"
#include "nott/judge/measure.h"
#include "nott/judge/overlap.h"
#include "nott/music/decode.h"
#include "nott/music/encode.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "nott/base/json.h"
#include "tune.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_json(json_t *value, int failed) {
    char *text = json_line(value, failed, "judged", NULL);
    json_t *again =
        text ? json_parse(text, strlen(text), "judged", NULL) : NULL;
    if (!again)
        abort();
    json_decref(again);
    free(text);
}

static void check_measures(const struct surface_set *set) {
    struct measured *r = NULL;
    json_t *all = json_array();
    int failed = 0;
    if (measure_tunes(set, &r, NULL))
        abort();
    for (size_t i = 0; i < set->count; i++)
        for (int m = 0; m < MEASURES; m++) {
            struct ratio x = r[i].of[m];
            if (!isfinite(x.part) || !isfinite(x.whole) || x.whole < 0)
                abort();
            json_push(all, json_number(x.part / x.whole), &failed);
        }
    free(r);
    check_json(all, failed);
}

/* The known tunes are these tunes themselves. */
static void check_gates(const struct surface_set *set) {
    struct gates g;
    struct gate_result r;
    struct novelty n;
    json_t *all = json_object();
    int failed = 0;
    if (gates_init(&g, set, NULL))
        abort();
    for (size_t i = 0; i < set->count; i++) {
        const struct surface *t = &set->list[i];
        if (gates_try(&g, t, &r, NULL) || novelty_find(&g.known, t, &n, NULL) ||
            n.run > t->steps || n.share < 0 || n.share > 1)
            abort();
        for (int k = 0; k < GATES; k++)
            json_put(all, gates_list[k].key, json_number(r.value[k]), &failed);
        json_put(all, "name", json_text(t->name), &failed);
    }
    gates_free(&g);
    check_json(all, failed);
}

static void check_features(const struct surface_set *set) {
    struct tune_features f = {0};
    struct overlap o[FEATURES];
    struct traits x = {0};
    if (overlap_features_init(&f, set, NULL) || overlap_sets(&f, &f, o, NULL) ||
        traits_add(&x, set, NULL) || x.tunes != set->count)
        abort();
    for (size_t i = 0; i < FEATURES; i++)
        if (o[i].area < -1e-9 || o[i].area > 1 + 1e-9)
            abort();
    for (size_t i = 0; i < x.tunes * traits_width(); i++)
        if (isinf(x.value[i]))
            abort();
    overlap_features_free(&f);
    traits_free(&x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct vocabulary v;
    struct dataset d;
    struct surface_set set;
    tune_classes(&v, 0, 128);
    if (tune_read_all(&d, &v, data, size))
        return 0;
    if (surface_from_dataset(&set, &d, SPLITS, NULL))
        abort();
    check_measures(&set);
    check_gates(&set);
    check_features(&set);
    surface_set_free(&set);
    dataset_free(&d);
    return 0;
}
