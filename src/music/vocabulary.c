/* The meaning of classes: see vocabulary.h. SPDX-License-Identifier: MIT */
#include "nott/music/vocabulary.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/json.h"
#include "nott/base/plain.h"

#define FIRST_PITCH 2 /* attack: after rest and hold */

const char *const vocabulary_encoding_names[] = {"attack", "classic", NULL};

int vocabulary_rest(const struct vocabulary *v) {
    return v->encoding == ENCODING_CLASSIC ? CLASSIC_PITCHES : 0;
}

int vocabulary_pitch(const struct vocabulary *v, int melody) {
    int first = v->encoding == ENCODING_CLASSIC ? 0 : FIRST_PITCH;
    int silent = melody < first || melody >= v->melody_count;
    return silent || melody == vocabulary_rest(v) ? -1
                                                  : v->low + melody - first;
}

int vocabulary_melody(const struct vocabulary *v, int pitch) {
    int first = v->encoding == ENCODING_CLASSIC ? 0 : FIRST_PITCH;
    int count = v->encoding == ENCODING_CLASSIC ? CLASSIC_PITCHES
                                                : v->melody_count - first;
    return pitch < v->low || pitch >= v->low + count ? -1
                                                     : pitch - v->low + first;
}

void vocabulary_melody_name(const struct vocabulary *v, int melody,
                            char name[16]) {
    int pitch = vocabulary_pitch(v, melody);
    if (pitch >= 0)
        snprintf(name, 16, "%s%d", chord_pitch_class_name(pitch),
                 pitch / 12 - 1);
    else
        snprintf(name, 16, "%s",
                 melody == vocabulary_rest(v) ? "rest" : "hold");
}

int vocabulary_chord(const struct vocabulary *v, uint16_t set, int root) {
    int best = 0, best_score = 0;
    for (int k = 1; set && k < v->chord_count; k++) {
        const struct chord_class *c = &v->chords[k];
        int score = chord_likeness(set, root, c->set, c->root);
        if (c->set == set)
            score += 100;
        if (score > best_score) {
            best_score = score;
            best = k;
        }
    }
    return best;
}

int vocabulary_melody_goes_on(const struct vocabulary *v, int before) {
    int struck =
        v->encoding == ENCODING_ATTACK && vocabulary_pitch(v, before) >= 0;
    return struck ? MELODY_HOLD : before;
}

int vocabulary_struck(const struct vocabulary *v, const uint8_t *melody,
                      size_t t) {
    int goes_on =
        t > 0 && melody[t] == vocabulary_melody_goes_on(v, melody[t - 1]);
    return goes_on ? -1 : vocabulary_pitch(v, melody[t]);
}

int vocabulary_sounding(const struct vocabulary *v, const uint8_t *melody,
                        size_t t) {
    while (t > 0 && v->encoding == ENCODING_ATTACK && melody[t] == MELODY_HOLD)
        t--;
    return melody[t];
}

/* ---- building ---- */

/* A class in the making: everything that goes by one name. */
struct candidate {
    char name[CHORD_NAME];
    uint16_t set;
    int root;
    size_t number;            /* in the pool */
    size_t steps, best_steps; /* in all; of its commonest voicing */
    struct chord voicing;
};

/* By name, and those of one name in the order of the pool. */
static int name_order(const void *a, const void *b) {
    const struct candidate *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : x->number < y->number ? -1 : x->number > y->number;
}

/* Leaves one of each name, with all their steps and what is commonest. */
static size_t join_names(struct candidate *list, size_t n) {
    size_t kept = 0;
    qsort(list, n, sizeof *list, name_order);
    for (size_t i = 0; i < n; i++) {
        struct candidate c = list[i];
        if (!kept || strcmp(list[kept - 1].name, c.name) != 0) {
            list[kept++] = c;
            continue;
        }
        struct candidate *all = &list[kept - 1];
        c.steps += all->steps;
        if (c.best_steps > all->best_steps)
            *all = c;
        all->steps = c.steps;
    }
    return kept;
}

static int candidate_order(const void *a, const void *b) {
    const struct candidate *x = a, *y = b;
    return x->root != y->root ? x->root - y->root : strcmp(x->name, y->name);
}

/* The name that a chord's class goes by; NULL = that of the step before. */
static const char *class_name(enum encoding encoding, const struct chord *c,
                              char text[CHORD_NAME]) {
    if (encoding == ENCODING_CLASSIC)
        return chord_classic(c, text);
    chord_name(chord_set(c), c->voices ? c->pitch[0] % 12 : -1, text);
    return text;
}

static int bass_of(const struct chord *c) {
    return c->voices ? c->pitch[0] % 12 : -1;
}

