/* Folders of tunes to a dataset: see corpus.h.
 * SPDX-License-Identifier: MIT */
#include "nott/data/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fit.h"
#include "gather.h"
#include "nott/base/hash.h"
#include "nott/base/rng.h"
#include "nott/data/reasons.h"
#include "twins.h"

#define CHORD_STEPS 64  /* ... that a chord needs for a class, at most */
#define CHORD_SHARE 640 /* ... or one in so many of the training tunes */

const char *const corpus_outcome_names[] = {"kept", "refused", "unread"};

void corpus_free(struct corpus *c) {
    for (size_t i = 0; i < c->count; i++) {
        free(c->files[i].path);
        free(c->files[i].name);
        free(c->files[i].remarks);
        raw_tune_free(&c->files[i].tune);
    }
    for (size_t i = 0; i < c->source_count; i++) {
        source_free(c->sources[i]);
        free(c->sources[i]);
    }
    free(c->sources);
    free(c->files);
    free(c->map);
    chord_pool_free(&c->pool);
    *c = (struct corpus){0};
}

/* ---- splits ---- */

static uint64_t hash_stem(const struct corpus_file *f) {
    uint64_t h = 0;
    for (size_t i = 0; i < f->stem; i++)
        h = rng_mix(h, (unsigned char)f->name[i]);
    return h;
}

static void choose_split(struct corpus_file *f, const int share[SPLITS]) {
    f->hash = hash_stem(f);
    for (int k = 0; k < SPLITS; k++) {
        size_t n = strlen(split_names[k]);
        if (strncmp(f->name, split_names[k], n) == 0 && f->name[n] == '/') {
            f->split = (enum split)k;
            f->placed = 1;
            return;
        }
    }
    int percent = (int)(f->hash % 100);
    f->split = percent < share[SPLIT_TEST]                        ? SPLIT_TEST
               : percent < share[SPLIT_TEST] + share[SPLIT_VALID] ? SPLIT_VALID
                                                                  : SPLIT_TRAIN;
}

int corpus_scan(struct corpus *c, char *const *paths, size_t n, int valid,
                int test, struct err *e) {
    *c = (struct corpus){.share = {100 - valid - test, valid, test}};
    if (gather_files(c, paths, n, e)) {
        corpus_free(c);
        return -1;
    }
    for (size_t i = 0; i < c->count; i++)
        choose_split(&c->files[i], c->share);
    return 0;
}

/* By what decided the split, the rest of the hash, and the name. */
static int by_hash(const void *a, const void *b) {
    const struct corpus_file *x = *(struct corpus_file *const *)a,
                             *y = *(struct corpus_file *const *)b;
    uint64_t p = x->hash % 100, q = y->hash % 100;
    if (p == q) {
        p = x->hash;
        q = y->hash;
    }
    return p != q ? (p < q ? -1 : 1) : strcmp(x->name, y->name);
}

/* How many of n tunes each split gets: one for each of those in need, in their
 * order, and each further one where most is missing to its share. */
static void share_out(size_t n, const int share[SPLITS], const int need[SPLITS],
                      size_t get[SPLITS]) {
    size_t given = 0;
    for (int k = 0; k < SPLITS; k++)
        given += get[k] = need[k] && given < n;
    for (; given < n; given++) {
        double most = -1e300;
        int who = SPLIT_TRAIN;
        for (int k = 0; k < SPLITS; k++) {
            double missing =
                (double)n * share[k] / 100 - (double)get[k] - 1e-9 * k;
            if (share[k] && missing > most) {
                most = missing;
                who = k;
            }
        }
        get[who]++;
    }
}

static int is_loose(const struct corpus_file *f) {
    return f->outcome == OUTCOME_KEPT && !f->placed;
}

/* Hashes serve collections well that are large enough. In others no split that
 * was to have a share must stay empty. */
static int fill_splits(struct corpus *c, struct err *e) {
    size_t kept[SPLITS] = {0}, loose = 0, get[SPLITS];
    int need[SPLITS], lacking = 0;
    for (int k = 0; k < SPLITS; k++)
        need[k] = c->share[k] > 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct corpus_file *f = &c->files[i];
        kept[f->split] += f->outcome == OUTCOME_KEPT;
        loose += (size_t)is_loose(f);
        if (f->outcome == OUTCOME_KEPT && f->placed)
            need[f->split] = 0;
    }
    for (int k = 0; k < SPLITS; k++)
        lacking |= need[k] && !kept[k];
    if (!lacking || !loose)
        return 0;
    struct corpus_file **list = malloc(loose * sizeof *list);
    if (!list)
        return err_set(e, ERR_MEM, "corpus: out of memory");
    size_t n = 0;
    for (size_t i = 0; i < c->count; i++)
        if (is_loose(&c->files[i]))
            list[n++] = &c->files[i];
    qsort(list, n, sizeof *list, by_hash);
    share_out(n, c->share, need, get);
    for (size_t i = 0; i < n; i++)
        list[i]->split = i < get[SPLIT_TEST]                      ? SPLIT_TEST
                         : i < get[SPLIT_TEST] + get[SPLIT_VALID] ? SPLIT_VALID
                                                                  : SPLIT_TRAIN;
    free(list);
    return 0;
}

