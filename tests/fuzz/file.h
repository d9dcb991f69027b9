/* Bytes as a file, for readers that want a path. SPDX-License-Identifier: MIT
 */
#ifndef NOTT_FUZZ_FILE_H
#define NOTT_FUZZ_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Writes the bytes to a new file and its name to path; aborts when it
 * cannot. The caller unlinks. */
static inline void fuzz_file(char path[32], const uint8_t *data, size_t size) {
    snprintf(path, 32, "/tmp/nott_fuzz-XXXXXX");
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd))
        abort();
}

#endif
