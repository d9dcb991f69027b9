/* What entries are called: see entry.h. SPDX-License-Identifier: MIT */
#include "entry.h"

#include <string.h>

#include "nott/base/file.h"
#include "nott/base/plain.h"

#define NAME_BYTES 1000 /* the longest name */

static const char *byte_fault(const char *name) {
    uint32_t letter;
    for (size_t left = strlen(name), n; left; name += n, left -= n) {
        n = plain_letter(name, left, &letter);
        if (n && !plain_shows(letter))
            return "control character in its name";
        if (*name == '\\' || *name == ':')
            return "backslash or colon in its name";
        n = n ? n : 1; /* what is no UTF-8 is told as that */
    }
    return NULL;
}

/* Dots and blanks at the end do not count on some systems, and a NUL in a name
 * has become a blank: "..\0" is not to be told from ".. ". */
static const char *part_fault(const char *part, size_t n) {
    if (n == 0)
        return "absolute, or an empty part in its name";
    if (n > ENTRY_PART)
        return "name too long";
    if (strspn(part, ". ") >= n)
        return "'.' or '..' in its name, or a part of blanks";
    return NULL;
}

/* NULL for a name that may be unpacked; `len` is without a folder's slash. */
static const char *name_fault(const char *name, size_t len) {
    const char *fault = byte_fault(name);
    if (len > NAME_BYTES)
        return "name too long";
    size_t begin = 0;
    for (size_t i = 0; !fault && i <= len; i++)
        if (i == len || name[i] == '/') {
            fault = part_fault(name + begin, i - begin);
            begin = i + 1;
        }
    return fault;
}

/* In a hidden folder nobody looks for tunes, and a manifest is hidden too. */
static int is_hidden(const char *name) {
    return name[0] == '.' || strstr(name, "/.");
}

const char *entry_set_name(struct entry *entry, const char *name) {
    entry->name = name;
    entry->len = strlen(name);
    entry->folder = entry->len && name[entry->len - 1] == '/';
    entry->len -= (size_t)entry->folder;
    entry->wanted =
        !entry->folder && file_is_midi_name(name) && !is_hidden(name);
    return name_fault(name, entry->len);
}

/* The byte of a name that counts in comparisons: case is folded, and the slash
 * is below all others, so that what lies in a folder follows it directly. */
static int folded(const struct entry *entry, size_t i) {
    int c = i < entry->len ? (unsigned char)entry->name[i] : 0;
    if (c == '/')
        return 1;
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

int entry_by_name(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    for (size_t i = 0;; i++) {
        int x = folded(a, i), y = folded(b, i);
        if (x != y || !x)
            return x - y;
    }
}

int entry_by_index(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    return a->index < b->index ? -1 : a->index > b->index;
}

int entry_clash(const struct entry *a, const struct entry *b) {
    int exact = 1;
    size_t i = 0;
    for (; folded(a, i) && folded(a, i) == folded(b, i); i++) {
        exact = exact && a->name[i] == b->name[i];
        if (a->name[i] == '/' && !exact)
            return 1;
    }
    if (folded(a, i) != 0)
        return 0;
    if (folded(b, i) == 0)
        return 1;
    return folded(b, i) == 1 && (!a->folder || !exact);
}

uint64_t entry_new_folders(const struct entry *before,
                           const struct entry *entry) {
    uint64_t n = 0;
    size_t i = 0;
    while (before && folded(entry, i) && folded(entry, i) == folded(before, i))
        i++;
    for (; i < entry->len; i++)
        n += entry->name[i] == '/';
    return n;
}

size_t entry_top(const struct entry *entries, size_t n) {
    const char *first = NULL;
    size_t top = 0;
    for (size_t i = 0; i < n; i++) {
        const char *name = entries[i].name;
        if (!entries[i].wanted)
            continue;
        if (!first) {
            const char *slash = strchr(name, '/');
            top = slash ? (size_t)(slash - name) + 1 : 0;
            first = name;
        } else if (strncmp(name, first, top) != 0)
            top = 0;
    }
    return top;
}
