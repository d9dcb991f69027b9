/* What people hold: files with tunes in any language that is read, as songs.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_SOURCE_H
#define NOTT_SOURCE_H

#include <stddef.h>

#include "nott/base/buf.h"
#include "nott/base/err.h"
#include "nott/music/song.h"
#include "nott/score/abc.h"

struct source {
    char *path; /* owned: as it was given; "-" = standard input */
    struct buf bytes;
    struct abc_book abc; /* empty of MIDI */
    int is_abc;
    size_t tunes; /* 1 of MIDI */
};

/* Is it such a file by its name: MIDI (file_is_midi_name), or .abc? */
int source_is_name(const char *path);
int source_is_abc_name(const char *path);

/* Reads the file, or standard input where the path is "-". A file of another
 * name is taken for what it holds. ERR_IO, ERR_FORMAT, ERR_MEM; *s is then
 * empty. */
int source_load(struct source *s, const char *path, struct err *e);
void source_free(struct source *s);

/* For messages: the path, or "standard input". */
const char *source_name(const struct source *s);

/* A tune of it as a song; `remarks` gets what is odd in it, a line each,
 * "LINE:COLUMN: what". Unless `score` is NULL it gets what the song was made
 * of, which of MIDI is nothing. Errors begin with the name, and are about
 * NAME:LINE:COLUMN in ABC. ERR_FORMAT, ERR_MEM; both are then empty. The caller
 * frees *song and *score. */
int source_song(struct song *song, struct score *score, const struct source *s,
                size_t tune, struct buf *remarks, struct err *e);

#endif
