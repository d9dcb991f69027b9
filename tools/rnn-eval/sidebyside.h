/* Folders of tunes side by side: a column each. SPDX-License-Identifier: MIT */
#ifndef SIDEBYSIDE_H
#define SIDEBYSIDE_H

#include "musiceval.h"

/* Reads each of m->paths as a set of its own, and the test and training tunes
 * of m->reference if there is one, and prints their measures as a table or as
 * JSON. Errors as those of musiceval. */
int sidebyside(const struct musiceval *m, struct err *e);

#endif
