/* Any bytes as a container: refused, or every array lies within the file.
 * SPDX-License-Identifier: MIT */
#include "nott/base/tensors.h"

#include "container.h"
#include "file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[32];
    struct tensors t;
    fuzz_file(path, data, size);
    int rc = tensors_load(&t, path, NULL);
    unlink(path);
    for (size_t i = 0; rc == 0 && i < t.count; i++) {
        const uint8_t *at = t.list[i].data;
        if (at < t.file.data || t.list[i].count > t.file.len ||
            at + t.list[i].count > t.file.data + t.file.len)
            abort();
    }
    tensors_free(&t);
    return 0;
}
