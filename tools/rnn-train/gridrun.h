/* Training the members of a [grid], all or a part of them, and ranking them.
 * SPDX-License-Identifier: MIT */
#ifndef GRIDRUN_H
#define GRIDRUN_H

#include "nott/base/err.h"
#include "nott/base/ini.h"
#include "nott/player/settings.h"

#define GRIDRUN_JOBS 64

struct gridrun_task {
    struct ini_part part; /* the members that are trained */
    int jobs;             /* at once, as processes of their own when more */
    /* Trains one member, or what is left of it; one that is finished
     * (gridrank.h) it passes over. `at_once` members are trained side by side:
     * more than one share the processors and keep quiet. */
    int (*train)(void *user, const struct settings *s, int at_once,
                 struct err *e);
    void *user;
};

/* Trains each in a folder of its own below base->run.dir, then ranks all
 * members of the grid, those of other parts too. A member that another call is
 * training, here or on another machine, is left to that. ERR_STOP when a signal
 * came. */
int gridrun(const struct settings *base, const struct ini_grid *grid,
            const struct gridrun_task *task, struct err *e);

#endif
