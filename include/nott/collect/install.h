/* An unpacked archive as a folder that can be checked later.
 *
 * The folder holds a manifest: the SHA-256 of the archive and the number of
 * files on the first line, then for each file its name, size and SHA-256,
 * separated by tabs. Without the number, as it once was, it must list all files
 * that are there. The folder appears under its name complete or not at all.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_INSTALL_H
#define NOTT_INSTALL_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"
#include "nott/base/file.h"
#include "nott/collect/archive.h"

#define INSTALL_MANIFEST ".manifest"
#define INSTALL_PATH     FILE_PATH

struct install_report {
    size_t files;   /* listed in the manifest */
    size_t skipped; /* install_finish: entries of the archive left out */
    size_t others;  /* install_check: files there that the manifest lacks */
    uint64_t bytes;
    char aside[INSTALL_PATH]; /* install_finish: where the old folder went */
};

/* Holds `dir` against its manifest, reading every file. *present is 1 if all
 * is as it was unpacked (from the archive with `sha256`, unless NULL), 0 if
 * `dir` is missing or empty. Anything else is ERR_FORMAT: no manifest, another
 * archive, a file changed or missing. ERR_IO, ERR_MEM. */
int install_check(const char *dir, const char *sha256, int *present,
                  struct install_report *report, struct err *e);

/* Removes the folders beside `dir` in which runs of install_unpack that were
 * killed have unpacked; one that still runs keeps its folder locked. */
void install_sweep(const char *dir);

/* A folder that is unpacked and has not got its name yet. */
struct install {
    char tmp[INSTALL_PATH]; /* where it is; "" = there is none */
    int mark;               /* holds its lock; -1 = none */
    struct archive_report unpacked;
};
#define INSTALL_NONE                                                           \
    { .mark = -1 }

/* Unpacks the archive (archive_unpack with the default limits) into a new
 * folder beside `dir`, and adds the manifest. After a failure there is no
 * folder. `skip`, `stop`, `user`: as in archive_unpack. ERR_FORMAT, ERR_IO,
 * ERR_MEM, ERR_STOP. */
int install_unpack(struct install *in, const struct archive *archive,
                   const char *dir, void (*skip)(void *user, const char *name),
                   int (*stop)(void *user), void *user, struct err *e);

/* Renames it to the same `dir`. A folder in the way is ERR_FORMAT unless it is
 * empty or `replace` is set; then it is renamed to the first free of dir.old,
 * dir.old-2, ... and nothing in it is lost. On failure the new folder is
 * removed. ERR_FORMAT, ERR_IO. */
int install_finish(struct install *in, const char *dir, int replace,
                   struct install_report *report, struct err *e);

/* Removes it, if there is one. */
void install_abandon(struct install *in);

#endif
