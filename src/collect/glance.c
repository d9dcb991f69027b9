/* A look at an archive: see glance.h. The layout is that of PKWARE's
 * APPNOTE.TXT, 4.3.14 to 4.3.16. SPDX-License-Identifier: MIT */
#include "nott/collect/glance.h"

#include <string.h>

/* ---- what it is ---- */

#define NOT_ZIP ", not a zip archive"

static const struct {
    size_t at;
    const char *bytes, *what; /* NULL: a zip archive */
} kinds[] = {
    {0, "PK\3\4", NULL},
    {0, "PK\5\6", NULL},
    {0, "\x1f\x8b", "compressed with gzip" NOT_ZIP},
    {0, "BZh", "compressed with bzip2" NOT_ZIP},
    {0,
     "\xfd"
     "7zXZ",
     "compressed with xz" NOT_ZIP},
    {0, "7z\xbc\xaf", "a 7z archive" NOT_ZIP},
    {0, "Rar!", "a RAR archive" NOT_ZIP},
    {0, "MThd", "a MIDI file" NOT_ZIP},
    {257, "ustar", "a tar archive" NOT_ZIP},
};

/* HTML begins with blanks, a byte order mark, or at once. */
static int is_markup(const uint8_t *head, size_t n) {
    size_t i = n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (i < n && strchr(" \t\r\n", head[i]) && head[i])
        i++;
    return i < n && head[i] == '<';
}

const char *glance_kind(const uint8_t *head, size_t n) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t len = strlen(kinds[i].bytes);
        if (n >= kinds[i].at + len &&
            memcmp(head + kinds[i].at, kinds[i].bytes, len) == 0)
            return kinds[i].what;
    }
    if (n == 0)
        return "empty" NOT_ZIP;
    return is_markup(head, n) ? "a web page" NOT_ZIP : "not a zip archive";
}

/* ---- how many entries it has ---- */

#define END         22 /* bytes of the record at the end, without its comment */
#define LOCATOR     20 /* of what tells where its 64-bit brother is */
#define END_64      56
#define COMMENT_MAX 65535

static uint64_t number(const uint8_t *p, int bytes) {
    uint64_t v = 0;
    for (int i = bytes - 1; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

/* What the 64-bit record says that the locator at p points to. */
static uint64_t entries_64(const uint8_t *bytes, size_t n, const uint8_t *p) {
    uint64_t at = number(p + 8, 8);
    if (n < END_64 || at > n - END_64 || memcmp(bytes + at, "PK\6\6", 4) != 0)
        return 0;
    return number(bytes + at + 32, 8);
}

/* What the record at `at` says, or its 64-bit brother. */
static uint64_t entries_of(const uint8_t *bytes, size_t n, size_t at) {
    uint64_t count = number(bytes + at + 10, 2);
    if (at < LOCATOR || memcmp(bytes + at - LOCATOR, "PK\6\7", 4) != 0)
        return count;
    uint64_t more = entries_64(bytes, n, bytes + at - LOCATOR);
    return count == UINT16_MAX || more > count ? more : count;
}

/* Is the record at p, n bytes before the end of the file, the last thing in it?
 * Its comment is last, and may hold anything. */
static int is_end(const uint8_t *p, size_t n) {
    return memcmp(p, "PK\5\6", 4) == 0 && number(p + 20, 2) == n - END;
}

uint64_t glance_entries(const uint8_t *bytes, size_t n, const char **fault) {
    const size_t tail = END + COMMENT_MAX;
    uint64_t entries = 0;
    int ends = 0;
    for (size_t i = n > tail ? n - tail : 0; i + END <= n; i++)
        if (is_end(bytes + i, n - i)) {
            entries = entries_of(bytes, n, i);
            ends++;
        }
    *fault = ends == 0 ? "without an end" : ends > 1 ? "with two ends" : NULL;
    return entries;
}
