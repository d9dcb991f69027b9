/* What the fields of ABC say. SPDX-License-Identifier: MIT */
#ifndef NOTT_ABC_FIELDS_H
#define NOTT_ABC_FIELDS_H

#include <stddef.h>

#include "nott/score/score.h"

/* Each reads the text of a field up to its end and returns 0, or -1 where it
 * says something else; what is asked for is left alone then. */

/* "C|", "none", "6/8", "2+3/8" */
int abc_fields_meter(const char *text, struct score_meter *m);

/* "1/8" to ticks */
int abc_fields_unit(const char *text, int64_t *unit);

/* "1/4=120", "C3=40", "120" (of `unit`s), "\"Lively\" 3/8=100" to quarters a
 * minute */
int abc_fields_tempo(const char *text, int64_t unit, double *quarters);

/* "Ador", "F# minor", "D exp ^f", "HP", "none", "G clef=treble-8 octave=-1".
 * *octave is how many octaves higher notes sound; *has_key is 0 where the field
 * is about the clef alone. */
int abc_fields_key(const char *text, struct score_key *k, int *has_key,
                   int *octave);

/* "AABB", "(AB)2A3" written out into `out`. */
int abc_fields_parts(const char *text, char *out, size_t cap);

#endif
