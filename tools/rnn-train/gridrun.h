/* Training every member of a [grid], and ranking them.
 * SPDX-License-Identifier: MIT */
#ifndef GRIDRUN_H
#define GRIDRUN_H

#include "nott/base/err.h"
#include "nott/base/ini.h"
#include "nott/player/settings.h"

#define GRIDRUN_JOBS 64

/* Calls train(user, settings, quiet) for every member of the grid, each in a
 * folder of its own below base->run.dir; `jobs` at once, as processes of their
 * own when more than one. Members that are trained already are for `train` to
 * pass over. Then ranks them by their best models into grid.tsv and prints the
 * table. ERR_STOP when a signal came. */
int gridrun(const struct settings *base, const struct ini_grid *grid, int jobs,
            int (*train)(void *user, const struct settings *s, int quiet,
                         struct err *e),
            void *user, struct err *e);

#endif
