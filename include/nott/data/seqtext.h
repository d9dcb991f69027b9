/* Datasets as text and as MIDI, for people. SPDX-License-Identifier: MIT */
#ifndef NOTT_SEQTEXT_H
#define NOTT_SEQTEXT_H

#include "nott/base/buf.h"
#include "nott/data/dataset.h"
#include "nott/music/decode.h"
#include "nott/music/song.h"

/* Appends tune s: a header line, then a line a bar (the pickup first) with the
 * runs of each voice, "D5 hold:2 | D:4"; unknown chords are "?:4". */
void seqtext_tune(const struct dataset *d, size_t s, struct buf *out);

/* Tune s as a song, of one voice if its chords are unknown; the caller frees.
 * ERR_MEM. */
int seqtext_song(const struct dataset *d, size_t s, struct song *song,
                 struct err *e);

/* DIR/NAME.mid, where a tune of that name is written to; the caller frees. NULL
 * without memory. */
char *seqtext_path(const char *dir, const char *name);

/* Writes every tune to its seqtext_path, making folders. ERR_IO, ERR_MEM. */
int seqtext_export(const struct dataset *d, const char *dir, struct err *e);

#endif
