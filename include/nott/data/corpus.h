/* Folders of MIDI files to a dataset, with an account of every file.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_CORPUS_H
#define NOTT_CORPUS_H

#include "nott/base/buf.h"
#include "nott/base/err.h"
#include "nott/data/dataset.h"
#include "nott/music/encode.h"

struct corpus_file {
    char *path; /* owned */
    char *name; /* owned: below its folder, without ".mid": "train/jig_1" */
    enum split split;
    struct raw_tune tune; /* tune.reason is "" when the file is kept */
    int octaves;          /* notes moved into the melody's range */
};

struct corpus {
    struct corpus_file *files; /* owned; in byte order of the names */
    size_t count, cap;
    struct chord_pool pool;
    int *map;        /* owned; the class of each chord of the pool */
    char sha256[65]; /* over names and contents of all files */
};

/* Finds the .mid and .midi files below each of the paths (a path may also be a
 * file). A file below a folder named train, valid or test at the top belongs
 * to that split; others are divided by a hash of their name, `valid` and
 * `test` percent to those. ERR_IO, ERR_MEM; ERR_FORMAT when there is none, or
 * two would have the same name. */
int corpus_scan(struct corpus *c, char *const *paths, size_t n, int valid,
                int test, struct err *e);
void corpus_free(struct corpus *c);

/* Reads and encodes every file. A file that cannot be read as a tune has its
 * reason filled in. `progress` may be NULL; nonzero stops with ERR_STOP. */
int corpus_encode(struct corpus *c, const struct encode_options *o,
                  int (*progress)(void *user, size_t done, size_t total),
                  void *user, struct err *e);

/* The kept files as a dataset with a vocabulary counted over the training
 * split (classic: over all, as in 2016). ERR_FORMAT when nothing is kept. */
int corpus_build(struct corpus *c, const struct encode_options *o,
                 size_t chord_min_count, struct dataset *d, struct err *e);

/* One line of tab-separated values per file, with a header line; d is what
 * corpus_build made. */
void corpus_report(const struct corpus *c, const struct dataset *d,
                   struct buf *out);

#endif
