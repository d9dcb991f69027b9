/* Reading the tunes that are to be judged. SPDX-License-Identifier: MIT */
#ifndef MUSICREAD_H
#define MUSICREAD_H

#include "nott/data/surface.h"

#define MUSICREAD_STEPS                                                        \
    4 /* in a quarter, of MIDI files without a reference                       \
       */

/* Files that are no tunes, and those that the machine could not read. */
struct musicread_account {
    size_t refused, unread;
};

/* One .seq, that is. */
int musicread_is_sequences(char *const *paths, size_t n);

/* The split of that name, SPLITS for "all"; NULL is the test tunes. ERR_USAGE.
 */
int musicread_split(const char *name, int *split, struct err *e);

/* The tunes of MIDI and ABC files and folders of them, on that grid; or those
 * of a split of a .seq, on its own. Adds to the account and
 * names the files that are passed over; it is an error when no tune is left. */
int musicread(struct surface_set *s, char *const *paths, size_t n, int split,
              int steps_per_quarter, struct musicread_account *account,
              struct err *e);

#endif
