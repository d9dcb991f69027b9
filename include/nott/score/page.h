/* Tunes as one page to listen to: a single HTML file that needs no network.
 *
 * The data stands in it as JSON, and the page's own script (src/score/page)
 * draws and plays it; a policy in the page lets the browser obey no other
 * script and load nothing. SPDX-License-Identifier: MIT */
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
     * part if there are some. One tempo and one key, the first; a first bar
     * under a signature of its own is a pickup. Names of chords are lyrics
     * (MARK_TEXT of type 5) in the part of the melody; without any, chords
     * are named by their notes. */
    const struct song *song;
    const char *abc;         /* to copy and to save, NULL = none */
    const struct buf *midi;  /* to save, NULL = none */
    const struct buf *sheet; /* an SVG document, NULL = none; shown as an
                              * image, in which no script is run */
};

/* Appends the page; the same tunes give the same bytes. With one tune its title
 * is the heading, with several `title` is, over a list of them. ERR_MEM. */
int page_write(const struct page_tune *tunes, size_t count, const char *title,
               struct buf *out, struct err *e);

#endif
