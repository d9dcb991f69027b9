/* The range of an instrument. SPDX-License-Identifier: MIT */
#ifndef RANGE_H
#define RANGE_H

#include "nott/base/err.h"

/* MIDI pitches from "D4-B5", or from a name in the table, such as "whistle".
 * ERR_USAGE, with what there is. */
int range_parse(const char *text, int *low, int *high, struct err *e);

#endif
