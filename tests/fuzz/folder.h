/* A folder of its own for each process, and what is in it.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_FUZZ_FOLDER_H
#define NOTT_FUZZ_FOLDER_H

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static inline void folder_make(char path[32]) {
    snprintf(path, 32, "/tmp/nott_fuzz-XXXXXX");
    if (!mkdtemp(path))
        abort();
}

/* Calls f for all that is in the folder and for itself, folders last. */
static inline void folder_each(char *path, void (*f)(const FTSENT *)) {
    char *const roots[] = {path, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (!walk)
        abort();
    for (FTSENT *one = fts_read(walk); one; one = fts_read(walk))
        if (one->fts_info != FTS_D)
            f(one);
    fts_close(walk);
}

static inline void folder_remove_one(const FTSENT *one) {
    if (remove(one->fts_accpath))
        abort();
}

static inline void folder_remove(char *path) {
    folder_each(path, folder_remove_one);
}

#endif
