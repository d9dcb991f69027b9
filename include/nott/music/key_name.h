/* Names of keys as people write them: "F#m", "Bb major", "D dorian", "Gmix".
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_KEY_NAME_H
#define NOTT_KEY_NAME_H

#include "nott/base/err.h"

struct key_name {
    int letter; /* of the tonic, 0 = C .. 6 = B */
    int alter;  /* of the tonic, semitones, -1..1 */
    int mode;   /* the step of the major scale that is its tonic: 0 = major,
                 * 1 = dorian .. 5 = minor, 6 = locrian */
};

/* The name at *p as ABC writes it, which goes on behind it: a capital, # or b,
 * and a mode, of which three letters count, in any case; "m" is minor, and
 * none is major. -1 where no name begins; *p stays there then. */
int key_name_read(struct key_name *k, const char **p);

/* The key, 0..23, that a whole text names as somebody types it: also with a
 * small letter, with the signs of music or with "flat" and "sharp". Of the
 * modes, those with a minor third are minor and the others major, for a key has
 * no others: the tonic is kept. "AM" is refused, which may be either. ERR_USAGE
 * with what is understood. */
int key_name_parse(const char *text, int *key, struct err *e);

#endif
