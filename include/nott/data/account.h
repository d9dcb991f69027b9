/* What became of the files of a corpus, for people: a table with a line for
 * each of them, and what is to be said of all. SPDX-License-Identifier: MIT */
#ifndef NOTT_ACCOUNT_H
#define NOTT_ACCOUNT_H

#include "nott/base/buf.h"
#include "nott/base/err.h"
#include "nott/data/corpus.h"
#include "nott/data/dataset.h"

/* In what follows c has been encoded, and d is what corpus_build made of it. */

/* One line of tab-separated values per file, with a header line. Control
 * characters are written as '?'. */
void account_report(const struct corpus *c, const struct dataset *d,
                    struct buf *out);

/* A line for each thing about the kept files that is worth knowing: what was
 * guessed and may be wrong, what was lost. None when all is well. */
void account_summary(const struct corpus *c, const struct dataset *d,
                     struct buf *out);

#endif
