/* What the bytes of an archive tell before libzip opens it.
 *
 * libzip looks up every name of a central directory among the others, and every
 * record that might be the end of the archive, before anything can stop it: a
 * file of a few hundred kilobytes can keep it busy for hours. So how many
 * entries there are is read here first. SPDX-License-Identifier: MIT */
#ifndef NOTT_GLANCE_H
#define NOTT_GLANCE_H

#include <stddef.h>
#include <stdint.h>

#define GLANCE_BYTES 264 /* of a file's beginning tell what it is */

/* What is wrong with a file of these first bytes, such as "a web page, not a
 * zip archive"; NULL if it begins like one. */
const char *glance_kind(const uint8_t *head, size_t n);

/* How many entries the archive of `bytes` bytes says it has. *fault is what is
 * wrong with its end, or NULL: there must be one, and nothing after it. -1 with
 * errno when it cannot be read. */
int glance_entries(int fd, uint64_t bytes, uint64_t *entries,
                   const char **fault);

#endif
