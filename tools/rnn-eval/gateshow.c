/* Gates: see gateshow.h. SPDX-License-Identifier: MIT */
#include "gateshow.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "nott/base/json.h"

#define MOST 0.95 /* of the test tunes pass a gate that counts */

/* The share of a set that passes all the gates of these bits. */
static double passing(const struct judging *j, int set, unsigned gates) {
    double n = 0, all = (double)j->set[set].surface.count;
    for (size_t i = 0; i < j->set[set].surface.count; i++)
        n += !(j->tried[set][i].failed & gates);
    return all > 0 ? n / all : NAN;
}

/* The gates that most test tunes pass; all without test tunes. */
static unsigned counted(const struct judging *j) {
    unsigned gates = 0;
    for (int k = 0; k < GATES; k++)
        gates |= (unsigned)!(passing(j, TEST, 1u << k) < MOST) << k;
    return gates;
}

/* ---- the table ---- */

static void print_row(const struct judging *j, const char *text,
                      const struct gate_limits *l, unsigned gates) {
    printf("%-32s", text);
    musicshow_cell(l ? l->low : NAN, 8, 3);
    musicshow_cell(l ? l->high : NAN, 8, 3);
    musicshow_cell(passing(j, TUNES, gates), 8, 3);
    musicshow_cell(passing(j, TEST, gates), 8, 3);
    printf("\n");
}

/* Each meter has its limits. */
static void print_meters(const struct judging *j) {
    for (size_t i = 0; i < j->gates.meter_count; i++) {
        const struct gate_meter *m = &j->gates.meters[i];
        printf("    in %d/%-25d", m->beats, m->unit);
        musicshow_cell(m->limits.low, 8, 3);
        musicshow_cell(m->limits.high, 8, 3);
        printf("\n");
    }
}

static void print_tunes(const struct judging *j) {
    for (size_t i = 0; i < j->set[TUNES].surface.count; i++) {
        unsigned failed = j->tried[TUNES][i].failed;
        printf("%s", failed ? "fails" : "passes");
        for (int k = 0; k < GATES; k++)
            if (failed >> k & 1)
                printf(" %s", gates_list[k].key);
        printf("  ");
        musicshow_name(j->set[TUNES].surface.list[i].name);
        printf("\n");
    }
}

void gateshow_table(const struct judging *j) {
    unsigned most = counted(j);
    printf("%s%-32s %8s %8s %8s %8s\n",
           j->ask->measures || j->ask->judge ? "\n" : "", "Gates", "from", "to",
           "tunes", "test");
    for (int k = 0; k < GATES; k++) {
        print_row(j, gates_list[k].text, &j->gates.limits[k], 1u << k);
        if (k == GATES_RHYTHM)
            print_meters(j);
    }
    print_row(j, "all gates", NULL, ~0u);
    print_row(j, "all that 95 % of test pass", NULL, most);
    printf("\n");
    print_tunes(j);
}

/* ---- JSON ---- */

static json_t *limits_json(const struct gate_limits *l, int *failed) {
    json_t *one = json_object();
    json_put(one, "low", json_number(l->low), failed);
    json_put(one, "high", json_number(l->high), failed);
    return one;
}

static void put_shares(json_t *to, const struct judging *j, unsigned gates,
                       int *failed) {
    json_put(to, "tunes", json_number(passing(j, TUNES, gates)), failed);
    json_put(to, "test", json_number(passing(j, TEST, gates)), failed);
}

static json_t *list_json(const struct judging *j, int *failed) {
    json_t *all = json_object();
    for (int k = 0; k < GATES; k++) {
        json_t *one = limits_json(&j->gates.limits[k], failed);
        put_shares(one, j, 1u << k, failed);
        json_put(one, "counts", json_boolean(counted(j) >> k & 1), failed);
        json_put(all, gates_list[k].key, one, failed);
    }
    return all;
}

static json_t *meters_json(const struct judging *j, int *failed) {
    json_t *all = json_object();
    for (size_t i = 0; i < j->gates.meter_count; i++) {
        const struct gate_meter *m = &j->gates.meters[i];
        char name[32];
        snprintf(name, sizeof name, "%d/%d", m->beats, m->unit);
        json_put(all, name, limits_json(&m->limits, failed), failed);
    }
    return all;
}

static json_t *tune_json(const struct surface *t, const struct gate_result *r,
                         int *failed) {
    json_t *one = json_object(), *values = json_object(), *list = json_array();
    for (int k = 0; k < GATES; k++) {
        json_put(values, gates_list[k].key, json_number(r->value[k]), failed);
        if (r->failed >> k & 1)
            json_push(list, json_text(gates_list[k].key), failed);
    }
    json_put(one, "name", json_text(t->name), failed);
    json_put(one, "fails", list, failed);
    json_put(one, "values", values, failed);
    return one;
}

json_t *gateshow_json(const struct judging *j, int *failed) {
    json_t *root = json_object(), *all = json_object(), *most = json_object(),
           *tunes = json_array();
    put_shares(all, j, ~0u, failed);
    put_shares(most, j, counted(j), failed);
    for (size_t i = 0; i < j->set[TUNES].surface.count; i++)
        json_push(tunes,
                  tune_json(&j->set[TUNES].surface.list[i], &j->tried[TUNES][i],
                            failed),
                  failed);
    json_put(root, "gates", list_json(j, failed), failed);
    json_put(root, "rhythm", meters_json(j, failed), failed);
    json_put(root, "all", all, failed);
    json_put(root, "counted", most, failed);
    json_put(root, "tunes", tunes, failed);
    return root;
}
