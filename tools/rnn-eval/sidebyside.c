/* Sets side by side: see sidebyside.h. SPDX-License-Identifier: MIT */
#include "sidebyside.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "musicread.h"
#include "musicshow.h"
#include "nott/base/json.h"
#include "nott/base/plain.h"
#include "nott/judge/compare.h"

#define COLUMN 24

struct side {
    const char *path, *name; /* the name is the end of the path, or a split */
    size_t length;           /* of the name */
    struct surface_set surface;
    struct compared compared;
};

struct sides {
    struct side *list; /* owned */
    size_t count;
    struct musicread_account account;
};

static void sides_free(struct sides *s) {
    for (size_t i = 0; i < s->count; i++) {
        surface_set_free(&s->list[i].surface);
        compare_free(&s->list[i].compared);
    }
    free(s->list);
}

/* ---- reading ---- */

/* "songs" of "new/songs/". */
static void name_side(struct side *s, const char *path) {
    size_t end = strlen(path), from;
    while (end > 1 && path[end - 1] == '/')
        end--;
    for (from = end; from > 0 && path[from - 1] != '/';)
        from--;
    s->path = path;
    s->name = path + from;
    s->length = end - from;
}

static int read_path(struct sides *all, const struct musiceval *m, size_t i,
                     int split, int steps, struct err *e) {
    struct side *s = &all->list[all->count++];
    name_side(s, m->paths[i]);
    return musicread(&s->surface, &m->paths[i], 1, split, steps, &all->account,
                     e);
}

static int read_reference(struct sides *all, const char *path, struct err *e) {
    static const int splits[] = {SPLIT_TEST, SPLIT_TRAIN};
    struct dataset d;
    if (dataset_load(&d, path, e))
        return -1;
    int rc = 0;
    for (int i = 0; i < 2 && rc == 0; i++) {
        struct side *s = &all->list[all->count++];
        s->path = path;
        s->name = split_names[splits[i]];
        s->length = strlen(s->name);
        rc = surface_from_dataset(&s->surface, &d, splits[i], e);
    }
    dataset_free(&d);
    return rc;
}

/* Leaves only tunes of the bars that are asked for; all sets are on one grid.
 */
static int check_side(const struct sides *all, struct side *s, int bars,
                      struct err *e) {
    int steps = all->list[0].surface.steps_per_quarter;
    if (s->surface.steps_per_quarter != steps)
        return err_set(e, ERR_FORMAT,
                       "%s: other steps in a quarter note than in %s", s->path,
                       all->list[0].path);
    if (bars)
        surface_keep_bars(&s->surface, (size_t)bars);
    if (!s->surface.count && bars)
        return err_set(e, ERR_FORMAT, "%s: has no tune of %d bars", s->path,
                       bars);
    return 0;
}

/* The reference is read first, for its grid, and shown last. */
static int read_sides(struct sides *all, const struct musiceval *m,
                      struct err *e) {
    int split, steps = MUSICREAD_STEPS,
               rc = musicread_split(m->split, &split, e);
    if (rc == 0 && m->reference)
        rc = read_reference(all, m->reference, e);
    size_t first = all->count;
    if (first)
        steps = all->list[0].surface.steps_per_quarter;
    for (size_t i = 0; i < m->path_count && rc == 0; i++)
        rc = read_path(all, m, i, split, steps, e);
    for (size_t i = 0; i < all->count && rc == 0; i++)
        rc = check_side(all, &all->list[i], m->bars, e);
    for (size_t i = 0; i < first && rc == 0; i++) { /* to the end */
        struct side s = all->list[0];
        memmove(all->list, all->list + 1, (all->count - 1) * sizeof *all->list);
        all->list[all->count - 1] = s;
    }
    return rc;
}

/* ---- the table ---- */

/* A name of as many letters as fit, on the right. */
static void print_head(const struct side *s) {
    char name[256];
    int letters = 0;
    snprintf(name, sizeof name, "%.*s", (int)s->length, s->name);
    plain_text(name);
    size_t at = 0, skip;
    for (size_t left = strlen(name); left && letters < COLUMN; letters++) {
        at += plain_bytes(name + at, left, &skip);
        left -= skip;
    }
    printf(" %*s%.*s", COLUMN - letters, "", (int)at, name);
}

