/* Tunes as one page to listen to: a single HTML file that needs no network.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_PAGE_H
#define NOTT_PAGE_H

#include <stddef.h>

#include "nott/base/buf.h"
#include "nott/base/err.h"
#include "nott/music/song.h"

/* A tune on the page. Texts are UTF-8 and may hold anything; none of it is
 * executed or shown as markup. */
struct page_tune {
    const char *title;
    const char *about;   /* model, key, meter, seed: a line under the title */
    const char *command; /* that makes it again; NULL = not known */
    const char *name;    /* of files to save, without an ending: "song-3" */
    /* What is played and drawn as a roll: signs, melody, and chords in a third
     * part if there are some; names of chords as lyrics (MARK_TEXT of type 5)
     * in the part of the melody. */
    const struct song *song;
    const char *abc;         /* to copy */
    const struct buf *midi;  /* to save */
    const struct buf *sheet; /* an SVG document, NULL = none; only ours or
                              * that of a program we ran on our own ABC */
};

/* Appends the page. ERR_MEM. */
int page_write(const struct page_tune *tunes, size_t count, const char *title,
               struct buf *out, struct err *e);

#endif
