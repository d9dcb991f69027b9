/* A composed tune as files. SPDX-License-Identifier: MIT */
#ifndef NOTT_PUBLISH_H
#define NOTT_PUBLISH_H

#include "nott/compose/sample.h"

/* Appends the tune to `out` as a MIDI file with `title` and, in marks of 127
 * bytes, `note` as texts; `name` is for messages. ERR_IO, ERR_MEM. */
int publish_midi(const struct vocabulary *v, const struct tune *t,
                 const char *title, const char *note, const char *name,
                 struct buf *out, struct err *e);

/* The same as a picture (SVG) with the title under the last part of `name`,
 * the file of the tune. ERR_MEM. */
int publish_picture(const struct vocabulary *v, const struct tune *t,
                    const char *title, const char *name, struct buf *out,
                    struct err *e);

#endif
