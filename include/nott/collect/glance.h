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

/* What is wrong with a file of these first bytes, 264 if it has them, such as
 * "a web page, not a zip archive"; NULL if it begins like one. */
const char *glance_kind(const uint8_t *head, size_t n);

/* How many entries the archive of these n bytes says it has. *fault is what is
 * wrong with its end, or NULL: there must be one, and nothing after it. Looks
 * at the last 64 KiB alone. */
uint64_t glance_entries(const uint8_t *bytes, size_t n, const char **fault);

#endif
