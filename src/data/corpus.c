/* Folders of MIDI files to a dataset: see corpus.h.
 * SPDX-License-Identifier: MIT */
#include "nott/data/corpus.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "nott/base/file.h"
#include "nott/base/hash.h"
#include "nott/base/rng.h"
#include "nott/music/midi.h"

#define MAX_DEPTH 16
#define MAX_PATH  4096

void corpus_free(struct corpus *c) {
    for (size_t i = 0; i < c->count; i++) {
        free(c->files[i].path);
        free(c->files[i].name);
        raw_tune_free(&c->files[i].tune);
    }
    free(c->files);
    free(c->map);
    chord_pool_free(&c->pool);
    *c = (struct corpus){0};
}

/* ---- finding files ---- */

static int add_file(struct corpus *c, const char *path, const char *name,
                    struct err *e) {
    if (c->count == c->cap) {
        size_t cap = c->cap ? 2 * c->cap : 64;
        struct corpus_file *files = realloc(c->files, cap * sizeof *files);
        if (!files)
            return err_set(e, ERR_MEM, "%s: out of memory", path);
        c->files = files;
        c->cap = cap;
    }
    const char *dot = strrchr(name, '.');
    struct corpus_file f = {.path = strdup(path),
                            .name = strndup(name, (size_t)(dot - name))};
    if (!f.path || !f.name) {
        free(f.path);
        free(f.name);
        return err_set(e, ERR_MEM, "%s: out of memory", path);
    }
    c->files[c->count++] = f;
    return 0;
}

static int scan(struct corpus *c, const char *path, size_t root, int depth,
                struct err *e);

/* One entry of the folder at `path`; what is neither a folder nor a MIDI file
 * is passed over. */
static int scan_entry(struct corpus *c, const char *path, const char *entry,
                      size_t root, int depth, struct err *e) {
    char full[MAX_PATH];
    struct stat st;
    if (entry[0] == '.')
        return 0;
    if (file_join(full, sizeof full, path, entry, e))
        return -1;
    if (stat(full, &st))
        return err_errno(e, "%s", full);
    if (S_ISDIR(st.st_mode))
        return scan(c, full, root, depth + 1, e);
    return file_is_midi_name(entry) ? add_file(c, full, full + root, e) : 0;
}

static int scan(struct corpus *c, const char *path, size_t root, int depth,
                struct err *e) {
    if (depth > MAX_DEPTH)
        return err_set(e, ERR_FORMAT, "%s: folders too deep", path);
    DIR *dir = opendir(path);
    if (!dir)
        return err_errno(e, "%s", path);
    int rc = 0;
    for (struct dirent *d = readdir(dir); d && rc == 0; d = readdir(dir))
        rc = scan_entry(c, path, d->d_name, root, depth, e);
    closedir(dir);
    return rc;
}

static int scan_path(struct corpus *c, const char *path, struct err *e) {
    struct stat st;
    if (stat(path, &st))
        return err_errno(e, "%s", path);
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    if (S_ISDIR(st.st_mode)) {
        char clean[MAX_PATH];
        if (n >= sizeof clean)
            return err_set(e, ERR_FORMAT, "%s: path too long", path);
        memcpy(clean, path, n);
        clean[n] = 0;
        return scan(c, clean, n + 1, 0, e);
    }
    if (!file_is_midi_name(path))
        return err_set(e, ERR_FORMAT, "%s: not a .mid file", path);
    const char *slash = strrchr(path, '/');
    return add_file(c, path, slash ? slash + 1 : path, e);
}

static int by_name(const void *a, const void *b) {
    const struct corpus_file *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : strcmp(x->path, y->path);
}

static enum split choose_split(const char *name, int valid, int test) {
    for (int k = 0; k < SPLITS; k++) {
        size_t n = strlen(split_names[k]);
        if (strncmp(name, split_names[k], n) == 0 && name[n] == '/')
            return (enum split)k;
    }
    uint64_t h = 0;
    for (const char *p = name; *p; p++)
        h = rng_mix(h, (unsigned char)*p);
    int percent = (int)(h % 100);
    return percent < test           ? SPLIT_TEST
           : percent < test + valid ? SPLIT_VALID
                                    : SPLIT_TRAIN;
}

