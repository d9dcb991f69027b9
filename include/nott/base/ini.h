/* INI files of settings, and the grids in them. The only room that sees inih.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_INI_H
#define NOTT_INI_H

#include "nott/base/conf.h"

/* Reads an INI file of 1 MiB at most over the settings. Errors are `FILE:LINE:
 * what` with ERR_USAGE (or ERR_IO): unknown section or key, a key set twice, a
 * value out of range, a line that is too long or no setting at all. */
int ini_load(const struct conf_table *t, void *settings, const char *path,
             struct err *e);

/* The [grid] section of a file: settings with lists of values, whose product
 * is meant. Values are separated by blanks or commas; one that has blanks
 * itself stands in double quotes. */
#define INI_AXES    8
#define INI_VALUES  32
#define INI_MEMBERS 65536 /* of the product, at most */

struct ini_grid {
    size_t axes;
    struct ini_axis {
        const struct conf_row *row;
        size_t count;
        char values[INI_VALUES][64];
    } axis[INI_AXES];
};

/* ini_load for files that may have a [grid] section; ini_load refuses it. */
int ini_load_grid(const struct conf_table *t, void *settings,
                  struct ini_grid *g, const char *path, struct err *e);

/* How many settings the grid stands for: 1 without axes. */
size_t ini_grid_size(const struct ini_grid *g);

/* Puts member `index` of the product into the settings and names it by its
 * values, as in "hidden-64_rate-0.002": a name for a folder. ERR_USAGE. */
int ini_grid_apply(const struct conf_table *t, const struct ini_grid *g,
                   size_t index, void *settings, char name[256], struct err *e);

/* The members of a grid dealt out to several machines: the part `number`, from
 * 1, of `parts` has every member whose index modulo `parts` is number - 1. So
 * each member is in one part, and parts differ by one member at most. */
struct ini_part {
    size_t number, parts;
};

/* "3/8": part 3 of 8; `name` begins the message. ERR_USAGE. */
int ini_part_parse(const char *name, const char *text, struct ini_part *p,
                   struct err *e);
int ini_part_has(const struct ini_part *p, size_t index);

#endif