/* ---- encoding ---- */

static void refuse(struct corpus_file *f, enum outcome outcome,
                   const char *why) {
    f->outcome = outcome;
    raw_tune_refuse(&f->tune, "%s", why);
}

/* The bytes that a tune is written in. */
struct extent {
    const void *bytes; /* borrowed */
    size_t count;
};

/* Its file, or its lines there. */
static struct extent extent_of(const struct source *s, size_t tune) {
    const struct abc_tune *t = s->is_abc ? &s->abc.tunes[tune] : NULL;
    return t ? (struct extent){s->abc.text + t->from, t->to - t->from}
             : (struct extent){s->bytes.data, s->bytes.len};
}

/* How many bytes what is odd in one more tune may take. */
static size_t room_for_remarks(const struct corpus *c) {
    size_t left = CORPUS_MAX_REMARKS > c->remark_bytes
                      ? CORPUS_MAX_REMARKS - c->remark_bytes
                      : 0;
    return left < ABC_LAST_REMARK   ? ABC_LAST_REMARK
           : left < ABC_MAX_REMARKS ? left
                                    : ABC_MAX_REMARKS;
}

static int encode_source(struct corpus *c, struct corpus_file *f,
                         const struct source *s, const struct encode_options *o,
                         struct hash *h, struct err *why) {
    struct song song;
    struct buf remarks = {.max = room_for_remarks(c)};
    struct extent extent = extent_of(s, f->number);
    struct encode_options options = *o;
    options.bytes = extent.count;
    hash_add(h, extent.bytes, extent.count);
    int rc = source_song(&song, NULL, s, f->number, &remarks, why);
    if (rc == 0) {
        f->repaired = song.repaired;
        rc = encode_song(&f->tune, &song, &options, &c->pool, why);
    }
    song_free(&song);
    f->remarks = (char *)remarks.data; /* may be NULL */
    c->remark_bytes += remarks.len;
    return buf_ok(&remarks, s->path, why) ? -1 : rc;
}

/* Reads one tune; that it is none, or cannot be read, is no error. */
static int encode_file(struct corpus *c, struct corpus_file *f,
                       const struct encode_options *o, struct hash *h,
                       struct err *e) {
    struct err why = {0};
    struct source own = {0};
    hash_add(h, f->name, strlen(f->name) + 1);
    if (f->outcome != OUTCOME_KEPT)
        return 0;
    int rc = f->source ? 0 : source_load(&own, f->path, &why);
    if (rc == 0)
        rc = encode_source(c, f, f->source ? f->source : &own, o, h, &why);
    source_free(&own);
    if (why.code == ERR_MEM)
        return err_set(e, why.code, "%s", why.text);
    if (rc)
        refuse(f, why.code == ERR_IO ? OUTCOME_UNREAD : OUTCOME_REFUSED,
               reasons_without_path(why.text, f->source ? source_name(f->source)
                                                        : f->path));
    else if (f->tune.reason[0])
        f->outcome = OUTCOME_REFUSED;
    return 0;
}

int corpus_encode(struct corpus *c, const struct encode_options *o,
                  void (*progress)(void *user, size_t done, size_t total),
                  void *user, struct err *e) {
    struct hash h;
    struct twins twins;
    int rc = 0;
    if (twins_init(&twins, c->count, e))
        return -1;
    hash_begin(&h);
    for (size_t i = 0; i < c->count && rc == 0; i++) {
        rc = encode_file(c, &c->files[i], o, &h, e);
        if (rc == 0)
            twins_compare(c, &twins, i);
        if (rc == 0 && progress)
            progress(user, i + 1, c->count);
    }
    twins_free(&twins);
    if (rc == 0)
        hash_end(&h, c->sha256);
    return rc;
}

/* ---- building ---- */

struct totals {
    size_t tunes, steps, train_steps;
    int low, high; /* melody pitches of the training split */
};

static void widen(struct totals *all, const struct raw_tune *t) {
    for (int k = 0; k < t->steps; k++)
        if (t->melody[k] >= 0) {
            if (t->melody[k] < all->low)
                all->low = t->melody[k];
            if (t->melody[k] > all->high)
                all->high = t->melody[k];
        }
}

