/* Finding the files of a corpus. SPDX-License-Identifier: MIT */
#ifndef NOTT_GATHER_H
#define NOTT_GATHER_H

#include <stddef.h>

#include "nott/base/err.h"
#include "nott/data/corpus.h"

/* Fills c->files with the tunes of the files at and below the paths, in byte
 * order of their names, each name once. What cannot be reached below a path is
 * among them with its reason; what lies in folders is passed over when it is
 * hidden or has another name (source_is_name). Of files of one name the first
 * in byte order of the paths keeps it, the others get "~2", "~3", ... behind
 * it, which their `stem` leaves out. A folder is entered once, by whatever
 * links and paths it can be reached: by those that are no links first; so that
 * time and memory grow with what there is. ERR_IO and ERR_FORMAT for the paths
 * themselves; ERR_MEM.
 */
int gather_files(struct corpus *c, char *const *paths, size_t n, struct err *e);

#endif
