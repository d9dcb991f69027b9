/* Which gates tunes pass, as a table and as JSON.
 * SPDX-License-Identifier: MIT */
#ifndef GATESHOW_H
#define GATESHOW_H

#include "musicshow.h"

struct json_t; /* jansson's */

/* Prints it to stdout. */
void gateshow_table(const struct judging *j);
struct json_t *gateshow_json(const struct judging *j, int *failed);

#endif
