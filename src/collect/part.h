/* What lies between two runs of a download: the bytes that came, in .part, and
 * in .part.tag what tells whether they may be continued: two lines, the address
 * and what to send as If-Range. SPDX-License-Identifier: MIT */
#ifndef NOTT_PART_H
#define NOTT_PART_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/file.h"

#define PART_VALIDATOR 1024 /* bytes of a validator, with the NUL */

struct part {
    char path[FILE_PATH], tag[FILE_PATH];
    int fd;        /* -1 = closed */
    uint64_t done; /* bytes in it */
};

/* Fills in its names; nothing is opened. ERR_IO: too long. */
int part_name(struct part *p, const char *path, struct err *e);

/* Opens or makes the part of what is to become `path`; nothing is made through
 * a link. Only one process at a time may do so. ERR_IO. */
int part_open(struct part *p, const char *path, struct err *e);

/* Takes out all that is in it, and the tag. ERR_IO. */
int part_empty(struct part *p, struct err *e);

/* Appends n bytes; -1 with errno. */
int part_add(struct part *p, const char *data, size_t n);

/* Is it a validator that a tag can hold? */
int part_can_keep(const char *validator);

/* Says from where the bytes come, and what proves that they are still the same
 * there; NULL = nothing does. A tag that cannot be written, or not be read
 * again, is none: the next run begins anew. */
void part_mark(const struct part *p, const char *url, const char *validator);

/* The validator, if the part came from this address; 1 or 0. */
int part_validator(const struct part *p, const char *url,
                   char value[PART_VALIDATOR]);

/* Can a later run make something of it? */
int part_is_of_use(const struct part *p);

/* Gives it its mode, writes it to the disk and closes it. ERR_IO. */
int part_finish(struct part *p, struct err *e);

/* Closes it if it is open. */
void part_close(struct part *p);

/* Removes it. */
void part_drop(const struct part *p);

#endif
