/* Folders that have been entered, by whatever path or link.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_VISITED_H
#define NOTT_VISITED_H

#include <stddef.h>
#include <sys/types.h>

#include "nott/base/err.h"

struct visited {
    struct visited_folder {
        dev_t device;
        ino_t inode;
        int is_there; /* 0 = nothing is in this slot */
    } * slots;        /* owned, [size] */
    size_t size;      /* 0, or a power of two, twice the count at least */
    size_t count;
};

/* 1 = it has been entered before; 0 = it had not, and now has; -1 with ERR_MEM.
 * A zeroed set is empty. Time is that of a look-up, memory 48 bytes a folder.
 */
int visited_enter(struct visited *v, dev_t device, ino_t inode, struct err *e);
void visited_free(struct visited *v);

#endif
