/* Settings by tables. INI files of them are read by ini.h.
 *
 * A setting is a row: its name, type, range, default, a line of help, and where
 * its value lies in a struct. Rows are declared beside the struct that they
 * fill; a table puts such groups of rows together over one struct that holds
 * all of these. This room parses, checks, prints and documents whatever the
 * rows say, and knows nothing of what they mean. SPDX-License-Identifier: MIT
 */
#ifndef NOTT_CONF_H
#define NOTT_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/buf.h"
#include "nott/base/err.h"

#define CONF_PATH     184 /* inih reads lines of at most 200 bytes */
#define CONF_LIST_MAX 7

/* Whole numbers in rising order; those beyond `count` are 0. */
struct conf_list {
    int count, value[CONF_LIST_MAX];
};

enum conf_type {
    CONF_TEXT,    /* char[CONF_PATH], at least `min` characters */
    CONF_INTEGER, /* int */
    CONF_SIZE,    /* size_t */
    CONF_LONG,    /* int64_t */
    CONF_NUMBER,  /* double */
    CONF_CHOICE,  /* int or an enum: the place in `choices` */
    CONF_LIST,    /* struct conf_list, each in min..max */
};

enum conf_flag {
    CONF_GRID = 1, /* may be an axis of a [grid] */
    CONF_FREE = 2, /* does not change what has been computed already */
    CONF_OMIT = 4, /* not written to a file where it is switched off */
    CONF_GONE = 8, /* of older files: read, whatever it says, and forgotten */
};

struct conf_row {
    const char *section, *key;
    const char *old_key; /* its name in older files, still read; NULL = none */
    enum conf_type type;
    size_t at; /* offset in the struct of its group */
    const char *initial;
    /* The value in a file that was written before the row was there: what
     * switches it off. NULL = every file has it. */
    const char *absent;
    double min, max;
    const char *const *choices; /* ends with NULL */
    int flags;                  /* of enum conf_flag */
    const char *help;
};

/* The rows of one struct. */
struct conf_group {
    const struct conf_row *rows;
    size_t count;
    int flags; /* of all of them */
};

struct conf_table {
    const struct conf_part {
        const struct conf_group *group;
        size_t at; /* offset of the group's struct in the whole */
    } * parts;
    size_t count;
    size_t size; /* of the whole struct, bytes */
};

/* In all that follows `settings` is the struct of the table. */

/* Every setting at its default, all other bytes 0. */
void conf_defaults(const struct conf_table *t, void *settings);

/* One "section.key=value"; ERR_USAGE. */
int conf_set(const struct conf_table *t, void *settings, const char *assignment,
             struct err *e);

/* The same of a name ("train.batch") and a value of any length. */
int conf_give(const struct conf_table *t, void *settings, const char *name,
              const char *value, struct err *e);

/* All settings as an INI file that ini_load reads back to the same values;
 * with help, each key is preceded by a comment: what it is, and its range. */
void conf_dump(const struct conf_table *t, const void *settings,
               struct buf *out, int help);

/* The name ("train.batch") of the first setting with the flag CONF_GRID and
 * without CONF_FREE that differs; NULL when there is none. */
const char *conf_difference(const struct conf_table *t, const void *a,
                            const void *b, char name[64]);

/* A row, where its group's struct lies in the whole, and its number. */
struct conf_place {
    const struct conf_row *row;
    size_t group; /* offset */
    size_t number;
    int flags;
};

/* Does any row belong to it? */
int conf_has_section(const struct conf_table *t, const char *section);

/* The row of a key, or of "section.key" in n bytes; 0 when there is none. */
int conf_find(const struct conf_table *t, const char *section, const char *key,
              struct conf_place *p);
int conf_find_name(const struct conf_table *t, const char *name, size_t n,
                   struct conf_place *p);

/* One row alone: a text to its value in the struct that the row's group fills,
 * and back. ERR_USAGE, `section.key: what`. */
int conf_parse(const struct conf_row *row, void *group, const char *text,
               struct err *e);
void conf_print(const struct conf_row *row, const void *group, struct buf *out);

/* The place of a text among choices, -1 = none of them. */
int conf_choice(const char *const *choices, const char *text);

/* A whole text as a number in min..max; `name` begins the message. ERR_USAGE.
 */
int conf_integer(const char *name, const char *text, int64_t min, int64_t max,
                 int64_t *out, struct err *e);
int conf_number(const char *name, const char *text, double min, double max,
                double *out, struct err *e);

#endif
