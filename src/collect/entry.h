/* The entries of an archive by their names, which may be hostile: what one may
 * be called, and which want the same place. SPDX-License-Identifier: MIT */
#ifndef NOTT_ENTRY_H
#define NOTT_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#define ENTRY_PART 255 /* bytes of the longest part of a name */

struct entry {
    const char *name; /* borrows until the archive is closed */
    size_t len;       /* without the slash at a folder's end */
    uint64_t index;
    uint64_t size, packed;
    int folder, wanted; /* a tune is wanted, in no hidden folder */
};

/* Gives it a name that is not empty, and says what is wrong with that; NULL =
 * it may be unpacked below a folder, and stays there. */
const char *entry_set_name(struct entry *entry, const char *name);

/* For qsort: what lies in a folder follows it directly, and case is folded; as
 * they are in the archive. */
int entry_by_name(const void *left, const void *right);
int entry_by_index(const void *left, const void *right);

/* Do two entries, neighbours in the order of entry_by_name, want the same
 * place, on a system to which case is nothing? */
int entry_clash(const struct entry *a, const struct entry *b);

/* In how many folders does an entry lie in which its predecessor in the order
 * of entry_by_name, NULL = it has none, does not? */
uint64_t entry_new_folders(const struct entry *before,
                           const struct entry *entry);

/* The bytes of the first folder and its slash, if all wanted ones are in it. */
size_t entry_top(const struct entry *entries, size_t n);

#endif
