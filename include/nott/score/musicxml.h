/* Scores as MusicXML 4.0, partwise: one part, melody with chord symbols.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_MUSICXML_H
#define NOTT_MUSICXML_H

#include "nott/base/buf.h"
#include "nott/score/score.h"

/* Appends the score as a document: measures, repeats and endings, ties,
 * tuplets, beams, accidentals, chord symbols as <harmony>. The same score gives
 * the same bytes; texts may hold anything. Failures stay in out->failed. */
void musicxml_write(const struct score *s, struct buf *out);

#endif