int corpus_scan(struct corpus *c, char *const *paths, size_t n, int valid,
                int test, struct err *e) {
    *c = (struct corpus){0};
    for (size_t i = 0; i < n; i++)
        if (scan_path(c, paths[i], e)) {
            corpus_free(c);
            return -1;
        }
    if (!c->count)
        return err_set(e, ERR_FORMAT, "%s: no .mid files in it", paths[0]);
    qsort(c->files, c->count, sizeof *c->files, by_name);
    for (size_t i = 1; i < c->count; i++)
        if (strcmp(c->files[i - 1].name, c->files[i].name) == 0) {
            err_set(e, ERR_FORMAT, "%s: has the same name as %s",
                    c->files[i].path, c->files[i - 1].path);
            corpus_free(c);
            return -1;
        }
    for (size_t i = 0; i < c->count; i++)
        c->files[i].split = choose_split(c->files[i].name, valid, test);
    return 0;
}

/* ---- encoding ---- */

/* The text of an error without the path, which the report has already. A long
 * one stands in it with "..." for its middle. */
static const char *without_path(const char *text, const char *path) {
    size_t n = 0;
    while (path[n] && text[n] == path[n])
        n++;
    if (!path[n] && strncmp(text + n, ": ", 2) == 0)
        return text + n + 2;
    const char *end = path[n] ? strstr(text + n, ": ") : NULL;
    return end && strncmp(text + n, "...", 3) == 0 ? end + 2 : text;
}

/* Reads one file; a file that is no tune is not an error. */
static int encode_file(struct corpus *c, struct corpus_file *f,
                       const struct encode_options *o, struct hash *h,
                       struct err *e) {
    struct err why = {0};
    struct buf bytes = {0};
    struct song song = {0};
    int rc = file_read(&bytes, f->path, MIDI_MAX_BYTES, &why);
    hash_add(h, f->name, strlen(f->name) + 1);
    hash_add(h, bytes.data, bytes.len);
    if (rc == 0)
        rc = midi_parse(&song, bytes.data, bytes.len, f->path, &why);
    if (rc == 0)
        rc = encode_song(&f->tune, &song, o, &c->pool, &why);
    song_free(&song);
    buf_free(&bytes);
    if (rc == 0)
        return 0;
    if (why.code == ERR_MEM)
        return err_set(e, why.code, "%s", why.text);
    snprintf(f->tune.reason, sizeof f->tune.reason, "%.*s",
             (int)sizeof f->tune.reason - 1, without_path(why.text, f->path));
    return 0;
}

int corpus_encode(struct corpus *c, const struct encode_options *o,
                  int (*progress)(void *user, size_t done, size_t total),
                  void *user, struct err *e) {
    struct hash h;
    if (hash_begin(&h, e))
        return -1;
    int rc = 0;
    for (size_t i = 0; i < c->count && rc == 0; i++) {
        rc = encode_file(c, &c->files[i], o, &h, e);
        if (rc == 0 && progress && progress(user, i + 1, c->count))
            rc = err_set(e, ERR_STOP, "stopped");
    }
    return hash_end(&h, rc ? NULL : c->sha256, e) ? -1 : rc;
}

/* ---- building ---- */

static int is_kept(const struct corpus_file *f) {
    return !f->tune.reason[0];
}

