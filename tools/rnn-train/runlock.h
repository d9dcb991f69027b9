/* Who trains in the folder of a run: one process at a time.
 * SPDX-License-Identifier: MIT */
#ifndef RUNLOCK_H
#define RUNLOCK_H

#include "nott/base/err.h"

/* Locks go with the process, however it ends; who only reads asks for none. */
struct runlock {
    int folder, file; /* descriptors; -1 = not taken */
};

#define RUNLOCK_NONE                                                           \
    { -1, -1 }

/* Takes the lock of a folder, unless it is taken by us already or there is no
 * such folder. It is on the folder itself and leaves nothing there; many file
 * systems keep it from other machines. With `across` a file in the folder,
 * which stays, is locked as well, for those machines. Where there are no locks
 * the training goes on, with a note. ERR_IO when another process has it. */
int runlock_take(struct runlock *l, const char *dir, int across, struct err *e);

void runlock_release(struct runlock *l);

#endif
