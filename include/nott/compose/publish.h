/* A composed tune as files: every language that it is printed in, by the ending
 * of the file's name. A new one is a line in the table of publish.c.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_PUBLISH_H
#define NOTT_PUBLISH_H

#include "nott/compose/sample.h"
#include "nott/music/arrange.h"
#include "nott/score/score.h"

/* What is said of a tune, and how it is played. Borrowed. */
struct publish_request {
    const char *title;
    const char *about;  /* key, meter, seed: a line; "" = nothing */
    const char *note;   /* how it was made, a text in the MIDI file */
    const char *rhythm; /* "hornpipe"; "" = by the meter */
    const char *name;   /* of the file, without folder and ending */
    struct arrangement arrangement;
    /* A melody that somebody has written (song.written), whose notes are kept
     * as they are, not as steps; step 0 is its tick `start`. NULL = none. */
    const struct song *melody;
    int64_t start;
    const struct score *score; /* as it is written; gets chord symbols */
};

/* A tune ready to be printed. */
struct publication {
    const struct vocabulary *vocabulary; /* borrowed, as are the two below */
    const struct tune *tune;
    struct publish_request request;
    struct song written, played; /* as steps; with its arrangement */
    struct score score;
    struct buf midi, abc;
    struct buf sheet; /* an engraved page as SVG, if somebody has made one */
    struct buf about; /* the request's, as a text */
};

/* ERR_IO, ERR_MEM; publish_close in all cases. */
int publish_open(struct publication *p, const struct vocabulary *v,
                 const struct tune *t, const struct publish_request *request,
                 struct err *e);
void publish_close(struct publication *p);

struct publish_format {
    const char *ending; /* ".abc" */
    const char *what;   /* "ABC notation" */
    int together;       /* several tunes go into one file */
    int wants_sheet;    /* it shows the sheet, where there is one */
    int is_binary;      /* nothing for a terminal */
    /* Appends `count` tunes, 1 unless together; `path` is for messages and
     * titles. ERR_MEM. */
    int (*print)(const struct publication *list, size_t count, const char *path,
                 struct buf *out, struct err *e);
};

/* The table, up to an entry without ending. */
extern const struct publish_format publish_formats[];

/* That of a file by its name, NULL = there is none. */
const struct publish_format *publish_format_of(const char *path);

#endif
