/* An archive's tunes in a folder, by the default limits: 0 or -1.
 * SPDX-License-Identifier: MIT */
#ifndef UNPACKED_H
#define UNPACKED_H

#include "nott/collect/archive.h"

static inline int unpacked_in(const char *folder, const char *zip) {
    struct archive a;
    struct archive_report report;
    if (archive_read(&a, zip, &archive_default_limits, NULL))
        return -1;
    int rc = archive_unpack(&a, folder, &archive_default_limits, NULL, NULL,
                            NULL, &report, NULL);
    archive_free(&a);
    return rc;
}

#endif
