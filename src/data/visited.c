/* Folders that have been entered: see visited.h. SPDX-License-Identifier: MIT
 */
#include "visited.h"

#include <stdint.h>
#include <stdlib.h>

#include "nott/base/rng.h"

/* Where the folder is, or the free slot that it gets. */
static struct visited_folder *find(const struct visited *v, dev_t device,
                                   ino_t inode) {
    size_t at = rng_mix((uint64_t)device, (uint64_t)inode) & (v->size - 1);
    while (v->slots[at].is_there &&
           (v->slots[at].device != device || v->slots[at].inode != inode))
        at = (at + 1) & (v->size - 1);
    return &v->slots[at];
}

/* Twice the slots, so that half of them stay free. */
static int grow(struct visited *v, struct err *e) {
    struct visited more = {NULL, v->size ? 2 * v->size : 64, v->count};
    more.slots = calloc(more.size, sizeof *more.slots);
    if (!more.slots)
        return err_set(e, ERR_MEM, "folders: out of memory");
    for (size_t i = 0; i < v->size; i++)
        if (v->slots[i].is_there)
            *find(&more, v->slots[i].device, v->slots[i].inode) = v->slots[i];
    free(v->slots);
    *v = more;
    return 0;
}

int visited_enter(struct visited *v, dev_t device, ino_t inode, struct err *e) {
    if (2 * v->count >= v->size && grow(v, e))
        return -1;
    struct visited_folder *f = find(v, device, inode);
    if (f->is_there)
        return 1;
    *f = (struct visited_folder){device, inode, 1};
    v->count++;
    return 0;
}

void visited_free(struct visited *v) {
    free(v->slots);
    *v = (struct visited){0};
}
