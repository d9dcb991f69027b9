/* What has become of the members of a [grid]: which are finished, and which is
 * the best. All is read from their folders, so it does not matter which call
 * trained them, or on which machine. SPDX-License-Identifier: MIT */
#ifndef GRIDRANK_H
#define GRIDRANK_H

#include <stddef.h>

#include "nott/base/err.h"
#include "nott/player/settings.h"

struct gridrank_member {
    struct settings settings; /* run.dir is its own folder */
    char name[256];
    size_t number; /* in the grid, from 0 */
    int failed;    /* in this call */
    /* found by gridrank */
    int finished;
    int epoch; /* of its best model; 0 = there is none */
    double nats;
};

/* Leaves a mark in the folder of a member that its training has come to its
 * end, by epochs, patience or time. ERR_IO, ERR_FORMAT, ERR_MEM. */
int gridrank_finish(const struct settings *s, struct err *e);

/* Is there such a mark, of this limit of epochs, patience and time, and of the
 * model that is there now? 1 or 0; -1 where memory lacks to know: ERR_MEM. */
int gridrank_is_finished(const struct settings *s, struct err *e);

/* Ranks the finished members by their best models into grid.tsv in `dir`, the
 * others behind them without a rank, and prints the same. The order of the list
 * changes. Calls on several machines may do so at the same time: the file is
 * always whole, and the last one knows all. ERR_IO, ERR_MEM. */
int gridrank(struct gridrank_member *list, size_t n, const char *dir,
             struct err *e);

#endif
