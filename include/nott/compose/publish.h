/* A composed tune to files. SPDX-License-Identifier: MIT */
#ifndef NOTT_PUBLISH_H
#define NOTT_PUBLISH_H

#include "nott/compose/sample.h"

/* Writes the tune as a MIDI file with `title` and, in marks of 127 bytes,
 * `note` as texts; and, unless svg is NULL, as a picture with the title under
 * the file's name. ERR_IO, ERR_MEM. */
int publish_tune(const struct vocabulary *v, const struct tune *t,
                 const char *title, const char *note, const char *mid,
                 const char *svg, struct err *e);

#endif
