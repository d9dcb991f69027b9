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

#include "nott/base/err.h"

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

/* A few hundred bytes for each entry are all the memory that it takes.
 *
 * Unpacks the tunes of the zip archive at `zip` below the existing empty
 * folder `dir`. A tune is a file by the name of one (file_is_midi_name) in no
 * hidden folder. A single top-level folder that holds all tunes is left out:
 * `Nottingham/train/x.mid` becomes `dir/train/x.mid`. Stored permissions and
 * times are ignored. Each file is read to its end, so that its CRC is checked;
 * one that fails is removed. `skip` is told the name of each entry left out;
 * `stop` is polled between blocks, nonzero ends with ERR_STOP; both may be
 * NULL. On failure `dir` may hold the files before the failing one; the caller
 * removes it. An archive without tunes is refused. ERR_FORMAT, ERR_IO, ERR_MEM,
 * ERR_STOP. */
int archive_unpack(const char *zip, const char *dir,
                   const struct archive_limits *limits,
                   void (*skip)(void *user, const char *name),
                   int (*stop)(void *user), void *user,
                   struct archive_report *report, struct err *e);

/* "libzip/1.7.3" */
const char *archive_version(void);

#endif
