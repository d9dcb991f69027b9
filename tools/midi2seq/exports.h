/* Where --export will write. SPDX-License-Identifier: MIT */
#ifndef EXPORTS_H
#define EXPORTS_H

#include <stddef.h>

#include "nott/base/err.h"
#include "nott/data/corpus.h"

struct exports {
    struct exports_paths {
        char **list; /* owned, each too */
        size_t count, cap;
    } tunes,     /* of the files that may be kept, in their order */
        folders; /* that will be made for them, if they are not there */
};

/* What the tunes of a corpus will be called below the folder `dir`. ERR_MEM;
 * the caller frees *x in any case, which was zeroed. */
int exports_list(struct exports *x, const char *dir, const struct corpus *c,
                 struct err *e);
void exports_free(struct exports *x);

#endif
