/* A zip archive of MIDI files to a folder. The only room that sees libzip.
 *
 * An archive is hostile until every entry has passed: names are split at '/'
 * and held against an allow-list, links and devices, encryption, methods other
 * than stored and deflate, duplicate or clashing names (also when only the
 * case differs), and anything over the limits are refused before a byte is
 * written. Names that differ only in how a letter is put together are two: a
 * system to which they are one refuses the second file.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_ARCHIVE_H
#define NOTT_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/buf.h"
#include "nott/base/err.h"
#include "nott/base/hash.h"

struct archive_limits {
    uint64_t entry_bytes; /* unpacked, per entry */
    uint64_t total_bytes; /* unpacked, in all; nor may the archive be longer */
    uint64_t entries;     /* and as many folders */
    uint64_t ratio;       /* unpacked : packed, per entry over 64 KiB */
};

/* 1 MiB, 64 MiB, 10,000 entries, 200:1. */
extern const struct archive_limits archive_default_limits;

struct archive_report {
    size_t files;   /* written */
    size_t skipped; /* neither a tune nor a folder */
    uint64_t bytes; /* written */
};

/* An archive as it was read, once: the bytes that have the hash are those that
 * are unpacked, whatever becomes of the file meanwhile. */
struct archive {
    const char *path; /* borrowed; for messages */
    struct buf bytes; /* owned */
    char sha256[HASH_HEX];
};

/* Reads the archive at `path`, which takes as much memory as it is long; one
 * longer than the limit is not read. After a failure there is nothing to free.
 * ERR_FORMAT (too long, not a regular file), ERR_IO, ERR_MEM. */
int archive_read(struct archive *a, const char *path,
                 const struct archive_limits *limits, struct err *e);
void archive_free(struct archive *a); /* leaves it empty and valid */

/* Fails with ERR_FORMAT unless its bytes have this digest. */
int archive_verify(const struct archive *a, const char *sha256, struct err *e);

/* A few hundred bytes for each entry are all the memory that it takes.
 *
 * Unpacks the tunes of the zip archive below the existing empty folder `dir`. A
 * tune is a file by the name of one (file_is_midi_name) in no hidden folder. A
 * single top-level folder that holds all tunes is left out:
 * `Nottingham/train/x.mid` becomes `dir/train/x.mid`. Stored permissions and
 * times are ignored. Each file is read to its end, so that its CRC is checked;
 * one that fails is removed. `skip` is told the name of each entry left out;
 * `stop` is polled between blocks, nonzero ends with ERR_STOP; both may be
 * NULL. On failure `dir` may hold the files before the failing one; the caller
 * removes it. Nothing is written if a file's path would be longer than the
 * system takes, or nearly so: ERR_IO. An archive without tunes is refused.
 * ERR_FORMAT, ERR_IO, ERR_MEM, ERR_STOP. */
int archive_unpack(const struct archive *a, const char *dir,
                   const struct archive_limits *limits,
                   void (*skip)(void *user, const char *name),
                   int (*stop)(void *user), void *user,
                   struct archive_report *report, struct err *e);

/* "libzip/1.7.3" */
const char *archive_version(void);

#endif