static struct totals add_up(const struct corpus *c,
                            const struct encode_options *o, size_t *counts) {
    struct totals all = {.low = 127, .high = 0};
    for (size_t i = 0; i < c->count; i++) {
        const struct corpus_file *f = &c->files[i];
        if (f->outcome != OUTCOME_KEPT)
            continue;
        all.tunes++;
        all.steps += (size_t)f->tune.steps;
        if (f->split == SPLIT_TRAIN)
            all.train_steps += (size_t)f->tune.steps;
        if (o->encoding == ENCODING_ATTACK && f->split != SPLIT_TRAIN)
            continue;
        encode_count(&f->tune, counts);
        widen(&all, &f->tune);
    }
    return all;
}

static int fill_tune(struct dataset *d, size_t s, int64_t at,
                     struct corpus_file *f, const int *map, struct err *e) {
    const struct raw_tune *t = &f->tune;
    f->octaves =
        encode_classes(t, &d->vocabulary, map, d->melody + at, d->chord + at);
    d->offset[s + 1] = at + t->steps;
    d->split[s] = (uint8_t)f->split;
    dataset_set_header(d, s, &t->header);
    d->has_chords[s] = (uint8_t)t->has_chords;
    d->names[s] = strdup(f->name);
    return d->names[s] ? 0 : err_set(e, ERR_MEM, "%s: out of memory", f->name);
}

size_t corpus_chord_min_count(size_t train_steps) {
    size_t share = train_steps / CHORD_SHARE;
    return share > CHORD_STEPS ? CHORD_STEPS : share ? share : 1;
}

static int count_classes(struct corpus *c, const struct encode_options *o,
                         size_t chord_min_count, const struct totals *all,
                         const size_t *counts, struct vocabulary *v,
                         struct err *e) {
    if (!all->train_steps && o->encoding == ENCODING_ATTACK)
        return err_set(e, c->share[SPLIT_TRAIN] ? ERR_FORMAT : ERR_USAGE,
                       "no training tune, and classes are those of training "
                       "tunes: give --split a share for them, or --like MODEL");
    if (all->high < all->low)
        return err_set(e, ERR_FORMAT, "no training tune has a melody");
    c->chord_min_count = chord_min_count
                             ? chord_min_count
                             : corpus_chord_min_count(all->train_steps);
    return vocabulary_build(v, o->encoding, &c->pool, counts,
                            c->chord_min_count, all->low, all->high, c->map, e);
}

static void take_classes(struct corpus *c, struct vocabulary *v) {
    *v = *c->like;
    c->chord_min_count = 0;
    vocabulary_map(v, &c->pool, c->map);
}

static int build(struct corpus *c, const struct encode_options *o,
                 size_t chord_min_count, size_t *counts, struct dataset *d,
                 struct err *e) {
    struct totals all = add_up(c, o, counts);
    struct vocabulary *v = &d->vocabulary;
    const char *what;
    if (!all.tunes && c->count == 1) {
        struct file_path at = reasons_place(&c->files[0], &what);
        return err_set(e, ERR_FORMAT, "%s: %s", at.text, what);
    }
    if (!all.tunes)
        return err_set(e, ERR_FORMAT, "none of the %zu files can be used",
                       c->count);
    if (dataset_init(d, all.tunes, all.steps, e))
        return -1;
    d->steps_per_quarter = o->steps_per_quarter;
    snprintf(d->source_sha256, sizeof d->source_sha256, "%s", c->sha256);
    if (c->like)
        take_classes(c, v);
    else if (count_classes(c, o, chord_min_count, &all, counts, v, e))
        return -1;
    size_t s = 0;
    for (size_t i = 0; i < c->count; i++)
        if (c->files[i].outcome == OUTCOME_KEPT) {
            if (fill_tune(d, s, d->offset[s], &c->files[i], c->map, e))
                return -1;
            s++;
        }
    return 0;
}

/* Before the chords are counted, for chords move with their tunes. */
static int fit_tunes(struct corpus *c, struct err *e) {
    for (size_t i = 0; c->like && i < c->count; i++)
        if (c->files[i].outcome == OUTCOME_KEPT &&
            fit_tune(c, &c->files[i], c->like, e))
            return -1;
    return 0;
}

int corpus_build(struct corpus *c, const struct encode_options *o,
                 size_t chord_min_count, struct dataset *d, struct err *e) {
    *d = (struct dataset){0};
    if (fit_tunes(c, e))
        return -1;
    free(c->map);
    c->map = calloc(c->pool.count + 1, sizeof *c->map);
    size_t *counts = calloc(c->pool.count + 1, sizeof *counts);
    int rc = -1;
    if (!counts || !c->map)
        err_set(e, ERR_MEM, "corpus: out of memory");
    else if (fill_splits(c, e) == 0)
        rc = build(c, o, chord_min_count, counts, d, e);
    free(counts);
    if (rc)
        dataset_free(d);
    return rc;
}