static size_t collect(struct candidate *list, enum encoding encoding,
                      const struct chord_pool *pool, const size_t *counts) {
    size_t n = 0;
    for (size_t i = 1; i < pool->count; i++) {
        const struct chord *c = &pool->list[i];
        struct candidate one = {.voicing = *c, .set = chord_set(c)};
        char text[CHORD_NAME];
        const char *name = class_name(encoding, c, text);
        if (!name || !counts[i] || strcmp(name, "NONE") == 0)
            continue;
        snprintf(one.name, sizeof one.name, "%s", name);
        one.root = chord_root(one.set, bass_of(c));
        one.steps = one.best_steps = counts[i];
        one.number = i;
        list[n++] = one;
    }
    n = join_names(list, n);
    qsort(list, n, sizeof *list, candidate_order);
    return n;
}

static int class_by_name(const struct vocabulary *v, const char *name) {
    for (int k = 1; k < v->chord_count; k++)
        if (strcmp(v->chords[k].name, name) == 0)
            return k;
    return -1;
}

void vocabulary_map(const struct vocabulary *v, const struct chord_pool *pool,
                    int *map) {
    for (size_t i = 0; i < pool->count; i++) {
        const struct chord *c = &pool->list[i];
        char text[CHORD_NAME];
        const char *name = class_name(v->encoding, c, text);
        map[i] = !c->voices ? 0 : name ? class_by_name(v, name) : -1;
        if (map[i] < 0 && name) {
            uint16_t set = chord_set(c);
            map[i] =
                v->encoding == ENCODING_CLASSIC
                    ? 0
                    : vocabulary_chord(v, set, chord_root(set, bass_of(c)));
        }
    }
}

static int commonest_first(const void *a, const void *b) {
    const struct candidate *x = *(struct candidate *const *)a,
                           *y = *(struct candidate *const *)b;
    if (x->steps != y->steps)
        return x->steps > y->steps ? -1 : 1;
    return x < y ? -1 : x > y; /* as they stand in the list */
}

/* Leaves those of min_count steps at least; of more than there can be the
 * commonest, in their order. `by_count` has room for all. */
static size_t choose(struct candidate *list, size_t n, size_t min_count,
                     struct candidate **by_count) {
    size_t most = VOCABULARY_MAX - 1, kept = 0; /* besides silence */
    for (size_t i = 0; i < n; i++)
        by_count[i] = &list[i];
    qsort(by_count, n, sizeof *by_count, commonest_first);
    for (size_t i = most; i < n; i++)
        by_count[i]->steps = 0;
    for (size_t i = 0; i < n; i++)
        if (list[i].steps && list[i].steps >= min_count)
            list[kept++] = list[i];
    return kept;
}

int vocabulary_build(struct vocabulary *v, enum encoding encoding,
                     const struct chord_pool *pool, const size_t *counts,
                     size_t min_count, int low, int high, int *map,
                     struct err *e) {
    int classic = encoding == ENCODING_CLASSIC;
    *v = (struct vocabulary){.encoding = encoding,
                             .low = classic ? CLASSIC_LOW : low,
                             .melody_count =
                                 classic ? CLASSIC_PITCHES + 1 : high - low + 3,
                             .chord_count = 1};
    snprintf(v->chords[0].name, CHORD_NAME, "%s", classic ? "NONE" : "N.C.");
    v->chords[0].root = -1;
    struct candidate *list = calloc(pool->count + 1, sizeof *list);
    struct candidate **by_count = calloc(pool->count + 1, sizeof *by_count);
    int rc =
        list && by_count ? 0 : err_set(e, ERR_MEM, "vocabulary: out of memory");
    size_t n = rc ? 0 : collect(list, encoding, pool, counts);
    n = rc ? 0 : choose(list, n, min_count, by_count);
    for (size_t i = 0; i < n; i++) {
        struct chord_class *c = &v->chords[v->chord_count++];
        snprintf(c->name, sizeof c->name, "%s", list[i].name);
        c->set = list[i].set;
        c->root = list[i].root;
        c->voicing = list[i].voicing;
    }
    if (rc == 0)
        vocabulary_map(v, pool, map);
    free(by_count);
    free(list);
    return rc;
}

/* ---- in a container ---- */

static json_t *voicing_list(const struct chord *c, int *failed) {
    json_t *list = json_array();
    for (int i = 0; i < c->voices; i++)
        json_push(list, json_integer(c->pitch[i]), failed);
    return list;
}

static int store_melody(const struct vocabulary *v, struct tensors *t,
                        struct err *e) {
    json_t *classes = json_array();
    int failed = 0;
    for (int k = 0; k < v->melody_count; k++) {
        char name[16];
        vocabulary_melody_name(v, k, name);
        json_push(classes, json_string(name), &failed);
    }
    return tensors_add_list(t, "melody_classes", classes, failed, e);
}

