/* Why files of a corpus are not kept, counted. SPDX-License-Identifier: MIT */
#ifndef NOTT_REASONS_H
#define NOTT_REASONS_H

#include "nott/base/buf.h"
#include "nott/base/err.h"
#include "nott/base/file.h"
#include "nott/data/corpus.h"

/* The text of an error without the path that it begins with, a long one with
 * "..." for its middle; as it is if it does not. */
const char *reasons_without_path(const char *text, const char *path);

/* Where a file, or a tune in it, is to be looked for: of ABC FILE:LINE:COLUMN,
 * as the reason says, or where the tune begins; *what is the reason without
 * that, and lives as long as the file. */
struct file_path reasons_place(const struct corpus_file *f, const char **what);

/* Appends a line for each kind of reason, the commonest first, with what can be
 * done about it. Kinds of a single file are left out unless something can.
 * ERR_MEM. */
int reasons_count(const struct corpus *c, struct buf *out, struct err *e);

#endif
