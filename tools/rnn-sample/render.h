/* What other programs make of our files, where they are on the PATH: engraved
 * sheets and sound. SPDX-License-Identifier: MIT */
#ifndef RENDER_H
#define RENDER_H

#include "nott/compose/publish.h"

struct render {
    const char *ending; /* ".wav" */
    const char *what;   /* "sound" */
    const char *by;     /* the programs */
    /* Appends the file. ERR_USAGE says what to install where a program is not
     * there; ERR_FORMAT when it failed, ERR_IO, ERR_MEM. */
    int (*make)(const struct publication *p, struct buf *out, struct err *e);
};

/* The table, up to an entry without ending. */
extern const struct render renders[];

/* That of a file by its name, NULL = there is none. */
const struct render *render_of(const char *path);

/* Makes the sheet that a page shows. 1 where there is no program for it, 2
 * where that failed: the page is then without. ERR_IO, ERR_MEM. */
int render_sheet(struct publication *p, struct err *e);

#endif