static int store_chords(const struct vocabulary *v, struct tensors *t,
                        struct err *e) {
    json_t *classes = json_array(), *sets = json_array(), *roots = json_array(),
           *voicings = json_array();
    int failed = 0;
    for (int k = 0; k < v->chord_count; k++) {
        const struct chord_class *c = &v->chords[k];
        json_push(classes, json_string(c->name), &failed);
        json_push(sets, json_integer(c->set), &failed);
        json_push(roots, json_integer(c->root), &failed);
        json_push(voicings, voicing_list(&c->voicing, &failed), &failed);
    }
    /* every one of them, for they are taken over */
    int rc = tensors_add_list(t, "chord_classes", classes, failed, e);
    rc |= tensors_add_list(t, "chord_sets", sets, failed, e);
    rc |= tensors_add_list(t, "chord_roots", roots, failed, e);
    rc |= tensors_add_list(t, "chord_voicings", voicings, failed, e);
    return rc;
}

int vocabulary_store(const struct vocabulary *v, struct tensors *t,
                     struct err *e) {
    char low[16];
    snprintf(low, sizeof low, "%d", v->low);
    if (tensors_add_text(t, "encoding", vocabulary_encoding_names[v->encoding],
                         e) ||
        tensors_add_text(t, "low", low, e) || store_melody(v, t, e) ||
        store_chords(v, t, e))
        return -1;
    return 0;
}

static int read_encoding(struct vocabulary *v, const char *name) {
    for (int k = 0; name && vocabulary_encoding_names[k]; k++)
        if (strcmp(name, vocabulary_encoding_names[k]) == 0) {
            v->encoding = (enum encoding)k;
            return 0;
        }
    return -1;
}

static int read_voicing(struct chord *c, const json_t *list) {
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > CHORD_VOICES)
        return -1;
    for (size_t i = 0; i < n; i++) {
        json_int_t p = json_integer_value(json_array_get(list, i));
        if (p < 0 || p > 127)
            return -1;
        c->pitch[i] = (uint8_t)p;
    }
    c->voices = (uint8_t)n;
    return 0;
}

/* It goes into files of many kinds as it is. */
static int is_name(const char *text) {
    return text && *text && strlen(text) < sizeof(struct chord_class){0}.name &&
           plain_only(text) && !strchr(text, '"');
}

static int read_chords(struct vocabulary *v, const json_t *names,
                       const json_t *sets, const json_t *roots,
                       const json_t *voicings) {
    for (int k = 0; k < v->chord_count; k++) {
        size_t i = (size_t)k;
        struct chord_class *c = &v->chords[k];
        const char *name = json_string_value(json_array_get(names, i));
        json_int_t set = json_integer_value(json_array_get(sets, i));
        json_int_t root = json_integer_value(json_array_get(roots, i));
        if (!is_name(name) || set < 0 || set > 0xfff || root < -1 ||
            root > 11 || read_voicing(&c->voicing, json_array_get(voicings, i)))
            return -1;
        snprintf(c->name, sizeof c->name, "%s", name);
        c->set = (uint16_t)set;
        c->root = (int)root;
    }
    return 0;
}

int vocabulary_read(struct vocabulary *v, const struct tensors *t,
                    const char *path, struct err *e) {
    *v = (struct vocabulary){0};
    if (read_encoding(v, tensors_text(t, "encoding")))
        return err_set(e, ERR_FORMAT, "%s: no known encoding", path);
    json_t *melody = tensors_list(t, path, "melody_classes", SIZE_MAX, e);
    json_t *names = tensors_list(t, path, "chord_classes", SIZE_MAX, e);
    size_t K = json_array_size(names);
    json_t *sets = names ? tensors_list(t, path, "chord_sets", K, e) : NULL;
    json_t *roots = sets ? tensors_list(t, path, "chord_roots", K, e) : NULL;
    json_t *voicings =
        roots ? tensors_list(t, path, "chord_voicings", K, e) : NULL;
    int rc = -1;
    v->melody_count = (int)json_array_size(melody);
    v->chord_count = (int)K;
    if (!melody || !voicings ||
        tensors_integer(t, path, "low", 0, 127, &v->low, e))
        goto out;
    int fixed = v->encoding == ENCODING_CLASSIC;
    int top = v->low + v->melody_count - (fixed ? 2 : 3);
    if (K < 1 || K > VOCABULARY_MAX || v->melody_count < 3 ||
        v->melody_count > VOCABULARY_MAX ||
        (fixed && v->melody_count != CLASSIC_PITCHES + 1) ||
        top > 127 || /* the highest pitch */
        read_chords(v, names, sets, roots, voicings))
        err_set(e, ERR_FORMAT, "%s: its classes make no sense", path);
    else
        rc = 0;
out:
    json_decref(melody);
    json_decref(names);
    json_decref(sets);
    json_decref(roots);
    json_decref(voicings);
    return rc;
}

int vocabulary_differs(const struct vocabulary *a, const struct vocabulary *b) {
    if (a->encoding != b->encoding || a->melody_count != b->melody_count ||
        a->low != b->low || a->chord_count != b->chord_count)
        return 1;
    for (int k = 0; k < a->chord_count; k++)
        if (strcmp(a->chords[k].name, b->chords[k].name) != 0)
            return 1;
    return 0;
}