static void print_heads(const struct sides *all) {
    printf("%-32s", "Measures");
    for (size_t i = 0; i < all->count; i++)
        print_head(&all->list[i]);
    printf("\n%-32s", "tunes");
    for (size_t i = 0; i < all->count; i++)
        printf(" %*zu", COLUMN, all->list[i].compared.tunes);
    printf("\n");
}

static void print_cell(const struct compared *c, int m) {
    char text[64];
    if (isfinite(c->value[m]))
        snprintf(text, sizeof text, "%.3f (%.3f..%.3f)", c->value[m], c->low[m],
                 c->high[m]);
    else
        snprintf(text, sizeof text, "-");
    printf(" %*s", COLUMN, text);
}

static void print_table(const struct sides *all) {
    print_heads(all);
    for (int m = 0; m < MEASURES; m++) {
        printf("%-32s", measure_list[m].text);
        for (size_t i = 0; i < all->count; i++)
            print_cell(&all->list[i].compared, m);
        printf("\n");
    }
}

/* ---- JSON ---- */

static json_t *measures_json(const struct compared *c, int *failed) {
    json_t *all = json_object();
    for (int m = 0; m < MEASURES; m++) {
        json_t *one = json_object();
        json_put(one, "value", json_number(c->value[m]), failed);
        json_put(one, "low", json_number(c->low[m]), failed);
        json_put(one, "high", json_number(c->high[m]), failed);
        json_put(all, measure_list[m].key, one, failed);
    }
    return all;
}

static json_t *tunes_json(const struct side *s, int *failed) {
    json_t *list = json_array();
    for (size_t i = 0; i < s->surface.count; i++) {
        json_t *one = json_object(), *of = json_object();
        const struct ratio *r = s->compared.of[i].of;
        for (int m = 0; m < MEASURES; m++)
            json_put(of, measure_list[m].key,
                     json_number(r[m].whole > 0 ? r[m].part / r[m].whole : NAN),
                     failed);
        json_put(one, "name", json_text(s->surface.list[i].name), failed);
        json_put(one, "measures", of, failed);
        json_push(list, one, failed);
    }
    return list;
}

static int print_json(const struct sides *all, struct err *e) {
    json_t *root = json_object(), *list = json_array();
    int failed = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct side *s = &all->list[i];
        char name[256];
        json_t *one = json_object();
        snprintf(name, sizeof name, "%.*s", (int)s->length, s->name);
        json_put(one, "path", json_text(s->path), &failed);
        json_put(one, "name", json_text(name), &failed);
        json_put(one, "count", json_integer((json_int_t)s->surface.count),
                 &failed);
        json_put(one, "measures", measures_json(&s->compared, &failed),
                 &failed);
        json_put(one, "tunes", tunes_json(s, &failed), &failed);
        json_push(list, one, &failed);
    }
    json_put(root, "sets", list, &failed);
    char *text = json_page(root, failed, "JSON", e);
    if (!text)
        return -1;
    printf("%s\n", text);
    free(text);
    return 0;
}

int sidebyside(const struct musiceval *m, struct err *e) {
    struct sides all = {.list = calloc(m->path_count + 2, sizeof *all.list)};
    if (!all.list)
        return err_set(e, ERR_MEM, "tunes: out of memory");
    int rc = read_sides(&all, m, e);
    for (size_t i = 0; i < all.count && rc == 0; i++)
        rc = compare_set(&all.list[i].surface, &all.list[i].compared, e);
    if (rc == 0 && m->json)
        rc = print_json(&all, e);
    else if (rc == 0)
        print_table(&all);
    if (rc == 0 && all.account.unread)
        rc = err_set(e, ERR_IO,
                     "%zu files could not be read; the others are compared",
                     all.account.unread);
    sides_free(&all);
    return rc;
}
