/* Any bytes as a zip archive: refused, or what is unpacked is files and folders
 * within the limits, and all of them in the folder.
 * SPDX-License-Identifier: MIT */
#include "nott/collect/archive.h"

#include <string.h>
#include <zlib.h>

#include "file.h"
#include "folder.h"
#include "nott/base/file.h"

#define FILES   16
#define BYTES   (64 << 10)
#define ALL     (256 << 10)
#define CENTRAL 46 /* bytes of an entry's record before its name */
#define LOCAL   30

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed);

/* ---- archives whose checksums are right ---- */

static size_t number(const uint8_t *p, size_t n) {
    size_t v = 0;
    while (n-- > 0)
        v = v << 8 | p[n];
    return v;
}

static void put(uint8_t *p, size_t v) {
    for (size_t i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

/* Puts the checksum of a stored entry right, in both of its records. */
static void mend(uint8_t *data, size_t size, uint8_t *central) {
    size_t at = number(central + 42, 4), n = number(central + 20, 4);
    if (number(central + 10, 2) != 0 || at > size || size - at < LOCAL)
        return;
    uint8_t *local = data + at;
    size_t skip = LOCAL + number(local + 26, 2) + number(local + 28, 2);
    if (skip > size - at || n > size - at - skip)
        return;
    uLong sum = crc32(crc32(0, NULL, 0), local + skip, (uInt)n);
    put(local + 14, sum);
    put(central + 16, sum);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed) {
    size = LLVMFuzzerMutate(data, size, max);
    for (size_t i = 0; seed % 4 && i + CENTRAL <= size; i++)
        if (memcmp(data + i, "PK\1\2", 4) == 0)
            mend(data, size, data + i);
    return size;
}

/* ---- unpacking ---- */

static size_t files, bytes;

static void see(const FTSENT *one) {
    if (one->fts_info != FTS_F && one->fts_info != FTS_DP)
        abort();
    if (one->fts_info == FTS_F && one->fts_statp->st_size > BYTES)
        abort();
    files += one->fts_info == FTS_F;
    bytes += one->fts_info == FTS_F ? (size_t)one->fts_statp->st_size : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct archive_limits limits = {BYTES, ALL, FILES, 200};
    struct archive_report report;
    char zip[32], dir[32], inner[64];
    fuzz_file(zip, data, size);
    folder_make(dir);
    snprintf(inner, sizeof inner, "%s/in", dir);
    if (mkdir(inner, 0777))
        abort();
    struct archive a;
    int rc = archive_read(&a, zip, &limits, NULL);
    if (rc == 0)
        rc =
            archive_unpack(&a, inner, &limits, NULL, NULL, NULL, &report, NULL);
    archive_free(&a);
    files = bytes = 0;
    folder_each(dir, see);
    if (bytes > ALL || files > FILES ||
        (rc == 0 && (files != report.files || bytes != report.bytes || !files)))
        abort();
    unlink(zip);
    folder_remove(dir);
    return 0;
}
