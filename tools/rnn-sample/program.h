/* Programs of others, by their names on the PATH.
 * SPDX-License-Identifier: MIT */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "nott/base/buf.h"
#include "nott/base/err.h"

#define PROGRAM_MOST ((size_t)512 << 20) /* bytes that one may make */

int program_is_there(const char *program);

/* ERR_USAGE, with the package to install, where it is not there. */
int program_need(const char *program, const char *package, struct err *e);

/* Runs it for at most two minutes; what it prints goes to `out`, what it
 * complains of nowhere. A signal that the tool catches ends it, and what it
 * began itself. ERR_FORMAT when it failed, which may be due to what it was
 * given; ERR_IO when it could not begin or was killed; ERR_MEM. */
int program_run(const char *const *argv, struct buf *out, struct err *e);

/* A program that could not write to its end may say nothing of it: what it made
 * must begin and end as such a file does. ERR_FORMAT. */
int program_check(const struct buf *made, const char *first, const char *last,
                  const char *program, struct err *e);

#endif
