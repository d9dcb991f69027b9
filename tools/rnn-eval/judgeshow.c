/* The judge's verdict: see judgeshow.h. SPDX-License-Identifier: MIT */
#include "judgeshow.h"

#include <jansson.h>
#include <stdio.h>

#include "nott/base/json.h"

#define TABLE_TRAITS 25

static void print_learner(const struct judging *j, int k) {
    printf("%-32s", judge_names[k]);
    for (int i = 0; i < SHOWN; i++) {
        const struct judge_auc *a = &j->verdict[i].by[k];
        if (!j->verdict[i].traits)
            continue;
        musicshow_cell(a->auc, 8, 3);
        printf(" (%.3f..%.3f)", a->low, a->high);
    }
    printf("\n");
}

void judgeshow_table(const struct judging *j) {
    const struct judge_verdict *v = &j->verdict[TUNES];
    char name[TRAITS_NAME];
    printf("%sTold apart from %zu unseen tunes: AUC, 95 %% interval\n",
           j->ask->measures ? "\n" : "", j->unseen);
    printf("%-32s %8s %14s", "", "tunes", "");
    printf(j->verdict[TRAIN].traits ? " %8s\n" : "\n", "train");
    for (int k = 0; k < JUDGE_LEARNERS; k++)
        print_learner(j, k);
    printf("\n%-32s %8s %8s %8s\n", "What tells them apart, alone", "AUC",
           "tunes", "unseen");
    for (size_t i = 0; i < v->count && i < TABLE_TRAITS; i++) {
        printf("%-32s", traits_name(v->traits[i].trait, name));
        musicshow_cell(v->traits[i].auc, 8, 3);
        musicshow_cell(v->traits[i].mean[0], 8, 3);
        musicshow_cell(v->traits[i].mean[1], 8, 3);
        printf("\n");
    }
}

static json_t *learners_json(const struct judge_verdict *v, int *failed) {
    json_t *all = json_object();
    for (int k = 0; k < JUDGE_LEARNERS; k++) {
        json_t *one = json_object();
        json_put(one, "auc", json_number(v->by[k].auc), failed);
        json_put(one, "low", json_number(v->by[k].low), failed);
        json_put(one, "high", json_number(v->by[k].high), failed);
        json_put(all, judge_keys[k], one, failed);
    }
    return all;
}

static json_t *traits_json(const struct judge_verdict *v, int *failed) {
    json_t *list = json_array();
    char name[TRAITS_NAME];
    for (size_t i = 0; i < v->count; i++) {
        const struct judge_trait *t = &v->traits[i];
        json_t *one = json_object();
        json_put(one, "trait", json_text(traits_name(t->trait, name)), failed);
        json_put(one, "auc", json_number(t->auc), failed);
        json_put(one, "tunes", json_number(t->mean[0]), failed);
        json_put(one, "unseen", json_number(t->mean[1]), failed);
        json_push(list, one, failed);
    }
    return list;
}

json_t *judgeshow_json(const struct judging *j, int *failed) {
    json_t *all = json_object();
    json_put(all, "unseen", json_integer((json_int_t)j->unseen), failed);
    json_put(all, "tunes", learners_json(&j->verdict[TUNES], failed), failed);
    if (j->verdict[TRAIN].traits)
        json_put(all, "train", learners_json(&j->verdict[TRAIN], failed),
                 failed);
    json_put(all, "traits", traits_json(&j->verdict[TUNES], failed), failed);
    return all;
}
