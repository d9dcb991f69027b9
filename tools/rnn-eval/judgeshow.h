/* What the judge said, as a table and as JSON. SPDX-License-Identifier: MIT */
#ifndef JUDGESHOW_H
#define JUDGESHOW_H

#include "musicshow.h"

struct json_t; /* jansson's */

/* Prints it to stdout. */
void judgeshow_table(const struct judging *j);
struct json_t *judgeshow_json(const struct judging *j, int *failed);

#endif