struct totals {
    size_t tunes, steps;
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
        if (!is_kept(f))
            continue;
        all.tunes++;
        all.steps += (size_t)f->tune.steps;
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

static int build(struct corpus *c, const struct encode_options *o,
                 size_t chord_min_count, size_t *counts, struct dataset *d,
                 struct err *e) {
    struct totals all = add_up(c, o, counts);
    if (!all.tunes)
        return c->count == 1
                   ? err_set(e, ERR_FORMAT, "%s: %s", c->files[0].path,
                             c->files[0].tune.reason)
                   : err_set(e, ERR_FORMAT, "none of the %zu files can be used",
                             c->count);
    if (all.high < all.low)
        return err_set(e, ERR_FORMAT, "no training tune has a melody");
    if (dataset_init(d, all.tunes, all.steps, e))
        return -1;
    d->steps_per_quarter = o->steps_per_quarter;
    snprintf(d->source_sha256, sizeof d->source_sha256, "%s", c->sha256);
    if (vocabulary_build(&d->vocabulary, o->encoding, &c->pool, counts,
                         chord_min_count, all.low, all.high, c->map, e))
        return -1;
    size_t s = 0;
    for (size_t i = 0; i < c->count; i++)
        if (is_kept(&c->files[i])) {
            if (fill_tune(d, s, d->offset[s], &c->files[i], c->map, e))
                return -1;
            s++;
        }
    return 0;
}

int corpus_build(struct corpus *c, const struct encode_options *o,
                 size_t chord_min_count, struct dataset *d, struct err *e) {
    *d = (struct dataset){0};
    free(c->map);
    c->map = calloc(c->pool.count + 1, sizeof *c->map);
    size_t *counts = calloc(c->pool.count + 1, sizeof *counts);
    int rc = -1;
    if (!counts || !c->map)
        err_set(e, ERR_MEM, "corpus: out of memory");
    else
        rc = build(c, o, chord_min_count, counts, d, e);
    free(counts);
    if (rc)
        dataset_free(d);
    return rc;
}

/* ---- report ---- */

/* The chords of a tune, "G D7>D": what it plays, and the class it gets. */
static void report_chords(const struct corpus *c, const struct dataset *d,
                          const struct raw_tune *t, struct buf *out) {
    unsigned char seen[VOCABULARY_MAX * 4] = {0};
    const char *gap = "";
    for (int k = 0; k < t->steps; k++) {
        int n = t->chord[k];
        if (!n || (size_t)n >= sizeof seen || seen[n])
            continue;
        seen[n] = 1;
        char name[CHORD_NAME];
        const struct chord *chord = &c->pool.list[n];
        chord_name(chord_set(chord), chord->pitch[0] % 12, name);
        const char *class =
            c->map[n] < 0 ? "(held)" : d->vocabulary.chords[c->map[n]].name;
        int same = strcmp(name, class) == 0;
        buf_printf(out, "%s%s%s%s", gap, name, same ? "" : ">",
                   same ? "" : class);
        gap = " ";
    }
}

static void report_kept(const struct corpus *c, const struct dataset *d,
                        const struct corpus_file *f, struct buf *out) {
    const struct raw_tune *t = &f->tune;
    const struct tune_header *h = &t->header;
    char key[TUNE_KEY_NAME];
    double bars = (double)(t->steps - h->phase) / h->bar;
    double share = t->notes ? 1.0 / (double)t->notes : 0;
    buf_printf(out, "%d\t%d/%d\t%s\t%d\t%s\t%.1f\t%zu\t%.4f\t%.4f\t%.4f\t%d\t",
               t->steps, h->beats, h->unit, tune_key_name(h->key, key),
               h->phase, t->by_accents ? "accents" : "chords", bars, t->notes,
               t->error, (double)t->moved * share, (double)t->lost * share,
               f->octaves);
    report_chords(c, d, t, out);
}

void corpus_report(const struct corpus *c, const struct dataset *d,
                   struct buf *out) {
    buf_printf(out, "file\tsplit\tkept\treason\tmelody_track\tchord_track\t"
                    "steps\tmeter\tkey\tphase\tphase_by\tbars\tnotes\t"
                    "mean_error_quarters\tmoved_share\tlost_share\t"
                    "octave_moved\tchords\n");
    for (size_t i = 0; i < c->count; i++) {
        const struct corpus_file *f = &c->files[i];
        buf_printf(out, "%s\t%s\t%s\t%s\t%d\t%d\t", f->name,
                   split_names[f->split], is_kept(f) ? "yes" : "no",
                   f->tune.reason, f->tune.melody_track, f->tune.chord_track);
        if (is_kept(f))
            report_kept(c, d, f, out);
        else
            buf_printf(out, "\t\t\t\t\t\t\t\t\t\t\t");
        buf_printf(out, "\n");
    }
}
