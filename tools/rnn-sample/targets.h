/* Where composed tunes go: files by their endings, or standard output.
 * SPDX-License-Identifier: MIT */
#ifndef TARGETS_H
#define TARGETS_H

#include "common/output.h"
#include "nott/base/file.h"
#include "nott/compose/publish.h"
#include "render.h"

#define TARGETS_MAX 16

struct target {
    const char *path;                    /* borrowed */
    const struct publish_format *format; /* one of these two */
    const struct render *render;
    int given; /* by the user: what is there is kept */
};

struct targets {
    struct target list[TARGETS_MAX];
    size_t count;
    int force; /* what is there is written over */
    size_t kept;
};

/* Adds a file whose ending says what it is; of "-" it is `format` ("abc"), MIDI
 * where that is NULL. ERR_USAGE names the endings there are. */
int targets_add(struct targets *t, const char *path, const char *format,
                int given, struct err *e);

/* Nothing that is read, nor what is written first, is written over; several
 * tunes do not go to standard output, nor what is no text to a terminal.
 * ERR_USAGE. */
int targets_check(const struct targets *t, struct paths inputs, int tunes,
                  struct err *e);

/* "song-3.mid": the name of tune `number` of several in a file of its own; NULL
 * where that is too long, which targets_check says first. */
const char *targets_name(char name[FILE_PATH], const char *path, int tunes,
                         int number);

/* Writes all tunes to all targets. A file that is there with other content is
 * kept, which is said and counted, unless `force`, or its name was ours.
 * ERR_IO, ERR_MEM, ERR_USAGE for programs that are not there. */
int targets_write(struct targets *t, struct publication *list, int tunes,
                  struct err *e);

#endif
